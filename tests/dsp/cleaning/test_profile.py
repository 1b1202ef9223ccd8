import numpy as np
import pytest

from studiohand.core.errors import BadSetting
from studiohand.dsp.cleaning.profile import noise_profile
from tests import signals

RATE = 48000


def test_the_profile_of_noise_is_its_density_and_a_whistle_stands_apart(
    rng: np.random.Generator,
) -> None:
    noise = signals.noise(rng, 1.0, RATE, 2, -50.0)
    whistle = signals.sine(3210.0, 1.0, RATE, -47.0, channels=2)
    profile = noise_profile(noise + whistle, RATE)
    density_db = -50.0 - 10.0 * np.log10(RATE / 2.0)
    hz = np.array(profile.profile_hz)
    middle = (hz > 200.0) & (hz < 20000.0)
    assert np.abs(np.array(profile.profile_db)[middle] - density_db).mean() < 1.0
    ((tone_hz, tone_db),) = zip(profile.tones_hz, profile.tones_db, strict=True)
    assert abs(tone_hz - 3210.0) < 2.0
    assert abs(tone_db + 50.0) < 1.0
    assert abs(10.0 * np.log10(profile.mean_power(RATE)) + 47.0) < 1.0


@pytest.mark.parametrize("samples", [np.ones((100, 1)), np.zeros((RATE, 1)), np.zeros((0, 2))])
def test_a_span_without_noise_is_refused_in_words(samples: np.ndarray) -> None:
    with pytest.raises(BadSetting, match="noise profile"):
        noise_profile(samples, RATE)
