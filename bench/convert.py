"""Conversion: resampling, dither, exactness of containers, what tags survive, speed and memory.

Run it with ``python -m bench.convert`` (or ``python bench/convert.py``); it needs about a minute
and, for the lines on real music, ``../shared/corpus``.
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from studiohand.core.audio import Block, MemorySource, Source, read_all
from studiohand.core.job import Job
from studiohand.dsp.dither import Quantiser
from studiohand.dsp.filters.resample import ResampledSource
from studiohand.io.audiofile import create_audio, open_audio
from studiohand.io.formats import TARGETS, target_named
from studiohand.io.metadata import Marker, Metadata, bext_from_tags, losses
from studiohand.io.tags import read_metadata
from studiohand.io.write import create_target
from studiohand.run.files.converting import Batch, convert_all

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus"
PAIRS = [(44_100, 48_000), (48_000, 44_100), (88_200, 44_100), (96_000, 44_100), (96_000, 48_000),
         (192_000, 48_000), (44_100, 96_000), (384_000, 44_100)]  # fmt: skip
LOSSLESS = ["wav", "wav24", "wav32f", "aiff", "flac", "alac"]
LOSSY = ["mp3-320", "aac-256", "opus-160", "vorbis-256"]


def main() -> None:
    """Print every table."""
    with tempfile.TemporaryDirectory() as folder:
        memory(Path(folder))
        resampling()
        dither()
        containers(Path(folder))
        tags(Path(folder))
        speed(Path(folder))


def resampling() -> None:
    """Pass band, aliases, noise, length and delay of the sample-rate conversion."""
    print("\nSample-rate conversion (bar: pass band +-0.01 dB, alias <= -120 dB)")
    print(
        f"{'from':>8}{'to':>8}{'pass band to':>14}{'ripple dB':>11}{'alias dB':>10}{'noise dB':>10}"
    )
    for source, target in PAIRS:
        lower = min(source, target)
        ripple = max(abs(_level(hz, source, target)) for hz in np.geomspace(20, 0.45 * lower, 24))
        folded = [_alias(hz, source, target) for hz in _above(source, target)]
        images = [_noise(hz, source, target) for hz in (0.3 * lower, 0.45 * lower)]
        alias, noise = max(folded + images), _noise(997.0, source, target)
        print(
            f"{source:8}{target:8}{0.45 * lower:11.0f} Hz{ripple:11.5f}{alias:10.1f}{noise:10.1f}"
        )


def dither() -> None:
    """Floor and distortion of 16 bits, with and without dither."""
    print("\n16 bits: a 1 kHz sine at -90 dBFS, and silence")
    print(f"{'':>14}{'third harmonic dBFS':>21}{'floor dBFS (of full-scale sine)':>34}")
    t = np.arange(48_000 * 8) / 48_000
    wave = (10**-4.5 * np.sin(2 * np.pi * 1000 * t))[:, None]
    for name, on, at in (
        ("no dither", False, None),
        ("TPDF", True, None),
        ("shaped", True, 48_000),
    ):
        rounded = Quantiser(16, dither=on, shape_at=at).process(wave)[:, 0] / 2.0**15
        third = _line(rounded, 3000.0)
        silence = Quantiser(16, dither=on, shape_at=at).process(np.zeros((400_000, 1))) / 2.0**15
        power = float(np.mean(silence**2))
        floor = f"{10 * np.log10(power / 0.5):34.2f}" if power else f"{'-inf':>34}"
        print(f"{name:>14}{third:21.1f}{floor}")


def containers(folder: Path) -> None:
    """Whether real files keep their samples through every lossless container and back."""
    files = sorted(CORPUS.glob("mix/*.flac")) + sorted(CORPUS.glob("dry/*.flac"))
    files += sorted(CORPUS.glob("multitrack/*/*.flac"))[:12]
    print(f"\nContainer changes of {len(files)} real files: samples hashed equal")
    for name in LOSSLESS:
        done = convert_all(Job(), Batch(tuple(files), folder / name, target_named(name)))
        equal = sum(bool(c.get("exact")) for c in done)
        print(f"{name:>10}: {equal} of {len(done)}")


def tags(folder: Path) -> None:
    """What each container loses of a file that says everything."""
    print("\nA file with 13 tags, 3 markers, bext and iXML: what each container loses")
    bext = bext_from_tags({"originator": "studio", "time_reference": "172800123"})
    said = Metadata(
        {"title": "T", "artist": "A", "album_artist": "B", "album": "C", "date": "2026",
         "genre": "Pop", "track": "3/9", "comment": "c", "copyright": "me", "isrc": "USS1Z2600001",
         "bpm": "120", "key": "Am", "mood": "own"},
        (Marker(0, "Intro"), Marker(24_001, "Verse"), Marker(60_000, "End")),
        ((b"bext", bext or b""), (b"iXML", b"<BWFXML/>")),
    )  # fmt: skip
    wave = np.zeros((70_000, 2))
    for name in ["wav24", "aiff24", "flac24", "alac24", *LOSSY]:
        target, path = target_named(name), folder / f"tags-{name}"
        with create_target(path, target, 48_000, 2, target.bits, said) as sink:
            if target.lossy:
                sink.write(wave)
            else:
                sink.write_integers(wave.astype(np.int32))
        lost = losses(said, read_metadata(path), 48.0)
        print(f"{name:>12}: {', '.join(lost) or 'nothing'}")


def speed(folder: Path) -> None:
    """How many times faster than it plays a song is read and written, in CPU time."""
    print("\nSpeed on three minutes of stereo at 48 kHz (times real time, CPU time of one core)")
    print(f"{'':>12}{'write':>9}{'read':>9}")
    song = _song(180.0)
    for name in [*LOSSLESS[1:], *LOSSY]:
        target, path = target_named(name), folder / f"speed-{name}"
        wrote = _clock(partial(_write, song, path, target.name))
        read = _clock(partial(_read, path))
        print(f"{name:>12}{180 / wrote:9.0f}{180 / read:9.0f}")
    took = _clock(partial(_drain, ResampledSource(song, 44_100)))
    print(f"{'resample':>12}{180 / took:9.0f}")


def memory(folder: Path) -> None:
    """Highest memory of this process after a conversion ten times as long."""
    for minutes in (3, 30):
        path = folder / f"long-{minutes}.wav"
        with create_audio(path, 48_000, 2, "PCM_24") as sink:
            for block in _Noise(minutes * 60 * 48_000).blocks():
                sink.write(block)
        batch = Batch((path,), folder / f"long-{minutes}", target_named("flac16"), 44_100)
        convert_all(Job(), batch)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"memory after converting {minutes} minutes to FLAC 16 at 44.1 kHz: {peak:.0f} MiB")


@dataclass(frozen=True)
class _Noise:
    """Noise of any length that is never held."""

    frames: int
    rate: int = 48_000
    channels: int = 2

    def blocks(
        self, size: int = 65_536, start_frame: int = 0, stop_frame: int | None = None
    ) -> Iterator[Block]:
        random = np.random.default_rng(1)
        for at in range(0, self.frames, 65_536):
            yield 0.1 * random.standard_normal((min(65_536, self.frames - at), 2))


def _song(seconds: float) -> Source:
    return MemorySource(np.concatenate(list(_Noise(round(seconds * 48_000)).blocks())), 48_000)


def _write(song: Source, path: Path, name: str) -> None:
    target = TARGETS.get(name) or target_named(name)
    bits = target.bits or (0 if target.lossy else 24)
    quantiser = Quantiser(bits, dither=False) if bits and not target.floating else None
    with create_target(path, target, song.rate, song.channels, bits, Metadata()) as sink:
        for block in song.blocks():
            if quantiser is None:
                sink.write(block)
            else:
                sink.write_integers(quantiser.process(block))


def _read(path: Path) -> None:
    _drain(open_audio(path))


def _drain(source: Source) -> None:
    for _ in source.blocks():
        pass


def _clock(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return max(time.process_time() - before, 1e-3)


def _tone(hz: float, rate: int, target: int) -> Block:
    wave = 0.5 * np.sin(2 * np.pi * hz * np.arange(rate // 2) / rate)[:, None]
    out = read_all(ResampledSource(MemorySource(wave, rate), target))[:, 0]
    return out[len(out) // 4 : -len(out) // 4]


def _fit(middle: Block, hz: float, rate: int) -> tuple[float, Block]:
    t = np.arange(len(middle)) / rate
    basis = np.stack([np.sin(2 * np.pi * hz * t), np.cos(2 * np.pi * hz * t)], 1)
    found = np.linalg.lstsq(basis, middle, rcond=None)[0]
    return float(np.hypot(*found)), middle - basis @ found


def _level(hz: float, source: int, target: int) -> float:
    return float(20 * np.log10(_fit(_tone(hz, source, target), hz, target)[0] / 0.5))


def _noise(hz: float, source: int, target: int) -> float:
    """What is left beside a tone: noise, distortion, images."""
    rest = _fit(_tone(hz, source, target), hz, target)[1]
    return float(10 * np.log10(np.mean(rest**2) / 0.125))


def _above(source: int, target: int) -> list[float]:
    """Tones that the target cannot hold."""
    return list(np.linspace(0.505 * target, 0.49 * source, 8)) if target < source else []


def _alias(hz: float, source: int, target: int) -> float:
    return float(20 * np.log10(np.abs(_tone(hz, source, target)).max() / 0.5 + 1e-12))


def _line(wave: Block, hz: float) -> float:
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave)))) * 4 / len(wave)
    return float(20 * np.log10(spectrum[round(hz * len(wave) / 48_000)] + 1e-12))


if __name__ == "__main__":
    main()
