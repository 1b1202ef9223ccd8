"""The master door: loudness error, ceiling, processor time and memory.

Run it with ``python -m bench.master``; it needs ``../shared/corpus`` and about ten minutes. Every
master is made by the command line in a process of its own, read back from its file, and measured
by pyebur128 and a 16 times polyphase resampler of scipy, neither of them ours.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from studiohand.core.audio import Block

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus"
LOUDNESS = (-14.0, -9.0)
CEILING = -1.0
MINUTES = (4, 16)


def main() -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory() as folder:
        landings(Path(folder))
        lengths(Path(folder))


def landings(folder: Path) -> None:
    """How far every record lands from what was asked."""
    print(f"{'record':28}{'asked':>7}{'LUFS':>9}{'error':>8}{'true peak':>11}")
    errors, peaks = [], []
    for path in sorted((CORPUS / "mix").iterdir()):
        for asked in LOUDNESS:
            _master(path, folder / "out", asked)
            sound, rate = soundfile.read(folder / "out" / "master.wav", always_2d=True)
            lufs, peak = _lufs(sound, rate), _true_peak(sound)
            errors.append(abs(lufs - asked))
            peaks.append(peak)
            print(f"{path.stem[:27]:28}{asked:7.1f}{lufs:9.2f}{lufs - asked:+8.3f}{peak:+11.3f}")
    print(f"largest error {max(errors):.3f} LU (bar 0.1), highest peak {max(peaks):+.3f} dBTP "
          f"(ceiling {CEILING:g}), {len(errors)} masters")  # fmt: skip


def lengths(folder: Path) -> None:
    """Time and memory against length."""
    sound, rate = soundfile.read(CORPUS / "mix" / "lossless_cd_a.flac", always_2d=True)
    print(f"\n{'minutes':>8}{'processor s':>13}{'per minute':>12}{'memory MB':>11}")
    for minutes in MINUTES:
        file = folder / "long.wav"
        with soundfile.SoundFile(file, "w", rate, 2, "PCM_16") as out:
            left = minutes * 60 * rate
            while left > 0:
                out.write(sound[:left])
                left -= len(sound)
        seconds, memory_mb = _master(file, folder / "out", -13.0)
        print(f"{minutes:8d}{seconds:13.1f}{seconds / minutes:12.2f}{memory_mb:11.0f}")


def _master(file: Path, out: Path, asked: float) -> tuple[float, float]:
    """Processor seconds and peak memory in MB of the command, start-up included."""
    words = [sys.executable, "-m", "studiohand", "master", str(file), "--loudness", str(asked)]
    words += ["--ceiling", str(CEILING), "--out", str(out), "--json"]
    child = os.posix_spawn(
        sys.executable,
        words,
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, usage = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"the master of {file.name} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024.0


def _lufs(sound: Block, rate: int) -> float:
    from pyebur128 import MeasurementMode, R128State, get_loudness_global

    state = R128State(sound.shape[1], rate, MeasurementMode.MODE_I)
    state.add_frames(np.ascontiguousarray(sound).ravel(), len(sound))
    return float(get_loudness_global(state))


def _true_peak(sound: Block) -> float:
    from scipy.signal import resample_poly

    highest = 0.0
    padded = np.pad(sound, ((200, 200), (0, 0)))
    for start in range(0, len(padded), 400_000):
        first = max(start - 200, 0)
        raised = resample_poly(padded[first : start + 400_200], 16, 1, axis=0)
        kept = raised[(start - first) * 16 : (start - first + 400_000) * 16]
        highest = max(highest, float(np.abs(kept).max()))
    return float(20 * np.log10(highest))


if __name__ == "__main__":
    main()
