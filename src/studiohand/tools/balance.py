"""Balance: stems that sit wrong against the rough mix, or against what their role usually needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np

from studiohand.core.audio import Material, Role, Track
from studiohand.core.job import Job
from studiohand.core.outcome import Finding, Move, Outcome, Severity
from studiohand.core.tool import Needs, Settings, number, tool

if TYPE_CHECKING:
    from studiohand.mir.mix.audibility import Scene
    from studiohand.mir.mix.deviation import Deviation

MUST_DB = 6.0
_LEADING = (Role.VOCALS, Role.DRUMS, Role.GUITAR, Role.SYNTH)
_OF_TWINS = 2.5
"""Two microphones of one source explain the mix nearly as well in each other's place: the error of
their levels is that much larger than the fit says."""
_SURE = 0.8
"""How likely the stem named must be before it alone is named."""
_FAR_DB = 9.0
_FAR_SPREADS = 2.5


class BalanceSettings(Settings):
    """How far off is worth a word."""

    least_db: Annotated[
        float, number(0.5, 12, "dB", "Difference to the rough mix below which nothing is said.")
    ] = 2.0


@dataclass(frozen=True, slots=True)
class _Off:
    """A stem that is too loud (positive) or too soft, and how sure that is.

    `instead` is the stem that may be as far off the other way in its place.
    """

    stem: int
    db: float
    confidence: float
    against: str
    instead: int | None = None


@tool("balance", BalanceSettings, needs=Needs.SONG, listens=True, music=True)
def balance(job: Job, material: Material, settings: BalanceSettings) -> Outcome:
    """Find stems that are louder or softer than in the rough mix.

    The mix is explained as a sum of the stems by least squares, band by band; the gain found for a
    stem is where the mix has it. Without a mix only a leading stem that is very far from what its
    role usually needs is named, with little confidence.
    """
    from studiohand.dsp.hearing.earbands import ear_bands
    from studiohand.mir.mix.audibility import scene
    from studiohand.mir.mix.mixbalance import mix_deviation

    stems = [t for t in material.stems if t.role is not Role.GUIDE]
    if len(stems) < 2:
        return Outcome()
    heard = scene(stems, job.analyse(ear_bands, stems, "Hearing every stem"))
    off = mix_deviation(job, stems, material.mix, heard)
    found = _by_role(heard) if off is None else _by_mix(heard, off, settings.least_db)
    many = len(found) > max(1, len(stems) // 2)
    findings = [_finding(heard, stems, item, many, settings.least_db) for item in found]
    job.found(*findings)
    moves = [
        _move(heard, stem, db, item.against, finding)
        for item, finding in zip(found, findings, strict=True)
        for stem, db in _ways(item)
    ]
    return Outcome(tuple(findings), tuple(moves))


def _by_mix(scene: Scene, off: Deviation, least_db: float) -> list[_Off]:
    """Stems whose level differs from the mix, the farthest first."""
    from studiohand.mir.mix.deviation import SURE_LEVEL_DB

    out = []
    for stem, db in enumerate(off.level_db):
        twin = bool(scene.one_source[stem].any())
        error = float(off.level_error_db[stem]) * (_OF_TWINS if twin else 1.0)
        if error > SURE_LEVEL_DB or abs(db) < least_db:
            continue
        confidence = float(np.clip(0.98 - 0.8 * error, 0.4, 0.98)) * off.certainty
        two = len(off.level_db) == 2 and off.certainty < _SURE
        out.append(_Off(stem, float(db), confidence, "mix", 1 - stem if two else None))
    return sorted(out, key=lambda item: -abs(item.db))


def _by_role(scene: Scene) -> list[_Off]:
    """The leading stem that is farthest from its role's usual level, if that is very far.

    One microphone of several, such as the room beside a close-miked kit, has no usual level.
    """
    from studiohand.mir.mix.instruments import KIT, instruments
    from studiohand.mir.roles.rolelevels import USUAL

    heard = instruments(scene)
    close_miked = sum(item.role in KIT for item in heard) > 1
    out = []
    for item in heard:
        part = len(item.stems) > 1 or (item.role in KIT and close_miked)
        db = item.level_db - item.usual_db
        far = max(_FAR_DB, _FAR_SPREADS * USUAL[item.role].spread_db)
        if item.role in _LEADING and not part and abs(db) >= far:
            out.append(_Off(item.stems[0], db, 0.3, "role"))
    return sorted(out, key=lambda item: -abs(item.db))[:1]


def _ways(item: _Off) -> list[tuple[int, float]]:
    """Stems that may be moved, and what each is off."""
    named = [(item.stem, item.db)]
    return named if item.instead is None else [*named, (item.instead, -item.db)]


def _finding(
    scene: Scene, stems: Sequence[Track], item: _Off, many: bool, least_db: float
) -> Finding:
    from studiohand.dsp.hearing.earbands import FRAME_RATE

    name, db = scene.names[item.stem], round(item.db, 1)
    way, back = ("louder", "softer") if db > 0.0 else ("softer", "louder")
    ways = [scene.names[stem] for stem, _ in _ways(item)]
    text = f"{name} is {abs(db):.1f} dB {way} "
    at = np.flatnonzero(scene.playing[item.stem])
    against = (
        "than in your mix"
        if item.against == "mix"
        else f"than a {stems[item.stem].role.value.replace('_', ' ')} stem usually stands"
    )
    return Finding(
        tool="balance",
        kind="level",
        stems=(name,),
        start_s=float(at[0]) / FRAME_RATE if len(at) else 0.0,
        end_s=float(at[-1] + 1) / FRAME_RATE if len(at) else 0.0,
        value=db,
        unit="dB",
        limit=least_db,
        severity=_severity(item, many),
        confidence=item.confidence,
        text=text + against + "".join(_or(other, back) for other in ways[1:]) + ".",
        evidence={"solo": ways, "held_against": item.against, "many_differ": many},
    )


def _or(name: str, way: str) -> str:
    return f", or {name} that much {way}: of two stems, a mix that was brought up cannot tell which"


def _severity(item: _Off, many: bool) -> Severity:
    """One stem that is far off is a must; where most differ, the stems are simply not mixed yet."""
    if item.against != "mix" or many:
        return Severity.COULD
    return Severity.MUST if abs(item.db) >= MUST_DB else Severity.SHOULD


def _move(scene: Scene, stem: int, off_db: float, against: str, finding: Finding) -> Move:
    from studiohand.dsp.effects.simple import Gain

    name, db = scene.names[stem], -round(off_db, 1)
    return Move(
        tool="balance",
        because=(finding.id,),
        targets=(name,),
        steps=(Gain(db),),
        text=f"{name} {db:+.1f} dB"
        + (": as in your mix." if against == "mix" else ": to where its role usually stands."),
        predicted={"level_change_db": db},
    )


TOOL = balance
