"""The signature guard: moves toward the average are said to lead away from one's own sound."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from studiohand.cli.main import studiohand
from studiohand.core.audio import Block, Material, MemorySource, Track
from studiohand.core.errors import BadSetting, CannotRead
from studiohand.core.job import Job
from studiohand.core.outcome import Move, Outcome
from studiohand.dsp.effects.eq import Band, Eq
from studiohand.dsp.effects.simple import Gain
from studiohand.dsp.effects.width import Width
from studiohand.io.wav import create_audio
from studiohand.run.songs.collect import new_song
from studiohand.run.songs.guarding import NAME, guarded, kept_signature, learn
from studiohand.run.songs.listening import listen
from tests.mir.parts import RATE, band, bell, total


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("STUDIOHAND_HOME", str(folder))
    return folder


def write(path: Path, samples: Block) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with create_audio(path, RATE, 2) as sink:
        sink.write(samples)
    return path


def own_sound(rng: np.random.Generator) -> Block:
    """A bright record: 8 dB up around 6 kHz, a little different each time."""
    return bell(total(band(rng, 5.0)), 6000.0, 8.0 + rng.uniform(-0.5, 0.5), 0.7)


@pytest.fixture
def records(rng: np.random.Generator, tmp_path: Path) -> Path:
    for number in range(4):
        write(tmp_path / "records" / f"record {number}.wav", own_sound(rng))
    return tmp_path / "records"


def eq(hz: float, db: float) -> Eq:
    return Eq((Band("bell", hz, db, 0.7),))


def said(song: Block, *moves: Move) -> list[Move]:
    file = Track("song", MemorySource(song, RATE))
    outcome = Outcome(moves=moves)
    return list(guarded(outcome, Material(RATE, file=file), None, Job()).moves)


def move(step: Eq | Gain | Width, tool: str = "match") -> Move:
    return Move(tool, (), ("file",), (step,), "A move.")


def test_a_move_toward_the_average_leads_away_from_the_signature(
    rng: np.random.Generator, records: Path, data_folder: Path
) -> None:
    learn([records], None, Job())
    dull, bright = said(own_sound(rng), move(eq(6000.0, -6.0)), move(eq(6000.0, 0.1)))
    told = dull.predicted["signature"]
    assert told["direction"] == "away"
    assert told["most"] == "tone"
    assert told["tone_db"] > 0.5
    assert told["by"] == pytest.approx(told["distance_after"] - told["distance_before"], abs=0.01)
    assert "away from your signature" in dull.text
    assert bright.predicted["signature"]["direction"] == "neutral"


def test_a_move_that_brings_a_song_home_leads_toward_it(
    rng: np.random.Generator, records: Path, data_folder: Path
) -> None:
    learn([records], None, Job())
    (home,) = said(total(band(rng, 5.0)), move(eq(6000.0, 8.0)))
    assert home.predicted["signature"]["direction"] == "toward"
    assert home.predicted["signature"]["tone_db"] < -0.5


def test_width_and_level_are_told_apart(
    rng: np.random.Generator, records: Path, data_folder: Path
) -> None:
    learn([records], None, Job())
    narrow, louder = said(own_sound(rng), move(Width(0.2)), move(Gain(-6.0)))
    assert narrow.predicted["signature"]["most"] == "width"
    assert narrow.predicted["signature"]["direction"] == "away"
    assert louder.predicted["signature"]["direction"] == "neutral"


def test_the_amount_of_a_move_counts(
    rng: np.random.Generator, records: Path, data_folder: Path
) -> None:
    learn([records], None, Job())
    full = move(eq(6000.0, -6.0))
    half = replace(full, amount_percent=50.0)
    song = own_sound(rng)
    by = [said(song, each)[0].predicted["signature"]["by"] for each in (half, full)]
    assert 0.0 < by[0] < by[1]


def test_fewer_than_three_records_have_no_known_spread(
    rng: np.random.Generator, tmp_path: Path, data_folder: Path
) -> None:
    write(tmp_path / "one" / "only.wav", own_sound(rng))
    signature, _ = learn([tmp_path / "one"], None, Job())
    assert not signature.spread_known
    (told,) = said(own_sound(rng), move(eq(6000.0, -6.0)))
    assert told.predicted["signature"]["spread_known"] is False
    assert "spread of 1 records is unknown" in told.text


def test_without_a_signature_and_for_repairs_nothing_is_said(
    rng: np.random.Generator, records: Path, data_folder: Path
) -> None:
    given = move(eq(6000.0, -6.0))
    assert said(own_sound(rng), given) == [given]
    learn([records], None, Job())
    repair = move(eq(6000.0, -6.0), tool="clean")
    assert said(own_sound(rng), repair) == [repair]


def test_listen_tells_it_of_a_stem_and_a_song_has_its_own(
    rng: np.random.Generator, records: Path, data_folder: Path, tmp_path: Path
) -> None:
    parts = band(rng, 5.0)
    mix = write(tmp_path / "mix.wav", total(parts))
    parts["bass"] = 2.5 * parts["bass"]
    files = [write(tmp_path / f"{name}.wav", samples) for name, samples in parts.items()]
    song = new_song(tmp_path / "song", files, mix)
    learn([records], song.root, Job())
    assert kept_signature(None) is None
    assert (song.root / NAME).is_file()
    moves = [m for m in listen(song, Job()).moves if m["tool"] == "balance"]
    assert moves[0]["targets"] == ["bass"]
    assert moves[0]["predicted"]["signature"]["direction"] == "toward"
    assert song.verify()


def test_the_door_prints_and_keeps_plain_json(records: Path, data_folder: Path) -> None:
    result = CliRunner().invoke(studiohand, ["signature", str(records), "--json"])
    told = json.loads(result.stdout)
    assert told["records"] == [f"record {number}" for number in range(4)]
    assert told["spread_known"] is True
    assert told["traits"]["tone: 1000 Hz"].keys() == {"median", "q1", "q3"}
    kept = json.loads((data_folder / NAME).read_text("utf-8"))
    assert kept["traits"] == told["traits"]


def test_silence_is_no_record_and_a_spoiled_file_says_so(tmp_path: Path, data_folder: Path) -> None:
    write(tmp_path / "silent" / "nothing.wav", np.zeros((RATE, 2)))
    with pytest.raises(BadSetting):
        learn([tmp_path / "silent"], None, Job())
    data_folder.mkdir()
    (data_folder / NAME).write_text("{", "utf-8")
    with pytest.raises(CannotRead):
        kept_signature(None)
