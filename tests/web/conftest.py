"""A running desk with a small song that has findings and moves, and a page of real Chromium."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, Page, expect, sync_playwright

from studiohand.core.outcome import Finding, Move, Severity
from studiohand.dsp.effects.simple import Gain, Offset
from studiohand.run.songs.collect import new_song
from studiohand.song.folder import Song
from studiohand.web.desk import song_id

RATE = 48000
expect.set_options(timeout=30_000)  # a busy machine is slow; no test judges time
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@dataclass(frozen=True)
class Running:
    """A desk in a process of its own."""

    address: str
    folder: Path
    song: Song

    @property
    def origin(self) -> str:
        return self.address.partition("/?")[0]


def small_song(folder: Path, seconds: float = 4.0) -> Song:
    """Three stems; two findings with a move each."""
    rng = np.random.default_rng(3)
    stems = folder / "stems"
    stems.mkdir(parents=True)
    t = np.arange(round(seconds * RATE)) / RATE
    for name, hz in [("bass", 80.0), ("keys", 440.0)]:
        wave = 0.2 * np.sin(2 * np.pi * hz * t)[:, None].repeat(2, axis=1)
        soundfile.write(stems / f"{name}.wav", wave, RATE, subtype="PCM_24")
    soundfile.write(stems / "hats.wav", 0.05 * rng.standard_normal((len(t), 2)), RATE)
    song = new_song(folder / "songs" / "Small Song", [stems])
    loud = Finding("test", "level", ("bass",), "The bass is 6 dB above its place.", 6.0, "dB", 2.0,
                   1.0, 3.0, None, Severity.MUST, 0.9)  # fmt: skip
    late = Finding("test", "late", ("keys",), "The keys are 96 frames late.", 96, "frames", 1,
                   0.5, 1.5, None, Severity.SHOULD, 0.8)  # fmt: skip
    moves = [
        Move("test", (loud.id,), ("bass",), (Gain(-6.0),), "Turn the bass down by 6 dB."),
        Move("test", (late.id,), ("keys",), (Offset(-96),), "Move the keys 96 frames earlier."),
    ]
    song.record(
        "listened",
        {"findings": [loud.to_json(), late.to_json()], "moves": [m.to_json() for m in moves]},
    )
    return song


@pytest.fixture(scope="session")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("desk")
    yield from served(folder, small_song(folder))


@pytest.fixture
def running(shared_desk: Running) -> Iterator[Running]:
    """The desk on a song that no other test has touched."""
    original = shared_desk.song.root
    copied = shutil.copytree(original, original.with_name(f"{original.name} {uuid4().hex[:8]}"))
    address = shared_desk.address.replace(song_id(original), song_id(copied))
    yield Running(address, shared_desk.folder, Song(copied))
    shutil.rmtree(copied, ignore_errors=True)  # the desk may still be drawing for it


def served(folder: Path, song: Song, around: Mapping[str, str] | None = None) -> Iterator[Running]:
    """A desk on a song in a process of its own, ended with the test; `around` is environment."""
    songs = {"STUDIOHAND_SONGS": str(folder / "songs")}
    env = {**os.environ, "PYTHONPATH": "src", **songs, **(around or {})}
    process = subprocess.Popen(
        [sys.executable, "-m", "studiohand", "open", str(song.root), "--no-browser"],
        stdout=subprocess.PIPE, text=True, env=env,
    )  # fmt: skip
    assert process.stdout is not None
    found = re.search(r"http\S+", process.stdout.readline())
    assert found
    yield Running(found.group(0), folder, song)
    process.terminate()
    process.wait()
    process.stdout.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        assert not os.environ.get("CI"), "Chromium must be there in CI"
        pytest.skip(
            "LOUD: no Chromium, so the screen was not tested (Debian: apt install chromium)"
        )
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, running: Running) -> Iterator[Page]:
    yield from opened_page(browser, running)


def opened_page(browser: Browser, running: Running) -> Iterator[Page]:
    """A page on the desk; any fault in the console or request elsewhere fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on(
        "console",
        lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None,
    )
    opened.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((running.origin, "data:", "blob:"))
            else faults.append(f"a request left the desk: {request.url}")
        ),
    )
    opened.goto(running.address)
    opened.wait_for_selector("sh-finding-list button")
    yield opened
    context.close()
    assert not faults
