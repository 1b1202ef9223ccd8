"""`studiohand open`: the desk on one song, or on the songs folder."""

from __future__ import annotations

import os
from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH


@click.command()
@click.argument("song", type=FILE_PATH, required=False)
@click.option("--browser/--no-browser", default=True, help="Open it in the browser.")
@click.option("--port", default=0, help="Port on this machine; 0 takes a free one.")
def open_desk(song: Path | None, browser: bool, port: int) -> None:
    """Open the desk: hear the findings, see why, decide."""
    from studiohand.song.folder import open_song
    from studiohand.web.serve import serve

    opened = open_song(song).root.resolve() if song else None
    say = "The desk is at {}  (Ctrl-C ends it)"
    serve(songs_folder(), opened, browse=browser, port=port, say=lambda a: show.line(say.format(a)))


def songs_folder() -> Path:
    """Where songs lie: ``STUDIOHAND_SONGS``, or ``studiohand`` in the home folder."""
    return Path(os.environ.get("STUDIOHAND_SONGS") or Path.home() / "studiohand")


COMMAND = open_desk
