"""`studiohand demo` from outside, on a session of two short files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from studiohand.cli.main import run
from studiohand.compose import demo
from studiohand.compose.verdict import Planted
from studiohand.core.job import Job
from studiohand.io.wav import create_audio


@pytest.fixture(autouse=True)
def _short_session(monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> None:
    def make(folder: Path, job: Job) -> demo.Session:
        paths = []
        for name in ("Bass", "Keys", "rough mix"):
            paths.append(folder / f"{name}.wav")
            with create_audio(paths[-1], 48000, 1) as sink:
                sink.write(0.05 * rng.standard_normal((9000, 1)))
        planted = (Planted("codec_ceiling", ("No such stem",), "Never found."),)
        return demo.Session(tuple(paths[:2]), paths[2], planted)

    monkeypatch.setattr(demo, "make", make)


def test_the_demo_says_what_was_planted_and_what_was_missed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["demo", str(tmp_path / "song"), "--no-open"]) == 0
    printed = capsys.readouterr().out
    assert "MISSED" in printed
    assert "1 planted, 0 found, 1 missed" in printed


def test_the_demo_as_json_is_one_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["demo", str(tmp_path / "song"), "--no-open", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["planted"][0]["found_by"] is None
    assert set(document["invented"]) == {finding["id"] for finding in document["findings"]}
    assert Path(document["folder"], "originals", "Bass.wav").is_file()


def test_a_second_run_listens_to_the_same_song(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert run(["demo", str(tmp_path / "song"), "--no-open"]) == 0
    assert run(["verify", str(tmp_path / "song")]) == 0


def test_a_folder_that_holds_something_else_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    assert run(["demo", str(tmp_path), "--no-open"]) == 2
    assert "exists already" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_nothing_is_left_beside_the_song(tmp_path: Path) -> None:
    run(["demo", str(tmp_path / "song"), "--no-open"])
    assert [path.name for path in tmp_path.iterdir()] == ["song"]
