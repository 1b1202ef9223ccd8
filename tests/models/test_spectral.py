"""Loaders whose transform stays outside the network, proven on tiny networks of the same form."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import numpy as np
import pytest

from studiohand.core.audio import MemorySource
from studiohand.core.cards import ModelCard, Weights
from studiohand.core.errors import Corrupt, MissingPart, NotAllowed
from studiohand.models import store
from studiohand.models.graph import Graph
from studiohand.models.onnx import Session
from studiohand.models.separation import open_model
from studiohand.models.spectral import MagnitudeNets, SpectralNet, Transform
from studiohand.models.windows import separated
from tests.signals import noise

BINS, FRAMES = 513, 40
EVEN, ODD = Transform(1024, 256, FRAMES), Transform(1024, 221, FRAMES)


def scaling(factor: float) -> Session:
    """A magnitude network: the input times a factor."""
    graph = Graph()
    graph.node("Mul", ["x", graph.constant(np.array([factor], np.float32))], "y")
    shape = (1, 2, BINS, FRAMES)
    return Session(graph.model({"x": shape}, {"y": shape}))


def planes(stems: int) -> Session:
    """A network of planes: stem n is the input divided by 2 ** (n + 1), stems side by side."""
    graph = Graph()
    parts = [
        graph.node("Mul", ["x", graph.constant(np.array([0.5 ** (n + 1)], np.float32))])
        for n in range(stems)
    ]
    graph.node("Concat", parts, "y", axis=1)
    shape, out = (1, 4, BINS, FRAMES), (1, 4 * stems, BINS, FRAMES)
    return Session(graph.model({"x": shape}, {"y": out}))


def pair() -> bytes:
    """A network of real and imaginary parts with two stems: a quarter and three quarters."""
    graph = Graph()
    factors = graph.constant(np.array([0.25, 0.75], np.float32).reshape(1, 2, 1, 1, 1))
    axis = graph.constant(np.array([1], np.int64))
    for name in ("re", "im"):
        graph.node("Mul", [graph.node("Unsqueeze", [name, axis]), factors], f"out_{name}")
    shape, out = (1, 2, BINS, FRAMES), (1, 2, 2, BINS, FRAMES)
    return graph.model({"re": shape, "im": shape}, {"out_re": out, "out_im": out})


@pytest.mark.parametrize("transform", [EVEN, ODD], ids=["hop divides", "hop does not divide"])
def test_a_spectral_network_of_planes_keeps_every_sample(
    transform: Transform, rng: np.random.Generator
) -> None:
    model = SpectralNet("tiny", ("a", "b", "rest"), planes(2), transform, 44100, 10)
    samples = noise(rng, 0.8, rate=44100)
    out = np.concatenate(list(separated(MemorySource(samples, 44100), model, model.stems)))
    assert np.abs(out[:, 0] - 0.5 * samples).max() < 1e-5
    assert np.abs(out[:, 1] - 0.25 * samples).max() < 1e-5
    assert np.abs(out.sum(axis=1) - samples).max() < 1e-5


def test_a_spectral_network_of_two_parts_keeps_every_sample(rng: np.random.Generator) -> None:
    model = SpectralNet("tiny", ("drums", "bass"), Session(pair()), ODD, 44100, 10)
    samples = noise(rng, 0.8, rate=44100)
    out = np.concatenate(list(separated(MemorySource(samples, 44100), model, ("bass", "drums"))))
    assert np.abs(out[:, 0] - 0.75 * samples).max() < 1e-5
    assert np.abs(out[:, 1] - 0.25 * samples).max() < 1e-5


def test_magnitude_networks_keep_the_mixtures_phase(rng: np.random.Generator) -> None:
    model = MagnitudeNets("tiny", ("vocals", "other"), [scaling(0.5)], EVEN, 44100, 10)
    samples = noise(rng, 0.8, rate=44100)
    out = np.concatenate(list(separated(MemorySource(samples, 44100), model, model.stems)))
    assert np.abs(out[:, 0] - 0.5 * samples).max() < 1e-5
    assert np.abs(out.sum(axis=1) - samples).max() < 1e-6


def test_an_answer_of_another_shape_is_refused(rng: np.random.Generator) -> None:
    window = noise(rng, 1.0, rate=44100)[: EVEN.span].astype(np.float32)
    with pytest.raises(Corrupt, match="another shape"):
        SpectralNet("tiny", ("a",), planes(3), EVEN, 44100, 10).separate(window, ("a",))


def its_card(content: bytes) -> ModelCard:
    """The card of the real four-stem export, for a tiny file."""
    real = store.card("bs-roformer-4")
    digest = hashlib.sha256(content).hexdigest()
    return dataclasses.replace(
        real,
        stems=("drums", "bass"),
        loader_settings={**real.loader_settings, "window": 1024, "hop": 221, "frames": FRAMES},
        files=(Weights(file="net.onnx", sha256=digest),),
    )


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelCard:
    """That card in force, with a home of its own and no file yet."""
    monkeypatch.setenv("STUDIOHAND_HOME", str(tmp_path))
    card = its_card(pair())
    monkeypatch.setattr("studiohand.models.separation.card", lambda name: card)
    return card


def test_it_runs_only_allowed_present_and_whole(tiny: ModelCard, rng: np.random.Generator) -> None:
    with pytest.raises(NotAllowed, match="research-only"):
        open_model(tiny.name)
    store.allow(tiny)
    with pytest.raises(MissingPart, match="models get"):
        open_model(tiny.name)
    place = store.folder_of(tiny) / "net.onnx"
    place.parent.mkdir(parents=True)
    for wrong in (pair()[:-1], pair() + b"\0"):
        place.write_bytes(wrong)
        with pytest.raises(Corrupt, match="SHA-256"):
            open_model(tiny.name)
    place.write_bytes(pair())
    window = noise(rng, 1.0, rate=44100)[: ODD.span].astype(np.float32)
    found = open_model(tiny.name).separate(window, ("drums",))
    assert np.abs(found["drums"][1024:-1024] - 0.25 * window[1024:-1024]).max() < 1e-5
