"""What a cutting lathe would stumble over, and the moves that mend it."""

from __future__ import annotations

import numpy as np
import pytest

from studiohand.core.audio import Block, Material, MemorySource, Track
from studiohand.core.job import Job
from studiohand.core.outcome import Outcome
from studiohand.run.files.single import processed_file
from studiohand.tools.vinyl import VinylSettings, vinyl
from tests.signals import pink, sine

RATE = 44100


def _look(sound: Block, **limits: float) -> tuple[Material, Outcome]:
    material = Material(rate=RATE, file=Track("master", MemorySource(sound, RATE)))
    return material, vinyl.run(Job(), material, VinylSettings(**limits))


def _again(material: Material, outcome: Outcome) -> Outcome:
    source = processed_file(material, outcome.moves, 100.0)
    again = Material(rate=RATE, file=Track("master", source))
    return vinyl.run(Job(), again, VinylSettings())


def _music(rng: np.random.Generator, seconds: float = 12.0) -> Block:
    """Pink noise, mostly in the middle, as loud as music."""
    middle, sides = (pink(rng, seconds, RATE, 1, db) for db in (-16.0, -28.0))
    return np.hstack([middle + sides, middle - sides])


def _hisses(rng: np.random.Generator, sound: Block, db: float) -> Block:
    """Bursts of a tenth of a second between 5.5 and 9.5 kHz while nothing else sounds."""
    spectrum = np.fft.rfft(rng.standard_normal(len(sound)))
    hz = np.fft.rfftfreq(len(sound), 1.0 / RATE)
    spectrum[(hz < 5500.0) | (hz > 9500.0)] = 0.0
    band = np.fft.irfft(spectrum, len(sound))
    band *= 10 ** (db / 20) / np.sqrt(np.mean(band**2))
    out = sound.copy()
    for start in np.arange(0.5, len(sound) / RATE - 0.5, 1.3):
        span = slice(round(start * RATE), round((start + 0.12) * RATE))
        window = np.hanning(span.stop - span.start)
        out[span] = out[span] * 0.05 + (band[span] * window)[:, None]
    return out


def test_a_sound_master_has_nothing_to_fix(rng: np.random.Generator) -> None:
    _, outcome = _look(_music(rng))
    assert outcome.findings == ()
    assert outcome.moves == ()


def test_bass_out_of_phase_is_found_where_it_is_and_mended(rng: np.random.Generator) -> None:
    sound = _music(rng)
    tone = sine(55.0, 3.0, RATE, -8.0)
    sound[4 * RATE : 7 * RATE] += np.hstack([tone, -tone])
    material, outcome = _look(sound)
    (found,) = outcome.findings
    assert (found.kind, found.unit) == ("mono_loss", "dB")
    assert found.start_s == pytest.approx(4.0, abs=0.5)
    assert found.end_s == pytest.approx(7.0, abs=0.5)
    assert found.value is not None
    assert found.value > 6.0
    assert _again(material, outcome).findings == ()


def test_hard_sibilants_are_found_and_brought_to_the_limit(rng: np.random.Generator) -> None:
    material, outcome = _look(_hisses(rng, _music(rng), -6.0))
    (found,) = outcome.findings
    assert found.kind == "sibilance"
    (move,) = outcome.moves
    assert move.steps[0].do == "deess"
    mended = _again(material, outcome).facts["treble_bursts_db"]
    assert mended == pytest.approx(move.predicted["treble_bursts_db"], abs=0.1)
    assert mended <= VinylSettings().treble_limit_db + 0.5


def test_what_no_de_esser_may_touch_is_said_and_left(rng: np.random.Generator) -> None:
    """A snare: more between 0.2 and 4 kHz than above, so it is no sibilant."""
    bursts = _hisses(rng, _music(rng), -9.0)
    tone = sine(1500.0, 0.12, RATE, -3.0)
    for start in np.arange(0.5, len(bursts) / RATE - 0.5, 1.3):
        at = round(start * RATE)
        bursts[at : at + len(tone)] += tone * np.hanning(len(tone))[:, None]
    _, outcome = _look(bursts, treble_limit_db=4.0)
    (found,) = outcome.findings
    assert found.kind == "sibilance"
    assert "No de-esser helps" in found.text
    assert outcome.moves == ()


def test_mono_and_silent_files_have_nothing_to_fix(rng: np.random.Generator) -> None:
    assert _look(_music(rng)[:, :1])[1].findings == ()
    assert _look(np.zeros((RATE, 2)))[1] == Outcome()
