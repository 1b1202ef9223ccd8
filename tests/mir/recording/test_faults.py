from pathlib import Path

import numpy as np
import pytest

from studiohand.core.audio import Block, MemorySource, Role, Track
from studiohand.core.job import Job
from studiohand.core.outcome import Finding, Severity
from studiohand.io.audiofile import open_audio
from studiohand.mir.recording.faultfindings import faults_of
from studiohand.mir.recording.faults import analyse_faults, away_from_tops
from tests import signals
from tests.dsp.damage.test_floor import phrases
from tests.dsp.damage.test_hum import planted

RATE = 48000


def kinds(samples: Block, role: Role = Role.OTHER) -> dict[str, Finding]:
    track = Track("take", MemorySource(samples, RATE), role)
    faults = faults_of("faults", track, analyse_faults(track.source))
    return {fault.finding.kind: fault.finding for fault in faults}


def test_a_clean_take_has_no_faults() -> None:
    assert kinds(phrases(12.0, 2)) == {}


@pytest.mark.parametrize("samples", [np.zeros((RATE, 2)), np.zeros((1, 1)), np.ones((3, 2))])
def test_silence_and_scraps_have_no_faults(samples: Block) -> None:
    assert "hum" not in kinds(samples)
    assert "clicks" not in kinds(samples)


def test_planted_hum_noise_and_offset_are_told_with_place_and_size(
    rng: np.random.Generator,
) -> None:
    found = kinds(phrases(12.0) + planted(50.04, 12.0, -45.0))
    assert found["hum"].value == pytest.approx(50.04, abs=0.05)
    assert found["hum"].unit == "Hz"
    found = kinds(phrases(12.0) + signals.noise(rng, 12.0, RATE, 1, -55.0))
    assert found["noise"].value == pytest.approx(-55.0, abs=1.0)
    assert found["noise"].end_s > found["noise"].start_s
    found = kinds(phrases(12.0) + 0.02)
    assert found["dc"].value == pytest.approx(0.02, abs=0.001)


def test_planted_clicks_and_clipping_are_told(rng: np.random.Generator) -> None:
    clicked = phrases(12.0) + signals.noise(rng, 12.0, RATE, 1, -70.0)
    clicked[20000::60000] += 0.3
    found = kinds(clicked)["clicks"]
    assert found.value == pytest.approx(len(clicked[20000::60000]), abs=1)
    assert found.evidence["at_s"][0] == pytest.approx(20000 / RATE, abs=0.001)
    clipped = np.clip(phrases(12.0), -0.15, 0.15)
    found = kinds(clipped)["clipped"]
    assert found.evidence["level_dbfs"] == pytest.approx(20 * np.log10(0.15), abs=0.1)


def test_a_bass_clipped_a_quarter_of_the_time_is_told_and_a_square_wave_is_not() -> None:
    t = np.arange(12 * RATE, dtype=np.float64) / RATE
    plays = (np.sin(2 * np.pi * 0.4 * t) > 0.0) * np.exp(-(t % 0.5))
    bass = 0.5 * plays * np.sin(2 * np.pi * 55.0 * t) + 1e-4 * np.sin(2 * np.pi * 3000.0 * t)
    on = np.sin(2 * np.pi * 0.4 * t) > 0.0
    square = np.asarray(0.3 * on * np.sign(np.sin(2 * np.pi * 220.0 * t)), np.float64)
    assert "clipped" in kinds(np.clip(np.asarray(bass)[:, None], -0.3, 0.3))
    assert "clipped" not in kinds(np.asarray(square[:, None], float))


def test_the_corners_of_clipping_are_not_clicks() -> None:
    clicks = np.array([[at, 0.1, 9.0] for at in (90, 130, 500, 905, 2000)], float)
    runs = np.array([[100, 110], [120, 125], [300, 900]], float)
    assert away_from_tops(clicks, runs)[:, 0].tolist() == [2000.0]
    assert away_from_tops(clicks, runs, all_known=False)[:, 0].tolist() == []
    assert away_from_tops(clicks, runs[:1])[:, 0].tolist() == [500.0, 905.0, 2000.0]
    assert len(away_from_tops(clicks, runs[:0])) == 5


def test_room_and_sibilance_are_for_voices_only(rng: np.random.Generator) -> None:
    t = np.arange(12 * RATE) / RATE
    wet = (rng.standard_normal(len(t)) * 0.1 * np.exp(-6.9 / 1.2 * (t % 1.5)))[:, None]
    assert kinds(wet, Role.VOCALS)["room"].value == pytest.approx(1.2, rel=0.2)
    assert "room" not in kinds(wet, Role.DRUMS)
    hiss = np.diff(rng.standard_normal(len(t) + 1))[:, None] * 0.2
    ess = phrases(12.0) + hiss * ((t % 2.0) > 1.8)[:, None]
    assert kinds(ess, Role.VOCALS)["sibilance"].severity is Severity.COULD
    assert "sibilance" not in kinds(ess)


def test_clean_multitracks_have_no_must_and_no_hum_noise_or_clipping(corpus: Path) -> None:
    for path in sorted(corpus.glob("multitrack/*/*.flac")):
        source = open_audio(path)
        track = Track(path.stem, source)
        found = faults_of("faults", track, Job().analyse(analyse_faults, [track], "")[0])
        kinds_found = {fault.finding.kind for fault in found}
        assert not kinds_found & {"hum", "noise", "clipped"}, path
        assert all(fault.finding.severity is not Severity.MUST for fault in found), path
