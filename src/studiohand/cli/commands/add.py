"""`studiohand add`: more originals for a song."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH
from studiohand.core.errors import BadSetting


@click.command()
@click.argument("song", type=FILE_PATH)
@click.option("--stems", "stems", type=FILE_PATH, multiple=True, help="A folder or a file.")
@click.option("--mix", type=FILE_PATH, help="A newer rough mix; it takes the place of the last.")
@click.option("--reference", "references", type=FILE_PATH, multiple=True, help="A finished record.")
def add(
    song: Path, stems: tuple[Path, ...], mix: Path | None, references: tuple[Path, ...]
) -> None:
    """Copy more stems, a newer rough mix or more references into a song."""
    from studiohand.run.songs.collect import add_to_song
    from studiohand.song.folder import open_song

    opened = open_song(song)
    parts = [("stem", stems), ("mix", (mix,) if mix else ()), ("reference", references)]
    if not any(files for _, files in parts):
        raise BadSetting("There is nothing to add.", todo="Give --stems, --mix or --reference.")
    for part, files in parts:
        if files:
            names = add_to_song(opened, files, part)
            show.line(f"Added as {part}: {', '.join(names)}")


COMMAND = add
