"""How long the doors let people wait: help, the first finding of a song, and the end after Ctrl-C.

    python -m bench.doors [--stems 20] [--minutes 3]

Wall seconds on this machine as it is now, with its load beside them; the bars are 0.5 s, 5 s and
1 s. Findings are read off a terminal, as a person sees them.
"""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from bench.scaling import make_stems
from bench.sessions import load

ROOT = Path(__file__).resolve().parents[1]
RUNS = 5
_WORDS = (b"must: ", b"should: ", b"could: ")


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "studiohand", *words]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "src"), "TERM": "xterm"}


def help_s() -> float:
    """Best of a few runs, compiled files kept as an installed package has them."""
    best = float("inf")
    environment = _environment()
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:
        environment["PYTHONPYCACHEPREFIX"] = folder
        for _ in range(RUNS + 1):
            began = time.monotonic()
            subprocess.run(
                _command("--help"), check=True, stdout=subprocess.DEVNULL, env=environment
            )
            best = min(best, time.monotonic() - began)
    return best


def first_finding_and_stop_s(song: Path) -> tuple[float | None, float, int]:
    """Seconds to the first finding, seconds from Ctrl-C to the end, and the exit code."""
    screen, keyboard = pty.openpty()
    began = time.monotonic()
    child = subprocess.Popen(
        _command("listen", str(song)), stdout=subprocess.DEVNULL, stderr=keyboard,
        env=_environment(), start_new_session=True,
    )  # fmt: skip
    os.close(keyboard)
    seen, first = b"", None
    while child.poll() is None and time.monotonic() - began < 60.0:
        if select.select([screen], [], [], 0.05)[0]:
            seen += os.read(screen, 65536)
            if any(word in seen for word in _WORDS):
                first = time.monotonic() - began
                break
    stopped = time.monotonic()
    child.send_signal(signal.SIGINT)
    while child.poll() is None:
        if select.select([screen], [], [], 0.01)[0]:
            os.read(screen, 65536)
    os.close(screen)
    return first, time.monotonic() - stopped, child.returncode


@click.command(help=__doc__)
@click.option("--stems", default=20)
@click.option("--minutes", default=3.0)
def main(stems: int, minutes: float) -> None:
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"--help          {help_s():6.2f} s  (bar 0.5)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "stems").mkdir()
        make_stems(folder, load("demo"), stems, minutes)
        song = folder / "song"
        subprocess.run(
            _command("new", str(song), "--stems", str(folder / "stems")), check=True,
            stdout=subprocess.DEVNULL, env=_environment(),
        )  # fmt: skip
        first, stop, code = first_finding_and_stop_s(song)
    print("first finding   " + ("none" if first is None else f"{first:6.2f} s  (bar 5)"))
    print(f"end after Ctrl-C{stop:6.2f} s  (bar 1), exit code {code}")


if __name__ == "__main__":
    main()
