"""Instruments: stems that are one thing to a mixer, such as DI and amplifier of a bass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Role
from studiohand.mir.mix.audibility import Scene
from studiohand.mir.roles.rolelevels import USUAL

KIT = frozenset({Role.KICK, Role.SNARE, Role.HATS, Role.DRUMS, Role.PERCUSSION})
_MANY_DB = 7.0
"""How much softer each of ten instruments of one role stands than one alone: less than the 10 dB
that would keep their sum the same."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """Stems that are moved together.

    Parameters
    ----------
    role : Role
        Drums for several microphones of a kit.
    stems : tuple of int
        Places in the scene.
    level_db : float
        Level while it plays, all its stems together, against the sum of everything.
    usual_db : float
        Where its role usually stands against that sum.
    """

    role: Role
    stems: tuple[int, ...]
    level_db: float
    usual_db: float


def instruments(scene: Scene) -> list[Instrument]:
    """The instruments of a scene, in the order of their first stems; silent stems are left out."""
    groups = [g for g in _groups(scene) if scene.playing[g].any()]
    if not groups:
        return []
    roles = [_role([scene.roles[stem] for stem in group]) for group in groups]
    total = _level_db(scene.power.sum(axis=0))
    return [
        Instrument(
            role,
            tuple(group),
            _level_db(scene.power[group].sum(axis=0)) - total,
            USUAL[role].level_db - _MANY_DB * float(np.log10(roles.count(role))),
        )
        for group, role in zip(groups, roles, strict=True)
    ]


def _groups(scene: Scene) -> list[list[int]]:
    """Stems of one source, as far as their roles agree that they can be."""
    group = list(range(len(scene.roles)))
    for one, other in zip(*np.nonzero(np.triu(scene.one_source)), strict=True):
        if _one_kind(scene.roles[one], scene.roles[other]):
            group = [group[one] if g == group[other] else g for g in group]
    return [[s for s, g in enumerate(group) if g == name] for name in dict.fromkeys(group)]


def _one_kind(one: Role, other: Role) -> bool:
    return one is other or (one in KIT and other in KIT)


def _role(roles: Sequence[Role]) -> Role:
    return roles[0] if len(set(roles)) == 1 else Role.DRUMS


def _level_db(power: npt.NDArray[np.float64]) -> float:
    """Mean level of an excitation, shape (frames, bands), over the frames that carry it."""
    level = power.sum(axis=1)
    loud = level[level > 10.0**-2.5 * np.percentile(level[level > 0.0], 98.0)]
    return float(10.0 * np.log10(loud.mean())) if len(loud) else -np.inf
