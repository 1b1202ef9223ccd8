"""A stem's family from its sound: voices, drums, bass, or other pitched instruments.

Weighted evidence, written by hand from what the families are: drums are noise that begins
together in all bands and dies away, basses hold the bottom and little else, voices are pitched
but seldom on the notes, instruments are on them. Nothing here was learned from anybody's music;
`bench/intake.py` prints how often it is right, song by song. Where the separation network has
heard the stem too, its shares join the evidence: it has met many more voices and drums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, log10

from studiohand.core.audio import Role
from studiohand.mir.roles.sound_features import NAMES, sound_features
from studiohand.mir.timing.stem_profile import Profile


class Family(StrEnum):
    """The families that can be told apart by ear at once."""

    VOCALS = "vocals"
    DRUMS = "drums"
    BASS = "bass"
    INSTRUMENT = "instrument"


FAMILY_OF_ROLE = {
    Role.VOCALS: Family.VOCALS,
    Role.BACKING_VOCALS: Family.VOCALS,
    Role.DRUMS: Family.DRUMS,
    Role.KICK: Family.DRUMS,
    Role.SNARE: Family.DRUMS,
    Role.HATS: Family.DRUMS,
    Role.PERCUSSION: Family.DRUMS,
    Role.BASS: Family.BASS,
    Role.GUITAR: Family.INSTRUMENT,
    Role.KEYS: Family.INSTRUMENT,
    Role.STRINGS: Family.INSTRUMENT,
    Role.BRASS: Family.INSTRUMENT,
    Role.SYNTH: Family.INSTRUMENT,
    Role.PAD: Family.INSTRUMENT,
}
"""Effects, guides and others can sound like anything."""

ROLE_OF_FAMILY = {
    Family.VOCALS: Role.VOCALS,
    Family.DRUMS: Role.DRUMS,
    Family.BASS: Role.BASS,
    Family.INSTRUMENT: Role.OTHER,
}

_SHARPNESS = 1.5
_SHARE_WEIGHT, _LEAST_SHARE = (
    2.0,
    0.05,
)  # chosen on all songs of the corpus: see docs/planted-faults.md


@dataclass(frozen=True, slots=True)
class SoundReading:
    """What a sound says.

    Parameters
    ----------
    family : Family
    confidence : float
        0 to 1.
    evidence : dict of Family to float
        Weight of the evidence for each family, roughly -3 to 7.
    low_db : float
        Share of the power below 160 Hz.
    low_duty, one_note : float
        Part of the time that the bottom sounds, and that it stays on one note, 0 to 1.
    """

    family: Family
    confidence: float
    evidence: dict[Family, float]
    low_db: float
    low_duty: float
    one_note: float


def read_sound(profile: Profile, shares: Sequence[float] = ()) -> SoundReading | None:
    """Family of a stem's sound; None where it plays too little to tell.

    Parameters
    ----------
    shares : sequence of float
        What a separation network makes of the stem: shares of voices, drums, bass and the rest,
        in the order of `Family`; empty where no network has heard it.
    """
    found = sound_features(profile)
    if found is None:
        return None
    features = dict(zip(NAMES, found.tolist(), strict=True))
    evidence = _weigh(features)
    for family, share in zip(Family, shares, strict=False):
        evidence[family] += _SHARE_WEIGHT * log10(share + _LEAST_SHARE)
    best = max(evidence, key=lambda family: evidence[family])
    total = sum(exp(_SHARPNESS * (value - evidence[best])) for value in evidence.values())
    return SoundReading(
        best, 1.0 / total, evidence,
        features["low_db"], features["low_duty"], features["one_note"],
    )  # fmt: skip


def _up(value: float, none: float, full: float) -> float:
    """0 up to `none`, 1 from `full` on, a straight line between."""
    return min(max((value - none) / (full - none), 0.0), 1.0)


def _down(value: float, full: float, none: float) -> float:
    """1 up to `full`, 0 from `none` on."""
    return 1.0 - _up(value, full, none)


def _weigh(f: dict[str, float]) -> dict[Family, float]:
    bottom = _up(f["low_db"], -3.5, -1.2)
    kick = bottom * _up(f["attack"], 22.0, 30.0)
    airy = _up(f["air_db"], -8.0, -3.0)
    wavering = _up(f["off_grid"], 0.2, 0.6) * _up(f["pitched"], 0.09, 0.16) * (1.0 - airy)
    deep = _up(f["pitched_part"], 0.3, 0.6) * _down(f["pitch"], -28.0, -22.0)
    drums = (
        1.6 * _up(f["noise_like"], -10.0, -5.0)
        + 1.4 * _down(f["tuned"], 0.10, 0.25)
        + 1.0 * _up(f["together"], 0.35, 0.65)
        + 1.0 * _up(f["attack"], 7.0, 16.0)
        + 0.8 * _up(f["decay_db"], 4.0, 9.0)
        + 2.5 * kick
        + 2.0 * airy
    )
    bass = (
        3.2 * bottom
        + 1.2 * _down(f["centre"], 1.5, 3.0)
        + 0.8 * _up(f["tuned"], 0.12, 0.3)
        + 0.8 * _down(f["attack"], 14.0, 30.0)
        + 0.6 * f["low_duty"]
        - 1.0 * kick
        + 3.0 * deep * (1.0 - bottom)
    )
    vocals = (
        2.4 * wavering
        + 1.2 * _up(f["mid_db"], -9.0, -4.0)
        + 1.0 * _down(f["low_db"], -10.0, -4.0)
        + 0.8 * _down(f["tuned"], 0.2, 0.4)
        + 0.6 * _up(f["noise_like"], -22.0, -14.0) * _down(f["noise_like"], -8.0, -5.0)
        + 0.6 * _down(f["together"], 0.4, 0.6)
        - 1.0 * _down(f["off_grid"], 0.1, 0.2)
    )
    instrument = (
        1.5
        + 2.0 * _up(f["tuned"], 0.2, 0.4)
        + 1.0 * _down(f["off_grid"], 0.1, 0.3)
        + 0.8 * _down(f["attack"], 3.0, 8.0)
        + 0.6 * _up(f["steps"], 0.6, 0.85)
        - 2.5 * bottom
        - 2.0 * deep
        - 2.0 * airy
    )
    return {
        Family.VOCALS: vocals, Family.DRUMS: drums, Family.BASS: bass,
        Family.INSTRUMENT: instrument,
    }  # fmt: skip
