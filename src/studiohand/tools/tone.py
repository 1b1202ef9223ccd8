"""Tone of each stem: resonance, harsh, boomy, dull; against the rough mix, or by ear; mono loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Material, Role, Track
from studiohand.core.effect import Effect
from studiohand.core.job import Arrays, Job
from studiohand.core.outcome import Finding, Move, Outcome, Severity
from studiohand.core.tool import Needs, Settings, number, tool

if TYPE_CHECKING:
    from studiohand.mir.mix.audibility import Scene
    from studiohand.mir.mix.deviation import Deviation
    from studiohand.models.resonances import Bulge

Grid = npt.NDArray[np.float64]

NARROW_BANDS = 3
"""A bump this many Cams wide or less rings; a wider one is tone."""
RING_DB = 4.0
LOSS_DB = 3.7
"""Loss in mono from which the sides work against each other: unrelated sides lose 3 dB. Of 85
clean stems 3 lose more; of the same with one side inverted 86 % do."""
SHOULD_LOSS_DB = 5.0
MUST_LOSS_DB = 10.0
UNRELATED_DB = 3.0
"""What two unrelated sides lose: a move that brings a stem here is enough."""
_WIDTHS = (0.8, 0.6, 0.4, 0.2)
_LEAST_WEIGHT = 0.01
_DULL_FROM_HZ = 2000.0
_BOOMY_HZ, _HARSH_HZ = (60.0, 350.0), (1800.0, 8000.0)
CHANCES = {"resonance": 0.85, "harsh": 0.65, "boomy": 0.9}
"""From which a bell is worth a word without a mix to compare with: 2 % of 289 clean stems reach one
of them, of songs that neither the network nor the bench's report half knows."""
_RINGING_BY_DESIGN = frozenset({Role.SYNTH, Role.PAD, Role.FX, Role.KICK})
"""A filter that rings is what a synthesiser is played for, and a kick is a tuned drum."""
_HARSH_BY_EAR_HZ = 6000.0
"""Above it a wide rise is what cymbals and shakers are."""
_MOST_BY_EAR_DB = 9.0
"""What is only heard, not compared, is not cut deeper at a first try."""
_RINGING_Q, _BULGING_Q = 8.0, 1.0


class ToneSettings(Settings):
    """How much is worth a word."""

    least_db: Annotated[
        float, number(1, 12, "dB", "Difference of tone to the rough mix below which it is silent.")
    ] = 3.0


@dataclass(frozen=True, slots=True)
class _Bump:
    """A run of bands in which a stem is above or below the mix's tone."""

    stem: int
    first: int
    last: int
    db: float
    curve_db: Grid


@tool("tone", ToneSettings, needs=Needs.SONG, listens=True)
def tone(job: Job, material: Material, settings: ToneSettings) -> Outcome:
    """Find stems whose tone is off against the rough mix, or that vanish in mono.

    Tone is held against the gain that each stem has in the mix, band by band: a narrow bump is a
    resonance, a broad one is boomy, harsh or dull by its place. Without a mix every stem is heard
    by itself: what rings or bulges there whatever is played. Loss in mono needs no mix.
    """
    from studiohand.dsp.meters.tonecurves import VERSION, tone_curves

    stems = [t for t in material.stems if t.role is not Role.GUIDE]
    curves = job.analyse(tone_curves, stems, "Hearing the tone of every stem", VERSION)
    findings, moves = _mono(stems, curves)
    if len(stems) > 1 and material.mix is not None:
        more, how = _against_mix(job, material, stems, settings.least_db)
    else:
        more, how = _by_ear(job, stems, curves)
    findings, moves = findings + more, moves + how
    job.found(*findings)
    return Outcome(tuple(findings), tuple(moves))


def _mono(stems: Sequence[Track], curves: Sequence[Arrays]) -> tuple[list[Finding], list[Move]]:
    """Stereo stems that lose more in mono than two unrelated sides do."""
    from studiohand.dsp.hearing.earbands import CENTRES_HZ, band_edges_hz
    from studiohand.dsp.meters.folddown import heard_weight, mono_loss_db

    findings: list[Finding] = []
    moves: list[Move] = []
    for track, result in zip(stems, curves, strict=True):
        if track.source.channels != 2:
            continue
        sides = np.asarray(result["sides"], dtype=np.float64)
        shared = np.asarray(result["shared"], dtype=np.float64)
        weight = heard_weight(sides)
        whole = _whole_loss(sides, shared)
        if not sides.any() or whole < LOSS_DB:
            continue
        lost = np.flatnonzero((mono_loss_db(sides, shared) > LOSS_DB) & (weight > _LEAST_WEIGHT))
        first, last = (int(lost[0]), int(lost[-1])) if len(lost) else (0, len(CENTRES_HZ) - 1)
        low, high = band_edges_hz(first, last)
        findings.append(
            Finding(
                tool="tone",
                kind="mono_loss",
                stems=(track.name,),
                end_s=track.source.frames / track.source.rate,
                band_hz=(round(low, 1), round(high, 1)),
                value=round(whole, 1),
                unit="dB",
                limit=LOSS_DB,
                severity=_weight_of(whole),
                confidence=0.95,
                text=f"{track.name} loses {whole:.0f} dB in mono: its sides work against "
                "each other. Look for one side with its polarity inverted, or a widener.",
                evidence={"solo": [track.name], "fold": "mono"},
            )
        )
        moves += _less_loss(track.name, findings[-1], sides, shared)
    return findings, moves


def _less_loss(name: str, finding: Finding, sides: Grid, shared: Grid) -> list[Move]:
    """One side inverted, or less width: what keeps more in mono, the better first."""
    from studiohand.dsp.effects.simple import Polarity
    from studiohand.dsp.effects.width import Width
    from studiohand.dsp.meters.folddown import at_width

    tried: list[tuple[float, Effect, str]] = [
        (_whole_loss(sides, -shared), Polarity(side="right"), "the right side inverted")
    ]
    for width in _WIDTHS:
        loss = _whole_loss(*at_width(sides, shared, width))
        if loss <= UNRELATED_DB:
            tried.append((loss, Width(width), f"width {width:.1f}"))
            break
    works = sorted((t for t in tried if t[0] <= UNRELATED_DB), key=lambda t: t[0])
    return [
        Move(
            tool="tone",
            because=(finding.id,),
            targets=(name,),
            steps=(effect,),
            text=f"{name}: {words}; it then loses {loss:.1f} dB in mono.",
            predicted={"mono_loss_db": round(loss, 1)},
        )
        for loss, effect, words in works
    ]


def _whole_loss(sides: Grid, shared: Grid) -> float:
    """Loss in mono of all that is heard, dB."""
    from studiohand.dsp.meters.folddown import heard_weight, mono_loss_db

    weight = heard_weight(sides)
    both = np.array([np.sum(sides * weight)])
    return float(mono_loss_db(both, np.array([np.sum(shared * weight)]))[0])


def _weight_of(loss_db: float) -> Severity:
    if loss_db >= MUST_LOSS_DB:
        return Severity.MUST
    return Severity.SHOULD if loss_db >= SHOULD_LOSS_DB else Severity.COULD


def _against_mix(
    job: Job, material: Material, stems: Sequence[Track], least_db: float
) -> tuple[list[Finding], list[Move]]:
    from studiohand.dsp.hearing.earbands import ear_bands
    from studiohand.mir.mix.audibility import scene
    from studiohand.mir.mix.mixbalance import mix_deviation

    heard = scene(stems, job.analyse(ear_bands, stems, "Hearing every stem"))
    off = mix_deviation(job, stems, material.mix, heard)
    if off is None:
        return [], []
    bumps = [b for stem in range(len(stems)) for b in _bumps(heard, off, stem, least_db)]
    bumps = [b for b in bumps if _kind(b)]
    if len({b.stem for b in bumps}) > max(1, len(stems) // 2):
        return [], []
    findings, moves = [], []
    for bump in bumps:
        finding = _finding(heard, bump, least_db)
        findings.append(finding)
        moves.append(_move(heard, bump, finding))
    return findings, moves


def _bumps(scene: Scene, off: Deviation, stem: int, least_db: float) -> list[_Bump]:
    """Runs of bands whose tone differs, where the stem has something to say."""
    from studiohand.mir.mix.clashes import stretches

    if not scene.playing[stem].any():
        return []
    power = scene.power[stem][scene.playing[stem]].mean(axis=0)
    there = off.known[stem] & (power > 1e-4 * power.max())
    curve = np.where(there, off.band_db[stem] - off.level_db[stem], 0.0)
    out = []
    for sign in (1.0, -1.0):
        for first, after in stretches(np.asarray(sign * curve >= 0.5 * least_db), gap=1):
            inside = sign * curve[first:after]
            if inside.max() < least_db:
                continue
            core = first + np.flatnonzero(inside >= 0.5 * inside.max())
            alone = np.zeros_like(curve)
            alone[first:after] = curve[first:after]
            out.append(_Bump(stem, int(core[0]), int(core[-1]), sign * float(inside.max()), alone))
    return out


def _kind(bump: _Bump) -> str:
    """The word for a bump, by width, sign and place; empty where there is none.

    A broad difference in the middle of the range is no tone of its own: if it matters it hides
    something, and is a clash.
    """
    hz, narrow = _centre_hz(bump), bump.last - bump.first + 1 <= NARROW_BANDS
    if bump.db < 0.0:
        return "dull" if hz >= _DULL_FROM_HZ else ""
    if narrow and bump.db >= RING_DB:
        return "resonance"
    if _BOOMY_HZ[0] <= hz <= _BOOMY_HZ[1]:
        return "boomy"
    return "harsh" if _HARSH_HZ[0] <= hz <= _HARSH_HZ[1] else ""


def _finding(scene: Scene, bump: _Bump, least_db: float) -> Finding:
    from studiohand.dsp.hearing.earbands import FRAME_RATE, band_edges_hz

    name, hz = scene.names[bump.stem], _centre_hz(bump)
    low, high = band_edges_hz(bump.first, bump.last)
    at = np.flatnonzero(scene.playing[bump.stem])
    way = "more" if bump.db > 0.0 else "less"
    return Finding(
        tool="tone",
        kind=_kind(bump),
        stems=(name,),
        start_s=float(at[0]) / FRAME_RATE,
        end_s=float(at[-1] + 1) / FRAME_RATE,
        band_hz=(round(low, 1), round(high, 1)),
        value=round(bump.db, 1),
        unit="dB",
        limit=least_db,
        severity=Severity.SHOULD if abs(bump.db) >= 2.0 * least_db else Severity.COULD,
        confidence=0.85,
        text=f"{name} has {abs(bump.db):.1f} dB {way} around {_place(hz)} than in your mix.",
        evidence={"solo": [name], "held_against": "mix", "centre_hz": round(hz, 1)},
    )


def _place(hz: float) -> str:
    return f"{hz / 1000.0:.1f} kHz" if hz >= 1000.0 else f"{hz:.0f} Hz"


def _centre_hz(bump: _Bump) -> float:
    """Centre of a bump: its weight over the bands, between their centres."""
    from studiohand.dsp.hearing.earbands import CENTRES_HZ

    span = slice(bump.first, bump.last + 1)
    weight = np.abs(bump.curve_db[span])
    return float(np.exp(np.average(np.log(CENTRES_HZ[span]), weights=weight)))


def _move(scene: Scene, bump: _Bump, finding: Finding) -> Move:
    from studiohand.dsp.effects.eq import Band, Eq
    from studiohand.mir.mix.bells import fitted_bell

    bell = fitted_bell(-bump.curve_db)
    name, hz, db, q = scene.names[bump.stem], round(bell.hz, 1), round(bell.db, 1), bell.q
    return Move(
        tool="tone",
        because=(finding.id,),
        targets=(name,),
        steps=(Eq(bands=(Band("bell", hz, db, q),)),),
        text=f"{name}: bell {hz:.0f} Hz, {db:+.1f} dB, Q {q:.1f}, as in your mix.",
        predicted={"band_change_db": db},
    )


def _by_ear(
    job: Job, stems: Sequence[Track], curves: Sequence[Arrays]
) -> tuple[list[Finding], list[Move]]:
    """What rings or bulges in a stem by itself, told by the network that learned what does not."""
    from studiohand.dsp.effects.eq import Band, Eq
    from studiohand.models.resonances import NAME, bulge

    findings: list[Finding] = []
    moves: list[Move] = []
    for track, own in zip(stems, curves, strict=True) if job.may_run(NAME) else ():
        found = bulge(own) if track.role not in _RINGING_BY_DESIGN else None
        kind = _kind_by_ear(found) if found is not None else ""
        if found is None or not kind:
            continue
        findings.append(_finding_by_ear(track, found, kind))
        hz, q = round(found.hz, 1), _BULGING_Q if found.wide else _RINGING_Q
        db = -round(min(found.db, _MOST_BY_EAR_DB), 1)
        moves.append(
            Move(
                tool="tone",
                because=(findings[-1].id,),
                targets=(track.name,),
                steps=(Eq(bands=(Band("bell", hz, db, q),)),),
                text=f"{track.name}: bell {hz:.0f} Hz, {db:+.1f} dB, Q {q:.0f}; by ear.",
                predicted={"band_change_db": db},
            )
        )
    return findings, moves


def _kind_by_ear(found: Bulge) -> str:
    if not found.wide:
        kind = "resonance"
    else:
        harsh = _HARSH_HZ[0] <= found.hz <= _HARSH_BY_EAR_HZ
        kind = "boomy" if found.hz <= _BOOMY_HZ[1] else "harsh" if harsh else ""
    sure = bool(kind) and found.chance >= CHANCES[kind]
    return kind if sure and found.db >= RING_DB else ""


def _finding_by_ear(track: Track, found: Bulge, kind: str) -> Finding:
    half = 2.0 ** (0.5 if found.wide else 0.08)
    what = "rings" if kind == "resonance" else f"sounds {kind}"
    return Finding(
        tool="tone",
        kind=kind,
        stems=(track.name,),
        end_s=track.source.frames / track.source.rate,
        band_hz=(round(found.hz / half, 1), round(found.hz * half, 1)),
        value=round(found.db, 1),
        unit="dB",
        limit=RING_DB,
        severity=Severity.COULD,
        confidence=round(0.8 * found.chance, 2),
        text=f"{track.name} {what} around {_place(found.hz)}, some {found.db:.0f} dB, whatever "
        "is played: the room, the microphone or the instrument. It is told by ear alone.",
        evidence={"solo": [track.name], "held_against": "ear", "centre_hz": round(found.hz, 1)},
    )


TOOL = tone
