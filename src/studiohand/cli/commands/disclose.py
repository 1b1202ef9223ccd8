"""`studiohand disclose`: what was human, assisted, generated, and what each place is told."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH
from studiohand.core.effect import JsonValue


@click.command()
@click.argument("song", type=FILE_PATH)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def disclose(song: Path, as_json: bool) -> None:
    """Derive the AI disclosure from the ledger; what it cannot know is asked."""
    from studiohand.rights.account import account
    from studiohand.rights.disclosure import disclose as derive
    from studiohand.rights.projections import projections
    from studiohand.song.folder import open_song

    known = account(open_song(song))
    said = derive(known)
    told = projections(known, said)
    if as_json:
        show.json_document(
            {
                "song": known.title,
                "disclosure": said.to_json(),
                "projections": {name: p.to_json() for name, p in told.items()},
            }
        )
        return
    rows = [
        [element.name, s.share, s.what, s.basis, ", ".join(map(str, s.lines))]
        for element in said.elements
        for s in element.statements
    ]
    show.table(["element", "share", "statement", "basis", "ledger lines"], rows)
    told_rows = [
        [p.place, field, _words(value), p.source]
        for p in told.values()
        for field, value in p.fields.items()
    ]
    show.table(["place", "field", "answer", "rule"], told_rows)
    for sentence in [*said.contradictions, *said.questions]:
        show.line(f"To answer: {sentence}")
    if said.questions:
        show.line("Answer with `studiohand declare SONG --element … --answer … --by NAME`.")


def _words(value: JsonValue) -> str:
    """An answer as a person reads it."""
    if isinstance(value, list):
        rows = [", ".join(map(str, v.values())) if isinstance(v, dict) else str(v) for v in value]
        return "; ".join(rows) or "none"
    return str(value)


COMMAND = disclose
