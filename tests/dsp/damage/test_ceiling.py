import numpy as np
import pytest

from studiohand.core.audio import Block
from studiohand.dsp.damage.ceiling import Ceiling, codec_ceiling, usual_codec
from studiohand.dsp.damage.diary import DiaryMeter
from tests import signals

RATE = 44100


def wall(samples: Block, rate: int = RATE) -> Ceiling | None:
    meter = DiaryMeter(rate, samples.shape[1])
    meter.update(samples)
    return codec_ceiling(meter.diary())


def low_passed(samples: Block, hz: float, slope_db_per_octave: float | None) -> Block:
    """A brick wall, or a slope."""
    spectrum = np.fft.rfft(samples, axis=0)
    at = np.fft.rfftfreq(len(samples), 1.0 / RATE)
    if slope_db_per_octave is None:
        gain = (at < hz).astype(float)
    else:
        gain = 10 ** (-slope_db_per_octave / 20 * np.log2(np.maximum(at / hz, 1.0)))
    passed: Block = np.fft.irfft(spectrum * gain[:, None], len(samples), axis=0)
    return passed


@pytest.mark.parametrize("hz", [16000.0, 17500.0, 19000.0, 20100.0])
def test_a_codec_wall_is_found_within_200_hz(rng: np.random.Generator, hz: float) -> None:
    found = wall(low_passed(signals.pink(rng, 5.0, RATE), hz, None))
    assert found is not None
    assert abs(found.hz - hz) < 200.0
    assert found.drop_db > 26.0


@pytest.mark.parametrize("slope", [12.0, 24.0, 48.0])
def test_a_filter_is_no_wall(rng: np.random.Generator, slope: float) -> None:
    assert wall(low_passed(signals.pink(rng, 5.0, RATE), 4000.0, slope)) is None
    assert wall(low_passed(signals.pink(rng, 5.0, RATE), 13000.0, slope)) is None


def test_full_band_dark_silent_and_slow_recordings_have_none(rng: np.random.Generator) -> None:
    assert wall(signals.pink(rng, 5.0, RATE)) is None
    assert wall(low_passed(signals.pink(rng, 5.0, RATE, db=-60.0), 3000.0, None)) is None
    assert wall(np.zeros((RATE, 1))) is None
    assert wall(signals.pink(rng, 2.0, 16000), 16000) is None


def test_a_quiet_top_that_ends_in_a_slope_to_nothing_is_found(rng: np.random.Generator) -> None:
    spectrum = np.fft.rfft(signals.pink(rng, 5.0, RATE, db=-45.0), axis=0)
    at = np.fft.rfftfreq(5 * RATE, 1.0 / RATE)
    gain = 10 ** (-np.clip((at - 17500.0) / 1000.0, 0.0, 1.0) * 60 / 20)
    found = wall(np.fft.irfft(spectrum * gain[:, None], 5 * RATE, axis=0))
    assert found is not None
    assert abs(found.hz - 18000.0) < 600.0


def test_music_that_has_a_quiet_top_above_its_strings_has_no_wall(rng: np.random.Generator) -> None:
    strong = low_passed(signals.pink(rng, 5.0, RATE, db=-15.0), 11200.0, None)
    assert wall(strong + signals.pink(rng, 5.0, RATE, db=-48.0)) is None


def test_a_wall_that_only_some_of_the_music_has_is_none(rng: np.random.Generator) -> None:
    both = [low_passed(signals.pink(rng, 5.0, RATE), 16000.0, None), signals.pink(rng, 1.0, RATE)]
    assert wall(np.concatenate(both)) is None


def test_codecs_are_named_by_where_they_cut() -> None:
    assert "128" in usual_codec(16100.0)
    assert "Opus" in usual_codec(20050.0)
