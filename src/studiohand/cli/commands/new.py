"""`studiohand new`: make a song from stems, a rough mix and references."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH


@click.command()
@click.argument("song", type=FILE_PATH)
@click.option("--stems", multiple=True, type=FILE_PATH, help="A folder or a file; may be repeated.")
@click.option("--mix", type=FILE_PATH, help="The rough mix.")
@click.option(
    "--reference",
    "references",
    multiple=True,
    type=FILE_PATH,
    help="A finished record, used to compare and never exported; may be repeated.",
)
@click.option("--title", default="", help="The song's title; the folder's name by default.")
@click.option("--artist", default="", help="The artist.")
@click.argument("more_stems", nargs=-1, type=FILE_PATH)
def new(
    song: Path,
    stems: tuple[Path, ...],
    mix: Path | None,
    references: tuple[Path, ...],
    title: str,
    artist: str,
    more_stems: tuple[Path, ...],
) -> None:
    """Make a song folder from a folder of stems; the files are copied, never changed."""
    from studiohand.run.songs.collect import new_song

    made = new_song(song, [*stems, *more_stems], mix, references, title, artist)
    show.table(
        ["part", "name", "role"], [[a.part, a.name, a.role] for a in made.assets()], made.title
    )
    show.line(f"{song} is made at {made.rate} Hz. Next: studiohand listen {song}")


COMMAND = new
