"""`studiohand split`: moves that take a song's finished mix apart."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import AS_JSON, FILE_PATH, StemLevels


@click.command()
@click.argument("song", type=FILE_PATH)
@click.option("--model", default="", help="See `studiohand models`; the shipped one by default.")
@click.option("--track", default="", help="A stem to take apart, in a song that has stems.")
@click.option(
    "--levels",
    type=StemLevels(),
    default="",
    metavar="STEM=DB,...",
    help="Also propose these level changes inside the mix, for example vocals=1.5.",
)
def split(song: Path, model: str, track: str, levels: dict[str, float], as_json: bool) -> None:
    """Take a finished mix apart: stems, instrumental, a cappella and level changes as moves.

    Nothing is decided: accept the moves you want, then render a take.
    """
    from studiohand.models.store import DEFAULT
    from studiohand.run.songs.splitting import split as split_song
    from studiohand.song.folder import open_song

    with show.progress(quiet=as_json) as job:
        moves = split_song(open_song(song), job, model or DEFAULT, levels, track)
    if as_json:
        show.json_document({"moves": [move.to_json() for move in moves]})
        return
    show.table(["move", "what it does"], [[move.id, move.text] for move in moves], "proposed")
    expected = moves[0].predicted["expected_sdr_db"]
    words = ", ".join(f"{stem} {db:.1f} dB" for stem, db in expected.items())
    show.line(f"Expected SDR, median second: {words or 'not known for this model'}.")


split.params.append(AS_JSON)
COMMAND = split
