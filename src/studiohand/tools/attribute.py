"""Attribute: which stem a difference to the references comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Material, Role, Track
from studiohand.core.job import Arrays, Job
from studiohand.core.outcome import NOT_HEARD, Finding, Move, Outcome, Severity
from studiohand.core.tool import Needs, Settings, number, tool

if TYPE_CHECKING:
    from studiohand.mir.mix.attribution import Difference
    from studiohand.mir.mix.audibility import Scene

_MOST_FINDINGS = 3
_LOUD = 80.0
"""Percentile of the level at which two records are brought to one loudness."""
_SHOULD_DB = 3.0
_ENOUGH = 3
"""Two references agree by chance too often."""
_AGREEING = 1.5
"""References agree where the excess is this many times their spread."""
_DEEPEST_DB = 6.0
_WHOLE_SHARE = 0.6
"""A band with this share of a stem's own power is the stem: its level is meant, not its tone."""


class AttributeSettings(Settings):
    """How large a difference is worth a word."""

    least_db: Annotated[
        float, number(0.5, 12, "dB", "Excess over the references below which nothing is said.")
    ] = 1.0


@tool("attribute", AttributeSettings, needs=Needs.SONG, listens=True, music=True)
def attribute(job: Job, material: Material, settings: AttributeSettings) -> Outcome:
    """Find where the stems' sum has more than the references, and the stem it comes from.

    Loud parts are compared with loud parts, after the level. Where the references hardly play at
    all, the arrangement differs: that is said and left alone. Says nothing without references.
    """
    from studiohand.dsp.hearing.earbands import ear_bands
    from studiohand.mir.mix.attribution import differences
    from studiohand.mir.mix.audibility import scene

    stems = [t for t in material.stems if t.role is not Role.GUIDE]
    if not stems or not material.references:
        missing = "references" if stems else "stems"
        return Outcome(facts={NOT_HEARD: f"The song has no {missing}, so nothing was compared."})
    arrays = job.analyse(ear_bands, stems, "Hearing every stem")
    heard = scene(stems, arrays)
    theirs = _heard_alike(job, material.references, _loud_db(arrays))
    found = differences(heard, theirs, settings.least_db)[:_MOST_FINDINGS]
    findings = [_finding(heard, each, len(theirs), settings.least_db) for each in found]
    job.found(*findings)
    moves = [
        _move(heard, each, finding)
        for each, finding in zip(found, findings, strict=True)
        if not each.arranged
    ]
    return Outcome(tuple(findings), tuple(moves))


def _loud_db(arrays: Sequence[Arrays]) -> float:
    """Level of the loud moments of a sum, from the mean squares of its parts."""
    power = np.zeros(max(len(a["power"]) for a in arrays))
    for each in arrays:
        own = np.asarray(each["power"], dtype=np.float64).mean(axis=1)
        power[: len(own)] += own
    return 10.0 * float(np.log10(np.percentile(power, _LOUD) + 1e-12))


def _heard_alike(
    job: Job, references: Sequence[Track], level_db: float
) -> list[npt.NDArray[np.float64]]:
    """Excitation of the references, each at the level of the stems' sum.

    The ear's filters widen with level: a louder record would seem to have more on top.
    """
    from studiohand.dsp.effects.chain import ProcessedSource
    from studiohand.dsp.effects.simple import Gain
    from studiohand.dsp.hearing.earbands import ear_bands

    what = "Hearing the references"
    alike = []
    for track, arrays in zip(references, job.analyse(ear_bands, references, what), strict=True):
        db = round(level_db - _loud_db([arrays]))
        key = hashlib.sha256(f"{track.sha256}{db:+d}".encode()).hexdigest()
        source = ProcessedSource(track.source, (Gain(float(db)),))
        alike.append(replace(track, source=source, sha256=key if track.sha256 else ""))
    found = job.analyse(ear_bands, alike, what)
    return [np.asarray(arrays["bands"], dtype=np.float64).mean(axis=1) for arrays in found]


def _finding(scene: Scene, each: Difference, references: int, least_db: float) -> Finding:
    from studiohand.mir.mix.attribution import loud_span_s

    name, db = scene.names[each.stem], round(each.db, 1)
    start_s, end_s = loud_span_s(scene)
    against = "your references" if references > 1 else "your reference"
    text = f"{db:+.1f} dB at {each.centre_hz:.0f} Hz against {against}"
    text += (
        f": {against} hardly plays there, a difference of arrangement; here it is {name}."
        if each.arranged
        else f" comes from {name}, {each.share * 100:.0f} % of the sum there."
    )
    agreed = references >= _ENOUGH and each.db > _AGREEING * each.spread_db
    return Finding(
        tool="attribute",
        kind="tone",
        stems=(name,),
        start_s=start_s,
        end_s=end_s,
        band_hz=each.band_hz,
        value=db,
        unit="dB",
        limit=least_db,
        severity=_severity(each, agreed),
        confidence=round(0.35 + 0.35 * each.share + 0.25 * agreed, 2),
        text=text,
        evidence={
            "solo": [name],
            "centre_hz": round(each.centre_hz, 1),
            "share": round(each.share, 2),
            "others": [scene.names[s] for s in each.others],
            "arrangement": each.arranged,
            "references_apart_db": round(each.spread_db, 1) if references > 1 else None,
        },
    )


def _severity(each: Difference, agreed: bool) -> Severity:
    """What one reference says is a hint; what several agree on deserves attention."""
    heavy = agreed and each.db >= _SHOULD_DB and not each.arranged
    return Severity.SHOULD if heavy else Severity.COULD


def _move(scene: Scene, each: Difference, finding: Finding) -> Move:
    """A bell on the stem, or its level where the band is all it has."""
    from studiohand.dsp.effects.eq import Band, Eq
    from studiohand.dsp.effects.simple import Gain
    from studiohand.dsp.hearing.earbands import CENTRES_HZ

    name, db = scene.names[each.stem], -round(min(each.cut_db, _DEEPEST_DB), 1)
    low_hz, high_hz = each.band_hz
    own = scene.power[each.stem].sum(axis=0, dtype=np.float64)
    inside = (low_hz <= CENTRES_HZ) & (high_hz >= CENTRES_HZ)
    predicted = {"sum_change_db": round(_lost_db(db, each.share), 1), "excess_db": finding.value}
    if own[inside].sum() > _WHOLE_SHARE * own.sum():
        text = f"{name} {db:+.1f} dB: most of it lies there, so its level is meant."
        return Move("attribute", (finding.id,), (name,), (Gain(db),), text, predicted)
    q = round(float(np.clip(each.centre_hz / (high_hz - low_hz), 0.4, 4.0)), 1)
    hz = float(f"{each.centre_hz:.3g}")
    text = f"{name}: bell {hz:g} Hz {db:+.1f} dB Q {q:g}."
    step = Eq((Band("bell", hz, db, q),))
    return Move("attribute", (finding.id,), (name,), (step,), text, predicted)


def _lost_db(db: float, share: float) -> float:
    """What the sum loses where a part with a share of it loses `db`."""
    return 10.0 * float(np.log10(1.0 - share + share * 10.0 ** (db / 10.0)))


TOOL = attribute
