"""`studiohand ern`: the DDEX release message of a single or an album."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH


@click.command()
@click.argument("songs", nargs=-1, required=True, type=FILE_PATH)
@click.option(
    "--master",
    "masters",
    multiple=True,
    required=True,
    type=FILE_PATH,
    help="The delivered file of each song, in the same order.",
)
@click.option("--out", type=FILE_PATH, required=True, help="The XML file to write.")
@click.option("--title", default="", help="The release's title; a single has its song's.")
@click.option("--label", required=True, help="The label.")
@click.option("--date", required=True, help="Release date, YYYY-MM-DD.")
@click.option("--genre", default="Pop", show_default=True, help="Display genre.")
@click.option("--upc", required=True, help="The product's UPC or EAN.")
@click.option("--schema", type=FILE_PATH, help="Your copy of release-notification.xsd (4.3.2).")
def ern(
    songs: tuple[Path, ...],
    masters: tuple[Path, ...],
    out: Path,
    title: str,
    label: str,
    date: str,
    genre: str,
    upc: str,
    schema: Path | None,
) -> None:
    """Write a DDEX ERN 4.3.2 message; what is unanswered in the disclosure stops it."""
    from studiohand.io.atomic import write_bytes
    from studiohand.rights.ern import ern_message, validate
    from studiohand.run.release.releasing import release_of

    if len(songs) != len(masters):
        raise click.UsageError("Give one --master for each song.")
    message = ern_message(release_of(songs, masters, title, label, date, genre, upc))
    faults = validate(message, schema) if schema else []
    for fault in faults:
        show.complain(fault)
    if faults:
        raise click.UsageError("The message does not fit the schema; nothing was written.")
    write_bytes(out, message)
    show.line(f"Written: {out}" + (" (fits the schema)" if schema else ""))


COMMAND = ern
