"""The contract of every cleaning step, and what each takes away."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiohand.core.audio import Block
from studiohand.core.effect import Effect, step_from_json, step_to_json
from studiohand.core.errors import BadSetting
from studiohand.dsp.cleaning.declick import Declick
from studiohand.dsp.cleaning.declip import Declip
from studiohand.dsp.cleaning.deess import Deess
from studiohand.dsp.cleaning.dehum import Dehum
from studiohand.dsp.cleaning.denoise import Denoise
from studiohand.dsp.cleaning.deplosive import Deplosive
from studiohand.dsp.cleaning.dereverb import Dereverb
from studiohand.dsp.effects import families as effects
from studiohand.dsp.effects.centre import Centre
from tests import signals
from tests.dsp.damage.test_clicks import with_clicks
from tests.dsp.damage.test_floor import phrases
from tests.dsp.damage.test_hum import planted

RATE = 8000
WHITE = Denoise((20.0, 20000.0), (-60.0 - 36.0, -60.0 - 36.0))

EXAMPLES: tuple[Effect, ...] = (
    Centre((0.01, -0.02)),
    Declick(),
    Declip((0.1, 0.12), 0.0),
    Dehum(50.0),
    Dereverb(0.5),
    Deess(-40.0, low_hz=2000.0, high_hz=3500.0),
    Deplosive(-50.0),
    WHITE,
    Denoise((20.0, 20000.0), (-90.0, -90.0), (1000.0,), (-60.0,), 12.0),
)

every = pytest.mark.parametrize("effect", EXAMPLES, ids=lambda e: f"{e.do}-{EXAMPLES.index(e)}")


def run(effect: Effect, sound: Block, cuts: Sequence[int] = (), rate: int = RATE) -> Block:
    """The effect over the sound cut at places."""
    processor = effect.start(rate, sound.shape[1])
    edges = [0, *sorted(cuts), len(sound)]
    out = [processor.process(sound[a:b]) for a, b in itertools.pairwise(edges) if b > a]
    return np.concatenate([*out, processor.flush()])


def dirty(channels: int = 2, seconds: float = 6.0) -> Block:
    """Music with a hum, clicks and noise."""
    rng = np.random.default_rng(5)
    frames = round(seconds * RATE)
    t = np.arange(frames) / RATE
    music = 0.2 * np.sin(2 * np.pi * 330.0 * t) * np.exp(-2.0 * (t % 1.0))
    sound = np.repeat(music[:, None], channels, axis=1)
    sound += planted(50.0, seconds, -50.0, rate=RATE)
    sound += signals.noise(rng, seconds, RATE, channels, -60.0)
    ess = np.diff(0.05 * rng.standard_normal((frames + 1, channels)), axis=0)
    sound += ess * ((t % 2.0) > 1.9)[:, None]
    return with_clicks(sound, rng, 5, 0.3)[0]


SOUND = dirty()


def si_sdr(clean: Block, heard: Block) -> float:
    share = np.vdot(clean, heard) / np.vdot(clean, clean)
    rest = heard - share * clean
    return float(10 * np.log10(share**2 * np.vdot(clean, clean) / np.vdot(rest, rest)))


def test_every_cleaning_step_is_held_to_the_contract() -> None:
    known = {
        item.do
        for module in effects.CLEANERS
        for item in vars(module).values()
        if isinstance(item, type) and getattr(item, "kind", "") == "process" and hasattr(item, "do")
    }
    assert {effect.do for effect in EXAMPLES} == known


@every
@settings(max_examples=3)
@given(cuts=st.lists(st.integers(1, len(SOUND) - 1), max_size=5))
def test_cutting_anywhere_gives_the_same_samples(effect: Effect, cuts: list[int]) -> None:
    assert np.array_equal(run(effect, SOUND, cuts), run(effect, SOUND))


@every
@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("frames", [1, 300, 30000])
def test_length_is_kept_and_all_stays_finite(effect: Effect, channels: int, frames: int) -> None:
    sound = dirty(channels)[:frames]
    for rate in (8000, 44100):
        out = run(effect, sound, (frames // 2,), rate)
        assert out.shape == sound.shape
        assert np.isfinite(out).all()


@every
def test_nothing_of_a_cleaning_is_the_input_bit_for_bit(effect: Effect) -> None:
    assert np.array_equal(run(effect.scaled(0.0), SOUND), SOUND)


@pytest.mark.parametrize(
    "effect", [e for e in EXAMPLES if e.do not in ("deess", "deplosive")], ids=lambda e: e.do
)
def test_half_of_a_cleaning_takes_less_away_and_any_amount_is_of_its_kind(effect: Effect) -> None:
    half, whole = (SOUND - run(effect.scaled(amount), SOUND) for amount in (0.5, 1.0))
    assert 0.0 < np.vdot(half, half) < np.vdot(whole, whole)
    assert np.allclose(run(effect.scaled(1.0), SOUND), run(effect, SOUND))
    assert type(effect.scaled(1.5)) is type(effect)
    assert np.isfinite(run(effect.scaled(1.5), SOUND)).all()


@every
def test_json_gives_back_the_same_step(effect: Effect) -> None:
    assert step_from_json(step_to_json(effect)) == effect


@every
def test_the_input_is_not_written_to(effect: Effect) -> None:
    sound = SOUND.copy()
    run(effect, sound)
    assert np.array_equal(sound, SOUND)


@pytest.mark.parametrize("effect", [e for e in EXAMPLES if e.do != "centre"], ids=lambda e: e.do)
def test_silence_stays_silence(effect: Effect) -> None:
    assert not run(effect, np.zeros((20000, 2))).any()


@pytest.mark.parametrize(
    "settings_of_step",
    [
        {"do": "dehum", "mains_hz": 440.0},
        {"do": "dehum", "mains_hz": 50.0, "harmonics": 0},
        {"do": "declick", "strength_percent": 200.0},
        {"do": "denoise", "profile_hz": [1.0, 2.0], "profile_db": [0.0]},
        {"do": "denoise", "profile_hz": [2.0, 1.0], "profile_db": [0.0, 0.0]},
        {"do": "centre", "offsets": [2.0]},
    ],
    ids=lambda s: str(s),
)
def test_settings_out_of_range_are_refused(settings_of_step: dict[str, Any]) -> None:
    with pytest.raises(BadSetting):
        step_from_json(settings_of_step)


def test_a_drifting_hum_goes_and_the_music_stays(rng: np.random.Generator) -> None:
    music = signals.pink(rng, 24.0, RATE, 1, -30.0)
    hum = planted(50.05, 24.0, -36.0, drift_hz=0.08, rate=RATE)
    out = run(Dehum(50.0), music + hum)
    assert si_sdr(music, out) > si_sdr(music, music + hum) + 15.0


def test_a_note_that_comes_and_goes_at_a_harmonic_stays(rng: np.random.Generator) -> None:
    t = np.arange(24 * RATE) / RATE
    note = 0.05 * np.sin(2 * np.pi * 150.0 * t) * ((t % 4.0) < 1.0)
    music = note[:, None] + signals.pink(rng, 24.0, RATE, 1, -60.0)
    out = run(Dehum(50.0), music + planted(50.0, 24.0, -40.0, rate=RATE))
    assert si_sdr(music, out) > 25.0
    assert np.array_equal(run(Dehum(50.0), music), music)


def test_noise_goes_down_as_far_as_told(rng: np.random.Generator) -> None:
    noise = signals.noise(rng, 4.0, RATE, 2, -60.0)
    middle = slice(RATE, -RATE)
    left = run(WHITE, noise)[middle]
    down = 10 * np.log10(np.mean(left**2) / np.mean(noise[middle] ** 2))
    assert -24.5 < down < -17.0


def test_noise_under_music_is_taken_and_the_channels_keep_their_balance(
    rng: np.random.Generator,
) -> None:
    music = phrases(6.0, 2)[::6] * np.array([1.0, 0.5])
    noisy = music + signals.noise(rng, 6.0, RATE, 2, -60.0)
    out = run(WHITE, noisy)
    assert si_sdr(music, out) > si_sdr(music, noisy) + 5.0
    side = out[:, 0] - 2.0 * out[:, 1]
    assert np.sqrt(np.mean(side**2)) < 10 ** (-60 / 20) * 1.5


def test_a_whistle_in_the_profile_goes_too(rng: np.random.Generator) -> None:
    tone = signals.sine(1234.0, 4.0, RATE, -57.0)
    step = Denoise((20.0, 20000.0), (-150.0, -150.0), (1234.0,), (-60.0,))
    out = run(step, tone + signals.noise(rng, 4.0, RATE, 1, -100.0))[RATE:-RATE]
    assert 20 * np.log10(np.sqrt(np.mean(out**2))) < -75.0


def test_clicks_are_filled_and_every_other_sample_stays(rng: np.random.Generator) -> None:
    rate = 44100
    t = np.arange(5 * rate) / rate
    tones = np.sum([0.1 * np.sin(2 * np.pi * 233.0 * k * t) / k for k in range(1, 8)], axis=0)
    music = tones[:, None] + signals.noise(rng, 5.0, rate, 1, -80.0)
    clicked, places = with_clicks(music, rng, 30, 0.3)
    out = run(Declick(), clicked, rate=rate)
    assert si_sdr(music, out) > si_sdr(music, clicked) + 25.0
    changed = np.flatnonzero(out[:, 0] != clicked[:, 0])
    assert np.max([np.min(np.abs(places - at)) for at in changed]) < 24
    assert np.array_equal(run(Declick(), music, rate=rate), music)


def test_clipped_tops_come_back_under_the_declared_peak(rng: np.random.Generator) -> None:
    t = np.arange(4 * RATE) / RATE
    tones = np.sum([0.2 * np.sin(2 * np.pi * 97.0 * k * t + k) / k for k in range(1, 9)], axis=0)
    music = tones[:, None] + signals.noise(rng, 4.0, RATE, 1, -70.0)
    level = float(np.percentile(np.abs(music), 96))
    clipped = np.clip(music, -level, level)
    out = run(Declip((level,), 6.0), clipped)
    assert si_sdr(music, out) > si_sdr(music, clipped) + 12.0
    kept = np.abs(clipped) < 0.99 * level
    assert np.array_equal(out[kept], clipped[kept])
    low = run(Declip((level,), 20 * np.log10(1.1 * level)), clipped)
    assert np.max(np.abs(low)) <= 1.1 * level + 1e-9
    assert np.array_equal(run(Declip((1.0,)), music), music)


def test_a_room_goes_down_and_the_dry_sound_hardly_changes(rng: np.random.Generator) -> None:
    t = np.arange(12 * RATE) / RATE
    bursts = rng.standard_normal(len(t)) * 0.2 * np.exp(-25.0 * (t % 0.7))
    decay = rng.standard_normal(RATE) * 10 ** (-3.0 * np.arange(RATE) / RATE / 0.8) * 0.02
    decay[: RATE // 20] = 0.0
    decay[0] = 1.0
    wet = np.convolve(bursts, decay)[: len(t), None]
    dry = bursts[:, None]
    out = run(Dereverb(0.8), wet)
    assert si_sdr(dry, out) > si_sdr(dry, wet) + 1.5
    assert si_sdr(dry, run(Dereverb(0.8), dry)) > 15.0
    strong, weak = (wet - run(Dereverb(0.8, most), wet) for most in (12.0, 3.0))
    assert np.sum(np.square(weak)) < np.sum(np.square(strong))


def test_sibilants_go_down_and_all_between_stays_bit_for_bit(rng: np.random.Generator) -> None:
    rate = 44100
    t = np.arange(4 * rate) / rate
    vowels = 0.1 * np.sign(np.sin(2 * np.pi * 150.0 * t)) * np.sin(np.pi * (t % 1.0)) ** 2
    hiss = np.diff(rng.standard_normal(len(t) + 1)) * 0.1 * (np.abs(t % 1.0 - 0.02) < 0.02)
    sound = (vowels + hiss)[:, None]
    out = run(Deess(-40.0, 4.0, high_hz=20000.0), sound, rate=rate)
    quiet = (t % 1.0 > 0.1) & (t % 1.0 < 0.9)
    assert np.array_equal(out[quiet], sound[quiet])
    hissing = (t % 1.0 > 0.005) & (t % 1.0 < 0.035)
    fell = 10 * np.log10(np.mean(out[hissing] ** 2) / np.mean(sound[hissing] ** 2))
    assert -10.0 < fell < -3.0


def test_plosives_go_down_and_the_voice_and_its_breaths_stay_bit_for_bit(
    rng: np.random.Generator,
) -> None:
    rate = 44100
    t = np.arange(4 * rate) / rate
    tones = np.sum([np.sin(2 * np.pi * 110.0 * k * t + k * k) for k in range(1, 11)], axis=0)
    vowels = 0.03 * tones * np.sin(np.pi * (t % 1.0)) ** 2
    breath = np.diff(0.05 * rng.standard_normal(len(t) + 1)) * (np.abs(t % 1.0 - 0.5) < 0.05)
    burst = 0.5 * np.sin(2 * np.pi * 50.0 * t) * np.exp(-(((t % 1.0 - 0.05) / 0.02) ** 2))
    sound = (vowels + breath)[:, None]
    popping = sound + burst[:, None]
    out = run(Deplosive(-35.0), popping, rate=rate)
    still = np.abs(t % 1.0 - 0.55) < 0.3
    assert np.array_equal(out[still], popping[still])
    assert np.sum((out - sound) ** 2) < 0.15 * np.sum((popping - sound) ** 2)
    assert np.array_equal(run(Deplosive(-35.0), sound, rate=rate), sound)
