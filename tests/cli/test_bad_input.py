"""Files that are not what they should be, door by door: one sentence of three parts, no trace."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studiohand.cli.main import run
from studiohand.song.folder import open_song

RATE = 44100
Maker = Callable[[Path, Path], object]
REFUSED: dict[str, tuple[Maker, str]] = {
    "empty": (lambda bad, good: bad.write_bytes(b""), "is empty"),
    "header": (lambda bad, good: bad.write_bytes(good.read_bytes()[:44]), "is cut off"),
    "truncated": (lambda bad, good: bad.write_bytes(good.read_bytes()[:9999]), "is cut off"),
    "pdf": (lambda bad, good: bad.write_bytes(b"%PDF-1.7" + bytes(4000)), "is a PDF document"),
    "nan": (lambda bad, good: _with_sample(bad, np.nan), "not numbers"),
    "infinite": (lambda bad, good: _with_sample(bad, np.inf), "not numbers"),
    "loop": (lambda bad, good: bad.symlink_to(bad), "leads back to itself"),
    "missing": (lambda bad, good: None, "is not there"),
}
ODD: dict[str, Callable[[Path], object]] = {
    "one sample": lambda path: soundfile.write(path, np.full((1, 2), 0.1), RATE),
    "silent": lambda path: soundfile.write(path, np.zeros((RATE * 3, 2)), RATE),
    "32 channels": lambda path: soundfile.write(path, noise(RATE, 32), RATE, "PCM_24"),
    "8 kHz": lambda path: soundfile.write(path, noise(24000, 2), 8000),
    "384 kHz": lambda path: soundfile.write(path, noise(384000, 2), 384000, "PCM_24"),
}
DOORS: dict[str, Callable[[Path, Path], list[str]]] = {
    "new": lambda bad, out: ["new", str(out / "song"), "--stems", str(bad)],
    "measure": lambda bad, out: ["measure", str(bad), "--json"],
    "convert": lambda bad, out: ["convert", str(bad), "--out", str(out), "--to", "flac", "--json"],
    "master": lambda bad, out: ["master", str(bad), "--out", str(out), "--json"],
    "separate": lambda bad, out: ["separate", str(bad), "--out", str(out), "--json"],
    "clean": lambda bad, out: ["clean", str(bad), "--out", str(out / "c.wav"), "--json"],
    "match": lambda bad, out: ["match", str(bad), "--reference", str(bad), "--json"],
}


def noise(frames: int, channels: int) -> np.ndarray:
    return 0.1 * np.random.default_rng(1).standard_normal((frames, channels))


def _with_sample(path: Path, value: float) -> None:
    samples = noise(RATE, 1)
    samples[4410] = value
    soundfile.write(path, samples, RATE, "FLOAT")


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.wav"
    soundfile.write(path, noise(RATE * 3, 2), RATE)
    return path


def one_sentence(said: str, what: str) -> None:
    """What happened, what is untouched, what to do; and nothing else."""
    assert what in said
    assert "Traceback" not in said
    assert "A fault in studiohand" not in said
    assert len(said.strip().splitlines()) == 1
    assert "Nothing was changed." in said
    assert said.strip().split("Nothing was changed.")[1].strip().endswith(".")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_read_gets_one_sentence_at_every_door(
    kind: str, door: str, good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make, what = REFUSED[kind]
    bad, out = tmp_path / f"{kind}.wav", tmp_path / "out"
    make(bad, good)
    assert run(DOORS[door](bad, out)) == 3
    printed = capsys.readouterr()
    one_sentence(printed.err, what)
    if door in ("measure", "convert"):
        assert json.loads(printed.out)
    else:
        assert printed.out == ""
    assert not list(out.rglob("*.wav"))


@pytest.mark.parametrize("kind", ODD)
def test_odd_but_honest_files_go_through_measure_convert_and_a_song(
    kind: str, good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd, song = tmp_path / "odd.wav", str(tmp_path / "song")
    ODD[kind](odd)
    assert run(["measure", str(odd), "--json"]) == 0
    assert run(["convert", str(odd), "--out", str(tmp_path / "c"), "--to", "wav24"]) == 0
    assert run(["new", song, "--stems", str(odd), "--stems", str(good)]) == 0
    assert run(["verify", song]) == 0
    capsys.readouterr()
    code = run(["render", song])
    told = capsys.readouterr().err
    other_rate = soundfile.info(odd).samplerate != RATE
    assert code == (2 if other_rate else 0)
    assert told == "" if not other_rate else "accept the move that resamples it" in told


def test_a_stem_of_one_sample_is_listened_to(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd, song = tmp_path / "odd.wav", str(tmp_path / "song")
    ODD["one sample"](odd)
    assert run(["new", song, "--stems", str(odd), "--stems", str(good)]) == 0
    capsys.readouterr()
    assert run(["listen", song, "--json"]) == 0
    assert "findings" in json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("name", ["🎸 git🔥.wav", "n" * 246 + ".wav", "ü" * 125 + ".wav"])
def test_emoji_and_250_byte_names_go_all_the_way(
    name: str, good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd, song = tmp_path / name, tmp_path / "song"
    good.rename(odd)
    assert run(["measure", str(odd)]) == 0
    assert run(["convert", str(odd), "--out", str(tmp_path / "c"), "--to", "flac"]) == 0
    assert run(["new", str(song), "--stems", str(odd)]) == 0
    assert run(["render", str(song)]) == 0
    assert run(["verify", str(song)]) == 0


def test_two_stems_of_one_name_both_stay(good: Path, tmp_path: Path) -> None:
    song = tmp_path / "song"
    for folder in ("a", "b"):
        (tmp_path / "stems" / folder).mkdir(parents=True)
        (tmp_path / "stems" / folder / "vox.wav").write_bytes(good.read_bytes())
    assert run(["new", str(song), "--stems", str(tmp_path / "stems")]) == 0
    assert [a.name for a in open_song(song).assets("stem")] == ["vox", "vox (2)"]


def test_a_folder_that_links_to_itself_is_walked_once(good: Path, tmp_path: Path) -> None:
    stems = tmp_path / "stems"
    stems.mkdir()
    good.rename(stems / "vox.wav")
    (stems / "again").symlink_to(stems)
    assert run(["new", str(tmp_path / "song"), "--stems", str(stems)]) == 0
    assert len(open_song(tmp_path / "song").assets("stem")) == 1


def test_a_folder_without_audio_is_nothing_to_measure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["measure", str(tmp_path)]) == 2
    one_sentence(capsys.readouterr().err, "no audio file to measure")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_told(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    assert run(["new", str(closed / "song"), "--stems", str(good)]) == 3
    assert "could not be made" in capsys.readouterr().err


def test_an_altered_ledger_line_is_named_by_verify(
    good: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    song = tmp_path / "song"
    assert run(["new", str(song), "--stems", str(good)]) == 0
    ledger = song / "ledger.jsonl"
    ledger.write_text(ledger.read_text("utf-8").replace("good", "evil", 1), "utf-8")
    capsys.readouterr()
    assert run(["verify", str(song)]) == 3
    said = capsys.readouterr().err
    assert "Line 2" in said
    assert "Traceback" not in said


def test_two_hours_of_silence_are_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, size = tmp_path / "long.wav", 8000 * 7200 * 2
    form = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
    head = b"RIFF" + struct.pack("<I", size + 36) + b"WAVEfmt " + struct.pack("<I", 16) + form
    with path.open("wb") as file:  # sparse: takes no room on the disk
        file.write(head + b"data" + struct.pack("<I", size))
        file.truncate(44 + size)
    assert run(["measure", str(path), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["seconds"] == 7200.0
    assert found["integrated_lufs"] is None
