"""A song's finished mix taken apart by moves: proposed, decided, rendered, undone, verified."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studiohand.cli.main import run
from studiohand.core.audio import Block, read_all
from studiohand.core.errors import BadSetting, Corrupt
from studiohand.core.job import Job
from studiohand.core.outcome import Move
from studiohand.dsp.effects.derivesteps import Extract, Rebalance, Separate
from studiohand.dsp.effects.simple import Gain
from studiohand.rights.account import Operation, account
from studiohand.rights.marks import marks_in
from studiohand.run.songs import deciding
from studiohand.run.songs.collect import new_song
from studiohand.run.songs.deriving import as_heard
from studiohand.run.songs.material import song_material
from studiohand.run.songs.rendering import render
from studiohand.run.songs.splitting import split
from studiohand.song.decisions import accepted, moves_with_state
from studiohand.song.folder import CACHE, Song
from tests.signals import clicks, noise, sine

RATE = 44100


@pytest.fixture
def mix(tmp_path: Path, rng: np.random.Generator) -> Path:
    samples = sine(330.0, 2.0, RATE, -14.0, 2) + clicks(2 * RATE, RATE // 4)
    place = tmp_path / "Final Mix.wav"
    soundfile.write(place, samples + noise(rng, 2.0, RATE, db=-50.0), RATE, subtype="PCM_24")
    return place


@pytest.fixture
def song(tmp_path: Path, mix: Path) -> Song:
    return new_song(tmp_path / "song", [], mix=mix)


def offered(song: Song, **levels: float) -> dict[type, Move]:
    """The proposed moves by the kind of their step."""
    moves = split(song, Job(), "sketch", levels)
    return {type(m.steps[0]): m for m in moves if "Instrumental" not in m.text}


def propose(song: Song, move: Move) -> None:
    song.record("proposed", {"tool": "t", "findings": [], "moves": [move.to_json()]})


def taken(song: Song) -> tuple[Path, Block]:
    folder, _ = render(song, Job())
    return folder, soundfile.read(folder / "mix.wav", always_2d=True)[0]


def test_a_level_change_moves_one_stem_inside_the_mix_and_nothing_else(song: Song) -> None:
    before = taken(song)[1]
    rebalance = offered(song, drums=1.5)[Rebalance]
    deciding.accept(song, [rebalance.id])
    drums = _separated(song, "drums")
    wanted = before + (10 ** (1.5 / 20) - 1) * drums
    assert np.abs(taken(song)[1] - wanted).max() < 1e-6
    deciding.undo(song)
    assert np.array_equal(taken(song)[1], before)


def test_half_the_amount_is_half_the_decibels(song: Song) -> None:
    before = taken(song)[1]
    deciding.accept(song, [offered(song, drums=3.0)[Rebalance].id], 50.0)
    wanted = before + (10 ** (1.5 / 20) - 1) * _separated(song, "drums")
    assert np.abs(taken(song)[1] - wanted).max() < 1e-6


def test_a_mix_taken_apart_is_stems_that_add_up_to_it_and_can_be_moved(song: Song) -> None:
    before = taken(song)[1]
    move = offered(song)[Separate]
    deciding.accept(song, [move.id])
    folder, apart = taken(song)
    names = sorted(path.stem for path in (folder / "stems").iterdir())
    assert names == ["bass", "drums", "other", "residual", "vocals"]
    assert 20 * np.log10(np.abs(apart - before).max() + 1e-12) < -120.0
    louder = Move("t", (), ("drums",), (Gain(6.0),), "drums up")
    propose(song, louder)
    deciding.accept(song, [louder.id])
    wanted = before + (10 ** (6 / 20) - 1) * _separated(song, "drums")
    assert np.abs(taken(song)[1] - wanted).max() < 1e-6
    song.verify()


def test_instrumental_and_a_cappella_are_takes_that_add_up_to_the_mix(song: Song) -> None:
    before = taken(song)[1]
    moves = split(song, Job(), "sketch", {})
    takes = []
    for move in [m for m in moves if isinstance(m.steps[0], Extract)]:
        deciding.accept(song, [move.id])
        takes.append(taken(song)[1])
        deciding.undo(song)
    assert len(takes) == 2
    assert np.abs(sum(takes) - before).max() < 1e-6
    assert np.abs(takes[1] - _separated(song, "vocals")).max() < 1e-6


def test_a_take_says_what_a_model_made_and_where_it_can_be_trusted(song: Song) -> None:
    deciding.accept(song, [split(song, Job(), "studio4", {})[0].id])
    folder, body = render(song, Job())
    assert body["separations"][0]["model"] == "studio4"
    assert body["separations"][0]["null_dbfs"] < -120.0
    assert body["separations"][0]["trust"]["other"]
    assert "studio4" in marks_in(folder / "stems" / "vocals.wav")[0].detail
    deeds = account(song).deeds
    assert [d.verdict for d in deeds if d.operation is Operation.SEPARATION] == ["done", "accepted"]


def test_a_lost_cache_is_made_again_with_the_same_bytes(song: Song) -> None:
    deciding.accept(song, [offered(song, vocals=-2.0)[Rebalance].id])
    first = taken(song)[0] / "mix.wav"
    shutil.rmtree(song.root / CACHE)
    assert (taken(song)[0] / "mix.wav").read_bytes() == first.read_bytes()


def test_other_weights_than_the_moves_do_not_run(song: Song) -> None:
    move = offered(song)[Separate]
    stale = Move("split", (), move.targets, (Separate("sketch", "0" * 64),), "old")
    propose(song, stale)
    deciding.accept(song, [stale.id])
    with pytest.raises(Corrupt, match="not the version"):
        render(song, Job())


def test_two_models_on_one_file_are_refused(song: Song) -> None:
    first = offered(song)[Separate]
    second = split(song, Job(), "studio4", {})[0]
    deciding.accept(song, [first.id, second.id])
    with pytest.raises(BadSetting, match="two different models"):
        render(song, Job())


def test_the_desk_hears_what_the_take_will_be(song: Song) -> None:
    deciding.accept(song, [offered(song, drums=-6.0)[Rebalance].id])
    moved = as_heard(song, song_material(song), accepted(song.ledger.entries()))
    assert np.abs(read_all(moved.stems[0].source) - taken(song)[1]).max() < 1e-6


def test_a_stem_can_be_taken_apart_where_a_song_has_stems(tmp_path: Path, mix: Path) -> None:
    song = new_song(tmp_path / "other", [mix])
    with pytest.raises(BadSetting, match="has stems already"):
        split(song, Job(), "sketch", {})
    move = split(song, Job(), "sketch", {}, "Final Mix")[0]
    deciding.accept(song, [move.id])
    assert (taken(song)[0] / "stems" / "residual.wav").exists()


def test_the_command_proposes_and_decides_nothing(
    tmp_path: Path, mix: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = str(tmp_path / "song")
    assert run(["new", place, "--mix", str(mix)]) == 0
    capsys.readouterr()
    assert run(["split", place, "--model", "sketch", "--levels", "vocals=1.5", "--json"]) == 0
    moves = json.loads(capsys.readouterr().out)["moves"]
    assert [m["steps"][0]["do"] for m in moves] == ["separate", "extract", "extract", "rebalance"]
    rows = moves_with_state(Song(Path(place)).ledger.entries())
    assert {row["state"] for row in rows} == {"open"}
    assert run(["split", place, "--levels", "kazoo=1"]) == 2
    assert run(["split", place, "--levels", "vocals=loud"]) == 2


def _separated(song: Song, stem: str) -> Block:
    (place,) = (song.root / CACHE / "separated").glob(f"*/{stem}.wav")
    samples: Block = soundfile.read(place, always_2d=True)[0]
    return samples
