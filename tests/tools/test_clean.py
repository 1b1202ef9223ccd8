import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studiohand.cli.main import run
from studiohand.core.audio import Material, MemorySource, Track
from studiohand.core.errors import MissingPart
from studiohand.core.job import Job
from studiohand.models import voicenoise
from studiohand.run.songs.collect import new_song
from studiohand.run.songs.proposing import propose
from studiohand.tools.clean import TOOL, CleanSettings
from tests import signals
from tests.dsp.cleaning.test_cleaners import si_sdr
from tests.dsp.damage.test_clicks import with_clicks
from tests.dsp.damage.test_floor import phrases
from tests.dsp.damage.test_hum import planted

RATE = 48000


def write(path: Path, samples: object) -> Path:
    soundfile.write(path, samples, RATE, subtype="FLOAT")
    return path


def read(path: Path) -> np.ndarray:
    samples, rate = soundfile.read(path, always_2d=True)
    assert rate == RATE
    return np.asarray(samples)


def test_hum_noise_and_clicks_are_cleaned_together(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    music = phrases(10.0, 2)
    dirty = music + planted(50.03, 10.0, -45.0) + signals.noise(rng, 10.0, RATE, 2, -58.0)
    dirty, _ = with_clicks(dirty, rng, 12, 0.3)
    file, out = write(tmp_path / "take.wav", dirty), tmp_path / "out" / "clean.wav"
    assert run(["clean", str(file), "--out", str(out)]) == 0
    assert si_sdr(music, read(out)) > si_sdr(music, dirty) + 12.0


def test_a_clean_file_and_an_amount_of_nothing_come_out_bit_for_bit(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    music = phrases(10.0)
    out = tmp_path / "out.wav"
    assert run(["clean", str(write(tmp_path / "a.wav", music)), "--out", str(out)]) == 0
    assert np.array_equal(read(out), read(tmp_path / "a.wav"))
    noisy = write(tmp_path / "b.wav", music + signals.noise(rng, 10.0, RATE, 1, -50.0))
    assert run(["clean", str(noisy), "--out", str(out), "--amount", "0"]) == 0
    assert np.array_equal(read(out), read(noisy))


def test_only_what_is_asked_for_is_cleaned(rng: np.random.Generator) -> None:
    dirty = phrases(10.0) + planted(60.0, 10.0, -45.0) + signals.noise(rng, 10.0, RATE, 1, -58.0)
    material = Material(RATE, file=Track("take", MemorySource(dirty, RATE)))
    kinds = {f.kind for f in TOOL.run(Job(), material, CleanSettings()).findings}
    assert kinds == {"hum", "noise"}
    outcome = TOOL.run(Job(), material, CleanSettings(only=("hum",)))
    assert [f.kind for f in outcome.findings] == ["hum"]
    assert [step.do for move in outcome.moves for step in move.steps] == ["dehum"]
    assert outcome.moves[0].because == (outcome.findings[0].id,)


def test_an_unknown_fault_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "a.wav", phrases(1.0))
    assert run(["clean", str(file), "--only", "rattle"]) == 2
    assert "--only" in capsys.readouterr().err


def test_the_amount_is_held_where_the_harm_would_exceed_the_ceiling(
    rng: np.random.Generator,
) -> None:
    dirty = phrases(10.0) + signals.noise(rng, 10.0, RATE, 1, -50.0)
    material = Material(RATE, file=Track("take", MemorySource(dirty, RATE)))
    (free,) = TOOL.run(Job(), material, CleanSettings(only=("noise",))).moves
    assert free.amount_percent == 100.0
    assert 0.0 <= free.predicted["harm_percent"] <= 40.0
    (held,) = TOOL.run(Job(), material, CleanSettings(only=("noise",), most_harm_percent=1)).moves
    assert held.amount_percent < 100.0
    assert "Held at" in held.text


def test_noise_the_producer_points_at_is_taken_from_there(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    music = phrases(10.0)
    music[: RATE // 2] = 0.0
    dirty = music + signals.noise(rng, 10.0, RATE, 1, -75.0)
    file, out = write(tmp_path / "a.wav", dirty), tmp_path / "out.wav"
    words = ["clean", str(file), "--out", str(out), "--only", "noise"]
    assert run([*words, "--noise-from", "0-0.4"]) == 0
    assert si_sdr(music, read(out)) > si_sdr(music, dirty) + 4.0
    assert run([*words, "--noise-from", "later"]) == 2
    assert run([*words, "--noise-from", "30-31"]) == 2


def test_a_selection_is_cleaned_and_the_difference_can_be_heard(
    tmp_path: Path, rng: np.random.Generator, capsys: pytest.CaptureFixture[str]
) -> None:
    dirty = phrases(12.0, 2) + signals.noise(rng, 12.0, RATE, 2, -50.0)
    file = write(tmp_path / "a.wav", dirty)
    out, delta = tmp_path / "out.wav", tmp_path / "delta.wav"
    words = ["clean", str(file), "--span", "2-10", "--out", str(out), "--delta", str(delta)]
    assert run([*words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [step["do"] for move in document["moves"] for step in move["steps"]] == ["selection"]
    assert all(2.0 <= finding["start_s"] < 10.0 for finding in document["findings"])
    given, cleaned = read(file), read(out)
    assert np.array_equal(cleaned[: 2 * RATE], given[: 2 * RATE])
    assert np.array_equal(cleaned[10 * RATE :], given[10 * RATE :])
    assert np.std(read(delta)[3 * RATE : 9 * RATE]) > 10 ** (-55 / 20)
    assert np.allclose(cleaned + read(delta), given, atol=1e-7)


@pytest.mark.parametrize("settings", [CleanSettings(), CleanSettings(only=("noise",))])
def test_noise_beside_a_hum_is_cleaned_as_it_is_without(
    rng: np.random.Generator, settings: CleanSettings
) -> None:
    noisy = phrases(10.0) + signals.noise(rng, 10.0, RATE, 1, -50.0)
    humming = noisy + planted(50.03, 10.0, -40.0)
    predicted = {}
    for name, dirty in (("noisy", noisy), ("humming", humming)):
        material = Material(RATE, file=Track("take", MemorySource(dirty, RATE)))
        moves = TOOL.run(Job(), material, settings).moves
        (move,) = (m for m in moves if m.steps[0].do == "denoise")
        assert move.amount_percent == 100.0
        predicted[name] = move.predicted["removed_db"]
    assert predicted["humming"] == pytest.approx(predicted["noisy"], abs=1.0)


def test_what_is_found_in_a_selection_is_placed_in_the_file(rng: np.random.Generator) -> None:
    clicking, at = with_clicks(phrases(10.0), rng, 12, 0.3)
    material = Material(RATE, file=Track("take", MemorySource(clicking, RATE)))
    outcome = TOOL.run(Job(), material, CleanSettings(only=("clicks",), span="4-9"))
    (finding,) = outcome.findings
    loudest_s = float(finding.text.split("is at ")[1].removesuffix(" s."))
    assert np.abs(np.array(at) / RATE - loudest_s).min() < 0.01
    assert 4.0 <= loudest_s <= 9.0
    assert outcome.moves[0].because == (finding.id,)


def test_plosives_of_a_voice_are_cleaned_only_by_name(rng: np.random.Generator) -> None:
    t = np.arange(10 * RATE) / RATE
    burst = 0.4 * np.sin(2 * np.pi * 70.0 * t) * np.exp(-(((t % 2.5 - 0.3) / 0.03) ** 2))
    sound = phrases(10.0) + burst[:, None]
    material = Material(RATE, file=Track("Lead Vox", MemorySource(sound, RATE)))
    assert "plosives" not in {f.kind for f in TOOL.run(Job(), material, CleanSettings()).findings}
    outcome = TOOL.run(Job(), material, CleanSettings(only=("plosives",)))
    assert [finding.kind for finding in outcome.findings] == ["plosives"]
    assert len(outcome.findings[0].evidence["at_s"]) == 4
    assert [step.do for move in outcome.moves for step in move.steps] == ["deplosive"]


def test_a_model_that_the_song_forbids_gives_no_opinion(
    tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def open_network() -> None:
        asked.append("here")
        raise MissingPart("It is not here.")

    monkeypatch.setattr(voicenoise, "open_network", open_network)
    noisy = phrases(10.0) + signals.noise(rng, 10.0, RATE, 1, -50.0)
    song = new_song(tmp_path / "Song", [write(tmp_path / "take.wav", noisy)])
    settings = CleanSettings(only=("noise",))
    assert propose(song, TOOL, settings, Job()).moves
    assert asked == ["here"]
    with (song.root / "song.toml").open("a") as file:
        file.write('models = "documented"\n')
    assert propose(song, TOOL, settings, Job()).moves
    assert asked == ["here"]
