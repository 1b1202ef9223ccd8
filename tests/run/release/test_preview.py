"""Codec preview: real encoders, aligned differences, advice that holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studiohand.core.audio import Block, MemorySource, read_all
from studiohand.core.errors import BadSetting
from studiohand.core.job import Job
from studiohand.core.units import db_to_gain
from studiohand.dsp.effects.chain import Difference
from studiohand.io.audiofile import open_audio
from studiohand.run.release.preview import preview
from tests.signals import noise, sine

RATE = 44_100


@pytest.fixture
def loud(rng: np.random.Generator) -> Block:
    """A hard-clipped programme at -1 dBFS, as loud records are."""
    seconds = 2.0
    wave = sine(61.0, seconds, RATE, 0.0, 2) + noise(rng, seconds, RATE, 2, -22.0)
    wave *= np.abs(np.sin(np.arange(len(wave)) / RATE * 9.0))[:, None]
    return np.clip(3.0 * wave, -1.0, 1.0) * db_to_gain(-1.0)


@pytest.mark.parametrize("codec", ["mp3-128", "aac-128", "opus-128", "vorbis-96"])
def test_the_headroom_that_is_advised_keeps_the_song_under_the_ceiling(
    codec: str, loud: Block
) -> None:
    (first,) = preview(Job(), MemorySource(loud, RATE), [codec], verify=True)
    assert first["true_peak_after_dbtp"] > 0.0
    assert -1.0 < first["verified_dbtp"] <= 0.0
    assert "keeps this song under 0.0" in first["text"]
    quieter = loud * db_to_gain(first["headroom_db"])
    (again,) = preview(Job(), MemorySource(quieter, RATE), [codec])
    assert again["true_peak_after_dbtp"] == pytest.approx(first["verified_dbtp"], abs=0.02)
    assert again["headroom_db"] == 0.0


def test_what_is_not_verified_is_not_promised(loud: Block) -> None:
    (facts,) = preview(Job(), MemorySource(loud, RATE), ["aac-128"])
    assert facts["verified_dbtp"] is None
    assert facts["headroom_db"] == pytest.approx(-facts["true_peak_after_dbtp"], abs=0.011)
    assert "should keep" in facts["text"]


def test_artefacts_are_the_decoded_song_less_the_original(loud: Block, tmp_path: Path) -> None:
    (facts,) = preview(Job(), MemorySource(loud, RATE), ["mp3-320"], keep=tmp_path)
    decoded = read_all(open_audio(tmp_path / "mp3-320.wav"))
    artefacts = read_all(open_audio(tmp_path / "mp3-320 artefacts.wav"))
    np.testing.assert_allclose(artefacts, decoded - loud, atol=1e-6)
    level = 10 * np.log10(np.mean(artefacts**2))
    assert facts["difference_dbfs"] == pytest.approx(level, abs=0.05)
    assert level < -20.0


def test_a_difference_can_be_read_from_anywhere(rng: np.random.Generator) -> None:
    one, other = noise(rng, 0.2), noise(rng, 0.2)
    whole = other - one
    difference = Difference(MemorySource(other, RATE), MemorySource(one, RATE))
    np.testing.assert_array_equal(read_all(difference), whole)
    np.testing.assert_array_equal(
        np.concatenate(list(difference.blocks(1000, 3333, 7000))), whole[3333:7000]
    )


def test_opus_is_fed_at_its_own_rate(loud: Block) -> None:
    (facts,) = preview(Job(), MemorySource(loud, RATE), ["opus-160"])
    assert facts["rate"] == 48_000


def test_silence_needs_no_headroom() -> None:
    (facts,) = preview(Job(), MemorySource(np.zeros((9_000, 2)), RATE), ["mp3-128"])
    assert facts["true_peak_after_dbtp"] is None or facts["true_peak_after_dbtp"] < -90.0
    assert facts["headroom_db"] == 0.0


def test_what_loses_nothing_is_not_previewed() -> None:
    with pytest.raises(BadSetting, match="loses nothing"):
        preview(Job(), MemorySource(np.zeros((10, 2)), RATE), ["flac"])
