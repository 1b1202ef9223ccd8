"""Findings as markers that a DAW reads: CSV for Reaper, labels for Audacity, a plain table."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from studiohand.core.effect import JsonValue
from studiohand.core.errors import BadSetting

FORMATS = {"csv": "text/csv", "reaper": "text/csv", "audacity": "text/plain"}
"""Each with its media type."""
_SHORTEST_S = 0.001


def markers(findings: Sequence[Mapping[str, JsonValue]], kind: str) -> str:
    """Findings in order of time as a marker list.

    Parameters
    ----------
    findings : sequence of dict
        As the doors print them.
    kind : str
        ``"csv"`` (a table for people and sheets), ``"reaper"`` (Region/Marker Manager import) or
        ``"audacity"`` (label track).

    Raises
    ------
    BadSetting
    """
    rows = sorted(findings, key=lambda found: (found["start_s"], found["id"]))
    if kind == "csv":
        return _table(
            ["start_s", "end_s", "severity", "kind", "stems", "value", "unit", "text"],
            [[f"{f['start_s']:.3f}", f"{f['end_s']:.3f}", f["severity"], f["kind"],
              " / ".join(f["stems"]), "" if f["value"] is None else f["value"], f["unit"],
              f["text"]] for f in rows],
        )  # fmt: skip
    if kind == "reaper":
        return _table(
            ["#", "Name", "Start", "End", "Length"],
            [[f"R{number}", _name(f), _time(f["start_s"]), _time(_end(f)),
              _time(_end(f) - f["start_s"])] for number, f in enumerate(rows, start=1)],
        )  # fmt: skip
    if kind == "audacity":
        lines = [f"{f['start_s']:.6f}\t{f['end_s']:.6f}\t{_name(f)}" for f in rows]
        return "".join(f"{line}\n" for line in lines)
    raise BadSetting(f"“{kind}” is no kind of marker list.", todo=f"Of: {', '.join(FORMATS)}.")


def _table(head: Sequence[str], rows: Sequence[Sequence[JsonValue]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([head, *rows])
    return text.getvalue()


def _name(found: Mapping[str, JsonValue]) -> str:
    said = f"{found['kind']}: {found['text']}"
    return " ".join(said.split())


def _end(found: Mapping[str, JsonValue]) -> float:
    return float(max(found["end_s"], found["start_s"] + _SHORTEST_S))


def _time(seconds: float) -> str:
    """Hours, minutes, seconds and thousandths, as Reaper reads a time."""
    thousandths = round(seconds * 1000.0)
    hours, rest = divmod(thousandths, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours}:{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
