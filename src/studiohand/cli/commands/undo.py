"""`studiohand undo`: take back a decision."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH


@click.command()
@click.argument("song", type=FILE_PATH)
@click.argument("what", metavar="[N|CHOICE]", default="")
def undo(song: Path, what: str) -> None:
    """Take back the latest decision, decision N of `studiohand moves`, or all of a choice."""
    from studiohand.run import deciding
    from studiohand.song.folder import open_song

    if what and not what.isdecimal():
        for decision in deciding.undo_choice(open_song(song), what):
            show.line(f"Decision {decision.number} is undone: {decision.move_id} is open again.")
        return
    taken_back = deciding.undo(open_song(song), int(what) if what else None)
    show.line(f"Decision {taken_back.number} is undone: {taken_back.move_id} is open again.")


COMMAND = undo
