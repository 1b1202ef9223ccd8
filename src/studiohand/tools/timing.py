"""Timing: stems that are late, early or inverted, to the frame."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from studiohand.core.audio import Material, Track
from studiohand.core.effect import Step
from studiohand.core.job import Job
from studiohand.core.outcome import Finding, Move, Outcome, Severity
from studiohand.core.tool import Needs, Settings, number, tool
from studiohand.dsp.effects.filesteps import DeclareRate, Resample
from studiohand.dsp.effects.simple import Offset, Polarity
from studiohand.mir.timing.lengths import common_length, speed_by_length
from studiohand.mir.timing.neighbours import Neighbour, find_neighbours
from studiohand.mir.timing.onsets import LEAST_S, UNSURE_S, Onsets, out_of_step
from studiohand.mir.timing.seats import SURE_Z, Seat, find_seats
from studiohand.mir.timing.stem_profile import Profile, profiles
from studiohand.mir.timing.twins import compare, comparisons, like_pairs

_MUST_S = 0.001
"""From one millisecond on a shift is heard as a flam or a hollow sound."""
_COPY_LIKENESS = 0.45
_AGREEING, _HOME_PART, _TREBLE = 0.5, 0.5, 0.05
_RIVAL_Z = 4.0
"""Another delay that is lower by less than this many standard deviations may be the true one."""

_BY_ONSETS = 0.6
"""Of planted delays that are told, 93 % have the right size; but few stems are late at all."""
_HEARD_S = 4.0

_NO_ROOM_S, _NO_HALL_S = 0.02, 0.08
"""Longer than sound takes to a microphone near the source (7 m), and to one meant to be far."""
_SOUND_M_PER_S = 343.0
_DISTANT = re.compile(r"(^|[^a-z])(oh|over|room|amb|far|hall|raum|salle)", re.IGNORECASE)


class TimingSettings(Settings):
    """What counts as out of time."""

    least_frames: Annotated[int, number(1, 100000, "frames", "Smaller shifts are left alone.")] = 8


@tool("timing", TimingSettings, needs=Needs.SONG, listens=True)
def timing(job: Job, material: Material, settings: TimingSettings) -> Outcome:
    """Find stems that are late, early or inverted, against the rough mix where there is one.

    Each stem is searched in the mix; where most stems sit is where all should. Without a mix,
    stems that hear the same source are held against each other, and the onsets of all others
    against those of the rest; less is said. The value is in frames of the song's rate, positive
    when the stem is late.
    """
    if not material.stems:
        return Outcome()
    if material.mix is None:
        return _without_mix(job, material, settings)
    *own, mixed = profiles(job, [*material.stems, material.mix])
    common_s = common_length([p.frames / p.rate for p in (*own, mixed)])
    seats = find_seats(job, material.stems, material.mix, own, mixed, material.rate)
    findings: list[Finding] = []
    moves: list[Move] = []
    copies = _copies(job, material, own, seats)
    for i, (stem, seat, profile) in enumerate(zip(material.stems, seats, own, strict=True)):
        if seat is None or i in copies:
            continue
        told = speed_by_length(profile.frames / profile.rate, common_s) is not None
        if seat.speed != 1.0:
            said = [] if told else [_wrong_speed(stem, seat, material.rate)]
        else:
            said = _said(stem, seat, material.rate, settings)
        for finding, steps in said:
            findings.append(finding)
            moves.append(_move(finding, steps))
    job.found(*findings)
    return Outcome(tuple(findings), tuple(moves))


def _copies(
    job: Job, material: Material, known: Sequence[Profile], seats: Sequence[Seat | None]
) -> set[int]:
    """Stems out of place that are copies of one in place: they are no part of the mix at all."""
    off = {i for i, seat in enumerate(seats) if seat and (seat.late_frames or seat.inverted)}
    if not off:
        return set()
    sources = [stem.source for stem in material.stems]
    pairs = [
        pair
        for pair in like_pairs(known, _COPY_LIKENESS)
        if (pair.first in off) != (pair.second in off)
    ]
    asked = [(pair, comparisons(sources, known, pair, material.rate)[:1]) for pair in pairs]
    asked = [(pair, some) for pair, some in asked if some]
    found = job.map(compare, [some[0] for _, some in asked], "leaving copies out")
    return {
        pair.first if pair.first in off else pair.second
        for (pair, _), likeness in zip(asked, found, strict=True)
        if likeness.is_copy()
    }


def _said(
    stem: Track, seat: Seat, rate: int, settings: TimingSettings
) -> list[tuple[Finding, tuple[Step, ...]]]:
    """What a stem's seat gives reason to say, each with the step that undoes it."""
    confidence = _confidence(seat)
    if confidence == 0.0:
        return []
    said: list[tuple[Finding, tuple[Step, ...]]] = []
    late = seat.late_frames
    if abs(late) >= settings.least_frames:
        sure = confidence > 0.8 and abs(late) >= _MUST_S * rate
        finding = _finding(
            "late", stem, seat, Severity.MUST if sure else Severity.SHOULD, confidence,
            f"“{stem.name}” is {abs(late)} frames ({abs(late) / rate * 1000:.1f} ms) "
            f"{'late' if late > 0 else 'early'} against the mix.",
            value=float(late), unit="frames", limit=float(settings.least_frames),
        )  # fmt: skip
        said.append((finding, (Offset(-late),)))
    if seat.inverted:
        severity = Severity.MUST if confidence > 0.8 else Severity.SHOULD
        finding = _finding(
            "polarity", stem, seat, severity, confidence,
            f"“{stem.name}” is inverted against the mix: it takes away where it should add.",
            value=180.0, unit="degrees", limit=0.0,
        )  # fmt: skip
        said.append((finding, (Polarity(),)))
    return said


def _finding(
    kind: str, stem: Track, seat: Seat, severity: Severity, confidence: float, text: str,
    *, value: float, unit: str, limit: float,
) -> Finding:  # fmt: skip
    return Finding(
        "timing", kind, (stem.name,), text, value=value, unit=unit, limit=limit,
        start_s=seat.start_s, end_s=seat.end_s, severity=severity, confidence=confidence,
        evidence={
            "against": "mix",
            "solo": [stem.name, "mix"],
            "loop_s": [round(seat.start_s, 3), round(seat.end_s, 3)],
            "above_chance_sigma": round(seat.fit.z, 1),
        },
    )  # fmt: skip


def _without_mix(job: Job, material: Material, settings: TimingSettings) -> Outcome:
    """What stems that hear the same source say about each other; of the rest, their onsets."""
    known = profiles(job, material.stems)
    findings, moves = [], []
    for seat in find_neighbours(job, material.stems, known, material.rate):
        for finding, steps in _said_of_neighbours(material, seat, settings):
            findings.append(finding)
            moves.append(_move(finding, steps))
    late = {finding.stems[0] for finding in findings if finding.kind == "late"}
    for away in out_of_step([profile.levels for profile in known]):
        if material.stems[away.stem].name not in late:
            finding, step = _said_of_onsets(material, away)
            findings.append(finding)
            moves.append(_move(finding, (step,)))
    job.found(*findings)
    return Outcome(tuple(findings), tuple(moves))


def _said_of_neighbours(
    material: Material, seat: Neighbour, settings: TimingSettings
) -> list[tuple[Finding, tuple[Step, ...]]]:
    stem, rate, late = material.stems[seat.stem], material.rate, seat.late_frames
    others = " and ".join(f"“{material.stems[i].name}”" for i in seat.others)
    said: list[tuple[Finding, tuple[Step, ...]]] = []
    far = _DISTANT.search(stem.name) is not None and 0 < late < _NO_HALL_S * rate
    if abs(late) >= settings.least_frames and not far:
        wide = abs(late) >= _NO_ROOM_S * rate
        text = (
            f"“{stem.name}” hears the same source as {others} {abs(late)} frames "
            f"({abs(late) / rate * 1000:.1f} ms) {'later' if late > 0 else 'earlier'}"
        )
        text += "." if wide else f", as from {abs(late) / rate * _SOUND_M_PER_S:.1f} m away."
        said.append((
            _neighbour_finding("late", material, seat, wide, text, float(late), "frames"),
            (Offset(-late),),
        ))  # fmt: skip
    if seat.inverted:
        text = f"“{stem.name}” is inverted against {others}, which hear the same source."
        said.append((
            _neighbour_finding("polarity", material, seat, False, text, 180.0, "degrees"),
            (Polarity(),),
        ))  # fmt: skip
    return said


def _said_of_onsets(material: Material, away: Onsets) -> tuple[Finding, Step]:
    stem, frames = material.stems[away.stem].name, round(away.late_s * material.rate)
    finding = Finding(
        "timing", "late", (stem,),
        f"“{stem}” plays the rhythm of the others about {abs(away.late_s) * 1000:.0f} ms "
        f"{'late' if frames > 0 else 'early'}, to {UNSURE_S * 1000:.0f} ms: told by its onsets "
        "alone. A rough mix would tell it to the frame.",
        value=float(frames), unit="frames", limit=LEAST_S * material.rate,
        start_s=away.start_s, end_s=away.start_s + _HEARD_S,
        severity=Severity.COULD, confidence=_BY_ONSETS,
        evidence={
            "against": "onsets",
            "solo": [track.name for track in material.stems],
            "loop_s": [round(away.start_s, 3), round(away.start_s + _HEARD_S, 3)],
            "likeness": round(away.fit, 2),
            "uncertainty_frames": round(UNSURE_S * material.rate),
        },
    )  # fmt: skip
    return finding, Offset(-frames)


def _neighbour_finding(
    kind: str, material: Material, seat: Neighbour, wide: bool, text: str, value: float, unit: str
) -> Finding:
    others = [material.stems[i].name for i in seat.others]
    return Finding(
        "timing", kind, (material.stems[seat.stem].name,), text, value=value, unit=unit,
        start_s=seat.start_s, end_s=seat.start_s + 1.4,
        severity=Severity.SHOULD if wide else Severity.COULD, confidence=0.7 if wide else 0.4,
        evidence={
            "against": others,
            "solo": [material.stems[seat.stem].name, *others],
            "loop_s": [round(seat.start_s, 3), round(seat.start_s + 1.4, 3)],
            "above_chance_sigma": round(seat.z, 1),
        },
    )  # fmt: skip


def _confidence(seat: Seat) -> float:
    """0: say nothing; above 0.8: certain enough for a must."""
    fit = seat.fit
    moved = seat.late_frames != 0
    if moved and abs(fit.home_z) > _HOME_PART * fit.z:
        return 0.0
    if fit.z < SURE_Z or fit.agreeing < _AGREEING:
        return 0.0
    if fit.treble < _TREBLE or (moved and (1.0 - fit.rival) * fit.z < _RIVAL_Z):
        return 0.5
    return min(0.99, 0.82 + 0.17 * (1.0 - SURE_Z / fit.z))


def _wrong_speed(stem: Track, seat: Seat, rate: int) -> tuple[Finding, tuple[Step, ...]]:
    true_hz = round(stem.source.rate * seat.speed)
    finding = _finding(
        "rate", stem, seat, Severity.MUST, _confidence(replace(seat, late_frames=0)),
        f"“{stem.name}” says {stem.source.rate} Hz, but it only fits the mix as {true_hz} Hz: "
        "it plays at the wrong speed and pitch.",
        value=float(true_hz), unit="Hz", limit=float(rate),
    )  # fmt: skip
    resampled: tuple[Step, ...] = (Resample(rate),) if true_hz != rate else ()
    return finding, (DeclareRate(true_hz), *resampled)


def _move(finding: Finding, steps: tuple[Step, ...]) -> Move:
    stem, step = finding.stems[0], steps[0]
    if isinstance(step, Offset):
        word = "earlier" if step.frames < 0 else "later"
        text = f"Move “{stem}” {abs(step.frames)} frames {word}."
    elif isinstance(step, DeclareRate):
        text = f"Read “{stem}” as {step.hz} Hz and resample it."
    else:
        text = f"Invert the polarity of “{stem}”."
    return Move("timing", (finding.id,), (stem,), steps, text)


TOOL = timing
