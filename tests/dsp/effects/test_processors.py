"""The contract of every process step: one set of laws, held to all of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiohand.core.audio import Block
from studiohand.core.effect import STEPS, Effect, step_from_json, step_to_json
from studiohand.dsp.effects import families as effects
from studiohand.dsp.effects.compressor import Compressor
from studiohand.dsp.effects.dynamic_eq import DynamicEq
from studiohand.dsp.effects.eq import Band, Eq
from studiohand.dsp.effects.gate import Gate
from studiohand.dsp.effects.limiter import Limiter
from studiohand.dsp.effects.mute import Mute
from studiohand.dsp.effects.saturation import Saturation
from studiohand.dsp.effects.selection import Selection
from studiohand.dsp.effects.simple import Gain, Offset, Pan, Polarity
from studiohand.dsp.effects.width import Width

FRAMES = 9000
RATES = (44100, 48000, 96000)
CHANNELS = (1, 2, 6)

EXAMPLES: tuple[Effect, ...] = (
    Gain(-3.5),
    Polarity(),
    Pan(0.4),
    Offset(37),
    Offset(-41),
    Eq(
        (
            Band("bell", 900.0, 6.0, 1.2),
            Band("low_shelf", 120.0, -4.0),
            Band("high_shelf", 9000.0, 5.0),
            Band("high_pass", 40.0, slope=18),
            Band("low_pass", 17000.0, slope=24),
            Band("notch", 3000.0, q=8.0),
        )
    ),
    Eq((Band("bell", 2500.0, -5.0),), "mid"),
    Eq((Band("high_shelf", 8000.0, 3.0),), "side"),
    Compressor(-30.0, 4.0, makeup_db=2.0),
    Compressor(-30.0, 3.0, attack_ms=0.0, knee_db=0.0, detector="peak"),
    Compressor(-40.0, 3.0, band_hz=(500.0, 4000.0)),
    Compressor(-30.0, 3.0, key="voice"),
    Compressor(-40.0, 3.0, band_hz=(500.0, 4000.0), key="voice"),
    DynamicEq(1000.0, -6.0, -50.0),
    DynamicEq(1000.0, -6.0, -50.0, key="voice"),
    Mute(((0.01, 0.03), (0.05, 0.06)), depth_db=40.0),
    Gate(-20.0),
    Gate(-20.0, key="voice", detector="rms"),
    Width(1.3),
    Width(0.8, mono_below_hz=150.0),
    Saturation(6.0),
    Limiter(-6.0, 6.0),
    Limiter(-6.0, 3.0, strength=0.5),
    Selection(0.05, 0.12, step_to_json(Gain(-9.0))),
)

every = pytest.mark.parametrize("effect", EXAMPLES, ids=lambda e: f"{e.do}-{EXAMPLES.index(e)}")


def run(
    effect: Effect, sound: Block, key: Block, cuts: Sequence[int] = (), rate: int = 48000
) -> Block:
    """The effect over the sound cut at places, with the key where it asks for one."""
    processor = effect.start(rate, sound.shape[1])
    edges = [0, *sorted(cuts), len(sound)]
    keyed = getattr(effect, "key", None)
    out = [
        processor.process(sound[a:b], key[a:b] if keyed else None)
        for a, b in itertools.pairwise(edges)
        if b > a
    ]
    return np.concatenate([*out, processor.flush()])


def loud_then_quiet(seed: int, channels: int) -> Block:
    """Noise in three levels, so that dynamics open, close and rest."""
    noise = np.random.default_rng(seed).standard_normal((FRAMES, channels))
    level = np.repeat([0.3, 0.003, 0.8], FRAMES // 3)[:, None]
    return np.asarray(noise * level)


SOUND, KEY = loud_then_quiet(1, 2), loud_then_quiet(2, 1)


def test_every_process_step_is_held_to_the_contract() -> None:
    known = {
        cls.do for family in effects.FAMILIES for cls in vars(family).values() if _is_effect(cls)
    }
    assert {effect.do for effect in EXAMPLES} == known
    assert known <= set(STEPS)


def _is_effect(item: object) -> bool:
    return isinstance(item, type) and getattr(item, "kind", "") == "process" and hasattr(item, "do")


@every
@given(cuts=st.lists(st.integers(1, FRAMES - 1), max_size=6))
def test_cutting_anywhere_gives_the_same_samples(effect: Effect, cuts: list[int]) -> None:
    assert np.array_equal(run(effect, SOUND, KEY, cuts), run(effect, SOUND, KEY))


@every
@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("rate", RATES)
def test_length_is_kept_and_all_stays_finite(effect: Effect, channels: int, rate: int) -> None:
    sound = loud_then_quiet(3, channels)
    out = run(effect, sound, KEY, (5000,), rate)
    assert out.shape == sound.shape
    assert np.isfinite(out).all()


@every
@pytest.mark.parametrize("frames", [1, 2, 300])
def test_short_sounds_keep_their_length(effect: Effect, frames: int) -> None:
    assert run(effect, SOUND[:frames], KEY[:frames]).shape == (frames, 2)


@every
def test_silence_stays_silence(effect: Effect) -> None:
    silence = np.zeros((FRAMES, 2))
    assert not run(effect, silence, np.zeros((FRAMES, 1))).any()


@every
@pytest.mark.parametrize("channels", CHANNELS)
def test_nothing_of_an_effect_is_the_input_bit_for_bit(effect: Effect, channels: int) -> None:
    sound = loud_then_quiet(4, channels)
    assert np.array_equal(run(effect.scaled(0.0), sound, KEY), sound)


@every
def test_all_of_an_effect_is_the_effect(effect: Effect) -> None:
    assert np.allclose(run(effect.scaled(1.0), SOUND, KEY), run(effect, SOUND, KEY), atol=1e-12)


@every
@pytest.mark.parametrize("amount", [0.3, 1.5])
def test_any_amount_is_an_effect_of_the_same_kind(effect: Effect, amount: float) -> None:
    scaled = effect.scaled(amount)
    assert type(scaled) is type(effect)
    assert np.isfinite(run(scaled, SOUND, KEY)).all()


@every
def test_json_gives_back_the_same_effect(effect: Effect) -> None:
    assert step_from_json(step_to_json(effect)) == effect


@every
def test_output_is_not_late(effect: Effect) -> None:
    """A click comes out where it went in, moved only by an offset."""
    sound = np.zeros((FRAMES, 2))
    sound[4000] = 0.9
    out = run(effect, sound, np.repeat(sound[:, :1], 1, axis=1))
    moved = effect.frames if isinstance(effect, Offset) else 0
    assert abs(int(np.argmax(np.abs(out[:, 0]))) - 4000 - moved) <= 1


@every
def test_the_input_is_not_written_to(effect: Effect) -> None:
    sound = SOUND.copy()
    run(effect, sound, KEY)
    assert np.array_equal(sound, SOUND)


def _amount_in_db(effect: Effect, amount: float) -> Block:
    out = run(effect.scaled(amount), SOUND, KEY)
    return np.asarray(20.0 * np.log10(np.abs(out[:, 0]) / np.abs(SOUND[:, 0])))


@pytest.mark.parametrize(
    "effect",
    [
        e
        for e in EXAMPLES
        if e.do in {"gain", "compressor", "gate"} and not getattr(e, "band_hz", 0)
    ],
    ids=lambda e: str(e.do),
)
def test_the_amount_scales_the_gain_change_in_decibels(effect: Effect) -> None:
    half, full = _amount_in_db(effect, 0.5), _amount_in_db(effect, 1.0)
    assert np.allclose(half, 0.5 * full, atol=1e-6)


@pytest.mark.parametrize(
    "settings",
    [
        {"do": "compressor", "threshold_db": -20.0, "ratio": 0.5},
        {"do": "compressor", "threshold_db": -20.0, "band_hz": [4000.0, 200.0]},
        {"do": "limiter", "ceiling_dbtp": math.nan},
        {"do": "eq", "bands": [{"type": "bel", "hz": 100.0}]},
        {"do": "eq", "bands": [{"type": "bell", "hz": 0.0}]},
        {"do": "width", "width": "wide"},
    ],
    ids=lambda s: str(s),
)
def test_settings_out_of_range_are_refused_in_words(settings: dict[str, Any]) -> None:
    from studiohand.core.errors import BadSetting

    with pytest.raises(BadSetting, match="“"):
        step_from_json(settings)
