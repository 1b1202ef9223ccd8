"""Leads that hardly come through in any band: heard without a mix to compare with."""

from __future__ import annotations

import numpy as np

from studiohand.core.audio import Role
from studiohand.dsp.hearing.earbands import BANDS, FRAME_RATE
from studiohand.mir.mix.audibility import Heard, Scene, audibility_db, share_of_hiding
from studiohand.mir.mix.clashes import Clash, stretches

_DROWNED = 0.07
"""Share of its loudness that a lead keeps when it is drowned altogether."""


def drowned_leads(scene: Scene, now: Heard) -> list[Clash]:
    """Leads that are drowned, each with the stem that takes most from it."""
    leads = [s for s, role in enumerate(scene.roles) if role is Role.VOCALS]
    there = [s for s in leads if scene.playing[s].sum() >= 2 * FRAME_RATE]
    return [c for s in there if (c := _drowned(scene, now, s)) is not None]


def _drowned(scene: Scene, now: Heard, stem: int) -> Clash | None:
    """A lead that is hardly heard in any band, and the stem that takes most from it."""
    where = scene.playing[stem]
    alone, among = now.alone[stem][where], now.among[stem][where]
    kept = float(among.sum() / max(alone.sum(), 1e-30))
    if kept > _DROWNED:
        return None
    taken = share_of_hiding(scene, alone - among, stem, where)
    taken[scene.one_source[stem]] = 0.0
    hider = int(taken.sum(axis=1).argmax())
    if hider == stem:
        return None
    passed = np.cumsum(taken[hider]) / max(float(taken[hider].sum()), 1e-30)
    first, last = np.searchsorted(passed, [0.1, 0.9])
    return Clash(
        hidden=stem,
        hider=hider,
        bands=(int(first), min(int(last), BANDS - 1)),
        spans=stretches(where),
        loss_db=audibility_db(2.0 * _DROWNED, kept),
        share_of_time=1.0,
        cause_db=0.0,
        evidence="ear",
        confidence=float(np.clip(0.4 + 2.0 * (_DROWNED - kept), 0.4, 0.7)),
    )
