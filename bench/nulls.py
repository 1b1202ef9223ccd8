"""Stems and residual against the mix, for every file of the corpus: the null, length, repeats.

Each file is separated through the command line twice; checked are the sum, the length, the rate
and the layout of what was written, and that both runs gave the same bytes.
"""

from __future__ import annotations

import contextlib
import io
import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from bench.apart import CORPUS, STEMS
from studiohand.cli.main import run
from studiohand.io.audiofile import open_audio

KINDS = (".flac", ".wav", ".ogg", ".mp3")
EXCERPT_S = 4.0
WHOLE = (
    "mix/lossless_48k_d.flac",
    "mix/lossless_cd_a.flac",
    "mix/rnb_vocals_slow_motion_dream.mp3",
)
FORMS = ((44100, 1, "PCM_16"), (48000, 2, "PCM_24"), (96000, 2, "FLOAT"), (88200, 6, "PCM_24"))


@dataclass(frozen=True)
class Null:
    """What one file gave."""

    file: str
    rate: int
    channels: int
    seconds: float
    null_dbfs: float
    frames_off: int
    same_bytes: bool

    @property
    def holds(self) -> bool:
        """Below -120 dBFS, not a frame off, the same twice."""
        return self.null_dbfs < -120.0 and not self.frames_off and self.same_bytes


def every_file(model: str) -> Iterator[Null]:
    """Excerpts of every file, some whole files, and other forms of one of them."""
    places = sorted(p for p in CORPUS.rglob("*") if p.suffix in KINDS)
    for place in places:
        yield _of(place, str(place.relative_to(CORPUS)), model, EXCERPT_S)
    for name in WHOLE:
        yield _of(CORPUS / name, f"{name} (whole)", model, math.inf)
    with tempfile.TemporaryDirectory() as folder:
        for rate, channels, subtype in FORMS:
            sound = np.resize(
                soundfile.read(CORPUS / WHOLE[0])[0][: 3 * 48000], (3 * rate, channels)
            )
            place = Path(folder) / f"{rate} Hz {channels} channels {subtype}.wav"
            soundfile.write(place, sound, rate, subtype=subtype)
            yield _of(place, place.stem, model, math.inf)


def _of(place: Path, name: str, model: str, seconds: float) -> Null:
    with tempfile.TemporaryDirectory() as folder:
        given, samples, rate = _excerpt(place, Path(folder), seconds)
        outs = [Path(folder) / word for word in ("one", "two")]
        for out in outs:
            with contextlib.redirect_stdout(io.StringIO()):
                code = run(["separate", str(given), "--out", str(out), "--model", model, "--json"])
            if code:
                raise SystemExit(f"{name}: exit code {code}")
        parts = [soundfile.read(outs[0] / f"{s}.wav", always_2d=True) for s in (*STEMS, "residual")]
        frames_off = max(abs(len(p) - len(samples)) + (r != rate) for p, r in parts)
        worst = np.abs(np.sum([p for p, _ in parts], axis=0) - samples).max()
        same = all(a.read_bytes() == (outs[1] / a.name).read_bytes() for a in outs[0].iterdir())
    level = 20 * math.log10(max(worst, 1e-10))
    length = len(samples) / rate
    return Null(name, rate, samples.shape[1], length, round(level, 1), frames_off, same)


def _excerpt(place: Path, folder: Path, seconds: float) -> tuple[Path, np.ndarray, int]:
    """The file itself, or its middle in its own rate and layout as 32-bit float; its samples."""
    source = open_audio(place)
    length = min(source.frames, int(min(seconds, 1e6) * source.rate))
    start = (source.frames - length) // 2
    samples = np.concatenate(list(source.blocks(start_frame=start, stop_frame=start + length)))
    if math.isinf(seconds):
        return place, samples, source.rate
    given = folder / "excerpt.wav"
    soundfile.write(given, samples, source.rate, subtype="FLOAT")
    return given, samples.astype(np.float32).astype(np.float64), source.rate
