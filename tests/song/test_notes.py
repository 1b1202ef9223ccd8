"""Intents and comments live in the ledger; jumps through the history are computed from it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studiohand.core.audio import Intent
from studiohand.core.errors import BadSetting, NotAllowed
from studiohand.core.outcome import Move
from studiohand.dsp.effects.simple import Gain
from studiohand.run.songs import deciding
from studiohand.run.songs.collect import new_song
from studiohand.run.songs.material import song_material
from studiohand.run.songs.noting import withdraw, write_comment, write_intent
from studiohand.song.decisions import accepted, decisions
from studiohand.song.folder import Song
from studiohand.song.notes import comments, written_intents

MOVES = [Move("test", (), ("a",), (Gain(-float(db)),), f"{db} dB down") for db in (1, 2, 3)]


@pytest.fixture
def song(tmp_path: Path) -> Song:
    stems = tmp_path / "stems"
    stems.mkdir()
    for name in "ab":
        soundfile.write(stems / f"{name}.wav", np.full((480, 1), 0.1), 48000)
    made = new_song(tmp_path / "song", [stems])
    made.record("listened", {"findings": [], "moves": [move.to_json() for move in MOVES]})
    return made


def _standing(song: Song) -> list[str]:
    return [move.text for move in accepted(song.ledger.entries())]


def test_an_intent_reaches_the_tools_and_can_be_changed_and_taken_back(song: Song) -> None:
    note = write_intent(song, Intent("wall of guitars", 1.0, math.inf, ("a",), blend=True))
    assert song_material(song).intents == (Intent("wall of guitars", 1.0, math.inf, ("a",), True),)
    write_intent(song, Intent("a thinner wall", 1.0, 2.0, ("a",)), note)
    assert list(written_intents(song.ledger.entries())) == [note]
    assert song.intents[0].words == "a thinner wall"
    withdraw(song, note)
    assert song.intents == ()
    song.verify()


def test_intents_in_song_toml_stand_beside_written_ones(song: Song) -> None:
    path = song.root / "song.toml"
    path.write_text(path.read_text() + '\n[[intents]]\nwords = "by hand"\n')
    write_intent(song, Intent("on the page", 0.0, 1.0))
    assert [intent.words for intent in song.intents] == ["by hand", "on the page"]
    assert 'words = "by hand"' in path.read_text()


def test_a_locked_intent_blocks_moves_on_its_stems(song: Song) -> None:
    note = write_intent(song, Intent("do not touch", 0.0, 1.0, ("a",), locked=True))
    with pytest.raises(NotAllowed):
        deciding.accept(song, [MOVES[0].id])
    write_intent(song, Intent("do not touch", 0.0, 1.0, ("b",), locked=True), note)
    deciding.accept(song, [MOVES[0].id])


@pytest.mark.parametrize(
    "intent",
    [Intent(" "), Intent("x", 2.0, 1.0), Intent("x", -1.0), Intent("x", stems=("nobody",)),
     Intent("x" * 501), Intent("x", math.nan)],
)  # fmt: skip
def test_an_intent_that_makes_no_sense_is_refused(song: Song, intent: Intent) -> None:
    lines = len(song.ledger.entries())
    with pytest.raises(BadSetting):
        write_intent(song, intent)
    assert len(song.ledger.entries()) == lines


def test_a_comment_stands_until_it_is_taken_back(song: Song) -> None:
    note = write_comment(song, "vocal too dry here", 12.5)
    assert comments(song.ledger.entries())[note].at_s == 12.5
    withdraw(song, note)
    assert not comments(song.ledger.entries())
    with pytest.raises(BadSetting):
        withdraw(song, note)


def test_a_jump_goes_to_the_state_after_a_decision_and_is_taken_back_as_one(song: Song) -> None:
    for move in MOVES:
        deciding.accept(song, [move.id])
    deciding.jump(song, 1)
    assert _standing(song) == ["1 dB down"]
    deciding.undo_latest(song)
    assert _standing(song) == ["1 dB down", "2 dB down", "3 dB down"]
    song.verify()


def test_a_jump_forward_brings_back_what_stood_then(song: Song) -> None:
    deciding.accept(song, [MOVES[0].id])
    deciding.accept(song, [MOVES[1].id])
    deciding.undo(song, 1)
    deciding.jump(song, 0)
    assert _standing(song) == []
    deciding.jump(song, 2)
    assert _standing(song) == ["1 dB down", "2 dB down"]


def test_what_is_decided_after_a_jump_counts_and_undo_goes_on_from_there(song: Song) -> None:
    deciding.accept(song, [MOVES[0].id])
    deciding.jump(song, 0)
    deciding.accept(song, [MOVES[2].id])
    assert _standing(song) == ["3 dB down"]
    deciding.undo_latest(song)
    assert _standing(song) == []
    assert [d.undone for d in decisions(song.ledger.entries())] == [True, True]


def test_a_jump_to_where_one_is_or_to_nowhere_is_refused(song: Song) -> None:
    deciding.accept(song, [MOVES[0].id])
    for number in (1, 2, -1):
        with pytest.raises(BadSetting):
            deciding.jump(song, number)
