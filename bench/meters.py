"""Meters: EBU cases beside libebur128 and FFmpeg, and `measure` against `ffmpeg -af ebur128`.

Run it with ``python -m bench.meters [cases|speed [FILE...]]``. libebur128 comes with pyebur128,
FFmpeg from the path; a peer that is not here is named and left out.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from studiohand.core.audio import Block
from studiohand.dsp.meters.loudness import LoudnessMeter
from studiohand.dsp.meters.peak import PeakMeter

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT.parent / "shared" / "corpus"
RATES = (44100, 48000, 96000)
RUNS = 5
Parts = tuple[tuple[float, float], ...]

LOUDNESS: dict[str, tuple[str, Parts, float]] = {
    "3341-1": ("I", ((-23, 20),), -23.0),
    "3341-2": ("I", ((-33, 20),), -33.0),
    "3341-3": ("I", ((-36, 10), (-23, 60), (-36, 10)), -23.0),
    "3341-4": ("I", ((-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)), -23.0),
    "3341-5": ("I", ((-26, 20), (-20, 20.1), (-26, 20)), -23.0),
    "3341-9": ("S", ((-20, 1.34), (-30, 1.66)) * 5, -23.0),
    "3341-10": ("S", ((-200, 1.35), (-23, 3), (-200, 1)), -23.0),
    "3341-12": ("M", ((-20, 0.18), (-30, 0.22)) * 25, -23.0),
    "3341-13": ("M", ((-200, 0.143), (-23, 0.4), (-200, 1)), -23.0),
    "3342-1": ("LRA", ((-20, 20), (-30, 20)), 10.0),
    "3342-2": ("LRA", ((-20, 20), (-15, 20)), 5.0),
    "3342-3": ("LRA", ((-40, 20), (-20, 20)), 20.0),
    "3342-4": ("LRA", ((-50, 20), (-35, 20), (-20, 20), (-35, 20), (-50, 20)), 15.0),
}
PEAKS = {
    "3341-15": (4.0, 0.0, 0.5, -6.0), "3341-16": (4.0, 45.0, 0.5, -6.0),
    "3341-17": (6.0, 60.0, 0.5, -6.0), "3341-18": (8.0, 67.5, 0.5, -6.0),
    "3341-19": (4.0, 45.0, 1.41, 3.0),
}  # fmt: skip


def main() -> None:
    """Print the tables asked for."""
    asked = sys.argv[1:] or ["cases", "speed"]
    if "cases" in asked:
        cases()
    if "speed" in asked:
        speed([Path(name) for name in asked if name not in ("cases", "speed")])


def cases() -> None:
    """Every synthesisable case of Tech 3341 and 3342 at three rates, ours and the peers'."""
    print(f"{'case':9s} {'rate':>6s} {'what':>4s} {'expected':>8s} {'ours':>8s} "
          f"{'libebur128':>10s} {'ffmpeg':>7s}  within")  # fmt: skip
    for name, (what, parts, expected) in LOUDNESS.items():
        for rate in RATES:
            gain = np.concatenate([np.full(round(s * rate), 10 ** (db / 20)) for db, s in parts])
            wave = gain * np.sin(2 * np.pi * 1000 * np.arange(len(gain)) / rate)
            _case(name, what, np.repeat(wave[:, None], 2, axis=1), rate, expected)
    for name, (divisor, phase, amplitude, expected) in PEAKS.items():
        for rate in RATES:
            n = np.arange(rate)
            fade = np.minimum(1.0, np.minimum(n, n[::-1]) / (0.01 * rate))
            wave = amplitude * fade * np.sin(2 * np.pi * n / divisor + np.deg2rad(phase))
            _case(name, "TP", np.repeat(wave[:, None], 2, axis=1), rate, expected)


def _case(name: str, what: str, samples: Block, rate: int, expected: float) -> None:
    ours = _ours(what, samples, rate)
    low, high = {"LRA": (-1.0, 1.0), "TP": (-0.4, 0.2)}.get(what, (-0.1, 0.1))
    verdict = "yes" if low <= ours - expected <= high else "NO"
    print(f"{name:9s} {rate:6d} {what:>4s} {expected:8.2f} {ours:8.3f} "
          f"{_libebur128(what, samples, rate):>10s} {_ffmpeg(what, samples, rate):>7s}  {verdict}",
          flush=True)  # fmt: skip


def _ours(what: str, samples: Block, rate: int) -> float:
    if what == "TP":
        peaks = PeakMeter(rate, 2)
        peaks.update(samples)
        return peaks.true_peak_dbtp() or 0.0
    meter = LoudnessMeter(rate, 2)
    meter.update(samples)
    read = {"I": meter.integrated_lufs, "S": meter.max_short_term_lufs,
            "M": meter.max_momentary_lufs, "LRA": meter.lra_lu}[what]  # fmt: skip
    return read() or 0.0


def _libebur128(what: str, samples: Block, rate: int) -> str:
    try:
        import pyebur128 as peer
    except ImportError:
        return "absent"
    modes = peer.MeasurementMode
    modes_by_what = {"I": modes.MODE_I, "LRA": modes.MODE_LRA, "TP": modes.MODE_TRUE_PEAK}
    if what not in modes_by_what:
        return ""
    state = peer.R128State(2, rate, modes_by_what[what])
    state.add_frames(samples.ravel(), len(samples))
    if what == "TP":
        return f"{20 * np.log10(max(peer.get_true_peak(state, c) for c in (0, 1))):.3f}"
    read = peer.get_loudness_global if what == "I" else peer.get_loudness_range
    return f"{read(state):.3f}"


def _ffmpeg(what: str, samples: Block, rate: int) -> str:
    if shutil.which("ffmpeg") is None:
        return "absent"
    pattern = {"I": r"I:\s+(-?[\d.]+) LUFS", "LRA": r"LRA:\s+(-?[\d.]+) LU",
               "TP": r"Peak:\s+(-?[\d.]+) dBFS"}.get(what)  # fmt: skip
    if pattern is None:
        return ""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        soundfile.write(file.name, samples, rate, subtype="FLOAT")
        said = subprocess.run(_ebur128(Path(file.name)), capture_output=True, text=True, check=True)
    return str(re.findall(pattern, said.stderr)[-1])


def _ebur128(path: Path) -> list[str]:
    return ["ffmpeg", "-hide_banner", "-nostats", "-i", str(path), "-af", "ebur128=peak=true",
            "-f", "null", "-"]  # fmt: skip


def speed(files: list[Path]) -> None:
    """Whole processes on the same file, turn by turn; the best of each counts."""
    if shutil.which("ffmpeg") is None:
        print("SKIPPED: FFmpeg is not here.")
        return
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'file':32s} {'s':>5s} {'ours: wall':>10s} {'CPU':>6s} {'MB':>4s} "
              f"{'ffmpeg: wall':>12s} {'CPU':>6s} {'MB':>4s} {'ratio of wall':>13s} "
              f"{'of CPU':>6s}")  # fmt: skip
        for path in files or _songs(Path(folder)):
            _race(path)


def _songs(folder: Path) -> list[Path]:
    """Corpus records, or noise where there is no corpus, as one to five minutes of 16-bit WAV."""
    rng = np.random.default_rng(1)
    found = sorted(CORPUS.glob("mix/*"))
    blocks = []
    for path in found:
        samples, rate = soundfile.read(path, always_2d=True)
        if rate == 44100 and samples.shape[1] == 2:
            blocks.append(samples)
    music = np.concatenate(blocks) if blocks else rng.normal(0, 0.1, (44100 * 300, 2))
    songs = []
    for seconds in (60, 240, 600):
        songs.append(folder / f"{seconds}s.wav")
        soundfile.write(songs[-1], np.resize(music, (44100 * seconds, 2)), 44100, "PCM_16")
    return songs


def _race(path: Path) -> None:
    ours = [sys.executable, "-m", "studiohand", "measure", str(path), "--json"]
    theirs = _ebur128(path)
    with tempfile.TemporaryDirectory() as compiled:
        _cost(ours, compiled)  # as an installed package is: compiled before its first run
        runs = [(*_cost(ours, compiled), *_cost(theirs, compiled)) for _ in range(RUNS)]
    wall, cpu, memory, other_wall, other_cpu, other_memory = np.min(runs, axis=0).tolist()
    seconds = soundfile.info(str(path)).duration
    print(f"{path.name:32s} {seconds:5.0f} {wall:10.3f} {cpu:6.2f} {memory:4.0f} "
          f"{other_wall:12.3f} {other_cpu:6.2f} {other_memory:4.0f} {wall / other_wall:13.2f} "
          f"{cpu / other_cpu:6.2f}", flush=True)  # fmt: skip


def _cost(command: list[str], compiled: str) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak memory in MB of a process, watched by a small one."""
    code = (
        "import resource, subprocess, sys, time; start = time.perf_counter(); "
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL); "
        "wall = time.perf_counter() - start; "
        "r = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(wall, r.ru_utime + r.ru_stime, r.ru_maxrss / 1024)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONPYCACHEPREFIX": compiled}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, *command], check=True, capture_output=True, text=True,
        env=environment,
    )  # fmt: skip
    wall, cpu, memory = (float(word) for word in done.stdout.split())
    return wall, cpu, memory


if __name__ == "__main__":
    main()
