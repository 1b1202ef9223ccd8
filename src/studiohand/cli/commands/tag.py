"""`studiohand tag`: a delivered file with the song's credits and codes in its tags."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH


@click.command()
@click.argument("song", type=FILE_PATH)
@click.argument("file", type=FILE_PATH)
@click.option("--out", type=FILE_PATH, required=True, help="Folder to write to.")
@click.option("--to", "kind", default="flac", show_default=True, help="Kind of file, as convert.")
def tag(song: Path, file: Path, out: Path, kind: str) -> None:
    """Write a tagged copy of a file: title, artist, people by role, ISRC, barcode. Sign it last."""
    from studiohand.run.release.tagging import write_tagged
    from studiohand.song.folder import open_song

    made = write_tagged(open_song(song), file, out, kind)
    show.line(f"Written to {out}: tags and certificate ({made['state']})")


COMMAND = tag
