"""Time and memory of `listen` against length and number of stems; the 100-stem promise.

    python -m bench.scaling                        the promise: 100 stems of 5 minutes at 48 kHz
    python -m bench.scaling --curves               smaller songs, to see how it grows
    python -m bench.scaling --stems 20 --minutes 2
    python -m bench.scaling --stems 40 --minutes 4 --only clash --only balance --only tone

Stems are made of the demo song, looped, shifted and coloured so that no two are alike, in a
temporary folder that is removed. `listen` runs as a command of its own; memory is the largest
sum of the resident pages of its processes (each process's share of shared pages), seen 5 times
a second.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import numpy as np
import soundfile

from bench.sessions import Session, load
from studiohand.io.wav import create_audio

RATE = 48000
_SLICE = RATE * 10


def make_stems(folder: Path, session: Session, count: int, minutes: float) -> None:
    """Write stems and their rough mix; the session's rate must be 48 kHz."""
    frames = int(minutes * 60 * RATE)
    names = list(session.stems)
    mix = np.memmap(folder / "mix.raw", np.float32, "w+", shape=(frames, 2))
    for number in range(count):
        name = names[number % len(names)]
        clean = session.stems[name]
        rng = np.random.default_rng(number)
        shift, weight = int(rng.integers(len(clean))), rng.uniform(0.1, 0.9)
        source = np.roll(clean, shift, axis=0) if number >= len(names) else clean
        coloured = source + weight * np.roll(source, 1 + number % 7, axis=0)
        stem = coloured * (0.5 / np.sqrt(max(count / len(names), 1.0)))
        path = folder / "stems" / f"{name} {number:03d}.wav"
        with create_audio(path, RATE, clean.shape[1], "PCM_24") as sink:
            for at in range(0, frames, _SLICE):
                index = np.arange(at, min(at + _SLICE, frames)) % len(stem)
                sink.write(stem[index])
                mix[at : at + len(index)] += stem[index].astype(np.float32)
    with create_audio(folder / "stems" / "rough mix.wav", RATE, 2) as sink:
        for at in range(0, frames, _SLICE):
            sink.write(np.asarray(mix[at : at + _SLICE], np.float64))
    del mix
    (folder / "mix.raw").unlink()


def listened(song: Path, command: str = "listen") -> tuple[float, float, float, int]:
    """Wall seconds, CPU seconds, peak memory in MB and number of findings of one command."""
    before, began, peak = os.times(), time.monotonic(), 0.0
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            [sys.executable, "-m", "studiohand", command, str(song), "--json"],
            stdout=printed, stderr=said, env={**os.environ, "PYTHONPATH": "src"},
        )  # fmt: skip
        while child.poll() is None:
            peak = max(peak, _memory_mb(child.pid))
            time.sleep(0.2)
        wall, after = time.monotonic() - began, os.times()
        printed.seek(0)
        said.seek(0)
        if child.returncode:
            raise SystemExit(said.read().decode())
        findings = len(json.loads(printed.read())["findings"])
    cpu = after.children_user + after.children_system
    return wall, cpu - before.children_user - before.children_system, peak, findings


def _memory_mb(pid: int) -> float:
    """Proportional resident memory of a process and all below it."""
    total, waiting = 0.0, [pid]
    while waiting:
        now = waiting.pop()
        try:
            rows = Path(f"/proc/{now}/smaps_rollup").read_text("ascii").splitlines()
            total += next(float(row.split()[1]) for row in rows if row.startswith("Pss:")) / 1024
            for task in Path(f"/proc/{now}/task").iterdir():
                waiting += [int(p) for p in (task / "children").read_text("ascii").split()]
        except (OSError, StopIteration):
            continue
    return total


def measure(
    session: Session, stems: int, minutes: float, keep: Path | None, only: tuple[str, ...]
) -> None:
    """Make, listen, print one line; with `only`, these tools one after the other."""
    with tempfile.TemporaryDirectory(dir=keep) as name:
        folder = Path(name)
        (folder / "stems").mkdir()
        make_stems(folder, session, stems, minutes)
        subprocess.run(
            [sys.executable, "-m", "studiohand", "new", str(folder / "song"),
             "--stems", str(folder / "stems")],
            check=True, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": "src"},
        )  # fmt: skip
        shutil.rmtree(folder / "stems")
        commands = only or ("listen",)
        rows = np.array([listened(folder / "song", command) for command in commands])
        again = sum(listened(folder / "song", command)[0] for command in commands)
    wall, cpu, _, findings = rows.sum(axis=0)
    peak = rows[:, 2].max()
    print(f"{stems:6} {minutes:8.2f} {wall:9.1f} {cpu:8.1f} {cpu / (stems * minutes):16.3f} "
          f"{peak:8.0f} {again:10.1f} {findings:9.0f}", flush=True)  # fmt: skip


@click.command(help=__doc__)
@click.option("--stems", default=100)
@click.option("--minutes", default=5.0)
@click.option("--curves", is_flag=True, help="How time and memory grow with length and stems.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where the files go meanwhile.")
@click.option("--only", multiple=True, help="These tools alone, one after the other.")
def main(
    stems: int, minutes: float, curves: bool, folder: Path | None, only: tuple[str, ...]
) -> None:
    session = load("demo")
    print(f"{os.cpu_count()} cores; soundfile {soundfile.__version__}")
    print(" stems  minutes  wall (s)  CPU (s)  CPU s/stem-min   MB peak  again (s)  findings")
    sizes = [(stems, minutes)]
    if curves:
        sizes = [(8, 0.5), (8, 1.0), (8, 2.0), (8, 4.0), (2, 1.0), (4, 1.0), (16, 1.0), (32, 1.0)]
    for count, length in sizes:
        measure(session, count, length, folder, only)


if __name__ == "__main__":
    main()
