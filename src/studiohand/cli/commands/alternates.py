"""`studiohand alternates`: instrumental, a cappella, TV and clean versions of a song."""

from __future__ import annotations

import re
from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH
from studiohand.core.errors import BadSetting

_KINDS = ("instrumental", "acappella", "tv", "clean")


@click.command()
@click.argument("song", type=FILE_PATH)
@click.option(
    "--only",
    "kinds",
    type=click.Choice(_KINDS),
    multiple=True,
    help="Which; all but clean by default, and clean where --mute is given. May be given again.",
)
@click.option(
    "--mute",
    "mutes",
    multiple=True,
    metavar="BEGIN-END",
    help="Seconds in which voices are silent in the clean version; may be given again.",
)
@click.option("--out", type=FILE_PATH, required=True, help="Folder to write to.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def alternates(
    song: Path, kinds: tuple[str, ...], mutes: tuple[str, ...], out: Path, as_json: bool
) -> None:
    """Write other versions of a song from its stems, with the accepted moves, as 32-bit float.

    instrumental: without voices; acappella: voices alone; tv: without the lead voice; clean: all,
    with the voices silent where --mute says so.
    """
    from studiohand.run.release.alternates import Alternate, Wanted, write_alternates
    from studiohand.song.folder import open_song

    spans = tuple(_span(text) for text in mutes)
    chosen = kinds or (_KINDS if spans else _KINDS[:-1])
    wanted = Wanted(tuple(Alternate(kind) for kind in chosen), spans)
    with show.progress(quiet=as_json) as job:
        made = write_alternates(open_song(song), wanted, out, job)
    if as_json:
        show.json_document(made)
        return
    rows = [
        [row["version"], row["file"], ", ".join(row["left_out"]) or "-"] for row in made["versions"]
    ]
    show.table(["version", "file", "left out"], rows)
    show.line(f"Written to {made['out']}")
    if not made["adds_up"]:
        show.line("An effect on the mix bus depends on level: the parts do not add up to the mix.")


def _span(text: str) -> tuple[float, float]:
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)-([0-9]+(?:\.[0-9]+)?)", text.strip())
    if found is None:
        raise BadSetting(
            f"“{text}” is not a span of seconds.", todo="Write it like --mute 61.2-61.8."
        )
    return float(found[1]), float(found[2])


COMMAND = alternates
