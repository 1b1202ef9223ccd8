"""`studiohand verify`: walk the ledger and the hashes."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH


@click.command()
@click.argument("song", type=FILE_PATH)
def verify(song: Path) -> None:
    """Check that ledger, originals and takes are what was written."""
    from studiohand.song.folder import Song

    for checked in Song(song).verify():
        show.line(checked)


COMMAND = verify
