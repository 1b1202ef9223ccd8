from __future__ import annotations

import json

import numpy as np
import pytest

from studiohand.core.audio import Block, FileFacts, Material, MemorySource, Track
from studiohand.core.effect import JsonValue
from studiohand.core.job import Job
from studiohand.run.files.measuring import FIELDS
from studiohand.tools.measure import MeasureSettings, measure
from tests.signals import noise, pink, sine


def facts_of(samples: Block, rate: int = 48000, bits: int | None = 24) -> dict[str, JsonValue]:
    facts = FileFacts("a.wav", "WAV", "PCM_24", bits, lossy=False)
    track = Track("a", MemorySource(samples, rate), facts=facts)
    found = measure.run(Job(), Material(rate, file=track), MeasureSettings()).facts
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    return dict(found)


def test_every_field_is_there_in_order(rng: np.random.Generator) -> None:
    assert tuple(facts_of(pink(rng, 4.0))) == FIELDS


def test_a_tone_measures_as_what_it_is() -> None:
    facts = facts_of(sine(1000, 5.0, db=-20, channels=2))
    assert facts["integrated_lufs"] == pytest.approx(-20.0, abs=0.05)
    assert facts["max_momentary_lufs"] == pytest.approx(-20.0, abs=0.05)
    assert facts["true_peak_dbtp"] == pytest.approx(-20.0, abs=0.02)
    assert facts["plr_db"] == pytest.approx(0.0, abs=0.05)
    assert (facts["correlation"], facts["width"], facts["clipped_runs"]) == (1.0, 0.0, 0)


def test_silence_and_a_single_sample_have_nulls_not_infinities() -> None:
    for samples in (np.zeros((48000 * 4, 2)), np.zeros((1, 1)), np.full((1, 2), 0.5)):
        facts = facts_of(samples)
        assert facts["integrated_lufs"] is None
        assert facts["lra_lu"] is None
        assert facts["plr_db"] is None
        assert facts["tempo_bpm"] is None
    assert facts["sample_peak_dbfs"] == pytest.approx(-6.021, abs=0.001)


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (44100, 6), (384000, 2), (48000, 32)])
def test_any_rate_and_number_of_channels(
    rng: np.random.Generator, rate: int, channels: int
) -> None:
    facts = facts_of(noise(rng, 3.5 if channels < 32 else 0.5, rate, channels), rate)
    assert facts["integrated_lufs"] is not None
    assert (facts["max_short_term_lufs"] is None) == (channels == 32)
    assert facts["channels"] == channels


def test_the_same_file_measures_the_same(rng: np.random.Generator) -> None:
    samples = pink(rng, 6.0)
    assert facts_of(samples) == facts_of(samples)
