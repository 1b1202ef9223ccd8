"""The training command on a small budget: the loss falls, and the runner loads what comes out."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from studiohand.models.masks import BandMasks
from studiohand.models.onnx import Session
from tests.signals import noise

ROOT = Path(__file__).resolve().parents[2]


def test_every_source_of_training_sound_has_a_licence_and_consent() -> None:
    sources = tomllib.loads((ROOT / "training" / "SOURCES.toml").read_text("utf-8"))["source"]
    assert len(sources) >= 5
    for source in sources:
        assert source["licence"]
        assert source["consent"] in ("none-needed", "explicit", "licensed")


def test_a_song_is_the_same_for_the_same_seed() -> None:
    from training import score

    first, second = (score.random_song(np.random.default_rng(3), 8.0) for _ in range(2))
    assert first == second
    assert score.drum_hits(first, np.random.default_rng(1)) == score.drum_hits(
        second, np.random.default_rng(1)
    )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_small_build_learns_and_its_model_runs(tmp_path: Path, rng: np.random.Generator) -> None:
    pytest.importorskip("torch", reason="LOUD: torch is not here, so training did not run")
    pytest.importorskip("onnxscript", reason="LOUD: onnxscript is not here, training did not run")
    from training.build import SMALL, build

    place = tmp_path / "small.onnx"
    result = build(tmp_path / "work", place, SMALL, None)
    assert result["after"] < result["before"]
    assert result["largest_mask_difference"] < 0.02
    assert place.stat().st_size < 16_000_000
    model = BandMasks("small", ("vocals", "drums", "bass", "other"), Session(place))
    window = noise(rng, 4.0, rate=44100)[: model.shape.window_frames].astype(np.float32)
    parts = model.separate(window, model.stems)
    inside = slice(model.shape.margin_frames, -model.shape.margin_frames)
    assert np.abs(np.sum(list(parts.values()), axis=0) - window)[inside].max() < 1e-3
