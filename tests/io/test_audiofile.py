"""Reading: every format, every cut, the right length."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studiohand.core.audio import Block, read_all
from studiohand.core.errors import CannotRead
from studiohand.io.audiofile import check_samples, create_audio, open_audio
from tests.signals import noise, sine

FRAMES = 50_003
LOSSLESS = {
    "a.wav": ("WAV", "PCM_24"),
    "float.wav": ("WAV", "FLOAT"),
    "double.wav": ("WAV", "DOUBLE"),
    "wavex.wav": ("WAVEX", "PCM_24"),
    "a.rf64": ("RF64", "PCM_24"),
    "a.aiff": ("AIFF", "PCM_24"),
    "a.flac": ("FLAC", "PCM_24"),
    "a.caf": ("CAF", "PCM_24"),
    "a.w64": ("W64", "PCM_24"),
}
LOSSY = {
    "a.mp3": ("MP3", "MPEG_LAYER_III"),
    "a.ogg": ("OGG", "VORBIS"),
    "a.opus": ("OGG", "OPUS"),
}


def programme(rng: np.random.Generator, rate: int = 48_000) -> Block:
    wave = sine(440.0, 2.0, rate, -12.0, 2)[:FRAMES] + noise(rng, 2.0, rate, 2, -40.0)[:FRAMES]
    return np.round(wave * 2**23) / 2**23


def write(path: Path, samples: Block, rate: int, kind: tuple[str, str]) -> Path:
    with soundfile.SoundFile(
        path, "w", rate, samples.shape[1], format=kind[0], subtype=kind[1]
    ) as file:
        file.write((samples * 2**31).astype(np.int32) if "PCM" in kind[1] else samples)
    return path


@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_files_come_back_sample_for_sample(
    name: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    samples = programme(rng)
    source = open_audio(write(tmp_path / name, samples, 48_000, LOSSLESS[name]))
    assert (source.rate, source.channels, source.frames) == (48_000, 2, FRAMES)
    assert not source.facts.lossy
    np.testing.assert_array_equal(read_all(source), samples)


@pytest.mark.parametrize("name", [*LOSSLESS, *LOSSY])
def test_any_cut_and_any_start_gives_the_same_samples(
    name: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    kind = (LOSSLESS | LOSSY)[name]
    source = open_audio(write(tmp_path / name, programme(rng), 48_000, kind))
    whole = read_all(source)
    assert len(whole) == source.frames
    pieces = np.concatenate(list(source.blocks(777)))
    np.testing.assert_array_equal(pieces, whole)
    for start, stop in [(0, 1), (1, 4000), (20_000, 33_333), (FRAMES - 500, FRAMES)]:
        span = np.concatenate(list(source.blocks(1000, start, stop)))
        np.testing.assert_allclose(span, whole[start:stop], atol=1e-6)


@pytest.mark.parametrize("name", LOSSY)
def test_lossy_files_keep_length_and_place(
    name: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    samples = programme(rng)
    source = open_audio(write(tmp_path / name, samples, 48_000, LOSSY[name]))
    assert source.facts.lossy
    assert source.frames == FRAMES
    decoded = read_all(source)[:, 0]
    lags = np.fft.irfft(np.fft.rfft(samples[:, 0]) * np.conj(np.fft.rfft(decoded)))
    assert int(np.argmax(lags)) == 0


def test_a_source_can_be_pickled(tmp_path: Path, rng: np.random.Generator) -> None:
    source = open_audio(write(tmp_path / "a.wav", programme(rng), 48_000, ("WAV", "PCM_24")))
    copy = pickle.loads(pickle.dumps(source))
    np.testing.assert_array_equal(read_all(copy), read_all(source))


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 96_000, 192_000, 384_000])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_our_wav_reads_back_at_any_rate_and_word_length(
    rate: int, subtype: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    samples = np.round(noise(rng, 1000 / rate, rate, 3) * 2**15) / 2**15
    with create_audio(tmp_path / "a.wav", rate, 3, subtype) as sink:
        sink.write(samples[:300])
        sink.write(samples[300:])
    source = open_audio(tmp_path / "a.wav")
    assert (source.rate, source.channels) == (rate, 3)
    np.testing.assert_array_equal(read_all(source), samples)


def test_32_channels_keep_their_order(tmp_path: Path) -> None:
    samples = np.tile(np.arange(32) / 64.0, (100, 1))
    with create_audio(tmp_path / "a.wav", 48_000, 32, "PCM_24") as sink:
        sink.write(samples)
    np.testing.assert_array_equal(read_all(open_audio(tmp_path / "a.wav")), samples)


def test_one_frame_is_enough(tmp_path: Path) -> None:
    with create_audio(tmp_path / "a.wav", 48_000, 1, "PCM_24") as sink:
        sink.write(np.full((1, 1), 0.5))
    assert read_all(open_audio(tmp_path / "a.wav")).tolist() == [[0.5]]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", [0, 70_000])
def test_a_sample_that_is_no_number_is_told_with_its_place(
    bad: float, where: int, tmp_path: Path
) -> None:
    samples = np.zeros((80_000, 2))
    samples[where, 1] = bad
    soundfile.write(tmp_path / "a.wav", samples, 48_000, subtype="FLOAT")
    source = open_audio(tmp_path / "a.wav")
    with pytest.raises(CannotRead, match=f"not numbers .* {where / 48_000:.3f} s"):
        read_all(source)


def test_samples_can_be_checked_before_a_file_is_taken_in(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "bad.wav", np.array([0.0, np.nan]), 48_000, subtype="FLOAT")
    soundfile.write(tmp_path / "good.wav", np.zeros(9), 48_000, subtype="FLOAT")
    check_samples(open_audio(tmp_path / "good.wav"))
    with pytest.raises(CannotRead, match="not numbers"):
        check_samples(open_audio(tmp_path / "bad.wav"))


def test_a_huge_but_finite_sample_is_read(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.full((4, 1), 1e300), 48_000, subtype="DOUBLE")
    assert read_all(open_audio(tmp_path / "a.wav")).max() == 1e300


def test_an_mp3_without_a_frame_count_has_the_length_that_comes_out(corpus: Path) -> None:
    source = open_audio(corpus / "mix" / "hiphop_ripper.mp3")
    assert read_all(source).shape == (source.frames, 2)


def test_real_ogg_files_read_the_same_from_any_start(corpus: Path) -> None:
    source = open_audio(corpus / "mix" / "folk_pop_vocals_fishin.ogg")
    whole = read_all(source)
    for start in (1, 100_000, source.frames - 1000):
        np.testing.assert_array_equal(read_all(source, start, start + 500), whole[start:][:500])
