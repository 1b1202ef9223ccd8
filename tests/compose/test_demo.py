"""The demo song as a session of files."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import numpy as np
import pytest

from studiohand.compose import demo, render
from studiohand.compose.sound import RATE
from studiohand.core.audio import read_all
from studiohand.core.job import Job
from studiohand.dsp.meters.loudness import LoudnessMeter
from studiohand.io.audiofile import open_audio
from studiohand.run.jobs.workers import all_cores


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> demo.Session:
    with all_cores() as workers:
        return demo.make(tmp_path_factory.mktemp("demo"), Job(workers=workers))


def _samples(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return read_all(open_audio(path))


def test_there_are_at_least_twelve_stems_over_at_least_forty_seconds(
    session: demo.Session,
) -> None:
    assert len(session.stems) >= 12
    assert all(open_audio(path).frames / open_audio(path).rate > 45 for path in session.stems)


def test_the_rough_mix_is_as_loud_as_a_rough_mix(session: demo.Session) -> None:
    mix = _samples(session.mix)
    meter = LoudnessMeter(RATE, 2)
    meter.update(mix)
    loudness = meter.integrated_lufs()
    assert loudness is not None
    assert loudness == pytest.approx(-16.0, abs=0.7)
    assert 20 * math.log10(np.abs(mix).max()) < -0.5


def test_the_chorus_is_louder_than_the_verse_and_the_break_quieter(session: demo.Session) -> None:
    mix = _samples(session.mix)
    spans = {"verse": (9, 25), "chorus": (26, 34), "break": (35, 40), "last": (43, 60)}
    level = {name: np.std(mix[a * RATE : b * RATE]) for name, (a, b) in spans.items()}
    assert level["break"] < level["verse"] < level["chorus"] <= level["last"] * 1.2


def test_every_planted_fault_names_a_file_that_is_there(session: demo.Session) -> None:
    names = {path.stem for path in session.stems}
    assert {fault.stems[0] for fault in session.planted} <= names
    assert len({fault.kind for fault in session.planted}) >= 12


def test_planted_faults_are_in_the_files(session: demo.Session) -> None:
    heard = {path.stem: _samples(path) for path in session.stems}
    assert not heard["Gtr Solo"].any()
    assert heard["Synth Arp"].mean() == pytest.approx(0.02, abs=0.002)
    assert np.array_equal(heard["Kick In"][:, 0], heard["Kick In"][:, 1])
    assert not heard["Bass Amp"][:411].any()
    assert np.allclose(heard["Keys 2"] * 10 ** (3 / 20), heard["Rhodes"], atol=1e-6)


def test_the_same_players_play_the_same_bytes_again() -> None:
    def digest(number: int) -> list[str]:
        return [hashlib.sha256(s.samples.tobytes()).hexdigest() for s in render.played_by(number)]

    assert digest(1) == digest(1)
    assert digest(6) == digest(6)


def test_no_stem_is_near_full_scale_or_off_centre(session: demo.Session) -> None:
    spoiled = {stem for fault in session.planted for stem in fault.stems}
    for path in session.stems:
        if path.stem not in spoiled:
            samples = _samples(path)
            assert np.abs(samples).max() < 0.8, path.stem
            assert abs(samples.mean()) < 1e-4, path.stem
