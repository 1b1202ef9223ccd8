"""`studiohand undo`: take back a decision."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH


@click.command()
@click.argument("song", type=FILE_PATH)
@click.argument("number", metavar="[N]", type=int, required=False)
def undo(song: Path, number: int | None) -> None:
    """Take back the latest decision, or decision number N of `studiohand moves`."""
    from studiohand.run import deciding
    from studiohand.song.folder import open_song

    taken_back = deciding.undo(open_song(song), number)
    show.line(f"Decision {taken_back.number} is undone: {taken_back.move_id} is open again.")


COMMAND = undo
