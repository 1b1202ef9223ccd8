"""Clashes without a mix: one choice between all that is suspicious in a song, and nothing at all.

What speaks for a suspect is weighed by a model fitted on 1406 planted clashes in 133 excerpts of 92
songs: electronic pop, metal, LMMS projects, tracker modules, synthesised MIDI and singing; the
songs of the bench's report half are not among them. The chance of each is its odds over those of
all others and of no clash.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from studiohand.mir.mix.audibility import Heard, Scene
from studiohand.mir.mix.clashes import Clash, stretches
from studiohand.mir.mix.contrast import stepping
from studiohand.mir.mix.crowded import bulging
from studiohand.mir.mix.drowned import drowned_leads
from studiohand.mir.mix.steps import level_over_time, steps
from studiohand.mir.mix.suspects import Suspect
from studiohand.mir.mix.victims import HALF_WIDTH

LIKELY, POSSIBLE = 0.4, 0.3
"""Chance from which a hider is named: two at most; with less, one at most."""
AGREED = 3.0
"""No clash is this many times as likely where a mix has the stems as they are: it is wanted so."""
_MOST_FOUND = 2
_SECOND_SHARE = 0.5
"""A second stem is named hidden by a likely hider if its chance is this share of the first's."""
_PLACED = 4.0
_CLEAR = 5.0
"""Clearness of a step from which a bulge is said to last no longer: 8 % of bulges that last have
one, and four in five of those that do not."""
_AT_LIKELY, _RISE = 0.4, 0.7
_WEIGHTS = {
    "song": (
        -3.477, 0.220, 0.841, 0.877, -0.118, 5.937, -0.094, -0.515, 0.094, -0.101, -0.322, -1.516,
        -0.963, 0.404, 0.200, -0.148, 0.449, -0.043, -0.292, -0.206, 0.171, -0.353,
    ),
    "ear": (
        -0.265, 0.030, 1.507, -2.200, -2.192, 1.566, 0.061, -0.347, -0.054, 1.490, -0.088, 0.954,
        0.017, -0.309, -0.079, 0.282, -0.508,
    ),
}  # fmt: skip
"""A constant, then one for each of `Suspect.measured`."""


def without_mix(scene: Scene, now: Heard, *, agreed: bool = False) -> list[Clash]:
    """Clashes that no mix speaks for, the likeliest first, then leads that drown; few.

    Parameters
    ----------
    scene, now : Scene, Heard
    agreed : bool
        There is a mix, and it has the stems as they are.
    """
    suspects = [*stepping(scene, now), *bulging(scene, now)]
    found = likeliest(scene, suspects, AGREED if agreed else 1.0)
    hidden = {c.hidden for c in found}
    return found + [c for c in drowned_leads(scene, now) if c.hidden not in hidden]


def likeliest(scene: Scene, suspects: Sequence[Suspect], none: float = 1.0) -> list[Clash]:
    """The suspects whose hider is likely enough to be named; `none` as in `chances_of`."""
    chances = chances_of(suspects, none)
    of_hider: dict[int, float] = defaultdict(float)
    for suspect, chance in zip(suspects, chances, strict=True):
        of_hider[suspect.hider] += float(chance)
    found: list[Clash] = []
    for hider in sorted(of_hider, key=lambda h: -of_hider[h])[:_MOST_FOUND]:
        chance = of_hider[hider]
        if chance < (LIKELY if found else POSSIBLE):
            break
        own = [(float(c), s) for c, s in zip(chances, suspects, strict=True) if s.hider == hider]
        found += [_clash(scene, s, chance) for s in _named(own, chance >= LIKELY)]
    return found


def chances_of(suspects: Sequence[Suspect], none: float = 1.0) -> npt.NDArray[np.float64]:
    """Chance of each suspect; what is missing to 1 is that of no clash.

    Parameters
    ----------
    suspects : sequence of Suspect
    none : float
        How many times as likely no clash is as among the songs of the fit.
    """
    if not suspects:
        return np.zeros(0)
    odds = np.array([log_odds(s) for s in suspects])
    top = max(float(odds.max()), 0.0)
    parts = np.exp(odds - top)
    return np.asarray(parts / (parts.sum() + none * np.exp(-top)))


def log_odds(suspect: Suspect) -> float:
    """Of a clash against none."""
    weights = _WEIGHTS[suspect.evidence]
    return weights[0] + float(np.dot(weights[1:], suspect.measured))


def _named(own: Sequence[tuple[float, Suspect]], likely: bool) -> list[Suspect]:
    """The stem that one hider hides, and a second one that is about as likely."""
    of_stem: dict[int, float] = defaultdict(float)
    for chance, suspect in own:
        of_stem[suspect.victim.stem] += chance
    stems = sorted(of_stem, key=lambda v: -of_stem[v])
    second = likely and len(stems) > 1 and of_stem[stems[1]] >= _SECOND_SHARE * of_stem[stems[0]]
    return [_best([pair for pair in own if pair[1].victim.stem == v]) for v in stems[: 1 + second]]


def _best(of_pair: Sequence[tuple[float, Suspect]]) -> Suspect:
    """The likeliest suspect of one pair; one that has a place in time before one that has none."""

    def weighed(pair: tuple[float, Suspect]) -> float:
        return pair[0] * (_PLACED if pair[1].evidence == "song" else 1.0)

    return max(of_pair, key=weighed)[1]


def _clash(scene: Scene, suspect: Suspect, chance: float) -> Clash:
    hidden = suspect.victim.stem
    lasting = suspect.evidence == "ear"
    above = np.flatnonzero(suspect.curve_db >= 0.5 * suspect.curve_db.max())
    around = (suspect.band - HALF_WIDTH, suspect.band + HALF_WIDTH)
    spans = _when(scene, suspect) if lasting else (suspect.span,)
    there = sum(int(scene.playing[hidden][slice(*span)].sum()) for span in spans)
    return Clash(
        hidden=hidden,
        hider=suspect.hider,
        bands=around if lasting else (int(above[0]), int(above[-1])),
        spans=spans,
        loss_db=suspect.victim.loss_db,
        share_of_time=there / max(int(scene.playing[hidden].sum()), 1),
        cause_db=float(suspect.curve_db.max()),
        evidence=suspect.evidence,
        confidence=confidence(chance),
        curve_db=() if lasting else tuple(float(x) for x in suspect.curve_db),
    )


def _when(scene: Scene, suspect: Suspect) -> tuple[tuple[int, int], ...]:
    """When a bulge is there: while a step lasts at its place, if one is clear; else all along."""
    plays = scene.playing[suspect.hider]
    level = level_over_time(scene.power[suspect.hider], plays)
    found = steps(level, plays, near=suspect.band)
    if found and found[0].clear >= _CLEAR:
        return ((found[0].start, found[0].stop),)
    return stretches(plays & scene.playing[suspect.victim.stem])


def confidence(chance: float) -> float:
    """From the chance among songs of which most have a clash; 0.4 at a chance of `LIKELY`."""
    return float(np.clip(_AT_LIKELY + _RISE * (chance - LIKELY), 0.0, 0.8))
