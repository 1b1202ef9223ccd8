"""The loops: compiled and plain give the same bits, and each against a plain statement of it."""

from __future__ import annotations

import builtins
import subprocess
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from studiohand.dsp import kernels, peakloops
from studiohand.dsp.filters.oversample import phases


def arguments(name: str) -> list[Any]:
    """Seeded arguments for a loop; outputs come last where they are arrays to fill."""
    rng = np.random.default_rng(7)
    x = rng.standard_normal(400)
    power = x * x
    times = np.array([0.5, 0.99, 30.0])
    made: dict[str, list[Any]] = {
        "cascade": [
            rng.standard_normal((200, 2)), np.array([[0.2, 0.3, 0.1, -0.5, 0.2]]),
            np.zeros((1, 2, 2)),
        ],
        "detect": [rng.standard_normal((200, 3)), 0.9, np.zeros(200), np.zeros(3)],
        "compress": [power, np.array([-9.0, 0.7, 6.0]), times, np.zeros(400), np.zeros(1)],
        "expand": [power, np.array([-3.0, 2.0, 30.0]), times, np.zeros(400), np.zeros(2)],
        "lean": [power, np.array([-9.0, 12.0, -6.0]), times, np.zeros(400), np.zeros(1)],
        "convolve": [x, rng.standard_normal(8), np.zeros(393)],
        "interpolate": [
            x[:327], np.array(phases(4, 8)), np.array([1.0, 0.0, 1.0, 1.0, 0.0]),
            np.zeros((4, 320)),
        ],
        "highest": [x, 16, np.zeros(25)],
        "most_bent": [x, 16, np.zeros(25)],
        "crest": [
            x[:51], rng.standard_normal((3, 10, 5)).astype(np.float32), np.array([0, 1, 4]),
            np.zeros(50), np.zeros(50), np.array([0.3]),
        ],
        "overs": [np.abs(x), 0.5, np.zeros(400)],
        "ahead": [x, 17, np.zeros(384)],
        "let_go": [np.maximum(x, 0.0), 0.99, np.zeros(400), np.zeros(1)],
        "rising": [np.abs(x), 17, 0.9, np.zeros(384)],
    }  # fmt: skip
    return made[name]


LOOPS = [
    name
    for module in (kernels, peakloops)
    for name, f in vars(module).items()
    if callable(f) and f.__module__ == module.__name__
]
LOOPS = [name for name in LOOPS if name not in ("compiled", "loading") and not name.startswith("_")]


@pytest.mark.parametrize("name", LOOPS)
def test_compiled_and_plain_give_the_same_bits(name: str) -> None:
    loop = getattr(kernels, name, None) or getattr(peakloops, name)
    plain, fast = arguments(name), arguments(name)
    loop(*plain)
    kernels.compiled(loop)(*fast)
    for a, b in zip(plain, fast, strict=True):
        assert np.array_equal(a, b)


def test_ahead_is_the_largest_of_the_next_values() -> None:
    values, window, out = arguments("ahead")
    kernels.compiled(kernels.ahead)(values, window, out)
    assert np.array_equal(out, [values[n : n + window].max() for n in range(len(out))])


def test_convolve_is_a_correlation() -> None:
    values, taps, out = arguments("convolve")
    kernels.compiled(kernels.convolve)(values, taps, out)
    assert np.allclose(out, np.correlate(values, taps, "valid"))


def test_most_bent_is_the_largest_second_difference() -> None:
    values, width, out = arguments("most_bent")
    kernels.compiled(peakloops.most_bent)(values, width, out)
    bent = np.abs(np.pad(np.diff(values, 2), 1))
    assert np.allclose(out, bent.reshape(-1, width).max(axis=1))


def test_crest_finds_the_height_between_points() -> None:
    t = np.arange(201) / 8 + 0.031
    curve = np.sin(2 * np.pi * t / 4.0)
    points = np.zeros((5, 5, 8), dtype=np.float32)
    points[..., :7] = curve[:-1].reshape(5, 5, 8)[..., 1:]
    peak, top, state = np.zeros(25), np.zeros(25), np.array([np.inf])
    samples = np.ascontiguousarray(curve[::8])
    kernels.compiled(peakloops.crest)(samples, points, np.arange(5), peak, top, state)
    assert peak[1:-1].max() == pytest.approx(1.0, abs=2e-5)
    assert state[0] == pytest.approx(abs(curve[-2]))


def test_crest_takes_no_height_from_a_row_that_was_not_drawn() -> None:
    """A point beside one that is not known may be on the way up: it counts as it is."""
    points = np.zeros((1, 4, 2), dtype=np.float32)
    peak, top = np.zeros(8), np.zeros(8)
    peakloops.crest(np.ones(9), points, np.array([1]), peak, top, np.array([np.inf]))
    assert peak[:4].tolist() == [0.0] * 4
    assert peak[4] == 1.0


def test_rising_is_the_largest_of_the_next_values_less_for_each_step() -> None:
    values, window, rise, out = arguments("rising")
    kernels.compiled(kernels.rising)(values, window, rise, out)
    less = rise ** np.arange(window)
    assert np.allclose(out, [(values[n : n + window] * less).max() for n in range(len(out))])


def test_release_jumps_up_and_falls_exponentially_to_exact_rest() -> None:
    wanted, out = np.zeros(2000), np.zeros(2000)
    wanted[10] = 6.0
    kernels.let_go(wanted, np.exp(-1.0 / 100.0), out, np.zeros(1))
    assert not out[:10].any()
    assert out[10] == 6.0
    assert out[110] == pytest.approx(6.0 / np.e)
    assert not out[1000:].any()


def test_without_numba_the_plain_loop_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def no_numba(name: str, *args: Any, **more: Any) -> ModuleType:
        if name == "numba":
            raise ImportError(name)
        return real(name, *args, **more)

    monkeypatch.setattr(kernels, "_compiled", {})
    monkeypatch.setattr(builtins, "__import__", no_numba)
    assert kernels.compiled(kernels.overs) is kernels.overs


def test_effects_load_without_numba_scipy_or_soundfile() -> None:
    code = (
        "import sys, studiohand.dsp.effects.families;"
        "print([m for m in ('numba', 'scipy', 'soundfile') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
