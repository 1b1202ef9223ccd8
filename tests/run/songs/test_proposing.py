"""A tool asked for by name on a song: its moves are decided, heard and rendered like all others."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from studiohand.cli.main import studiohand
from studiohand.core.audio import read_all
from studiohand.core.errors import BadSetting, CannotRead
from studiohand.core.job import Job
from studiohand.core.outcome import Move
from studiohand.dsp.effects.simple import Gain
from studiohand.run.songs import deciding
from studiohand.run.songs.collect import add_to_song, new_song
from studiohand.run.songs.listening import listen
from studiohand.run.songs.material import song_material
from studiohand.run.songs.proposing import mix_now, propose
from studiohand.run.songs.rendering import render
from studiohand.song.decisions import moves_with_state, proposed
from studiohand.song.folder import CACHE, Song
from studiohand.tools import find_tools
from tests.signals import pink

RATE = 44100


@pytest.fixture
def song(tmp_path: Path, rng: np.random.Generator) -> Song:
    """Two dull stems and a bright reference."""
    folder = tmp_path / "stems"
    folder.mkdir()
    for name in ("keys", "guitar"):
        sound = pink(rng, 12.0, RATE, 2, -24.0)
        dull = np.apply_along_axis(lambda x: np.convolve(x, np.ones(8) / 8, "same"), 0, sound)
        soundfile.write(folder / f"{name}.wav", dull, RATE, subtype="FLOAT")
    bright = tmp_path / "bright.wav"
    soundfile.write(bright, np.clip(pink(rng, 12.0, RATE, 2, -18.0), -1, 1), RATE)
    return new_song(tmp_path / "Song", [folder], references=[bright])


def _match(song: Song) -> list[dict[str, object]]:
    tool = find_tools()["match"]
    propose(song, tool, tool.settings(), Job())
    return moves_with_state(song.ledger.entries())


def test_moves_of_a_file_tool_become_moves_on_the_mix_bus_and_render_there(song: Song) -> None:
    rows = _match(song)
    assert rows
    assert all(row["targets"] == ["mix"] for row in rows)
    (tone,) = [row for row in rows if row["steps"][0]["do"] == "eq"]  # type: ignore[index]
    deciding.accept(song, [str(tone["id"])])
    folder, _ = render(song, Job())
    heard = soundfile.read(folder / "mix.wav")[0]
    stems = sum(soundfile.read(p)[0] for p in sorted((folder / "stems").glob("*.wav")))
    treble = [np.abs(np.fft.rfft(x[:, 0]))[len(x) // 4 :].mean() for x in (heard, stems)]
    assert treble[0] > 1.3 * treble[1]
    song.verify()


def test_the_mix_that_is_heard_has_the_accepted_moves(song: Song) -> None:
    song.record(
        "listened",
        {"findings": [], "moves": [Move("t", (), ("keys",), (Gain(-6.0),), "Down.").to_json()]},
    )
    material = song_material(song)
    before, key = mix_now(song, material, Job())
    deciding.accept(song, [moves_with_state(song.ledger.entries())[0]["id"]])
    after, other = mix_now(song, material, Job())
    keys, guitar = (read_all(track.source) for track in song_material(song).stems[::-1])
    assert key != other
    assert np.abs(read_all(before) - (keys + guitar)).max() < 1e-6
    assert np.abs(read_all(after) - (10 ** (-6 / 20) * keys + guitar)).max() < 1e-6
    assert mix_now(song, material, Job())[0].path == after.path


def test_only_the_latest_mixes_are_kept(song: Song) -> None:
    material = song_material(song)
    for db in range(1, 8):
        move = Move("t", (), ("keys",), (Gain(db),), "Up.")
        song.record("listened", {"findings": [], "moves": [move.to_json()]})
        deciding.accept(song, [move.id])
        mix_now(song, material, Job())
    assert len(list((song.root / CACHE).glob("mix-*.wav"))) == 4


def test_the_same_tool_asked_again_takes_the_place_of_what_it_said(song: Song) -> None:
    first = proposed(song.ledger.entries())
    _match(song)
    second = proposed(song.ledger.entries())
    _match(song)
    assert proposed(song.ledger.entries()) == second
    assert first != second


def test_listening_again_leaves_what_was_asked_for(song: Song) -> None:
    rows = _match(song)
    listen(song, Job())
    kept = {row["id"] for row in moves_with_state(song.ledger.entries())}
    assert {row["id"] for row in rows} <= kept


def test_the_command_for_a_file_takes_a_song(song: Song) -> None:
    run = CliRunner().invoke
    result = run(studiohand, ["match", str(song.root), "--json"])
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["song"] == "Song"
    assert [m["id"] for m in said["moves"]] == [
        m["id"] for m in moves_with_state(song.ledger.entries())
    ]
    wrong = run(studiohand, ["match", str(song.root), "--out", "x.wav"])
    assert isinstance(wrong.exception, BadSetting)


def test_references_are_added_to_a_song_that_exists(song: Song, tmp_path: Path) -> None:
    other = tmp_path / "bright (copy).wav"
    other.write_bytes((tmp_path / "bright.wav").read_bytes())
    assert add_to_song(song, [other, tmp_path / "bright.wav"], "reference") == [
        "bright (copy)",
        "bright (2)",
    ]
    assert len(song.assets("reference")) == 3
    song.verify()
    (tmp_path / "bill.wav").write_bytes(b"%PDF-1.7")
    with pytest.raises(CannotRead):
        add_to_song(song, [tmp_path / "bill.wav"], "reference")
    assert len(song.assets("reference")) == 3
    result = CliRunner().invoke(studiohand, ["add", str(song.root), "--reference", str(other)])
    assert result.exit_code == 0
    assert "bright (copy) (2)" in result.output
