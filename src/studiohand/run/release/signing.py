"""Signing for a song: credentials written, and a ledger line by which any altered byte is found.

A C2PA signature does not cover the padding inside a manifest; the ledger's hash covers all of it.
"""

from __future__ import annotations

from pathlib import Path

from studiohand.core.errors import Corrupt
from studiohand.rights import credentials
from studiohand.rights.account import account
from studiohand.rights.keys import signing_key
from studiohand.song.folder import Song, sha256_of


def sign_for(song: Song, file: Path, out: Path | None, training: str, keys: Path) -> Path:
    """Sign a file: beside it, or in a copy; returns what was written.

    Parameters
    ----------
    out : Path or None
        The signed copy; None leaves the file as it is and writes ``FILE.c2pa``.
    training : str
        ``"allowed"`` or ``"notAllowed"``.
    keys : Path
        Folder of the chain and the key.

    Raises
    ------
    MissingPart, CannotRead, CannotWrite
    """
    known = account(song)
    key = signing_key(keys, known.artist)
    manifest = credentials.manifest_of(known, training)
    if out is None:
        written = credentials.sign_beside(file, manifest, key)
    else:
        credentials.sign(file, manifest, key, out)
        written = out
    song.record(
        "signed", {"file": file.name, "written": written.name, "sha256": sha256_of(written)}
    )
    return written


def check_signed(song: Song, written: Path) -> None:
    """Raise unless a signed copy or sidecar is byte for byte what was written for the song.

    Raises
    ------
    Corrupt
    """
    known = [e.body["sha256"] for e in song.ledger.entries() if e.kind == "signed"]
    if sha256_of(written) not in known:
        raise Corrupt(
            f"“{written.name}” is not as studiohand wrote it for “{song.title}”.",
            todo="Sign the file again.",
        )
