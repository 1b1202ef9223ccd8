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
@click.option(
    "--check", is_flag=True, help="Only check that FILE is as it was signed, to the byte."
)
def sign(
    song: Path, file: Path, out: Path | None, training: str, keys: Path | None, check: bool
) -> None:
    """Sign a file: beside it (FILE.c2pa, the file stays as it is), or in a copy with --out."""
    from studiohand.rights.credentials import read
    from studiohand.run.release.signing import check_signed, sign_for
    from studiohand.song.folder import open_song

    opened = open_song(song)
    if check:
        check_signed(opened, file)
        show.line(f"“{file.name}” is as it was signed.")
        return
    folder = keys or Path(click.get_app_dir("studiohand")) / "keys"
    written = sign_for(opened, file, out, training, folder)
    found = read(file if out is None else out)
    show.line(f"Written: {written} ({found.state if found else 'unreadable'})")


COMMAND = sign
