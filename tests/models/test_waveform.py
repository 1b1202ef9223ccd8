"""Loaders for other people's ONNX exports, proven on tiny networks of the same form."""

from __future__ import annotations

import numpy as np
import pytest

from studiohand.core.audio import MemorySource
from studiohand.core.errors import Corrupt
from studiohand.models.graph import Graph
from studiohand.models.onnx import Session
from studiohand.models.waveform import MdxNet, WaveformNet
from studiohand.models.windows import separated
from tests.signals import noise


def halves(frames: int) -> Session:
    """A waveform network with two stems: a quarter and three quarters of the input."""
    graph = Graph()
    factors = graph.constant(np.array([0.25, 0.75], np.float32).reshape(1, 2, 1, 1))
    axis = graph.constant(np.array([1], np.int64))
    graph.node("Mul", [graph.node("Unsqueeze", ["mix", axis]), factors], "stems")
    return Session(graph.model({"mix": (1, 2, frames)}, {"stems": (1, 2, 2, frames)}))


def test_a_waveform_network_runs_over_any_length(rng: np.random.Generator) -> None:
    model = WaveformNet("tiny", ("a", "b"), halves(8000), 44100, 1, 10)
    samples = noise(rng, 0.6, rate=44100)
    out = np.concatenate(list(separated(MemorySource(samples, 44100), model, ("b", "a"))))
    assert np.abs(out[:, 0] - 0.75 * samples).max() < 1e-6
    assert np.abs(out[:, 1] - 0.25 * samples).max() < 1e-6


def test_an_answer_of_another_shape_is_refused(rng: np.random.Generator) -> None:
    model = WaveformNet("tiny", ("a", "b", "c"), halves(8000), 44100, 1, 10)
    with pytest.raises(Corrupt, match="another shape"):
        model.separate(noise(rng, 1.0)[:8000].astype(np.float32), ("a",))


def test_an_mdx_network_gives_one_stem_and_the_rest(rng: np.random.Generator) -> None:
    graph = Graph()
    graph.node("Mul", ["x", graph.constant(np.array([0.5], np.float32))], "y")
    shape = (1, 4, 513, 40)
    session = Session(graph.model({"x": shape}, {"y": shape}))
    model = MdxNet("tiny", ("vocals", "other"), session, 44100, 1024, 256, 1.0, 10)
    samples = noise(rng, 0.6, rate=44100)
    out = np.concatenate(list(separated(MemorySource(samples, 44100), model, ("vocals", "other"))))
    assert np.abs(out[:, 0] - 0.5 * samples).max() < 1e-5
    assert np.abs(out.sum(axis=1) - samples).max() < 1e-6


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(Corrupt, match="cannot be loaded"):
        Session(b"not a network")
