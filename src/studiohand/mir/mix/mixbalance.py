"""The balance of the rough mix against the stems: one door to the fit and its deviations."""

from __future__ import annotations

from collections.abc import Sequence

from studiohand.core.audio import Track
from studiohand.core.job import Job
from studiohand.dsp.hearing.earbands import band_ear
from studiohand.dsp.hearing.partial_loudness import specific_loudness
from studiohand.mir.mix.audibility import Scene
from studiohand.mir.mix.deviation import Deviation, deviation
from studiohand.mir.mix.mixfit import fit_mix


def mix_deviation(
    job: Job, stems: Sequence[Track], mix: Track | None, scene: Scene
) -> Deviation | None:
    """Deviations of the stems from the mix; None without a mix that says something."""
    if mix is None or not len(stems):
        return None
    loudness = specific_loudness(scene.power.mean(axis=1), 0.0, band_ear())
    return deviation(fit_mix(job, stems, mix), loudness)
