"""`studiohand render`: a take with the accepted moves."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH
from studiohand.core.effect import JsonValue


@click.command()
@click.argument("song", type=FILE_PATH)
@click.option("--out", type=FILE_PATH, help="Folder to write to; the song's next take by default.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def render(song: Path, out: Path | None, as_json: bool) -> None:
    """Render the stems and their sum with the accepted moves, as 32-bit float."""
    from studiohand.run.songs.rendering import render as render_song
    from studiohand.song.folder import open_song

    opened = open_song(song)
    with show.progress(quiet=as_json) as job:
        folder, body = render_song(opened, job, out)
    if as_json:
        show.json_document({"song": opened.title, "folder": str(folder), **body})
        return
    show.line(f"{len(body['files'])} files with {len(body['moves'])} moves are in {folder}")
    for did in body.get("happened", ()):
        show.line(
            f"{did['move']}: promised {_gain(did['predicted'])}; got {_gain(did['measured'])}."
        )


def _gain(effect: dict[str, JsonValue]) -> str:
    gain, rest = effect["hidden_audibility_gain_db"], effect["largest_other_change_db"]
    return f"{gain:+.1f} dB of audibility, {rest:.1f} dB elsewhere"


COMMAND = render
