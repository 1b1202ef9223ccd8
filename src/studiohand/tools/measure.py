"""Measure: loudness, peaks, stereo, clipping, tempo and key of one file."""

from __future__ import annotations

from studiohand.core.audio import Material
from studiohand.core.job import Job
from studiohand.core.outcome import Outcome
from studiohand.core.tool import Needs, Settings, tool
from studiohand.mir.recording.measuring import measure_track


class MeasureSettings(Settings):
    """Nothing to set: a measurement is the same for everybody."""


@tool("measure", MeasureSettings, needs=Needs.FILE)
def measure(job: Job, material: Material, settings: MeasureSettings) -> Outcome:
    """Measure a file: loudness, peaks, stereo, clipping, tempo and key.

    Levels of silence, loudness of less than 0.4 s (3 s for short-term and range) and tempo of less
    than 3 s are null. Mono counts as the same on both sides: correlation 1, width 0.
    """
    if material.file is None:
        raise TypeError("measure needs a file")
    return Outcome(facts=measure_track(job, material.file))


TOOL = measure
