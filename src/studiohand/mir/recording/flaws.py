"""What is wrong with a finished mix as a file: over the ceiling, off centre, thin in mono, cut."""

from __future__ import annotations

from dataclasses import replace

from studiohand.core.outcome import Finding, Severity
from studiohand.dsp.meters.levels import LOW_HZ, Levels

DC_LIMIT = 0.002
"""Offset that takes 0.02 dB of headroom and can be heard as a click at an edit."""
LOW_SIDE_LIMIT_DB = -3.0
"""Side against mid in the lows above which they thin out in mono and are hard to cut."""
LONGEST_LEAD_S, LONGEST_TAIL_S = 2.0, 10.0
MOST_GAPS = 20


def flaws(blank: Finding, levels: Levels, ceiling_dbtp: float) -> list[Finding]:
    """Findings of kinds true_peak, dc, mono_loss and gap.

    Parameters
    ----------
    blank : Finding
        Tool, stems and the span of the whole file.
    """
    found = []
    peak = levels.true_peak_dbtp
    if peak is not None and peak > ceiling_dbtp:
        found.append(
            replace(
                blank,
                kind="true_peak",
                value=round(peak, 2),
                unit="dBTP",
                limit=ceiling_dbtp,
                severity=Severity.MUST if peak > 0.0 else Severity.SHOULD,
                text=f"The true peak is {peak:+.2f} dBTP, over the ceiling of {ceiling_dbtp:g}.",
            )
        )
    if abs(levels.dc) > DC_LIMIT:
        found.append(
            replace(
                blank,
                kind="dc",
                value=round(levels.dc, 5),
                unit="of full scale",
                limit=DC_LIMIT,
                text=f"The waveform sits {100.0 * levels.dc:+.2f} % off centre.",
            )
        )
    if levels.low_side_db > LOW_SIDE_LIMIT_DB:
        found.append(
            replace(
                blank,
                kind="mono_loss",
                value=round(levels.low_side_db, 1),
                unit="dB",
                limit=LOW_SIDE_LIMIT_DB,
                band_hz=(20.0, LOW_HZ),
                text=f"Below {LOW_HZ:g} Hz the sides are {levels.low_side_db:+.1f} dB against "
                "the middle: the bass thins out in mono.",
            )
        )
    return [*found, *_gaps(blank, levels)]


def _gaps(blank: Finding, levels: Levels) -> list[Finding]:
    """Holes, and much silence at the ends."""
    blank = replace(blank, kind="gap", unit="s")
    found = [
        replace(
            blank,
            start_s=gap.start_s,
            end_s=gap.end_s,
            value=round(gap.end_s - gap.start_s, 3),
            limit=0.0,
            confidence=0.8,
            severity=Severity.MUST,
            text=f"The sound drops out for {1000.0 * (gap.end_s - gap.start_s):.0f} ms.",
        )
        for gap in levels.gaps[:MOST_GAPS]
    ]
    for where, silence_s, limit_s, start_s in (
        ("starts", levels.lead_s, LONGEST_LEAD_S, 0.0),
        ("ends", levels.tail_s, LONGEST_TAIL_S, blank.end_s - levels.tail_s),
    ):
        if silence_s > limit_s:
            found.append(
                replace(
                    blank,
                    start_s=start_s,
                    end_s=start_s + silence_s,
                    value=round(silence_s, 3),
                    limit=limit_s,
                    severity=Severity.COULD,
                    text=f"The file {where} with {silence_s:.1f} s of silence.",
                )
            )
    return found
