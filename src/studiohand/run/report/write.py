"""The report of a master: one HTML file that opens anywhere, without a network."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studiohand.core.audio import Source
from studiohand.core.effect import JsonValue
from studiohand.core.job import Job
from studiohand.io.atomic import write_bytes
from studiohand.run.release.services import playback, services
from studiohand.run.report.charts import Line, chart, frequency_axis, level_axis, time_axis
from studiohand.run.report.look import (
    POINTS_PER_SECOND,
    Look,
    heard,
    look,
    loudest_start_s,
    matched_gains,
)
from studiohand.run.report.page import page, table

SLOPE_DB_PER_OCTAVE = 4.5
"""Of the spectrum as drawn: near the fall of finished records, so a balanced one lies level."""
_PIVOT_HZ = 1000.0
_ROWS = {
    "integrated_lufs": ("Integrated loudness", "LUFS"),
    "max_short_term_lufs": ("Loudest 3 s", "LUFS"),
    "max_momentary_lufs": ("Loudest 400 ms", "LUFS"),
    "lra_lu": ("Loudness range", "LU"),
    "true_peak_dbtp": ("True peak", "dBTP"),
    "sample_peak_dbfs": ("Sample peak", "dBFS"),
    "plr_db": ("Peak to loudness", "dB"),
}


@dataclass(frozen=True, slots=True)
class Contents:
    """What a report tells besides what it measures itself.

    Parameters
    ----------
    title : str
    moves : sequence of str
        What was done, one sentence each, in order.
    codecs : sequence of dict
        ``codec, true_peak_after_dbtp, text``, for example from `preview.preview`.
    places : sequence of dict
        ``title, files``, from `delivery.deliver`.
    """

    title: str
    moves: Sequence[str] = ()
    codecs: Sequence[dict[str, JsonValue]] = ()
    places: Sequence[dict[str, JsonValue]] = ()


def write_report(
    job: Job, path: Path, after: Source, before: Source | None, contents: Contents
) -> dict[str, JsonValue]:
    """Measure a master, and what it was before, and write the report.

    Parameters
    ----------
    path : Path
        For example ``report.html``.
    after : Source
        The master.
    before : Source or None
        The mix it was made from; both are shown and heard level-matched.

    Returns
    -------
    dict
        ``after`` and ``before``: the numbers measured; ``matched_by_db``; ``playback``: what each
        service does to the master, see `services.playback`.

    Raises
    ------
    CannotRead, CannotWrite, MissingPart, Cancelled
    """
    seen = look(job, after, "report: after")
    was = look(job, before, "report: before") if before is not None else None
    gains = matched_gains(was, seen) if was is not None else (0.0, 0.0)
    lufs, peak = seen.numbers["integrated_lufs"], seen.numbers["true_peak_dbtp"]
    facts = [playback(service, lufs, peak) for service in services().values()]
    clips = _clips(after, before, seen, gains)
    sections = [
        _numbers(seen, was),
        _over_time(seen, was),
        _spectrum(seen, was),
        _playback(facts),
        _codecs(contents.codecs),
        _moves(contents.moves),
        _places(contents.places),
    ]
    write_bytes(path, page(contents.title, "".join(sections), clips, gains).encode())
    return {
        "after": seen.numbers,
        "before": was.numbers if was is not None else None,
        "matched_by_db": {"before": round(gains[0], 2), "after": round(gains[1], 2)},
        "playback": facts,
    }


def _clips(
    after: Source, before: Source | None, seen: Look, gains: tuple[float, float]
) -> dict[str, str]:
    if before is None or not seen.frames:
        return {}
    start = loudest_start_s(seen)
    return {"before": heard(before, start, gains[0]), "after": heard(after, start, gains[1])}


def _numbers(seen: Look, was: Look | None) -> str:
    rows = []
    for name, (label, unit) in _ROWS.items():
        now = seen.numbers[name]
        row = [label, _value(now, unit)]
        if was is not None:
            old = was.numbers[name]
            change = "" if now is None or old is None else f"{round(now - old, 1) + 0.0:+.1f}"
            row = [label, _value(old, unit), _value(now, unit), change]
        rows.append(row)
    columns = ["", "before", "after", "change"] if was is not None else ["", "master"]
    return "<h2>Meters</h2>" + table(columns, rows)


def _over_time(seen: Look, was: Look | None) -> str:
    axis = time_axis(seen.frames / seen.rate)
    loudness = [Line("after", "after", *_curve(seen.short_term_lufs, 3.0))]
    peaks = [Line("after", "after", *_curve(seen.peak_dbfs, 0.5))]
    sides = [Line("after", "after", *_curve(seen.correlation, 0.5))]
    if was is not None:
        loudness.insert(0, Line("before", "before", *_curve(was.short_term_lufs, 3.0)))
        peaks.insert(0, Line("before", "before", *_curve(was.peak_dbfs, 0.5)))
        sides.insert(0, Line("before", "before", *_curve(was.correlation, 0.5)))
    low, high = _range([line.y for line in loudness], 24.0)
    parts = [
        chart("Short-term loudness", "LUFS, windows of 3 s, as they are.", axis,
              level_axis(low, high, 3), loudness),
        chart("Sample peak", "dBFS, each half second.", axis, level_axis(-24.0, 1.0, 3), peaks),
    ]  # fmt: skip
    if any(np.isfinite(line.y).any() for line in sides):
        parts.append(
            chart("Correlation", "Left with right, each half second: +1 is mono, below 0 is lost "
                  "in mono.", axis, level_axis(-1.0, 1.0, 1), sides)
        )  # fmt: skip
    return "<h2>Over time</h2>" + "".join(parts)


def _spectrum(seen: Look, was: Look | None) -> str:
    lines = [Line("after", "after", seen.band_hz.tolist(), _tilted(seen, 0.0))]
    note = f"Sixth-octave means, drawn with a slope of +{SLOPE_DB_PER_OCTAVE} dB per octave."
    if was is not None:
        before, after = was.numbers["integrated_lufs"], seen.numbers["integrated_lufs"]
        offset = after - before if before is not None and after is not None else 0.0
        lines.insert(0, Line("before", "before", was.band_hz.tolist(), _tilted(was, offset)))
        note += f" Level-matched: before is drawn {offset:+.1f} dB."
    low, high = _range([line.y for line in lines], 36.0)
    picture = chart("Spectrum", note, frequency_axis(20.0, 20_000.0), level_axis(low, high), lines)
    return "<h2>Spectrum</h2>" + picture


def _playback(facts: Sequence[dict[str, JsonValue]]) -> str:
    if not facts:
        return ""
    rows = [[f["text"], f["note"], f"{f['told']}: {f['source']}, {f['date']}"] for f in facts]
    return "<h2>What each place will do to it</h2>" + table(["", "", "how it is known"], rows)


def _codecs(results: Sequence[dict[str, JsonValue]]) -> str:
    if not results:
        return ""
    rows = [[r["codec"], _value(r["true_peak_after_dbtp"], "dBTP"), r["text"]] for r in results]
    columns = ["codec", "true peak after it", ""]
    return "<h2>After the codecs, measured on this song</h2>" + table(columns, rows)


def _moves(moves: Sequence[str]) -> str:
    if not moves:
        return ""
    return (
        "<h2>What was done</h2><ol>"
        + "".join(f"<li>{html.escape(m)}</li>" for m in moves)
        + "</ol>"
    )


def _places(places: Sequence[dict[str, JsonValue]]) -> str:
    rows = [
        [place["title"], file["file"], _sound(file), file["sha256"]]
        for place in places
        for file in place["files"]
    ]
    if not rows:
        return ""
    return "<h2>Files</h2>" + table(["for", "file", "sound", "SHA-256"], rows)


def _sound(file: dict[str, JsonValue]) -> str:
    if file["kbps"]:
        return (
            f"{file['kbps']} kbit/s, {_value(file['true_peak_after_dbtp'], 'dBTP')} after the codec"
        )
    words = ["the same samples"] if file["exact"] else []
    if file["resampled"]:
        words.append(f"resampled from {file['resampled']['from']} Hz")
    if file["dither"]:
        words.append(f"TPDF dither to {file['dither']['bits']} bits")
    return ", ".join(words)


def _curve(values: np.ndarray, first_s: float) -> tuple[list[float], list[float]]:
    """Times and values; the first window ends at `first_s`."""
    return [first_s + i / POINTS_PER_SECOND for i in range(len(values))], values.tolist()


def _tilted(seen: Look, offset_db: float) -> list[float]:
    tilt = SLOPE_DB_PER_OCTAVE * np.log2(seen.band_hz / _PIVOT_HZ)
    tilted: list[float] = (seen.band_db + tilt + offset_db).tolist()
    return tilted


def _range(curves: Sequence[Sequence[float]], most_db: float) -> tuple[float, float]:
    """A range that holds the loud part of the curves."""
    values = np.array([v for curve in curves for v in curve if np.isfinite(v)])
    if not len(values):
        return -most_db, 0.0
    high = float(np.ceil(values.max())) + 1.0
    return max(float(np.floor(values.min())) - 1.0, high - most_db), high


def _value(number: float | None, unit: str) -> str:
    return "-" if number is None else f"{round(number, 1) + 0.0:.1f} {unit}"
