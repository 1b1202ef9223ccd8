"""Other versions of a song: what is in them, that they add up, and what they say of themselves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from studiohand.cli.main import studiohand
from studiohand.core.audio import Block
from studiohand.core.errors import BadSetting
from studiohand.core.job import Job
from studiohand.core.outcome import Move
from studiohand.dsp.effects.compressor import Compressor
from studiohand.dsp.effects.dynamic_eq import DynamicEq
from studiohand.dsp.effects.simple import Gain
from studiohand.rights.marks import marks_in
from studiohand.run.release.alternates import Alternate, Wanted, write_alternates
from studiohand.run.songs import deciding
from studiohand.run.songs.collect import new_song
from studiohand.run.songs.splitting import split
from studiohand.song.folder import Song

RATE = 48000
ALL = (Alternate.INSTRUMENTAL, Alternate.A_CAPPELLA, Alternate.TV)


@pytest.fixture
def song(tmp_path: Path, rng: np.random.Generator) -> Song:
    folder = tmp_path / "bounces"
    folder.mkdir()
    for name in ("Kick", "Bass", "Lead Vocal", "Backing Vocals"):
        samples = 0.1 * rng.standard_normal((RATE, 2))
        soundfile.write(folder / f"{name}.wav", samples, RATE, subtype="PCM_24")
    return new_song(tmp_path / "Song", [folder])


def _heard(out: Path, made: dict[str, object], version: str) -> Block:
    rows = made["versions"]
    assert isinstance(rows, list)
    (row,) = [row for row in rows if row["version"] == version]
    return np.asarray(soundfile.read(out / row["file"], always_2d=True)[0])


def _original(song: Song, name: str) -> Block:
    return np.asarray(soundfile.read(song.root / "originals" / f"{name}.wav")[0])


def _accepted(song: Song, move: Move) -> None:
    song.record("listened", {"findings": [], "moves": [move.to_json()]})
    deciding.accept(song, [move.id])


def test_each_version_holds_what_its_name_says(song: Song, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made = write_alternates(song, Wanted(ALL), out, Job())
    drums_and_bass = _original(song, "Kick") + _original(song, "Bass")
    voices = _original(song, "Lead Vocal") + _original(song, "Backing Vocals")
    assert np.abs(_heard(out, made, "instrumental") - drums_and_bass).max() < 1e-7
    assert np.abs(_heard(out, made, "acappella") - voices).max() < 1e-7
    tv = drums_and_bass + _original(song, "Backing Vocals")
    assert np.abs(_heard(out, made, "tv") - tv).max() < 1e-7
    assert made["adds_up"] is True


def test_accepted_moves_are_in_them_and_side_chains_still_hear_what_is_left_out(
    song: Song, tmp_path: Path
) -> None:
    _accepted(song, Move("t", (), ("Kick",), (Gain(-6.0),), "Kick down."))
    duck = Compressor(-40.0, 4.0, attack_ms=1.0, key="Lead Vocal")
    _accepted(song, Move("t", (), ("Bass",), (duck,), "Bass makes room."))
    out = tmp_path / "out"
    made = write_alternates(song, Wanted(ALL), out, Job())
    plain = _original(song, "Kick") * 10 ** (-6 / 20)
    bass = _heard(out, made, "instrumental") - plain
    assert np.sqrt(np.mean(bass**2)) < 0.6 * np.sqrt(np.mean(_original(song, "Bass") ** 2))


def test_a_compressor_on_the_mix_is_said_to_break_the_sum(song: Song, tmp_path: Path) -> None:
    _accepted(song, Move("t", (), ("mix",), (Compressor(-20.0, 2.0),), "Glue."))
    assert write_alternates(song, Wanted(ALL), tmp_path / "out", Job())["adds_up"] is False


def test_a_dynamic_equaliser_on_the_mix_breaks_the_sum_and_a_gain_does_not(
    song: Song, tmp_path: Path
) -> None:
    _accepted(song, Move("t", (), ("mix",), (Gain(-1.0),), "Down."))
    assert write_alternates(song, Wanted(ALL), tmp_path / "out", Job())["adds_up"] is True
    _accepted(song, Move("t", (), ("mix",), (DynamicEq(3000.0, -3.0, -40.0),), "Tame."))
    assert write_alternates(song, Wanted(ALL), tmp_path / "out", Job())["adds_up"] is False


def test_the_clean_version_is_silent_in_the_voices_alone(song: Song, tmp_path: Path) -> None:
    wanted = Wanted((Alternate.CLEAN,), ((0.4, 0.6),))
    out = tmp_path / "out"
    heard = _heard(out, write_alternates(song, wanted, out, Job()), "clean")
    band = _original(song, "Kick") + _original(song, "Bass")
    whole = band + _original(song, "Lead Vocal") + _original(song, "Backing Vocals")
    muted = slice(round(0.4 * RATE), round(0.6 * RATE))
    assert np.abs(heard[muted] - band[muted]).max() < 1e-7
    assert np.abs(heard[: round(0.38 * RATE)] - whole[: round(0.38 * RATE)]).max() < 1e-7


def test_a_song_without_a_voice_has_no_other_versions(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    path = tmp_path / "Kick.wav"
    soundfile.write(path, 0.1 * rng.standard_normal((RATE, 1)), RATE)
    song = new_song(tmp_path / "Song", [path])
    with pytest.raises(BadSetting, match="No stem of the song is a voice"):
        write_alternates(song, Wanted(ALL), tmp_path / "out", Job())
    assert not (tmp_path / "out").exists()


def test_a_clean_version_without_words_is_refused(song: Song, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="--mute"):
        write_alternates(song, Wanted((Alternate.CLEAN,)), tmp_path / "out", Job())


def test_a_word_after_the_end_of_the_song_is_refused(song: Song, tmp_path: Path) -> None:
    wanted = Wanted((Alternate.CLEAN,), ((1.0, 1.2),))
    with pytest.raises(BadSetting, match=r"ends at 1\.0 s"):
        write_alternates(song, wanted, tmp_path / "out", Job())
    assert not (tmp_path / "out").exists()


def test_a_generated_voice_marks_the_versions_it_is_in_and_no_other(
    song: Song, tmp_path: Path
) -> None:
    song.record(
        "origin",
        {"part": "Lead Vocal", "origin": "generated", "basis": "declared", "detail": "SomeModel",
         "by": "the producer", "guide": False},
    )  # fmt: skip
    out = tmp_path / "out"
    made = write_alternates(song, Wanted(ALL), out, Job())
    marked = {row["version"]: bool(marks_in(out / row["file"])) for row in made["versions"]}
    assert marked == {"instrumental": False, "acappella": True, "tv": False}


def test_the_command_writes_them_and_the_ledger_says_so(song: Song, tmp_path: Path) -> None:
    arguments = ["alternates", str(song.root), "--out", str(tmp_path / "o"), "--mute", "0.1-0.2"]
    result = CliRunner().invoke(studiohand, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    names = [row["version"] for row in json.loads(result.stdout)["versions"]]
    assert names == ["instrumental", "acappella", "tv", "clean"]
    assert song.ledger.entries()[-1].kind == "alternates"
    wrong = CliRunner().invoke(studiohand, [*arguments, "--mute", "soon"])
    assert isinstance(wrong.exception, BadSetting)


def test_a_finished_mix_that_was_taken_apart_has_versions_too(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    mix = tmp_path / "finished.wav"
    soundfile.write(mix, 0.1 * rng.standard_normal((2 * RATE, 2)), RATE, subtype="PCM_24")
    song = new_song(tmp_path / "Song", [], mix=mix)
    deciding.accept(song, [split(song, Job(), "sketch", {})[0].id])
    out = tmp_path / "out"
    made = write_alternates(song, Wanted(ALL[:2]), out, Job())
    whole = _heard(out, made, "instrumental") + _heard(out, made, "acappella")
    assert np.abs(whole - soundfile.read(mix)[0]).max() < 1e-6
    assert marks_in(out / made["versions"][1]["file"]), "separated stems say so"
