"""`studiohand credit`: who played and did what, and the song's codes."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH


@click.command()
@click.argument("song", type=FILE_PATH)
@click.option("--name", help="The person.")
@click.option("--role", help="A DDEX role: Vocalist, Mixer, MasteringEngineer, Composer…")
@click.option("--stem", default="", help="The stem they played.")
@click.option("--ipi", default="", help="Their IPI name number.")
@click.option("--isni", default="", help="Their ISNI.")
@click.option("--isrc", default="", help="The recording's ISRC.")
@click.option("--iswc", default="", help="The work's ISWC.")
@click.option("--upc", default="", help="The product's UPC or EAN.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def credit(
    song: Path,
    name: str | None,
    role: str | None,
    stem: str,
    ipi: str,
    isni: str,
    isrc: str,
    iswc: str,
    upc: str,
    as_json: bool,
) -> None:
    """Write a credit or a code after checking its check digit; list what is written."""
    from studiohand.rights import account
    from studiohand.song.folder import open_song

    if bool(name) != bool(role):
        raise click.UsageError("A credit needs --name and --role.")
    opened = open_song(song)
    if name and role:
        account.credit(opened, name, role, stem, ipi=ipi, isni=isni)
    account.identify(opened, isrc=isrc, iswc=iswc, upc=upc)
    known = account.account(opened)
    if as_json:
        rows = [
            {"name": c.name, "role": c.role, "stem": c.part, "codes": dict(c.codes)}
            for c in known.credits
        ]
        show.json_document({"song": known.title, "credits": rows, "codes": dict(known.codes)})
        return
    show.table(
        ["name", "role", "stem", "codes"],
        [[c.name, c.role, c.part, " ".join(v for _, v in c.codes)] for c in known.credits],
    )
    for kind, code in known.codes:
        show.line(f"{kind.upper()}: {code}")


COMMAND = credit
