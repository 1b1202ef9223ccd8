"""`studiohand brief`: what a session player needs to replace a guide."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH


@click.command()
@click.argument("song", type=FILE_PATH)
@click.argument("stem")
@click.option("--out", type=FILE_PATH, required=True, help="Folder to write to.")
def brief(song: Path, stem: str, out: Path) -> None:
    """Write a brief for a player: chart, range, click, guide, the song without it, a reference."""
    from studiohand.run.songs.brief import write_brief
    from studiohand.song.folder import open_song

    with show.progress() as job:
        made = write_brief(open_song(song), stem, out, job)
    show.line(f"brief.html, {', '.join(made.files)} are in {out}")


COMMAND = brief
