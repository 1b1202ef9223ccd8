"""Rough mixes: what each character asks of the levels, and who must make room for the lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Role
from studiohand.dsp.effects.eq import Band
from studiohand.dsp.hearing.earbands import CENTRES_HZ, band_ear
from studiohand.dsp.hearing.partial_loudness import specific_loudness
from studiohand.mir.mix.audibility import Scene, heard_among
from studiohand.mir.mix.instruments import KIT, Instrument
from studiohand.mir.roles.rolelevels import USUAL

Values = npt.NDArray[np.float64]

_LEADS = (Role.VOCALS, Role.BRASS, Role.GUITAR, Role.SYNTH, Role.KEYS, Role.STRINGS)
_BASE = KIT | {Role.BASS}
_ROOM_HZ = (700.0, 6000.0)
"""Where a lead is understood, and where others can step back for it."""
_ROOM_Q = 0.9
_HIDING = 0.25
"""Share of what the lead loses that one instrument must take before it makes room."""
_SMALLEST_TRIM_DB = 2.0


@dataclass(frozen=True, slots=True)
class Character:
    """One way to mix, in numbers.

    Parameters
    ----------
    name, text : str
    lead_db, backing_db, base_db, others_db : float
        Change against the usual levels: of the lead, its backing voices, drums and bass, the rest.
    room_db : float
        How deep others step back where they hide the lead.
    tighter_db : float
        Less distance of loud from soft than a stem may usually have.
    wider : float
        Factor on pan positions.
    """

    name: str
    text: str
    lead_db: float = 0.0
    backing_db: float = 0.0
    base_db: float = 0.0
    others_db: float = 0.0
    room_db: float = 0.0
    tighter_db: float = 0.0
    wider: float = 1.0


CHARACTERS = (
    Character("natural", "Every instrument where its role usually stands, little else touched."),
    Character(
        "forward-vocal", "The lead in front: louder, steadier, and others step back where they "
        "hide it.", lead_db=2.0, backing_db=1.0, room_db=-2.5, tighter_db=2.0, wider=0.9,
    ),
    Character(
        "dense", "A wall: what accompanies is brought up to the lead, tighter and wider.",
        lead_db=-0.5, backing_db=1.5, base_db=0.5, others_db=2.0, tighter_db=3.0, wider=1.3,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Levels:
    """Gains of instruments in dB, and the trim of the drums as a bus."""

    gain_db: Values
    kit_trim_db: float = 0.0
    room: Mapping[int, Band] = field(default_factory=dict)


def lead_of(parts: Sequence[Instrument]) -> int | None:
    """The instrument that leads: a voice before all others, the loudest of its kind."""
    for role in _LEADS:
        found = [i for i, part in enumerate(parts) if part.role is role]
        if found:
            return max(found, key=lambda i: parts[i].level_db)
    return None


def levels(scene: Scene, parts: Sequence[Instrument], character: Character) -> Levels:
    """Gains that put every instrument where the character wants it, keeping the sum's loudness."""
    lead = lead_of(parts)
    wish = np.array([_wish(part, i == lead, character) for i, part in enumerate(parts)])
    target = np.array([part.usual_db for part in parts]) + wish
    gain = target - np.array([part.level_db for part in parts])
    kit = [i for i, part in enumerate(parts) if part.role in KIT]
    trim = _kit_trim(target[kit], character.base_db) if len(kit) > 1 else 0.0
    power = np.array([float(scene.power[list(part.stems)].sum(dtype=np.float64)) for part in parts])
    moved = gain + np.where(np.isin(np.arange(len(parts)), kit), trim, 0.0)
    gain -= 10.0 * np.log10((power * 10.0 ** (moved / 10.0)).sum() / power.sum())
    return Levels(gain, trim, _room(scene, parts, gain, lead, character.room_db))


def _wish(part: Instrument, leads: bool, character: Character) -> float:
    if leads:
        return character.lead_db
    if part.role is Role.BACKING_VOCALS:
        return character.backing_db
    return character.base_db if part.role in _BASE else character.others_db


def _kit_trim(target_db: Values, base_db: float) -> float:
    """What brings the drums' own sum to where a drum bus usually stands."""
    together = 10.0 * np.log10((10.0 ** (target_db / 10.0)).sum())
    trim = USUAL[Role.DRUMS].level_db + base_db - float(together)
    return round(trim, 1) if abs(trim) >= _SMALLEST_TRIM_DB else 0.0


def _room(
    scene: Scene, parts: Sequence[Instrument], gain: Values, lead: int | None, room_db: float
) -> dict[int, Band]:
    """A broad dip in each instrument that hides the lead, where it hides it most."""
    if lead is None or room_db == 0.0:
        return {}
    power = np.stack([
        scene.power[list(p.stems)].sum(axis=0, dtype=np.float64) * 10.0 ** (g / 10.0)
        for p, g in zip(parts, gain, strict=True)
    ])  # fmt: skip
    power = power[:, scene.playing[list(parts[lead].stems)].any(axis=0)]
    together = power.sum(axis=0)
    lost = specific_loudness(power[lead], 0.0, band_ear()) - heard_among(power[lead], together)
    others = np.maximum(together - power[lead], 1e-12)
    hiding = np.einsum("ifb,fb->ib", power, np.maximum(lost, 0.0) / others)
    hiding[lead] = 0.0
    hiding *= (_ROOM_HZ[0] < CENTRES_HZ) & (_ROOM_HZ[1] > CENTRES_HZ)
    total = max(float(hiding.sum()), 1e-12)
    return {
        i: Band("bell", _round_hz(hiding[i]), room_db, _ROOM_Q)
        for i, part in enumerate(parts)
        if part.role not in _BASE and hiding[i].sum() > _HIDING * total
    }


def _round_hz(weight: Values) -> float:
    """Centre of gravity of a curve over the bands, rounded as one would dial it."""
    hz = float(np.exp(np.average(np.log(CENTRES_HZ), weights=weight)))
    return float(f"{hz:.2g}")
