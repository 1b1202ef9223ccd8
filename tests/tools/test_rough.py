"""Three rough mixes: levels, instruments of several microphones, headroom, one at a time."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from studiohand.cli.main import studiohand
from studiohand.core.audio import Block, Material, MemorySource, Role, Track
from studiohand.core.errors import NotAllowed
from studiohand.core.job import Job
from studiohand.core.outcome import Move, Outcome
from studiohand.dsp.effects.chain import SummedSource
from studiohand.dsp.effects.simple import Gain, Pan
from studiohand.dsp.meters.peak import PeakMeter
from studiohand.io.wav import create_audio
from studiohand.run.songs import deciding
from studiohand.run.songs.collect import new_song
from studiohand.run.songs.listening import listen
from studiohand.run.songs.proposing import propose
from studiohand.run.songs.rendering import processed_stems, render
from studiohand.song.folder import Song
from studiohand.tools.rough import TOOL
from tests.mir.parts import RATE, band, tracks


def mixes(stems: list[Track]) -> Outcome:
    return TOOL.run(Job(), Material(RATE, stems=tuple(stems)), TOOL.settings())


def of(outcome: Outcome, choice: str) -> list[Move]:
    return [move for move in outcome.moves if move.choice == choice]


def gain_db(moves: list[Move], name: str) -> float:
    return sum(s.db for m in moves if name in m.targets for s in m.steps if isinstance(s, Gain))


def test_random_gains_come_back_to_one_balance(rng: np.random.Generator) -> None:
    parts = band(rng, 8.0)
    thrown = {name: float(rng.uniform(-12.0, 12.0)) for name in parts}
    moved = {name: x * 10 ** (thrown[name] / 20) for name, x in parts.items()}
    before, after = (of(mixes(tracks(p)), "natural") for p in (parts, moved))
    away = [thrown[n] + gain_db(after, n) - gain_db(before, n) for n in parts]
    assert np.ptp(away) < 1.2


def test_a_stem_of_dither_alone_is_left_where_it_is(rng: np.random.Generator) -> None:
    parts = band(rng, 8.0)
    parts["guitar"] = np.round(rng.uniform(-1.0, 1.0, parts["guitar"].shape)) / 2**15
    outcome = mixes(tracks(parts))
    assert not [move for move in outcome.moves if "guitar" in move.targets]
    assert [move for move in outcome.moves if "bass" in move.targets]


def test_each_character_keeps_its_word(rng: np.random.Generator) -> None:
    outcome = mixes(tracks(band(rng, 8.0)))
    characters = outcome.facts["characters"]
    assert [c["name"] for c in characters] == ["natural", "forward-vocal", "dense"]
    assert {i for c in characters for i in c["moves"]} == {m.id for m in outcome.moves}
    lead = {
        c["name"]: gain_db(of(outcome, c["name"]), "vocals")
        - gain_db(of(outcome, c["name"]), "guitar")
        for c in characters
    }
    assert lead["forward-vocal"] - lead["natural"] == pytest.approx(2.0, abs=1.0)
    assert lead["dense"] - lead["natural"] == pytest.approx(-2.5, abs=1.0)


def test_two_microphones_of_one_source_move_together(rng: np.random.Generator) -> None:
    parts = band(rng, 8.0)
    stems = tracks(parts)
    stems.append(Track("amp", MemorySource(0.3 * parts["bass"], RATE), Role.BASS))
    for move in mixes(stems).moves:
        assert ("bass" in move.targets) == ("amp" in move.targets)


@pytest.mark.parametrize("gain", [0.05, 20.0])
def test_true_peaks_stay_under_the_ceiling(rng: np.random.Generator, gain: float) -> None:
    stems = tracks({name: gain * x for name, x in band(rng, 6.0).items()})
    outcome = mixes(stems)
    for character in outcome.facts["characters"]:
        moves = of(outcome, character["name"])
        through = processed_stems(stems, moves)
        meter = PeakMeter(RATE, 2)
        for block in SummedSource(tuple(t.source for t in through), RATE).blocks():
            meter.update(block * 10 ** (gain_db(moves, "mix") / 20))
        assert meter.true_peak_dbtp() == pytest.approx(character["true_peak_dbtp"], abs=0.1)
        assert character["true_peak_dbtp"] < -1.0


def test_places_are_for_single_channels_and_leave_lead_and_bass_alone(
    rng: np.random.Generator,
) -> None:
    parts = {name: x[:, :1] for name, x in band(rng, 6.0).items()}
    moves = of(mixes(tracks(parts)), "natural")
    placed = {m.targets[0] for m in moves for s in m.steps if isinstance(s, Pan)}
    assert placed == {"guitar"}


def test_one_stem_or_silence_is_no_mix(rng: np.random.Generator) -> None:
    parts = band(rng, 4.0)
    assert mixes(tracks({"vocals": parts["vocals"]})) == Outcome()
    assert mixes(tracks({name: 0.0 * x for name, x in parts.items()})) == Outcome()


@pytest.fixture
def song(rng: np.random.Generator, tmp_path: Path) -> Song:
    files = []
    for name, samples in band(rng, 5.0).items():
        files.append(tmp_path / f"{name}.wav")
        _write(files[-1], samples)
    return new_song(tmp_path / "song", files, None)


def _write(path: Path, samples: Block) -> None:
    with create_audio(path, RATE, 2) as sink:
        sink.write(samples)


def test_mixes_are_not_laid_on_top_of_each_other_and_undo_to_the_same_bytes(
    song: Song, tmp_path: Path
) -> None:
    outcome = propose(song, TOOL, TOOL.settings(), Job())
    render(song, Job(), tmp_path / "before")
    accepted = deciding.accept(song, ["natural"])
    assert [move_id for move_id, _ in accepted] == [m.id for m in of(outcome, "natural")]
    with pytest.raises(NotAllowed, match="natural"):
        deciding.accept(song, ["dense"])
    with pytest.raises(NotAllowed):
        deciding.accept(song, [next(m.id for m in of(outcome, "dense"))])
    render(song, Job(), tmp_path / "mixed")
    assert len(deciding.undo_choice(song, "natural")) == len(accepted)
    deciding.refuse(song, ["natural"])
    assert len(deciding.undo_choice(song, "natural")) == len(accepted)
    render(song, Job(), tmp_path / "after")
    sound = {n: (tmp_path / n / "mix.wav").read_bytes() for n in ("before", "mixed", "after")}
    assert sound["before"] == sound["after"] != sound["mixed"]
    deciding.accept(song, ["dense"])


def test_two_mixes_at_once_are_refused_whole(song: Song) -> None:
    propose(song, TOOL, TOOL.settings(), Job())
    lines = len(song.ledger.entries())
    with pytest.raises(NotAllowed):
        deciding.accept(song, ["natural", "forward-vocal"])
    assert len(song.ledger.entries()) == lines


def test_listen_is_not_flooded_and_the_door_prints_three_sets(song: Song) -> None:
    result = CliRunner().invoke(studiohand, ["rough", str(song.root), "--json"])
    told = json.loads(result.stdout)
    assert [c["name"] for c in told["characters"]] == ["natural", "forward-vocal", "dense"]
    assert not [m for m in listen(song, Job()).moves if m["tool"] == "rough"]
    deciding.accept(song, [told["characters"][0]["moves"][0]])
    assert [m["state"] for m in listen(song, Job()).moves if m["tool"] == "rough"] == ["accepted"]
