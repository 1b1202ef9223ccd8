"""Timing without a mix: stems that hear the same source, held against each other.

Two microphones on one drum, a DI and its amplifier, a double of a take through another chain: the
same sound arrives twice, and the delay between is exact. Whether it is a fault is another matter:
sound takes 3 ms for a metre, so small delays are only told, and nobody is blamed for distance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studiohand.core.audio import Track
from studiohand.core.job import Job
from studiohand.mir.timing.stem_profile import Profile
from studiohand.mir.timing.twins import Likeness, Pair, compare, comparisons, like_pairs

SURE_Z = 30.0
"""Pairs of unrelated stems of one song stay below 26 (a bass in step with its drums)."""

_LEAST_LIKENESS = 0.5
_PARTNERS = 3


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A stem out of place among those that hear the same source.

    Parameters
    ----------
    stem : int
        Place in the list of stems.
    late_frames : int
        Against the others' own place.
    inverted : bool
    others : tuple of int
        The stems it was held against; more than one of them agree.
    z : float
        Height of the weakest agreement above chance.
    start_s : float
        A place to hear it.
    """

    stem: int
    late_frames: int
    inverted: bool
    others: tuple[int, ...]
    z: float
    start_s: float


@dataclass(frozen=True, slots=True)
class _Link:
    first: int
    second: int
    found: Likeness
    start_s: float


def find_neighbours(
    job: Job, stems: Sequence[Track], profiles: Sequence[Profile], rate: int
) -> list[Neighbour]:
    """Every stem that hears a source others hear too, where it sits against most of them.

    Copies are left out: they are no second hearing.
    """
    links = _links(job, stems, profiles, rate)
    found = []
    for group in _groups(links, len(stems)):
        found += _placed(group, [link for link in links if link.first in group])
    return found


def _links(job: Job, stems: Sequence[Track], profiles: Sequence[Profile], rate: int) -> list[_Link]:
    sources = [stem.source for stem in stems]
    chosen: list[Pair] = []
    partners = [0] * len(stems)
    for pair in like_pairs(profiles, _LEAST_LIKENESS):
        if max(partners[pair.first], partners[pair.second]) < _PARTNERS:
            chosen.append(pair)
            partners[pair.first] += 1
            partners[pair.second] += 1
    asked = [(pair, comparisons(sources, profiles, pair, rate)) for pair in chosen]
    asked = [(pair, some[:1]) for pair, some in asked if some]
    results = job.map(compare, [some[0] for _, some in asked], "holding neighbours side by side")
    return [
        _Link(pair.first, pair.second, found, some[0].starts[0] / rate)
        for (pair, some), found in zip(asked, results, strict=True)
        if found.z >= SURE_Z and not found.is_copy()
    ]


def _groups(links: Sequence[_Link], count: int) -> list[set[int]]:
    """Stems that are linked, directly or through others."""
    group = list(range(count))
    for link in links:
        old, new = group[link.second], group[link.first]
        group = [new if g == old else g for g in group]
    members = [{i for i in range(count) if group[i] == g} for g in sorted(set(group))]
    return [m for m in members if len(m) > 1]


def _placed(group: set[int], links: Sequence[_Link]) -> list[Neighbour]:
    """Each stem against the median of those it is linked with; a pair blames the later one."""
    late, sign = _places(group, links)
    home = int(np.median(sorted(late.values())))
    if len(group) == 2:
        home = min(late.values())
    side = 1 if sum(sign.values()) >= 0 else -1
    found = []
    for i in sorted(group):
        own = [link for link in links if i in (link.first, link.second)]
        others = tuple(sorted({link.first + link.second - i for link in own}))
        z = min(link.found.z for link in own)
        inverted = len(group) > 2 and sign[i] != side
        found.append(Neighbour(i, late[i] - home, inverted, others, z, own[0].start_s))
    return found


def _places(group: set[int], links: Sequence[_Link]) -> tuple[dict[int, int], dict[int, int]]:
    """Lateness and sign of each member against the first, along the surest links."""
    start = min(group)
    late, sign = {start: 0}, {start: 1}
    for _ in group:
        for link in sorted(links, key=lambda link: -link.found.z):
            a, b = link.first, link.second
            if a in late and b not in late:
                late[b], sign[b] = late[a] + link.found.late_frames, sign[a] * link.found.sign
            elif b in late and a not in late:
                late[a], sign[a] = late[b] - link.found.late_frames, sign[b] * link.found.sign
    return late, sign
