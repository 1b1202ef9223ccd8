"""The convert command as people and scripts call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studiohand.cli.main import run
from studiohand.io.audiofile import create_audio
from tests.signals import sine


@pytest.fixture
def song(tmp_path: Path) -> Path:
    with create_audio(tmp_path / "a 🎵.wav", 48_000, 2, "PCM_24") as sink:
        sink.write(sine(440.0, 0.5, 48_000, -6.0, 2))
    return tmp_path / "a 🎵.wav"


def test_json_is_one_document_with_a_certificate_a_file(
    song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["convert", str(song), "--out", str(tmp_path / "o"), "--to", "flac", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert code == 0
    assert (document["converted"], document["skipped"], document["failed"]) == (1, 0, 0)
    assert document["files"][0]["exact"] is True
    assert (tmp_path / "o" / "a 🎵.flac").is_file()


def test_a_file_that_fails_makes_exit_code_3_and_the_others_are_done(
    song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.wav").touch()
    out = str(tmp_path / "o")
    assert (
        run(["convert", str(tmp_path / "empty.wav"), str(song), "--out", out, "--to", "mp3"]) == 3
    )
    printed = capsys.readouterr().out
    assert "is empty (0 bytes)" in printed
    assert (tmp_path / "o" / "a 🎵.mp3").is_file()


@pytest.mark.parametrize("to", ["wav13", "mp3-9999", "pdf"])
def test_an_unknown_kind_is_wrong_use(
    to: str, song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["convert", str(song), "--out", str(tmp_path / "o"), "--to", to]) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_an_out_that_is_a_file_is_told(
    song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["convert", str(song), "--out", str(song), "--to", "flac"]) == 3
    assert "cannot be made" in capsys.readouterr().err


def test_a_file_that_may_not_be_read_is_told_by_the_reader_and_stops_no_other(
    song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may read anything
    assert run(["convert", str(song), "--out", str(tmp_path / "o"), "--to", "flac"]) == 0
    assert "bit for bit" in capsys.readouterr().out
