"""Twins: stems that hold the same sound twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from studiohand.core.audio import Material, Track
from studiohand.core.job import Job
from studiohand.core.outcome import Finding, Move, Outcome, Severity
from studiohand.core.tool import Needs, Settings, number, tool
from studiohand.dsp.effects.simple import Gain
from studiohand.mir.timing.stem_profile import Profile, profiles
from studiohand.mir.timing.twins import Comparison, Likeness, Pair, compare, comparisons, like_pairs

_LEAST_LIKENESS = 0.45
_SURE_LIKENESS = 0.8
_PARTNERS = 3
_EXACT_DB = -50.0
_MUTE_DB = -120.0
_COPY = re.compile(r"cop(y|ie|ia)|kopie|dup|\(\d+\)|duplicat|bis\b|[ _.-]v?\d+$", re.IGNORECASE)
_SIDE = re.compile(r"(?<![a-z])(l|r|left|right|links|rechts)(?![a-z])", re.IGNORECASE)


class TwinsSettings(Settings):
    """When two stems count as the same sound."""

    least_same: Annotated[
        float, number(0.5, 1.0, "", "Part of the sound that must be the same in most bands.")
    ] = 0.9


@tool("twins", TwinsSettings, needs=Needs.SONG, listens=True)
def twins(job: Job, material: Material, settings: TwinsSettings) -> Outcome:
    """Find stems that hold the same sound twice.

    Also at another level, inverted, moved in time, through a lossy codec, or as one side of a
    stereo file. The value is what differs, in dB below the sound.
    """
    known = profiles(job, material.stems)
    pairs = worth_comparing(like_pairs(known, _LEAST_LIKENESS))
    sources = [track.source for track in material.stems]
    asked: list[tuple[Pair, Comparison]] = [
        (pair, one) for pair in pairs for one in comparisons(sources, known, pair, material.rate)
    ]
    results = job.map(compare, [one for _, one in asked], "comparing stems that move alike")
    found: dict[tuple[int, int], tuple[Comparison, Likeness]] = {}
    for (pair, one), result in zip(asked, results, strict=True):
        key = (pair.first, pair.second)
        if result.is_copy(settings.least_same) and (
            key not in found or result.same > found[key][1].same
        ):
            found[key] = (one, result)
    return _told(job, material, known, found)


def worth_comparing(pairs: Sequence[Pair]) -> list[Pair]:
    """Pairs much alike, and of the others the best few of each stem."""
    chosen, partners = [], dict[int, int]()
    for pair in pairs:
        busy = max(partners.get(pair.first, 0), partners.get(pair.second, 0))
        if pair.likeness >= _SURE_LIKENESS or busy < _PARTNERS:
            chosen.append(pair)
            for stem in (pair.first, pair.second):
                partners[stem] = partners.get(stem, 0) + 1
    return chosen


def _told(
    job: Job,
    material: Material,
    known: Sequence[Profile],
    found: dict[tuple[int, int], tuple[Comparison, Likeness]],
) -> Outcome:
    findings, moves, copies = [], [], set[int]()
    for (first, second), (asked, result) in sorted(found.items()):
        if first in copies or second in copies:
            continue
        swapped = _is_the_copy(material.stems, known, first, second, result)
        kept, copy = (second, first) if swapped else (first, second)
        copies.add(copy)
        late = -result.late_frames if swapped else result.late_frames
        gain = -result.gain_db if swapped else result.gain_db
        finding = _finding(
            material, material.stems[kept], material.stems[copy], asked, result, late, gain
        )
        findings.append(finding)
        moves.append(_mute(finding))
    job.found(*findings)
    return Outcome(tuple(findings), tuple(moves))


def _is_the_copy(
    stems: Sequence[Track], known: Sequence[Profile], first: int, second: int, result: Likeness
) -> bool:
    """Whether the first of the two looks more like the copy."""

    def marks(i: int, late: int) -> tuple[bool, bool, bool, int]:
        facts = stems[i].facts
        lossy = facts is not None and facts.lossy
        named = _COPY.search(stems[i].name) is not None
        return lossy, named, late > 0, -known[i].channels

    return marks(first, -result.late_frames) > marks(second, result.late_frames)


def _finding(
    material: Material, kept: Track, copy: Track, asked: Comparison, result: Likeness,
    late: int, gain_db: float,
) -> Finding:  # fmt: skip
    exact = result.residue_db <= _EXACT_DB
    sides = _SIDE.sub("", kept.name) == _SIDE.sub("", copy.name)
    severity = Severity.MUST if exact and not sides else Severity.SHOULD
    start = asked.starts[0] / asked.rate
    text = f"“{copy.name}” is the same sound as “{kept.name}”{_how(result, late, gain_db, asked)}."
    if sides:
        text += " Named as two sides, they make no stereo: only a louder middle."
    return Finding(
        "twins", "duplicate", (kept.name, copy.name), text,
        value=round(result.residue_db, 1), unit="dB", limit=None,
        start_s=start, end_s=start + 1.4,
        severity=severity, confidence=0.99 if exact else min(0.98, 0.3 + 0.7 * result.same),
        evidence={
            "solo": [kept.name, copy.name],
            "loop_s": [round(start, 3), round(start + 1.4, 3)],
            "late_frames": late,
            "gain_db": round(gain_db, 2),
            "inverted": result.sign < 0,
            "same": round(result.same, 4),
        },
    )  # fmt: skip


def _how(result: Likeness, late: int, gain_db: float, asked: Comparison) -> str:
    """What was done to the copy, in words; empty for a plain copy."""
    said = []
    if abs(gain_db) > 0.1:
        said.append(f"{gain_db:+.1f} dB")
    if result.sign < 0:
        said.append("inverted")
    if late:
        said.append(f"{abs(late)} frames {'late' if late > 0 else 'early'}")
    if result.residue_db > _EXACT_DB:
        said.append("with small differences such as a lossy codec leaves")
    if asked.first_side != "both":
        said.append(f"on the {asked.first_side.value} side")
    return ", " + ", ".join(said) if said else ""


def _mute(finding: Finding) -> Move:
    copy = finding.stems[1]
    text = f"Mute “{copy}”, which plays the sound of “{finding.stems[0]}” a second time."
    return Move("twins", (finding.id,), (copy,), (Gain(_MUTE_DB),), text)


TOOL = twins
