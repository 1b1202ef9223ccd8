"""The same sound under other facts."""

from __future__ import annotations

import numpy as np
import pytest

import studiohand.dsp.effects.families  # noqa: F401
from studiohand.core.audio import MemorySource, read_all
from studiohand.core.effect import step_from_json, step_to_json
from studiohand.dsp.effects.filesteps import DeclareRate, Resample, SetRole


def test_declaring_a_rate_keeps_every_sample(rng: np.random.Generator) -> None:
    source = MemorySource(rng.standard_normal((1000, 2)), 48000)
    told = DeclareRate(44100).apply(source)
    assert told.rate == 44100
    assert np.array_equal(read_all(told, 10, 500), source.samples[10:500])


def test_resampling_keeps_the_length_in_seconds(rng: np.random.Generator) -> None:
    source = MemorySource(rng.standard_normal((44100, 1)), 44100)
    assert (Resample(48000).apply(source).rate, Resample(48000).apply(source).frames) == (
        48000,
        48000,
    )


def test_at_no_amount_nothing_happens(rng: np.random.Generator) -> None:
    source = MemorySource(rng.standard_normal((1000, 2)), 48000)
    for step in (DeclareRate(44100), Resample(44100), SetRole("bass")):
        assert step.scaled(0.0).apply(source) is source


@pytest.mark.parametrize("step", [DeclareRate(44100), Resample(48000), SetRole("bass")])
def test_file_steps_are_stored_and_rebuilt(step: DeclareRate | Resample | SetRole) -> None:
    assert step_from_json(step_to_json(step)) == step
