from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studiohand.cli.main import run
from studiohand.run.files.measuring import FIELDS
from tests.signals import sine


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    path = tmp_path / "tön 🎚.wav"
    soundfile.write(path, sine(1000, 3.5, db=-20, channels=2), 48000, subtype="PCM_24")
    return path


def test_json_is_a_list_with_one_object_a_file(
    tone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["measure", str(tone), "--json"]) == 0
    (facts,) = json.loads(capsys.readouterr().out)
    assert tuple(facts) == FIELDS
    assert (facts["file"], facts["format"], facts["bits"]) == (str(tone), "WAV", 24)
    assert facts["integrated_lufs"] == pytest.approx(-20.0, abs=0.05)


def test_a_bad_file_gets_its_sentence_and_the_others_are_measured(
    tone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "score.wav"
    bad.write_bytes(b"%PDF-1.7 nothing to hear")
    assert run(["measure", str(bad), str(tone), "--json"]) == 3
    out = capsys.readouterr()
    first, second = json.loads(out.out)
    assert "score.wav" in first["error"]
    assert first["integrated_lufs"] is None
    assert second["integrated_lufs"] == pytest.approx(-20.0, abs=0.05)
    assert "score.wav" in out.err


def test_a_folder_stands_for_its_files(tone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    soundfile.write(tone.with_name("b.wav"), np.zeros((100, 1)), 44100)
    assert run(["measure", str(tone.parent), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2


def test_people_get_a_table(tone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["measure", str(tone)]) == 0
    assert "-19.99 LUFS" in capsys.readouterr().out


def test_a_file_that_may_not_be_read_is_left_to_the_reader_s_sentence(
    tone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may read anything
    assert run(["measure", str(tone)]) == 0
