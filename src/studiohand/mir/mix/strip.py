"""What a channel strip should do to one stem by its own sound: low cut, compression, place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Role
from studiohand.dsp.effects.compressor import Compressor
from studiohand.dsp.hearing.earbands import CENTRES_HZ

Values = npt.NDArray[np.float64]

LOW_CUT_HZ: Mapping[Role, float] = {
    Role.VOCALS: 90.0, Role.BACKING_VOCALS: 120.0, Role.SNARE: 80.0, Role.HATS: 250.0,
    Role.PERCUSSION: 120.0, Role.GUITAR: 80.0, Role.KEYS: 50.0, Role.STRINGS: 60.0,
    Role.BRASS: 70.0, Role.PAD: 90.0, Role.FX: 60.0,
}  # fmt: skip
"""Highest low cut of each role; roles that may carry the low end have none."""
_STRONG_DB = -24.0
"""A band within this of the strongest is music of the stem."""
_BELOW_LOWEST = 0.75
_WORTH_DB = -60.0
"""What lies under the cut must reach this against the strongest band to be worth cutting."""
_LOWEST_CUT_HZ = 35.0

FREE_RANGE_DB: Mapping[Role, float] = {
    Role.VOCALS: 9.0, Role.BACKING_VOCALS: 9.0, Role.BASS: 8.0, Role.GUITAR: 13.0,
    Role.KEYS: 13.0, Role.BRASS: 13.0,
}  # fmt: skip
"""Distance of loud from soft moments that each role may have before it asks for a compressor;
roles without an entry are never compressed: their dynamics are their shape."""
_LOUD, _SOFT = 95.0, 30.0
_MOST_REDUCED_DB = 5.0
_RATIOS = (1.5, 3.0)
_PHRASE_FRAMES = 60
"""Six seconds: what differs from one to the next is arrangement, not a performer's dynamics."""
_THRESHOLD = 55.0
_ATTACK_MS, _RELEASE_MS = 15.0, 120.0


def low_cut_hz(role: Role, power: Values) -> float | None:
    """Corner of a low cut that leaves the stem's own notes alone; None where none is needed.

    Parameters
    ----------
    role : Role
    power : ndarray, shape (bands,)
        Mean excitation while the stem plays.
    """
    if role not in LOW_CUT_HZ or power.max(initial=0.0) <= 0.0:
        return None
    level = 10.0 * np.log10(np.maximum(power / power.max(), 1e-12))
    lowest = float(CENTRES_HZ[int(np.argmax(level > _STRONG_DB))])
    corner = min(LOW_CUT_HZ[role], _BELOW_LOWEST * lowest)
    below = level[max(corner, float(CENTRES_HZ[0]) + 1.0) > CENTRES_HZ]
    if corner < _LOWEST_CUT_HZ or below.max() < _WORTH_DB:
        return None
    return float(corner // 5.0 * 5.0)


@dataclass(frozen=True, slots=True)
class Squeeze:
    """A compressor, and the dynamics that ask for it.

    Parameters
    ----------
    compressor : Compressor
        With make-up that keeps the mean level.
    range_db, after_db : float
        Loud against soft moments of the stem, now and as predicted.
    """

    compressor: Compressor
    range_db: float
    after_db: float


def squeeze(role: Role, level_dbfs: Values, tighter_db: float = 0.0) -> Squeeze | None:
    """A gentle compressor where the stem's own dynamics ask for one.

    Parameters
    ----------
    role : Role
    level_dbfs : ndarray, shape (frames,)
        Level of every 100 ms in which the stem plays.
    tighter_db : float
        How much less range than usual is wanted.
    """
    if role not in FREE_RANGE_DB or len(level_dbfs) < 20:
        return None
    loud, threshold = np.percentile(level_dbfs, [_LOUD, _THRESHOLD])
    before = range_db(level_dbfs)
    over = before - (FREE_RANGE_DB[role] - tighter_db)
    if over < 1.0 or loud - threshold < 1.0:
        return None
    slope = min(over, _MOST_REDUCED_DB) / float(loud - threshold)
    ratio = float(np.clip(1.0 / max(1.0 - slope, 0.1), *_RATIOS))
    reduced = (1.0 - 1.0 / ratio) * np.maximum(level_dbfs - threshold, 0.0)
    after = level_dbfs - reduced
    power, left = (np.mean(10.0 ** (x / 10.0)) for x in (level_dbfs, after))
    compressor = Compressor(
        threshold_db=round(float(threshold), 1),
        ratio=round(ratio, 1),
        attack_ms=_ATTACK_MS,
        release_ms=_RELEASE_MS,
        makeup_db=round(float(10.0 * np.log10(power / left)), 1),
    )
    return Squeeze(compressor, before, range_db(after))


def range_db(level_dbfs: Values) -> float:
    """Distance of loud from soft moments inside a phrase, the middle phrase of all."""
    phrases = np.array_split(level_dbfs, max(len(level_dbfs) // _PHRASE_FRAMES, 1))
    return float(np.median([np.subtract(*np.percentile(p, [_LOUD, _SOFT])) for p in phrases]))


CENTRED = frozenset({Role.VOCALS, Role.KICK, Role.SNARE, Role.BASS, Role.DRUMS, Role.OTHER})
PLACES: Mapping[Role, float] = {
    Role.HATS: 0.3, Role.PERCUSSION: 0.5, Role.BACKING_VOCALS: 0.5, Role.GUITAR: 0.6,
    Role.KEYS: 0.4, Role.STRINGS: 0.5, Role.BRASS: 0.4, Role.SYNTH: 0.4, Role.PAD: 0.5,
    Role.FX: 0.5,
}  # fmt: skip
"""How far from the centre a one-channel stem of each role goes, 0 to 1."""
_SIDES = {"l": -1.0, "left": -1.0, "r": 1.0, "right": 1.0}


def pans(
    names: Sequence[Sequence[str]], roles: Sequence[Role], weights: Values, wider: float
) -> list[float]:
    """Positions of one-channel stems, -1 to 1, so that left and right weigh the same.

    The lead, bass, kick and snare stay in the centre, and so does a role's only stem where it is
    all there is. A name that says its side is believed.

    Parameters
    ----------
    names : sequence of sequence of str
        The words of each stem's name.
    roles : sequence of Role
    weights : ndarray, shape (stems,)
        Loudness of each.
    wider : float
        Factor on every distance from the centre.
    """
    places = [0.0] * len(roles)
    balance = 0.0
    for stem in np.argsort(-weights):
        said = [_SIDES[word] for word in names[stem] if word in _SIDES]
        role = roles[stem]
        if said:
            place = said[-1] * (1.0 if role in CENTRED else 0.8)
        elif role in CENTRED or len(roles) < 3:
            continue
        else:
            place = -PLACES[role] if balance > 0.0 else PLACES[role]
        places[stem] = float(np.clip(round(place * wider, 2), -1.0, 1.0))
        balance += places[stem] * float(weights[stem])
    return places
