"""AAC and ALAC in M4A through PyAV."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studiohand.core.audio import Block, read_all
from studiohand.core.errors import MissingPart
from studiohand.io import ffmpeg
from studiohand.io.audiofile import open_audio
from tests.signals import noise, sine

av = pytest.importorskip("av")
FRAMES = 100_123


def encode(path: Path, samples: Block, codec: str, **options: str) -> Path:
    """An M4A file as FFmpeg writes it with its defaults."""
    container = av.open(str(path), "w", options=options)
    stream = container.add_stream(codec, rate=48_000, layout="stereo")
    kind = "s32p" if codec == "alac" else "fltp"
    stream.codec_context.format = kind
    planes: Any = samples.T.astype(np.float32)
    if codec == "alac":
        planes = np.round(samples.T * 2**23).astype(np.int32) << 8
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(planes), format=kind, layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = 48_000, 0, Fraction(1, 48_000)
    for packet in [*stream.encode(frame), *stream.encode(None)]:
        container.mux(packet)
    container.close()
    return path


def programme(rng: np.random.Generator) -> Block:
    wave = sine(440.0, 3.0, 48_000, -12.0, 2) + noise(rng, 3.0, 48_000, 2, -40.0)
    return np.round(wave[:FRAMES] * 2**23) / 2**23


def test_alac_comes_back_bit_for_bit_from_any_start(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    samples = programme(rng)
    source = open_audio(encode(tmp_path / "a.m4a", samples, "alac"))
    assert (source.frames, source.rate, source.channels) == (FRAMES, 48_000, 2)
    assert (source.facts.codec, source.facts.bits, source.facts.lossy) == ("ALAC", 24, False)
    np.testing.assert_array_equal(read_all(source), samples)
    for start in (1, 5000, 48_001, FRAMES - 3):
        np.testing.assert_array_equal(read_all(source, start), samples[start:])


@pytest.mark.parametrize("options", [{}, {"movie_timescale": "48000"}])
def test_aac_has_the_length_and_place_of_what_went_in(
    options: dict[str, str], tmp_path: Path, rng: np.random.Generator
) -> None:
    samples = programme(rng)
    source = open_audio(encode(tmp_path / "a.m4a", samples, "aac", **options))
    assert source.frames == FRAMES
    assert source.facts.lossy
    decoded = read_all(source)
    lags = np.fft.irfft(np.fft.rfft(samples[:, 0]) * np.conj(np.fft.rfft(decoded[:, 0])))
    assert int(np.argmax(lags)) == 0
    np.testing.assert_array_equal(read_all(source, 31_111, 40_000), decoded[31_111:40_000])


def test_without_pyav_the_sentence_says_what_to_install(
    tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = encode(tmp_path / "a.m4a", programme(rng), "aac")

    def missing() -> Any:
        raise MissingPart("M4A needs PyAV", todo="pip install av")

    monkeypatch.setattr(ffmpeg, "_av", missing)
    with pytest.raises(MissingPart, match="pip install av"):
        open_audio(path)
