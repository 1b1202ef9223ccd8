"""The model-free sketch and the bands of the shipped network."""

from __future__ import annotations

import numpy as np

from studiohand.core.audio import MemorySource
from studiohand.dsp.blocks.stft import analyse
from studiohand.models import bands
from studiohand.models.separation import open_model
from studiohand.models.sketch import Sketch, sketch_masks
from studiohand.models.windows import separated
from tests.signals import noise, sine


def test_sketch_masks_add_up_to_one(rng: np.random.Generator) -> None:
    masks = sketch_masks(analyse(noise(rng, 2.0).astype(np.float32), 2048, 512), 44100 / 2048)
    assert np.abs(sum(masks.values()) - 1.0).max() < 1e-5
    assert min(float(mask.min()) for mask in masks.values()) > -1e-6


def test_the_sketch_knows_clicks_from_tones() -> None:
    tone = sine(1000.0, seconds=6.0, rate=44100, channels=2)
    clicks = np.zeros_like(tone)
    clicks[::22050] = 0.9
    out = np.concatenate(list(separated(MemorySource(tone + clicks, 44100), Sketch(), ("drums",))))
    drums = out[:, 0]
    assert np.mean((drums - clicks) ** 2) < 0.25 * np.mean(tone**2)
    assert drums[22050, 0] > 0.4


def test_bands_share_out_every_bin_once(rng: np.random.Generator) -> None:
    power = rng.random((3, 2049)).astype(np.float32)
    pooled = bands.pooled(power)
    assert pooled.shape == (3, 512)
    assert np.allclose(pooled.sum(axis=1), power.sum(axis=1), rtol=1e-4)
    assert bands.spread(pooled).shape == (3, 2049)
    assert np.all(np.diff(bands.EDGES) >= 1)


def test_the_shipped_network_shares_out_the_whole_mixture(rng: np.random.Generator) -> None:
    model = open_model("studio4")
    window = (noise(rng, 4.0, rate=44100)[: model.shape.window_frames]).astype(np.float32)
    parts = model.separate(window, model.stems)
    inside = slice(model.shape.margin_frames, -model.shape.margin_frames)
    assert np.abs(np.sum(list(parts.values()), axis=0)[inside] - window[inside]).max() < 1e-4


def test_the_shipped_network_does_not_care_for_the_level(rng: np.random.Generator) -> None:
    model = open_model("studio4")
    window = (noise(rng, 4.0, rate=44100)[: model.shape.window_frames]).astype(np.float32)
    loud = model.separate(window, ("drums",))["drums"]
    quiet = model.separate(window * np.float32(0.01), ("drums",))["drums"]
    assert np.abs(loud - quiet * 100.0).max() < 1e-3 * np.abs(loud).max()
