"""The raw material of the demo's instruments."""

from __future__ import annotations

import math

import numpy as np
import pytest

from studiohand.compose import sound
from studiohand.compose.sound import RATE


def _cents_off(tone: sound.Sound, expected_hz: float) -> float:
    """Distance of the strongest partial near a frequency."""
    spectrum = np.abs(np.fft.rfft(tone * np.hanning(len(tone)), 2**20))
    near = slice(int(expected_hz * 0.97 / RATE * 2**20), int(expected_hz * 1.03 / RATE * 2**20))
    found = (near.start + int(np.argmax(spectrum[near]))) * RATE / 2**20
    return 1200 * math.log2(found / expected_hz)


@pytest.mark.parametrize("pitch", [28, 40, 52.3, 64, 76])
@pytest.mark.parametrize("brightness", [0.1, 0.8])
def test_a_plucked_string_is_in_tune(pitch: float, brightness: float) -> None:
    tone = sound.pluck(pitch, 1.5, brightness, 4.0, 0.13, "test")
    assert abs(_cents_off(tone, 440 * 2 ** ((pitch - 69) / 12))) < 3


def test_a_plucked_string_rings_as_long_as_asked() -> None:
    tone = sound.pluck(45, 3.0, 0.5, 3.0, 0.13, "test")
    turn = np.exp(-2j * np.pi * 110.0 * np.arange(RATE // 4) / RATE)
    early, late = (abs(np.dot(tone[at : at + RATE // 4], turn)) for at in (RATE // 4, 2 * RATE))
    assert 20 * math.log10(early / late) == pytest.approx(60 / 3 * 1.75, abs=3)


def test_a_moving_filter_that_stands_open_changes_nothing(rng: np.random.Generator) -> None:
    noise = rng.standard_normal(30000)
    assert np.allclose(sound.shape_spectrum(noise, np.ones((7, 513))), noise, atol=1e-9)


def test_a_moving_filter_follows_time(rng: np.random.Generator) -> None:
    noise = rng.standard_normal(RATE)
    out = sound.shape_spectrum(noise, np.stack([np.zeros(513), np.ones(513)]))
    assert np.abs(out[: RATE // 3]).max() < 1e-9
    assert np.allclose(out[2 * RATE // 3 :], noise[2 * RATE // 3 :], atol=1e-9)


def test_a_saw_has_nothing_between_its_partials() -> None:
    tone = sound.saw(3000.0 * np.arange(RATE) / RATE, 3000.0)
    spectrum = np.abs(np.fft.rfft(tone * np.blackman(len(tone))))
    between = np.delete(
        spectrum, [k for p in range(0, 24001, 3000) for k in range(p - 5, p + 6) if 0 <= k <= 24000]
    )
    assert between.max() < spectrum.max() * 1e-3


def test_drive_keeps_length_and_adds_even_partials_only_with_bias() -> None:
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)
    plain, biased = (
        np.abs(np.fft.rfft(sound.drive(tone, 6.0, bias)))[[2000, 3000]] for bias in (0.0, 0.2)
    )
    assert plain[0] < plain[1] * 1e-3
    assert biased[0] > biased[1] * 0.05


def test_squashing_brings_loud_nearer_to_quiet() -> None:
    steps = np.repeat([0.05, 0.8, 0.05], RATE)
    out = sound.squash(steps, -20.0, 4.0)
    change_db = 20 * math.log10(out[RATE + RATE // 2] / 0.8)
    assert change_db == pytest.approx(-(20 - 1.94) * 0.75, abs=0.3)
    assert out[RATE // 2] == pytest.approx(0.05)


def test_rooms_have_the_energy_of_a_unit_impulse_and_die_away() -> None:
    room = sound.space("test", 1.0, 20.0, 0.4)
    assert np.sum(room**2) == pytest.approx(2.0)
    assert np.sum(room[: RATE // 3] ** 2) > 20 * np.sum(room[2 * RATE // 3 :] ** 2)


def test_adding_at_the_edges_keeps_what_fits() -> None:
    track = np.zeros(10)
    sound.add_at(track, np.ones(4), -2)
    sound.add_at(track, np.ones(4), 8)
    sound.add_at(track, np.ones(4), 20)
    assert track.tolist() == [1, 1, 0, 0, 0, 0, 0, 0, 1, 1]
