"""`studiohand rough`: three rough mixes from the raw stems, to choose from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH


@click.command()
@click.argument("song", type=FILE_PATH)
@click.option(
    "--ceiling",
    type=click.FloatRange(-24.0, 0.0),
    default=-1.0,
    metavar="DBTP",
    help="True peak that no rough mix goes over.",
    show_default=True,
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def rough(song: Path, ceiling: float, as_json: bool) -> None:
    """Propose three rough mixes of the stems: natural, forward-vocal, dense.

    Each is a list of moves with reasons: levels, places, low cuts, room for the lead, gentle
    compression, the drums as a bus, headroom. `studiohand accept SONG natural` accepts a whole
    mix, `studiohand undo SONG natural` takes it back; single moves are accepted by their ids.
    """
    from studiohand.run.jobs.cache import FolderCache
    from studiohand.run.songs.proposing import propose
    from studiohand.song.folder import CACHE, open_song
    from studiohand.tools.rough import TOOL, RoughSettings

    opened = open_song(song)
    with show.progress(quiet=as_json) as job:
        cached = replace(job, cache=FolderCache(opened.root / CACHE))
        outcome = propose(opened, TOOL, RoughSettings(ceiling=ceiling), cached)
    characters = outcome.facts.get("characters", [])
    if as_json:
        moves = [move.to_json() for move in outcome.moves]
        show.json_document({"song": opened.title, "characters": characters, "moves": moves})
        return
    if not characters:
        show.line("There is nothing to mix: a rough mix needs two stems that sound.")
    for character in characters:
        own = [m.to_json() for m in outcome.moves if m.choice == character["name"]]
        show.line(f"\n{character['name']}: {character['text']}")
        show.table(["move", "what it does"], [[m["id"], m["text"]] for m in own])
    if characters:
        show.line("Accept one: studiohand accept SONG natural. Then: studiohand render SONG.")


COMMAND = rough
