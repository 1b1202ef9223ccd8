"""Like with like: the tone of two recordings compared over their loud parts, or moment by moment.

Two sections of one song hold nearly the same sounds in another order. There each moment is laid
beside the most similar moment of the other section, the equaliser between them estimated from the
pairs, and both repeated (iterative closest points: Besl and McKay, IEEE PAMI 14, 1992; here the
motion is a shift of the log spectrum). Other records are compared by what is typical of them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studiohand.dsp.matching.profile import GRID_HZ, HEARD, Profile

Curve = npt.NDArray[np.float64]

LOUD_SHARE, KEPT_SHARE = 0.5, 0.5
SAME_SONG = 1.12
"""Distance to the nearest moment of the other over that inside one, up to which both are one song.

On the tuning half: within songs 0.86 to 1.14 (one 1.67), between songs 1.1 to 3."""
MOST_MOMENTS = 900
NEIGHBOUR_S = 2.0
ROUNDS = 8
_QUIET_SHARE = 0.3
_TINY = 1e-12


def loud_db(profile: Profile) -> Curve:
    """Mean spectrum of the louder half of the moments, a third of an octave wide, shape (117,)."""
    power = _powers(profile)
    level = power[:, GRID_HZ > 60.0].sum(axis=1)
    mean = power[level >= np.quantile(level, 1.0 - LOUD_SHARE)].mean(axis=0)
    return np.asarray(widened(_db(mean)[None, :])[0])


def typical_db(profile: Profile) -> Curve:
    """Tone of a record: half that of its louder half, half that of all of it, shape (117,)."""
    return np.asarray(
        0.5 * (loud_db(profile) + widened(_db(_powers(profile).mean(axis=0))[None])[0])
    )


def shift_db(song: Profile, reference: Profile) -> Curve | None:
    """The equaliser between two sections of one song; None where they are other songs.

    Returns
    -------
    ndarray, shape (117,), or None
        Reference less song in dB.
    """
    ours, theirs = _moments(song), _moments(reference)
    least = min(len(ours), len(theirs))
    if least * song.hop_s < 4.0 * NEIGHBOUR_S:
        return None
    starts = (theirs.mean(axis=0) - ours.mean(axis=0), loud_db(reference) - loud_db(song), 0.0)
    apart, shift = min((_closest(ours, theirs, start) for start in starts), key=lambda f: f[0])
    usual = min(_within(ours, song), _within(theirs, reference))
    return shift if apart < SAME_SONG * usual else None


def _closest(ours: Curve, theirs: Curve, start: Curve | float) -> tuple[float, Curve]:
    """Usual distance of the nearest moments after the best shift near a start, and that shift."""
    shift = np.zeros(len(GRID_HZ)) + start
    for _ in range(ROUNDS):
        apart = _distances(ours + shift, theirs)
        pairs = np.concatenate(
            [theirs[apart.argmin(axis=1)] - ours, theirs - ours[apart.argmin(axis=0)]]
        )
        nearest = np.concatenate([apart.min(axis=1), apart.min(axis=0)])
        shift = np.median(pairs[nearest <= np.quantile(nearest, KEPT_SHARE)], axis=0)
    return float(np.sqrt(np.median(nearest))), shift


def _moments(profile: Profile) -> Curve:
    """Log spectra of all but the quiet moments, evenly thinned."""
    power = _powers(profile)
    level = power[:, GRID_HZ > 60.0].sum(axis=1)
    loud = power[level >= np.quantile(level, _QUIET_SHARE)]
    count = min(len(loud), MOST_MOMENTS)
    return widened(_db(loud[np.linspace(0, len(loud) - 1, count).astype(int)]))


def _within(moments: Curve, profile: Profile) -> float:
    """Usual distance of a moment to the nearest that is not its neighbour."""
    apart = _distances(moments, moments)
    at = np.arange(len(moments))
    seconds = profile.seconds * (1.0 - _QUIET_SHARE) / len(moments)
    apart[np.abs(at[:, None] - at) * seconds < NEIGHBOUR_S] = np.inf
    nearest = apart.min(axis=1)
    heard = nearest[np.isfinite(nearest)]
    return float(np.sqrt(np.median(heard))) if len(heard) else 0.0


def _distances(one: Curve, other: Curve) -> Curve:
    """Squared distances over the heard bands, shape (moments, moments)."""
    a, b = one[:, HEARD], other[:, HEARD]
    squares = np.sum(a**2, axis=1)[:, None] + np.sum(b**2, axis=1)
    return np.asarray(np.maximum(squares - 2.0 * a @ b.T, 0.0))


def _powers(profile: Profile) -> Curve:
    return np.asarray(profile.mid, dtype=np.float64) + np.asarray(profile.side, dtype=np.float64)


def widened(spectra: Curve) -> Curve:
    """Each spectrum as bands a third of an octave wide."""
    weights = np.hanning(7)[1:-1] / np.hanning(7)[1:-1].sum()
    padded = np.pad(spectra, ((0, 0), (2, 2)), mode="edge")
    parts = [padded[:, i : i + spectra.shape[1]] * weight for i, weight in enumerate(weights)]
    return np.asarray(sum(parts))


def _db(power: Curve) -> Curve:
    return np.asarray(10.0 * np.log10(np.maximum(power, _TINY)))
