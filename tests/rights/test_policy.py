"""A song's policy decides which models run; every use and every yes is in its ledger."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import pytest
import soundfile

from studiohand.cli.main import run
from studiohand.core.effect import Effect, Processor, StepKind, step
from studiohand.core.errors import BadSetting, NotAllowed
from studiohand.core.job import Job
from studiohand.core.outcome import Move
from studiohand.dsp.cleaning.denoise import Denoise
from studiohand.dsp.effects.simple import Gain
from studiohand.models.store import cards
from studiohand.models.voicenoise import DenoiseVoice
from studiohand.rights.account import Operation, account
from studiohand.rights.policy import require
from studiohand.run.songs import deciding
from studiohand.run.songs.rendering import render
from studiohand.song.folder import Song

UNDOCUMENTED = next(name for name, card in cards().items() if card.needs_yes)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIOHAND_HOME", str(tmp_path / "home"))


def _set_policy(song: Song, policy: str) -> None:
    path = song.root / "song.toml"
    path.write_text(path.read_text() + f'models = "{policy}"\n')


@pytest.mark.parametrize("policy", ["documented", "licensed"])
def test_a_model_outside_the_policy_stops_with_the_reason(
    song: Song, tmp_path: Path, policy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _set_policy(song, policy)
    mix = tmp_path / "mix.wav"
    soundfile.write(mix, np.zeros((48000, 2)), 48000)
    out = tmp_path / "out"
    assert run(["separate", str(mix), "--out", str(out), "--model", UNDOCUMENTED, "--song",
                str(song.root)]) == 3  # fmt: skip
    said = capsys.readouterr().err
    assert f"allows “{policy}” models" in said
    assert "consent to what it learnt from is" in said
    assert not out.exists()


def test_with_anything_a_written_yes_is_still_needed_and_goes_to_the_ledger(song: Song) -> None:
    chosen = cards()[UNDOCUMENTED]
    with pytest.raises(NotAllowed, match="models allow"):
        require(song, chosen)
    assert run(["models", "allow", UNDOCUMENTED, "--song", str(song.root)]) == 0
    require(song, chosen)
    assert [e.kind for e in song.ledger.entries()][-1] == "allowed"


def test_every_run_of_a_model_for_a_song_is_in_its_account(song: Song, tmp_path: Path) -> None:
    _set_policy(song, "documented")
    mix = tmp_path / "mix.wav"
    soundfile.write(mix, 0.1 * np.ones((48000, 2)), 48000)
    arguments = ["separate", str(mix), "--out", str(tmp_path / "o"), "--model", "sketch"]
    assert run([*arguments, "--song", str(song.root)]) == 0
    deed = account(song).deeds[-1]
    assert deed.operation is Operation.SEPARATION
    assert "mix.wav with sketch" in deed.what


def test_what_an_earlier_run_of_the_queue_made_is_recorded_once(song: Song, tmp_path: Path) -> None:
    mixes = [str(tmp_path / f"{name}.wav") for name in ("a", "b")]
    for mix in mixes:
        soundfile.write(mix, 0.1 * np.ones((4800, 2)), 48000)
    arguments = ["separate", *mixes, "--out", str(tmp_path / "o"), "--model", "sketch"]
    assert run(arguments) == 0
    for _ in range(2):
        assert run([*arguments, "--song", str(song.root)]) == 0
        told = [e.body["what"] for e in song.ledger.entries() if e.kind == "model"]
        assert told == ["separated a.wav", "separated b.wav"]


def test_an_unknown_policy_is_told(song: Song) -> None:
    _set_policy(song, "whatever")
    with pytest.raises(BadSetting, match="documented, licensed, anything"):
        require(song, cards()["sketch"])


@step
@dataclass(frozen=True, slots=True)
class _Heard:
    """An effect that asks a model and changes nothing."""

    do: ClassVar[str] = "heard_by_a_model"
    kind: ClassVar[StepKind] = "process"
    runs_model: ClassVar[str] = "sketch"
    strength: float = 1.0

    def start(self, rate: int, channels: int) -> Processor:
        return Gain(0.0).start(rate, channels)

    def scaled(self, amount: float) -> Self:
        return self


def _accepted(song: Song, effect: Effect) -> None:
    move = Move("t", (), ("drums",), (effect,), "Through a model.")
    song.record("proposed", {"tool": "t", "findings": [], "moves": [move.to_json()]})
    deciding.accept(song, [move.id])


def test_a_model_inside_an_effect_is_held_against_the_policy_before_anything_is_written(
    song: Song,
) -> None:
    _accepted(song, DenoiseVoice(Denoise((20.0, 20000.0), (-99.0, -99.0))))
    _set_policy(song, "documented")
    with pytest.raises(NotAllowed, match="allows “documented” models"):
        render(song, Job())
    assert not list((song.root / "takes").iterdir())
    assert not any(entry.kind == "model" for entry in song.ledger.entries())


def test_a_model_inside_an_effect_is_in_the_ledger_once_and_counts_as_processing(
    song: Song,
) -> None:
    _accepted(song, _Heard())
    render(song, Job())
    render(song, Job())
    (line,) = [entry for entry in song.ledger.entries() if entry.kind == "model"]
    assert line.body["model"] == "sketch"
    (deed,) = [deed for deed in account(song).deeds if deed.line == line.seq]
    assert deed.operation is Operation.PROCESSING
