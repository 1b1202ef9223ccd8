"""The command line: light start, one sentence for each fault, stable exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studiohand.cli.main import run

HEAVY = ("scipy", "numba", "soundfile", "av", "soxr", "onnxruntime", "starlette", "rich", "torch")


@pytest.fixture
def stems(tmp_path: Path, rng: np.random.Generator) -> Path:
    folder = tmp_path / "stems"
    folder.mkdir()
    for name in ("bass", "drums"):
        soundfile.write(folder / f"{name}.wav", 0.1 * rng.standard_normal((48000, 2)), 48000)
    return folder


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from studiohand.cli.main import run; run(['--help'])\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": "src"},
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_main_job_runs_from_door_to_door(
    tmp_path: Path, stems: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    song = str(tmp_path / "song")
    assert run(["new", song, "--stems", str(stems), "--title", "Ours"]) == 0
    capsys.readouterr()
    assert run(["listen", song, "--json"]) == 0
    heard = json.loads(capsys.readouterr().out)
    assert heard["song"] == "Ours"
    assert set(heard) == {"song", "findings", "moves"}
    assert run(["render", song, "--out", str(tmp_path / "take")]) == 0
    assert (tmp_path / "take" / "mix.wav").exists()
    assert (tmp_path / "take" / "stems" / "bass.wav").exists()
    assert run(["verify", song]) == 0


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["frobnicate"], 2, "No such command"),
        (["new", "{tmp}/s", "--stems", "{tmp}/nowhere"], 3, "“nowhere” is not there"),
        (["new", "{tmp}/s"], 2, "no audio file among the stems"),
        (["listen", "{tmp}/nosong"], 3, "“nosong” is not a song"),
        (["accept", "{tmp}/nosong", "m1"], 3, "“nosong” is not a song"),
    ],
)
def test_wrong_use_gets_one_sentence_and_its_code(
    tmp_path: Path, arguments: list[str], code: int, sentence: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert run([a.format(tmp=tmp_path) for a in arguments]) == code
    said = capsys.readouterr()
    assert sentence in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


def test_an_altered_ledger_stops_every_writing_command(
    tmp_path: Path, stems: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    song = tmp_path / "song"
    run(["new", str(song), "--stems", str(stems)])
    ledger = song / "ledger.jsonl"
    ledger.write_text(ledger.read_text().replace('"bass"', '"base"', 1))
    for command in ("verify", "listen", "render"):
        assert run([command, str(song)]) == 3
        assert "was altered" in capsys.readouterr().err
