import numpy as np
import numpy.typing as npt
import pytest
from scipy import signal

from studiohand.core.audio import Block
from studiohand.dsp.damage.clicks import Click, ClickMeter
from tests import signals

RATE = 44100


def found(samples: Block, cut: int = 65536) -> list[Click]:
    meter = ClickMeter(samples.shape[1])
    for at in range(0, len(samples), cut):
        meter.update(samples[at : at + cut])
    return meter.clicks()


def with_clicks(
    samples: Block, rng: np.random.Generator, count: int, height: float
) -> tuple[Block, npt.NDArray[np.int64]]:
    places = np.sort(rng.choice(np.arange(2000, len(samples) - 2000, 3000), count, replace=False))
    out = samples.copy()
    for at in places:
        out[at, rng.integers(samples.shape[1])] += height * rng.choice([-1.0, 1.0])
    return out, places


@pytest.mark.parametrize("channels", [1, 2])
def test_planted_clicks_are_found_where_they_are(rng: np.random.Generator, channels: int) -> None:
    wave = signals.pink(rng, 20.0, RATE, channels, -30.0)
    clicked, places = with_clicks(wave, rng, 40, 0.3)
    frames = np.array([click.frame for click in found(clicked)])
    hits = [np.min(np.abs(frames - at)) <= 3 for at in places]
    assert np.mean(hits) >= 0.95
    assert len(frames) <= len(places) + 1
    assert found(wave) == []


def test_clicks_in_silence_and_on_a_tone_are_found(rng: np.random.Generator) -> None:
    for wave in (np.zeros((10 * RATE, 1)), signals.sine(440.0, 10.0, RATE, -20.0)):
        clicked, places = with_clicks(wave, rng, 10, 0.05)
        assert [c.frame for c in found(clicked)] == pytest.approx(places, abs=2)


def test_drums_a_square_wave_and_a_pulse_train_have_none(rng: np.random.Generator) -> None:
    t = np.arange(10 * RATE)
    hits = rng.standard_normal(len(t)) * 0.5 * np.exp(-(t % (RATE // 3)) / 800.0)
    square = 0.2 * np.sign(np.sin(2 * np.pi * 55.0 * t / RATE))
    pulses = 0.3 * (t % 441 == 0) + 1e-4 * rng.standard_normal(len(t))
    for wave in (hits, square, pulses):
        assert len(found(wave[:, None])) <= 1


def test_the_cutting_of_blocks_changes_nothing(rng: np.random.Generator) -> None:
    clicked, _ = with_clicks(signals.pink(rng, 6.0, RATE, 1, -30.0), rng, 8, 0.2)
    assert found(clicked) == found(clicked, cut=4999)


def test_silence_before_the_music_counts_the_same_in_blocks_of_any_size() -> None:
    at = np.arange(100_000)
    sound = np.concatenate([np.zeros(100_000), 0.5 * np.sin(2 * np.pi * 220.0 * at / 44100)])
    sound[150_000] += 0.045
    clicks = {tuple(found(sound[:, None], cut)) for cut in (512, 4096, 65536, 200_000)}
    assert len(clicks) == 1


def test_silence_and_one_frame_have_no_clicks() -> None:
    assert found(np.zeros((RATE, 2))) == []
    assert found(np.full((1, 1), 0.5)) == []
    assert ClickMeter(1).clicks() == []
    assert found(np.zeros((0, 1))) == []


def test_small_clicks_in_dull_loud_sound_are_found(rng: np.random.Generator) -> None:
    white = rng.standard_normal(20 * RATE)
    dull = signal.lfilter(signal.firwin(255, 12000.0, fs=RATE), [1.0], white)
    wave = (0.1 * dull / dull.std())[:, None]
    clicked, places = with_clicks(wave, rng, 40, 0.04)
    frames = np.array([click.frame for click in found(clicked)])
    assert np.mean([np.min(np.abs(frames - at)) <= 3 for at in places]) >= 0.95
    assert found(wave) == []


def test_what_rings_on_for_a_millisecond_is_still_a_click(rng: np.random.Generator) -> None:
    wave = signals.pink(rng, 10.0, RATE, 1, -50.0)
    t = np.arange(RATE // 500)
    pop = 0.3 * np.exp(-t / 13.0) * np.cos(2 * np.pi * 4000.0 * t / RATE)
    drum = 0.3 * np.exp(-np.arange(RATE // 4) / 600.0) * rng.standard_normal(RATE // 4)
    for sound, expected in ((pop, 10), (drum, 0)):
        out = wave.copy()
        for at in range(2000, 402000, 40000):
            out[at : at + len(sound), 0] += sound
        assert abs(len(found(out)) - expected) <= 1


def test_glitches_of_eight_frames_in_dense_distortion_are_found(rng: np.random.Generator) -> None:
    t = np.arange(20 * RATE) / RATE
    chords = np.sum([np.sin(2 * np.pi * hz * t + hz) for hz in (82.4, 123.5, 164.8, 207.7)], axis=0)
    hiss = 0.02 * signal.lfilter([1.0], [1.0, -0.7], rng.standard_normal(len(t)))
    wave = (0.5 * np.tanh(3.0 * chords) + hiss)[:, None]
    places = np.arange(5000, len(wave) - 5000, 9001)
    clicked = wave.copy()
    for at in places:
        clicked[at : at + 8] += 0.3 * np.linspace(1.0, -1.0, 8)[:, None]
    frames = np.array([click.frame for click in found(clicked)])
    assert np.mean([np.min(np.abs(frames - at)) <= 9 for at in places]) >= 0.9
    assert len(found(wave)) <= 1


def test_a_click_just_before_a_note_or_in_the_silence_after_it_is_found() -> None:
    t = np.arange(RATE // 2)
    note = 0.2 * np.sin(2 * np.pi * 220.0 * t / RATE) * np.exp(-t / 4000.0)
    wave = np.tile(np.pad(note, (RATE // 2, 0)), 10)
    for before in (400, -3 * RATE // 8):
        clicked = wave.copy()
        starts = np.arange(RATE // 2, len(wave), RATE) - before
        clicked[starts] += 0.3
        assert [click.frame for click in found(clicked[:, None])] == pytest.approx(starts, abs=2)


def test_notes_that_begin_and_end_at_once_are_no_clicks() -> None:
    t = np.arange(RATE // 3)
    note = 0.3 * np.cos(2 * np.pi * 150.0 * t / RATE)
    wave = np.tile(np.concatenate([note, np.zeros(RATE // 3)]), 12)
    assert found(wave[:, None]) == []


def test_crackle_in_uneven_steps_is_no_pitch(rng: np.random.Generator) -> None:
    wave = signals.pink(rng, 10.0, RATE, 1, -40.0)
    places = np.cumsum(rng.integers(700, 2600, 240))
    clicked = wave.copy()
    clicked[places, 0] += 0.2
    frames = np.array([click.frame for click in found(clicked)])
    assert np.mean([np.min(np.abs(frames - at)) <= 3 for at in places]) >= 0.8
