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
    from studiohand.run.songs import deciding
    from studiohand.song.decisions import standing
    from studiohand.song.folder import open_song

    opened = open_song(song)
    if what and not what.isdecimal():
        taken_back = deciding.undo_choice(opened, what)
    else:
        taken_back = [deciding.undo(opened, int(what) if what else None)]
    left = standing(opened.ledger.entries())
    for decision in taken_back:
        now = left.get(decision.move_id)
        state = f"{now.verdict}, by decision {now.number}" if now else "open again"
        show.line(f"Decision {decision.number} is undone: {decision.move_id} is {state}.")


COMMAND = undo
