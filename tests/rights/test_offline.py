"""With the network off everything about rights still works."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from studiohand.cli.main import run
from studiohand.song.folder import Song


def test_no_command_about_rights_opens_a_connection(
    session: Song, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    song, take = str(session.root), session.root / "takes" / "0001" / "mix.wav"
    keys = str(tmp_path / "keys")
    for command in (
        ["disclose", song, "--json"],
        ["evidence", song, "--out", str(tmp_path / "evidence")],
        ["sign", song, str(take), "--out", str(tmp_path / "signed.wav"), "--keys", keys],
        ["sign", song, str(take), "--keys", keys],
        ["credentials", str(tmp_path / "signed.wav")],
        ["tag", song, str(take), "--out", str(tmp_path / "tagged"), "--to", "wav32f"],
        ["ern", song, "--master", str(take), "--label", "L", "--date", "2026-12-01", "--upc",
         "036000291452", "--out", str(tmp_path / "ern.xml")],
        ["models", "list"],
    ):  # fmt: skip
        assert run(command) == 0, command
