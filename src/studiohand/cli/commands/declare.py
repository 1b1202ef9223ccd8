"""`studiohand declare`: a person's signed answer to what the ledger cannot know."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH


@click.command()
@click.argument("song", type=FILE_PATH)
@click.option("--element", help="composition, lyrics, vocals, instruments, production or artwork.")
@click.option("--answer", help="human, assisted or generated.")
@click.option("--stem", help="A stem of the song.")
@click.option("--origin", help="recorded, programmed, generated or separated.")
@click.option("--by", default="", help="The name of the person who declares it.")
@click.option("--detail", default="", help="The model, service or instrument, in your words.")
def declare(
    song: Path,
    element: str | None,
    answer: str | None,
    stem: str | None,
    origin: str | None,
    by: str,
    detail: str,
) -> None:
    """Declare who made an element, or how a stem came to be."""
    from studiohand.rights import account
    from studiohand.song.folder import open_song

    if bool(element) == bool(stem) or bool(element) != bool(answer) or bool(stem) != bool(origin):
        raise click.UsageError("Give --element with --answer, or --stem with --origin.")
    opened = open_song(song)
    if element and answer:
        account.declare(opened, element, answer, by, detail)
        show.line(f"{by} declares {element}: {answer}.")
    elif stem and origin:
        account.declare_part(opened, stem, origin, by, detail)
        show.line(f"{by} declares {stem}: {origin}.")


COMMAND = declare
