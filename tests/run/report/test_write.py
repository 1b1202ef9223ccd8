"""The report: one file, no network, level-matched, and true numbers."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from studiohand.core.audio import Block, MemorySource
from studiohand.core.job import Job
from studiohand.run.release.delivery import Title, deliver
from studiohand.run.report.look import look
from studiohand.run.report.write import Contents, write_report
from tests.signals import pink, sine

RATE = 48_000


@pytest.fixture
def mix(rng: np.random.Generator) -> Block:
    return pink(rng, 8.0, RATE, 2, -26.0)


def test_before_and_after_are_shown_and_heard_level_matched(mix: Block, tmp_path: Path) -> None:
    after, before = MemorySource(2.0 * mix, RATE), MemorySource(mix, RATE)
    told = write_report(Job(), tmp_path / "r.html", after, before, Contents("A & B"))
    text = (tmp_path / "r.html").read_text("utf-8")
    assert told["matched_by_db"] == {"before": 0.0, "after": pytest.approx(-6.02, abs=0.01)}
    assert "before is drawn +6.0 dB" in text
    assert "slope of +4.5 dB per octave" in text
    assert "before +0.0 dB, after -6.0 dB" in text
    assert "A &amp; B" in text
    drawn = dict(re.findall(r'<path class="(before|after)" d="([^"]+)"', _figure(text, "Spectrum")))
    assert drawn["before"] == drawn["after"]


def test_the_file_needs_nothing_but_itself(mix: Block, tmp_path: Path) -> None:
    source = MemorySource(mix, RATE)
    write_report(Job(), tmp_path / "r.html", source, source, Contents("x"))
    text = (tmp_path / "r.html").read_text("utf-8")
    assert not re.search(r"(src|href)\s*=|@import|url\(|https?://", text)
    for picture in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        ElementTree.fromstring(picture)


def test_pink_noise_falls_by_three_decibels_an_octave(rng: np.random.Generator) -> None:
    seen = look(Job(), MemorySource(pink(rng, 20.0, RATE, 1, -20.0), RATE), "")
    octaves = np.log2(seen.band_hz / 1000.0)
    inside = (seen.band_hz > 100.0) & (seen.band_hz < 10_000.0)
    slope = np.polyfit(octaves[inside], seen.band_db[inside], 1)[0]
    assert slope == pytest.approx(0.0, abs=0.3)  # equal power in bands of equal width on this axis


def test_the_spectrum_of_a_sine_has_its_level_in_its_band() -> None:
    seen = look(Job(), MemorySource(sine(1000.0, 4.0, RATE, -20.0, 1), RATE), "")
    best = int(np.argmax(seen.band_db))
    assert seen.band_hz[best] == pytest.approx(1000.0, rel=0.06)
    assert seen.band_db[best] == pytest.approx(-23.0, abs=0.7)


@pytest.mark.parametrize("frames", [1, 1000, 60_000])
def test_silence_and_short_songs_have_a_report(frames: int, tmp_path: Path) -> None:
    silent = MemorySource(np.zeros((frames, 1)), 44_100)
    told = write_report(Job(), tmp_path / "r.html", silent, silent, Contents("silence"))
    assert told["after"]["integrated_lufs"] is None
    assert "no change of level is known" in (tmp_path / "r.html").read_text("utf-8")


def test_what_was_done_and_delivered_stands_in_it(mix: Block, tmp_path: Path) -> None:
    source = MemorySource(mix, RATE)
    places = deliver(Job(), source, tmp_path, ["deezer"], Title("Song"))
    codecs = [{"codec": "mp3-128", "true_peak_after_dbtp": -0.4, "text": "as Deezer plays it"}]
    contents = Contents("Song", ["Gain <+6.0 dB>"], codecs, places)
    write_report(Job(), tmp_path / "report.html", source, None, contents)
    text = (tmp_path / "report.html").read_text("utf-8")
    assert "Gain &lt;+6.0 dB&gt;" in text
    assert "-0.4 dBTP" in text
    assert places[0]["files"][0]["sha256"] in text
    assert "<script" not in text


def _figure(text: str, title: str) -> str:
    found = re.search(rf"<figure><figcaption>{title}</figcaption>.*?</figure>", text, re.DOTALL)
    assert found
    return found[0]
