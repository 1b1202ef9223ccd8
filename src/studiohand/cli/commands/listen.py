"""`studiohand listen`: findings and moves, ranked."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH


@click.command()
@click.argument("song", type=FILE_PATH)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def listen(song: Path, as_json: bool) -> None:
    """Listen to a song: what is wrong, where, how much, and the smallest move that helps."""
    from dataclasses import replace

    from studiohand.run.jobs.cache import FolderCache
    from studiohand.run.songs.listening import listen as listen_to
    from studiohand.song.folder import CACHE, open_song

    opened = open_song(song)
    with show.progress(quiet=as_json) as job:
        heard = listen_to(opened, replace(job, cache=FolderCache(opened.root / CACHE)))
    document = heard.to_json(opened.title)
    if as_json:
        show.json_document(document)
        return
    show.findings(document["findings"])
    if document["moves"]:
        show.moves(document["moves"])


COMMAND = listen
