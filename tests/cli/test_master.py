"""`studiohand master` as a script calls it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studiohand.cli.main import run
from studiohand.core.audio import Block
from tests.tools.test_master import lufs, song, true_peak_db


@pytest.fixture
def mix(tmp_path: Path, rng: np.random.Generator) -> Path:
    file = tmp_path / "my mix.wav"
    soundfile.write(file, song(rng, 4.0), 44100, subtype="FLOAT")
    return file


def read(path: object) -> Block:
    return np.asarray(soundfile.read(str(path), always_2d=True)[0])


def master(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, object]]:
    code = run(["master", *(str(word) for word in words), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_it_writes_a_24_bit_master_at_the_files_rate(
    mix: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = mix.read_bytes()
    code, said = master(capsys, mix, "--loudness", -12, "--ceiling", -2, "--out", tmp_path / "out")
    info = soundfile.info(tmp_path / "out" / "master.wav")
    out = read(tmp_path / "out" / "master.wav")
    assert code == 0
    assert (info.subtype, info.samplerate, info.frames) == ("PCM_24", 44100, 4 * 44100)
    assert lufs(out) == pytest.approx(-12.0, abs=0.1)
    assert true_peak_db(out) <= -2.0
    assert said["out"] == str(tmp_path / "out" / "master.wav")
    assert mix.read_bytes() == before


def test_the_same_command_gives_the_same_bytes(
    mix: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("a", "b"):
        master(capsys, mix, "--loudness", -12, "--out", tmp_path / folder)
    files = [tmp_path / folder / "master.wav" for folder in ("a", "b")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_file_that_needs_nothing_keeps_its_samples(
    tmp_path: Path, rng: np.random.Generator, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "done.wav"
    soundfile.write(file, 0.2 * song(rng, 3.0), 44100, subtype="PCM_16")
    asked = round(lufs(read(file)), 2)
    words = ["--loudness", asked, "--leave-out", "tone", "--out", tmp_path / "out"]
    _, said = master(capsys, file, *words)
    assert said["moves"] == []
    assert np.array_equal(read(file), read(tmp_path / "out" / "master.wav"))


def test_every_place_gets_a_folder_and_survives_its_codec(
    mix: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    places = ["--for", "promo", "--for", "cd", "--for", "tidal"]
    code, said = master(capsys, mix, "--loudness", -10, "--out", out, *places)
    assert code == 0
    names = {path.name for path in out.iterdir()}
    assert names >= {"cd", "checksums.txt", "master.wav", "promo", "tidal"}
    assert not [name for name in names if name.startswith(".")]
    (cd,) = (out / "cd").iterdir()
    assert soundfile.info(cd).subtype == "PCM_16"
    assert lufs(read(cd)) == pytest.approx(-10.0, abs=0.1)
    (mp3,) = (out / "promo").glob("*.mp3")
    assert true_peak_db(read(mp3)) <= -1.0
    tidal = next(p for p in said["places"] if p["name"] == "tidal")  # type: ignore[attr-defined]
    assert tidal["playback"]["gain_db"] == pytest.approx(-4.0, abs=0.1)
    assert max(tidal["codec_peaks_dbtp"].values()) <= -1.0


def test_an_unknown_place_is_refused_in_words(
    mix: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["master", str(mix), "--for", "napster", "--out", str(tmp_path / "out")]) == 2
    assert "napster" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_mix_is_never_replaced(
    tmp_path: Path, rng: np.random.Generator, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "master.wav"
    soundfile.write(file, song(rng, 2.0), 44100, subtype="PCM_24")
    before = file.read_bytes()
    assert run(["master", str(file), "--out", str(tmp_path)]) == 2
    assert "replace" in capsys.readouterr().err
    assert file.read_bytes() == before
