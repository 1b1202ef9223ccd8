"""`studiohand refuse`: refuse moves."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH


@click.command()
@click.argument("song", type=FILE_PATH)
@click.argument("move_ids", metavar="MOVE...", nargs=-1, required=True)
@click.option("--why", default="", help="The reason, for the ledger.")
def refuse(song: Path, move_ids: tuple[str, ...], why: str) -> None:
    """Refuse moves, or a rough mix by its name; they stay listed as refused."""
    from studiohand.run.songs import deciding
    from studiohand.song.folder import open_song

    deciding.refuse(open_song(song), move_ids, why)
    show.line(f"Refused {', '.join(move_ids)}.")


COMMAND = refuse
