"""`studiohand measure`: loudness, peaks, stereo, clipping, tempo and key of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from studiohand.cli import show
from studiohand.core.effect import JsonValue

_COULD_NOT = 3
_PATH: click.Path = click.Path(path_type=Path, readable=False)
"""Not from `cli.from_tool`: what tools need would take as long to load as a minute to measure."""
_ROWS = (
    ("integrated", "integrated_lufs", "LUFS"),
    ("range", "lra_lu", "LU"),
    ("loudest 0.4 s", "max_momentary_lufs", "LUFS"),
    ("loudest 3 s", "max_short_term_lufs", "LUFS"),
    ("true peak", "true_peak_dbtp", "dBTP"),
    ("sample peak", "sample_peak_dbfs", "dBFS"),
    ("peak to loudness", "plr_db", "dB"),
    ("correlation", "correlation", ""),
    ("width (side/mid)", "width", ""),
    ("DC", "dc", ""),
    ("clipped runs", "clipped_runs", ""),
    ("tempo", "tempo_bpm", "BPM"),
    ("  confidence", "tempo_confidence", ""),
    ("key", "key", ""),
    ("  confidence", "key_confidence", ""),
    ("tuning", "tuning_cents", "cent"),
)


@click.command()
@click.argument("files", type=_PATH, nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def measure(files: Sequence[Path], as_json: bool) -> int:
    """Measure files: loudness, peaks, stereo, clipping, tempo and key.

    A folder stands for the audio files in it. What cannot be measured is empty (null with --json):
    levels of silence, loudness of less than 0.4 s (3 s for short-term and range), tempo of less
    than 3 s. Mono counts as the same on both sides: correlation 1, width 0.
    """
    from studiohand.run.files.measuring import measure_files

    with show.progress(quiet=as_json) as job:
        measured = measure_files(job, files)
    if as_json:
        show.json_document(measured)
    elif good := [facts for facts in measured if "error" not in facts]:
        _print(good)
    failed = [facts for facts in measured if "error" in facts]
    for facts in failed:
        show.complain(facts["error"])
    return _COULD_NOT if failed else 0


def _print(measured: Sequence[Mapping[str, JsonValue]]) -> None:
    names = [Path(facts["file"]).name for facts in measured]
    rows = [
        [title, *(_cell(facts[field], unit) for facts in measured)] for title, field, unit in _ROWS
    ]
    rows.insert(0, ["file", *(_format(facts) for facts in measured)])
    show.table(["", *names], rows)


def _format(facts: Mapping[str, JsonValue]) -> str:
    bits = f" {facts['bits']} bit" if facts["bits"] else ""
    shape = f"{facts['channels']} ch {facts['seconds']:.1f} s"
    return f"{facts['format']} {facts['rate']} Hz{bits} {shape}"


def _cell(value: JsonValue, unit: str) -> str:
    if value is None:
        return ""
    shown = (
        value if isinstance(value, str | int) else f"{value:.4g}" if not unit else f"{value:.2f}"
    )
    return f"{shown} {unit}".rstrip()


COMMAND = measure
