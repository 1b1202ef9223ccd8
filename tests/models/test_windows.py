"""The separation runner: no seams, exact length, any rate and layout, any cutting, flat memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiohand.core.audio import BLOCK_FRAMES, Block, MemorySource
from studiohand.models.protocol import Shape, Window
from studiohand.models.separation import open_model
from studiohand.models.store import DEFAULT
from studiohand.models.windows import Windows, pairs, separated, weights
from tests.signals import noise, sine

SHAPE = Shape(rate=44100, window_frames=4000, margin_frames=300, fade_frames=500, memory_mb=1)


class Copies:
    """Gives its input back as `all`, the left minus right as `sides`; spoils its margins."""

    name, stems, shape = "copies", ("all", "sides"), SHAPE

    def __init__(self) -> None:
        self.calls = 0

    def separate(self, window: Window, stems: tuple[str, ...]) -> Mapping[str, Window]:
        self.calls += 1
        out = window.copy()
        out[: SHAPE.margin_frames] = 7.0
        out[-SHAPE.margin_frames :] = 7.0
        side = out[:, :1] - out[:, 1:]
        return {"all": out, "sides": np.hstack([side, -side])}


def run(
    samples: Block, rate: int, stems: tuple[str, ...] = ("all",), size: int = BLOCK_FRAMES
) -> np.ndarray:
    return np.concatenate(list(separated(MemorySource(samples, rate), Copies(), stems, size)))


def test_neighbouring_weights_add_up_to_one() -> None:
    total = np.zeros(SHAPE.window_frames * 3)
    for k in range(3):
        total[k * SHAPE.step_frames :][: SHAPE.window_frames] += weights(SHAPE)
    inside = slice(SHAPE.window_frames, SHAPE.window_frames + SHAPE.step_frames)
    assert np.abs(total[inside] - 1.0).max() < 1e-12


@given(frames=st.integers(1, 12000), size=st.integers(1, 9000))
@settings(max_examples=20)
def test_a_copying_model_gives_the_input_back_whatever_the_block_size(
    frames: int, size: int
) -> None:
    samples = np.random.default_rng(5).standard_normal((frames, 2)) * 0.1
    out = run(samples, 44100, size=size)[:, 0]
    assert out.shape == samples.shape
    assert np.abs(out - samples).max() < 1e-6


@pytest.mark.parametrize("rate", [8000, 22050, 48000, 96000])
def test_another_rate_comes_back_at_its_length_and_in_time(rate: int) -> None:
    samples = sine(500.0, seconds=0.7, rate=rate, channels=2)
    out = run(samples, rate)[:, 0]
    assert out.shape == samples.shape
    middle = slice(rate // 10, -rate // 10)
    assert np.abs(out[middle] - samples[middle]).max() < 1e-4


@pytest.mark.parametrize("channels", [1, 2, 3, 6])
def test_every_channel_keeps_its_place(channels: int, rng: np.random.Generator) -> None:
    samples = noise(rng, 0.2, rate=44100, channels=channels)
    assert np.abs(run(samples, 44100)[:, 0] - samples).max() < 1e-6


def test_odd_channels_have_themselves_as_partner() -> None:
    assert pairs(3) == [(0, 1), (2, 2)]


def test_stems_come_in_the_asked_order(rng: np.random.Generator) -> None:
    samples = noise(rng, 0.2, rate=44100)
    out = run(samples, 44100, ("sides", "all"))
    assert np.abs(out[:, 1] - samples).max() < 1e-6


def test_windows_of_silence_are_not_worth_a_run() -> None:
    model = Copies()
    out = np.concatenate(
        list(separated(MemorySource(np.zeros((30000, 2)), 44100), model, ("all",)))
    )
    assert model.calls == 0
    assert not out.any()


def test_joins_have_no_more_energy_than_elsewhere(rng: np.random.Generator) -> None:
    """A model with its own gain error in each window: crossfades leave no step (of 0.01) there."""

    class Wobbles(Copies):
        def separate(self, window: Window, stems: tuple[str, ...]) -> Mapping[str, Window]:
            self.calls += 1
            return {"all": window * np.float32(1.0 + 0.05 * (-1) ** self.calls)}

    samples = sine(100.0, seconds=1.0, rate=44100, channels=2)
    out = np.concatenate(list(separated(MemorySource(samples, 44100), Wobbles(), ("all",))))[:, 0]
    step = np.abs(np.diff(out[:, 0], 2))
    assert step.max() < 2.0 * np.abs(np.diff(samples[:, 0], 2)).max()


def test_the_shipped_model_leaves_no_seam_where_windows_join() -> None:
    """Roughness (second differences) within 1 ms of the joins against that around them.

    A switch in place of the crossfade makes it 1.35 times as rough in the worst stem.
    """
    model = open_model(DEFAULT)
    tones = [sine(hz, 14.0, 44100, -26.0, 2) for hz in (110, 220, 277, 330, 440, 1320)]
    chord = np.sum(tones, axis=0)
    out = np.concatenate(list(separated(MemorySource(chord, 44100), model, model.stems)))
    rough = np.sum(np.diff(out, 2, axis=0) ** 2, axis=2)
    step, fade = model.shape.step_frames, model.shape.fade_frames
    ratios = []
    for last in range(2 * step, len(rough) - model.shape.window_frames, step):
        for join in (last - fade, last - fade // 2, last):
            around = [rough[join - 2000 : join - 100], rough[join + 100 : join + 2000]]
            ratios.append(rough[join - 44 : join + 44].mean(0) / np.concatenate(around).mean(0))
    assert (np.mean(ratios, axis=0) < 1.1).all()


def test_memory_does_not_grow_with_length() -> None:
    run_windows = Windows(Copies(), ("all",))
    held = []
    for block in _long_noise():
        run_windows.process(block)
        held.append(len(run_windows._input))
    assert max(held[5:]) <= SHAPE.window_frames + len(block)


def _long_noise() -> Iterator[Block]:
    rng = np.random.default_rng(1)
    for _ in range(60):
        yield rng.standard_normal((2000, 2))


def test_a_shape_without_a_step_is_refused() -> None:
    class Narrow(Copies):
        shape = Shape(
            rate=44100, window_frames=1000, margin_frames=300, fade_frames=300, memory_mb=1
        )

    with pytest.raises(ValueError, match="no step"):
        Windows(Narrow(), ("all",))
