"""Held-back songs: leads lie over bands at their level, and nothing of them may be learnt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from training.effects import Audio
from training.held import HELD, VOICE_DB, _over
from training.mixing import load

from tests.signals import noise

RATE = 8000


def test_a_lead_lies_over_a_band_at_a_level_of_its_range(rng: np.random.Generator) -> None:
    band = {"other": _sound(rng, 1.0), "bass": _sound(rng, 1.0)}
    whole = band["other"] + band["bass"]
    for _ in range(20):
        lead = _over(band, _sound(rng, 2.0), VOICE_DB, rng)
        assert lead.shape == whole.shape
        level_db = 10 * np.log10(np.mean(lead**2) / np.mean(whole**2))
        assert VOICE_DB[0] - 0.5 < level_db < VOICE_DB[1] + 0.5


def test_a_short_lead_is_followed_by_silence(rng: np.random.Generator) -> None:
    lead = _over({"other": _sound(rng, 1.0)}, _sound(rng, 0.5), VOICE_DB, rng)
    assert len(lead) == RATE
    assert not lead[RATE // 2 :].any()


def test_held_back_songs_are_dropped_by_their_names(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    sound = np.round(noise(rng, 8.0, 44100) * 8000).astype(np.int16)
    for name in ("song-held-piece.other", "tonal-held-bed-kit.drums", "made-00001.other"):
        np.save(tmp_path / f"{name}.npy", sound)
    left = load(tmp_path, drop=HELD)
    assert [track.song for tracks in left.values() for track in tracks] == ["made-00001"]


def _sound(rng: np.random.Generator, seconds: float) -> Audio:
    return np.asarray(noise(rng, seconds, RATE), np.float32)
