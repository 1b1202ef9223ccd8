"""`studiohand demo`: the demo song, what was planted in it, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from studiohand.cli import show
from studiohand.cli.from_tool import FILE_PATH
from studiohand.core.effect import JsonValue

if TYPE_CHECKING:
    from studiohand.compose.verdict import Planted, Verdict


@click.command()
@click.argument("folder", type=FILE_PATH, default=Path("Second Pair of Ears"), required=False)
@click.option("--no-open", is_flag=True, help="Do not open the desk afterwards.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def demo(ctx: click.Context, folder: Path, no_open: bool, as_json: bool) -> None:
    """Make the demo song, with faults planted in it, and show which of them are found.

    The song is composed and played by code, so it is nobody's but yours. FOLDER becomes an
    ordinary song folder; run the command again and it listens to that one.
    """
    from studiohand.run.songs.demo import demo_song, judged

    with show.progress(quiet=as_json) as job:
        song = demo_song(folder, job)
        verdict, document = judged(song, job)
    if as_json:
        show.json_document(document)
        return
    _print(song.title, verdict)
    show.line(f"\nHear it: {song.root / 'originals' / 'rough mix.wav'}")
    show.line(f'Next: studiohand moves "{folder}"')
    if not no_open:
        _open(ctx, folder)


def _print(title: str, verdict: Verdict) -> None:
    rows = [_found_row(fault, finding) for fault, finding in verdict.found]
    rows += [_row(fault, "MISSED", "", "") for fault in verdict.missed]
    show.table(
        ["planted", "where", "true size", "", "measured", "what is wrong"],
        rows,
        f"{title}: planted against found",
    )
    invented = verdict.invented_as("must", "should")
    could = verdict.invented_as("could")
    count = len(rows)
    show.line(
        f"\n{count} planted, {len(verdict.found)} found, {len(verdict.missed)} missed, "
        f"{len(invented)} invented; {len(could)} more remarks on the music itself (could)."
    )
    if invented:
        show.line("\nInvented:")
        show.findings(invented)


def _found_row(fault: Planted, finding: Mapping[str, JsonValue]) -> list[str]:
    value = finding["value"]
    measured = "" if value is None else f"{value:g} {finding['unit']}"
    return _row(fault, "found", measured, finding["severity"])


def _row(fault: Planted, word: str, measured: str, severity: str) -> list[str]:
    true = "" if fault.value is None else f"{fault.value:g} {fault.unit}"
    result = f"{word} ({severity})" if severity else word
    return [fault.kind, ", ".join(fault.stems), true, result, measured, fault.text]


def _open(ctx: click.Context, folder: Path) -> None:
    """Open the desk on the song, where this installation has one."""
    group = ctx.parent.command if ctx.parent else None
    desk = group.get_command(ctx, "open") if isinstance(group, click.Group) else None
    if desk is None:
        show.line("The desk is not part of this installation; the commands above do the same.")
        return
    ctx.invoke(desk, song=folder)


COMMAND = demo
