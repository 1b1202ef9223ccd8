"""`studiohand album`: several songs as one record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH
from studiohand.core.errors import BadSetting
from studiohand.core.outcome import Severity

_OVER_A_LIMIT = 1


@click.command()
@click.argument("files", type=FILE_PATH, nargs=-1)
@click.option("--sheet", type=FILE_PATH, help="Album sheet: order, titles, gaps, fades, sides.")
@click.option("--title", default="", help="What the album is called.")
@click.option("--artist", default="", help="Who made it.")
@click.option(
    "--loudness",
    type=click.FloatRange(-40.0, -4.0),
    metavar="LUFS",
    help="Loudness of the whole album; without it every song keeps its level.",
)
@click.option(
    "--ceiling",
    type=click.FloatRange(-20.0, 0.0),
    default=-1.0,
    show_default=True,
    metavar="DBTP",
    help="Highest true peak.",
)
@click.option(
    "--gap",
    type=click.FloatRange(0.0, 60.0),
    default=2.0,
    show_default=True,
    metavar="S",
    help="Pause between two songs; 0 joins them sample for sample.",
)
@click.option(
    "--rate", type=click.IntRange(8000, 384000), metavar="HZ", help="Convert all songs to it."
)
@click.option(
    "--for",
    "discs",
    multiple=True,
    metavar="DISC",
    help="Also an image and a cue sheet for a disc: cd, vinyl-12-33, vinyl-12-45, vinyl-10-33, "
    "vinyl-10-45, vinyl-7-33, vinyl-7-45; may be given again.",
)
@click.option("--with-guide", is_flag=True, help="Deliver although a guide is in it.")
@click.option("--out", type=FILE_PATH, required=True, help="Folder to write to.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def album(files: tuple[Path, ...], sheet: Path | None, **values: Any) -> int:
    """Make an album of finished songs: one loudness for all, gaps, fades, sequence, discs.

    One gain moves every song, so what is loud against what stays as it is. The sheet of a first
    run lies in OUT as album.toml: change order, gaps, fades, trims and sides there and give it
    back with --sheet.
    """
    from studiohand.rights.marks import check_guides
    from studiohand.run.release.album.discs import discs_named
    from studiohand.run.release.album.making import make_album
    from studiohand.run.release.album.sheet import read_sheet, sheet_of
    from studiohand.run.release.album.songs import Level

    if bool(files) == bool(sheet):
        raise BadSetting("An album is made of files or of a sheet.", todo="Give one of the two.")
    discs = discs_named(values["discs"])
    said = (
        read_sheet(sheet)
        if sheet
        else sheet_of(files, values["title"], values["artist"], values["gap"])
    )
    for song in said.song:
        check_guides(song.file, values["with_guide"])
    level, out = Level(values["loudness"], values["ceiling"]), values["out"]
    with show.progress(quiet=values["as_json"]) as job:
        made = make_album(said, level, values["rate"], discs, out, job)
    if values["as_json"]:
        show.json_document(made)
    else:
        _show(made)
    over = any(finding["severity"] == Severity.MUST for finding in made["findings"])
    return _OVER_A_LIMIT if over and (level.loudness is not None or discs) else 0


def _show(made: dict[str, Any]) -> None:
    rows = [
        [song["file"], _lufs(song["lufs_before"]), _lufs(song["lufs_after"]),
         _lu(song["against_album_before_lu"]), _lu(song["against_album_after_lu"]),
         f"{song['gap_s']:g}"]
        for song in made["songs"]
    ]  # fmt: skip
    show.table(["song", "LUFS", "becomes", "against the album", "becomes", "gap, s"], rows)
    for disc in made["discs"]:
        for side in disc["sides"]:
            named = f"{disc['title']} {side['side']}".strip()
            show.line(f"{named}: {side['seconds'] / 60.0:.1f} min, {', '.join(side['songs'])}")
    if made["findings"]:
        show.findings(made["findings"])
    before, after = _lufs(made["album_lufs_before"]), _lufs(made["album_lufs_after"])
    show.line(f"The album has {before} LUFS and becomes {after}. Written: {made['out']}")


def _lufs(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _lu(value: float | None) -> str:
    return "-" if value is None else f"{value:+.1f}"


COMMAND = album
