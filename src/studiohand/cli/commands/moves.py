"""`studiohand moves`: moves and their state."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH
from studiohand.core.effect import JsonValue

if TYPE_CHECKING:
    from studiohand.song.decisions import Decision


@click.command()
@click.argument("song", type=FILE_PATH)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def moves(song: Path, as_json: bool) -> None:
    """List the moves of a song and what was decided about them."""
    from studiohand.song.decisions import decisions, moves_with_state
    from studiohand.song.folder import open_song

    opened = open_song(song)
    entries = opened.ledger.entries()
    listed, made = moves_with_state(entries), decisions(entries)
    if as_json:
        rows = [_decision(d) for d in made]
        show.json_document({"song": opened.title, "moves": listed, "decisions": rows})
        return
    show.moves(listed)
    if made:
        show.table(
            ["no.", "decision", "move", "", "why"],
            [[str(d.number), d.verdict, d.move_id, "undone" * d.undone, d.why] for d in made],
        )


def _decision(made: Decision) -> dict[str, JsonValue]:
    return {
        "number": made.number,
        "verdict": made.verdict,
        "move": made.move_id,
        "why": made.why,
        "undone": made.undone,
    }


COMMAND = moves
