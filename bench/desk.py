"""The desk in a real browser: first paint, Space to sound, control to sound, frames, memory.

    python -m bench.desk                           60 stems of 8 minutes
    python -m bench.desk --stems 12 --minutes 1

Stems are noise bursts at 48 kHz, mono, 16 bits, written to a temporary folder that is removed.
Sound is looked for with an analyser after the player, each millisecond. Frames are counted while
the timeline is zoomed, panned and scrolled without a pause; an empty page in the same browser
shows what the machine has left. Needs Chromium and the extra ``dev``.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import numpy as np
from playwright.sync_api import Page, sync_playwright

from studiohand.core.outcome import Finding, Move
from studiohand.dsp.effects.eq import Band, Eq
from studiohand.io.wav import create_audio
from studiohand.run.songs.collect import new_song
from studiohand.song.folder import Song

RATE = 48000
_TURNS = 5
_FRAMES_S = 10
_READY = "sh-finding-list button"

_SPACE_TO_SOUND = """async () => {
  const page = document.querySelector("sh-desk").renderRoot.querySelector("sh-song-page");
  const { player } = page.listening;
  const meter = new AnalyserNode(player.context, { fftSize: 256 });
  player.monitor.output.connect(meter);
  const seen = new Float32Array(256);
  const start = performance.now();
  window.dispatchEvent(new KeyboardEvent("keydown", { key: " ", bubbles: true }));
  const took = await new Promise((done) => {
    const look = () => {
      meter.getFloatTimeDomainData(seen);
      if (seen.some((value) => value !== 0)) done(performance.now() - start);
      else if (performance.now() - start > 10000) done(null);
      else setTimeout(look, 1);
    };
    look();
  });
  player.monitor.output.disconnect(meter);
  return took;
}"""

_CONTROL_TO_SOUND = """async (percent) => {
  const page = document.querySelector("sh-desk").renderRoot.querySelector("sh-song-page");
  const { player } = page.listening;
  const card = page.renderRoot.querySelector("sh-move-card[open]");
  const before = player.sounding.B;
  const start = performance.now();
  const fields = [...card.renderRoot.querySelectorAll("sh-value")];
  const amount = fields.find((field) => field.label === "amount");
  amount.dispatchEvent(new CustomEvent("value", { detail: percent }));
  for (;;) {
    const now = player.sounding.B;
    const heard = now && now !== before && player.context.currentTime * player.rate >= now.began;
    if (heard) return performance.now() - start;
    if (performance.now() - start > 20000) return null;
    await new Promise((done) => setTimeout(done, 2));
  }
}"""

_FRAMES = """async (seconds) => {
  const timeline = document.querySelector("sh-desk").renderRoot
    .querySelector("sh-song-page").renderRoot.querySelector("sh-timeline");
  const now = () => performance.now();
  const start = now();
  let turn = 0;
  for (; now() - start < seconds * 1000; turn += 1) {
    await new Promise(requestAnimationFrame);
    const { view } = timeline;
    if (turn % 240 < 80) view.zoom(0.96, view.start + view.span * 0.4);
    else if (turn % 240 < 160) view.look(view.start + view.span * 0.01);
    else view.zoom(1.05, view.start + view.span * 0.4);
    timeline.scrollTop = (Math.sin(turn / 50) + 1) / 2 * timeline.scrollHeight;
    timeline.dirty = true;
    timeline.restsAt = now() + 60;
  }
  return turn;
}"""

_EMPTY_FRAMES = """async (seconds) => {
  const start = performance.now();
  let count = 0;
  for (; performance.now() - start < seconds * 1000; count += 1) {
    await new Promise(requestAnimationFrame);
  }
  return count;
}"""


def make_song(folder: Path, count: int, minutes: float) -> Song:
    """A song of many long stems with one finding and one move."""
    stems = folder / "stems"
    stems.mkdir()
    rng = np.random.default_rng(1)
    second = 0.1 * rng.standard_normal((RATE, 1)) * np.exp(-np.arange(RATE) / 9000.0)[:, None]
    for number in range(count):
        with create_audio(stems / f"Stem {number:02d}.wav", RATE, 1, "PCM_16") as sink:
            for at in range(int(minutes * 60)):
                sink.write(second * (0.3 + 0.7 * ((at * 7 + number * 3) % 11) / 11.0))
    song = new_song(folder / "songs" / "Long Song", [stems])
    shutil.rmtree(stems)
    place = minutes * 30.0
    found = Finding("bench", "resonance", ("Stem 00",), "A finding to turn.", 6.0, "dB", 2.0,
                    place, place + 4.0, (900.0, 1100.0))  # fmt: skip
    move = Move("bench", (found.id,), ("Stem 00",), (Eq(bands=(Band("bell", 1000.0, -6.0, 1.0),)),),
                "Bell 1 kHz, -6 dB.")  # fmt: skip
    song.record("listened", {"findings": [found.to_json()], "moves": [move.to_json()]})
    return song


def measure(page: Page, address: str, pid: int) -> list[tuple[str, str]]:
    """Every figure, by name."""
    paints = [_first_paint(page, address) for _ in range(_TURNS)]
    paint, shown = (statistics.median(column) for column in zip(*paints, strict=True))
    page.wait_for_timeout(4000)
    empty = page.context.new_page()
    idle = empty.evaluate(_EMPTY_FRAMES, 5) / 5
    empty.close()
    heap_before = _heap_mb(page)
    sounds = [_space_to_sound(page) for _ in range(_TURNS)]
    frames = _frames(page, pid)
    page.wait_for_timeout(3000)
    settled = _frames(page, pid)
    page.keyboard.press(" ")
    turned = [page.evaluate(_CONTROL_TO_SOUND, 50 + 10 * turn) for turn in range(_TURNS)]
    page.wait_for_timeout(20_000)
    return [
        ("first paint", f"{paint:.0f} ms, the song's findings after {shown:.0f} ms"),
        ("Space to sound", f"{statistics.median(sounds):.0f} ms (worst {max(sounds):.0f})"),
        ("control to sound", f"{statistics.median(turned):.0f} ms (worst {max(turned):.0f})"),
        ("zoom, pan and scroll, first time", frames),
        ("the same again", settled),
        ("an empty page at the same time", f"{idle:.0f} frames/s"),
        ("page's heap", f"{heap_before:.0f} MB, after all of it {_heap_mb(page):.0f} MB"),
        ("server's memory", f"{_resident_mb(pid):.0f} MB"),
        ("load of the machine", f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"),
    ]


def _first_paint(page: Page, address: str) -> tuple[float, float]:
    """Milliseconds to the first paint, and to the findings."""
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector(_READY)
    shown = page.evaluate("performance.now()")
    script = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    return float(page.evaluate(script)), float(shown)


def _space_to_sound(page: Page) -> float:
    page.wait_for_timeout(1500)
    took = float(page.evaluate(_SPACE_TO_SOUND))
    page.wait_for_timeout(500)
    page.keyboard.press(" ")
    return took


def _frames(page: Page, pid: int) -> str:
    """Frames a second, and the processor time of the whole browser for each."""
    before = _browser_cpu_s(pid)
    count = page.evaluate(_FRAMES, _FRAMES_S)
    spent_ms = 1000.0 * (_browser_cpu_s(pid) - before) / count
    return f"{count / _FRAMES_S:.0f} frames/s, {spent_ms:.0f} ms of processor time each"


def _browser_cpu_s(desk_pid: int) -> float:
    """Processor time of all processes below this one, the desk left out."""
    rows = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            rows[int(path.parent.name)] = int(fields[1]), int(fields[11]) + int(fields[12])

    def ours(pid: int) -> bool:
        while pid in rows and pid != os.getpid():
            pid = rows[pid][0]
        return pid == os.getpid()

    ticks = sum(spent for pid, (_, spent) in rows.items() if pid != desk_pid and ours(pid))
    return ticks / os.sysconf("SC_CLK_TCK")


def _metric(page: Page, name: str) -> float:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(m["value"] for m in metrics if m["name"] == name))


def _heap_mb(page: Page) -> float:
    page.context.new_cdp_session(page).send("HeapProfiler.collectGarbage")
    return _metric(page, "JSHeapUsedSize") / 1e6


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1000.0


@click.command()
@click.option("--stems", default=60)
@click.option("--minutes", default=8.0)
def main(stems: int, minutes: float) -> None:
    """Print what the desk takes on a long song."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        song = make_song(Path(folder), stems, minutes)
        print(f"{stems} stems of {minutes:g} minutes ({time.perf_counter() - start:.0f} s to make)")
        desk = subprocess.Popen(
            [sys.executable, "-m", "studiohand", "open", str(song.root), "--no-browser"],
            stdout=subprocess.PIPE, text=True,
            env={**os.environ, "STUDIOHAND_SONGS": str(song.root.parent)},
        )  # fmt: skip
        try:
            address = re.search(r"http\S+", desk.stdout.readline()).group(0)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
                    args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
                )
                context = browser.new_context(viewport={"width": 1280, "height": 800})
                page = context.new_page()
                for name, figure in measure(page, address, desk.pid):
                    print(f"{name:34} {figure}")
                browser.close()
        finally:
            desk.terminate()
            desk.wait()


if __name__ == "__main__":
    main()
