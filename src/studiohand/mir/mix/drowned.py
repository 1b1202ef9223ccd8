"""Leads that hardly come through: heard without a mix to compare with."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Role
from studiohand.dsp.hearing.earbands import BANDS, FRAME_RATE
from studiohand.mir.mix.audibility import Heard, Scene, audibility_db, share_of_hiding
from studiohand.mir.mix.clashes import Clash, stretches

DROWNED = 0.2
"""Share of all that is heard while leads sing, below which they are drowned. Of 21 excerpts as
their makers left them none is below it; lowered by 10.5 dB, nine are."""


def drowned_leads(scene: Scene, now: Heard) -> list[Clash]:
    """Leads that are drowned, each with the stem that takes most from it."""
    leads = [s for s, role in enumerate(scene.roles) if role is Role.VOCALS]
    there = [s for s in leads if scene.playing[s].sum() >= 2 * FRAME_RATE]
    return [c for s in there if (c := _drowned(scene, now, s)) is not None]


def _drowned(scene: Scene, now: Heard, stem: int) -> Clash | None:
    """A lead that is hardly heard, and the stem that takes most from it."""
    where = scene.playing[stem]
    alone, among = now.alone[stem][where], now.among[stem][where]
    share = _share_of_leads(scene, now, where)
    if share > DROWNED:
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
        loss_db=audibility_db(2.0 * DROWNED, share),
        share_of_time=1.0,
        cause_db=0.0,
        evidence="ear",
        confidence=float(np.clip(0.4 + 2.0 * (DROWNED - share), 0.4, 0.7)),
    )


def _share_of_leads(scene: Scene, now: Heard, where: npt.NDArray[np.bool_]) -> float:
    """Loudness of all leads together, so that doubles count as one, in that of all stems."""
    each = [float(row[where].sum(dtype=np.float64)) for row in now.among]
    leads = sum(x for x, role in zip(each, scene.roles, strict=True) if role is Role.VOCALS)
    return leads / max(sum(each), 1e-30)
