"""`studiohand sign`: Content Credentials for a file of the song."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH


@click.command()
@click.argument("song", type=FILE_PATH)
@click.argument("file", type=FILE_PATH)
@click.option("--out", type=FILE_PATH, help="Write a signed copy here (WAV, FLAC, MP3, M4A).")
@click.option(
    "--training",
    type=click.Choice(["allowed", "notAllowed"]),
    default="notAllowed",
    help="Whether others may train on it.",
    show_default=True,
)
@click.option("--keys", type=FILE_PATH, help="Folder with chain.pem and key.pem.")
def sign(song: Path, file: Path, out: Path | None, training: str, keys: Path | None) -> None:
    """Sign a file: beside it (FILE.c2pa, the file stays as it is), or in a copy with --out."""
    from studiohand.rights import credentials
    from studiohand.rights.account import account
    from studiohand.rights.keys import signing_key
    from studiohand.song.folder import open_song

    known = account(open_song(song))
    key = signing_key(keys or Path(click.get_app_dir("studiohand")) / "keys", known.artist)
    manifest = credentials.manifest_of(known, training)
    if out is None:
        written = credentials.sign_beside(file, manifest, key)
        found = credentials.read(file)
    else:
        credentials.sign(file, manifest, key, out)
        written, found = out, credentials.read(out)
    show.line(f"Written: {written} ({found.state if found else 'unreadable'})")


COMMAND = sign
