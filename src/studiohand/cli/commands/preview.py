"""`studiohand preview`: what the places and their codecs will do to a song."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH

if TYPE_CHECKING:
    from studiohand.core.effect import JsonValue


@click.command()
@click.argument("file", type=FILE_PATH)
@click.option("--for", "names", multiple=True, metavar="NAME", help="A service; all by default.")
@click.option(
    "--codec", "codecs", multiple=True, metavar="KIND",
    help="mp3-320, aac-256, opus-160, vorbis-320...; by default those of the services.",
)  # fmt: skip
@click.option(
    "--ceiling", type=click.FloatRange(-12.0, 3.0), default=0.0, show_default=True,
    metavar="DBTP", help="What the true peak after the codec is held against.",
)  # fmt: skip
@click.option(
    "--out", type=FILE_PATH, help="Write the decoded song and the artefacts alone into this folder."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def preview(
    file: Path, names: tuple[str, ...], codecs: tuple[str, ...], ceiling: float,
    out: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Say how loud each service plays a song, and what each codec does to it, measured.

    Every codec is run for real on the whole song, there and back.
    """
    from studiohand.io.audiofile import open_audio
    from studiohand.run.release.facing import face_services

    with show.progress(quiet=as_json) as job:
        told = face_services(job, open_audio(file), names, codecs, ceiling, out)
    document = {"file": str(file), **told}
    if as_json:
        show.json_document(document)
        return
    _print(document)


def _print(document: dict[str, JsonValue]) -> None:
    rows = [[f["text"], f["note"], f"{f['told']}: {f['source']}"] for f in document["playback"]]
    show.table(["service", "", "how it is known"], rows)
    rows = [
        [c["codec"], _db(c["true_peak_after_dbtp"]), f"{c['difference_dbfs']:.1f}", c["text"]]
        for c in document["codecs"]
    ]
    show.table(["codec", "dBTP after", "difference dBFS", ""], rows)


def _db(level: float | None) -> str:
    return "-" if level is None else f"{level:.1f}"


COMMAND = preview
