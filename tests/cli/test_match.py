"""`studiohand match` as a script calls it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from studiohand.cli.main import run
from studiohand.core.audio import Block
from tests.tools.test_match import song

DIMENSIONS = ("tone", "dynamics", "width", "loudness")


@pytest.fixture
def mix(tmp_path: Path) -> Path:
    """A mix with peaks over the ceiling, in 24 bits."""
    file = tmp_path / "my mix.wav"
    played = song(5, 6.0)
    soundfile.write(file, played / np.abs(played).max() * 0.999, 44100, subtype="PCM_24")
    return file


@pytest.fixture
def record(tmp_path: Path) -> Path:
    file = tmp_path / "record.wav"
    soundfile.write(file, song(6, 6.0) * 2.0, 44100, subtype="PCM_24")
    return file


def read(path: Path) -> Block:
    return np.asarray(soundfile.read(path, always_2d=True)[0])


def match(
    capsys: pytest.CaptureFixture[str], mix: Path, reference: Path, *words: str
) -> tuple[dict[str, Any], Block]:
    """What `match` says and the samples it writes."""
    out = mix.parent / "out.wav"
    given = ["match", str(mix), "--reference", str(reference), "--out", str(out), "--json", *words]
    assert run(given) == 0
    return json.loads(capsys.readouterr().out), read(out)


def test_with_itself_as_reference_nothing_moves_and_the_samples_stay(
    mix: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy.wav"
    copy.write_bytes(mix.read_bytes())
    said, out = match(capsys, mix, copy)
    assert said["moves"] == []
    assert np.array_equal(out, read(mix))


@pytest.mark.parametrize(
    "words",
    [tuple(word for name in DIMENSIONS for word in (f"--{name}", "0")), ("--amount", "0")],
    ids=["every dimension", "amount"],
)
def test_at_zero_percent_the_samples_stay(
    mix: Path, record: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    _, out = match(capsys, mix, record, *words)
    assert np.array_equal(out, read(mix))


@pytest.mark.parametrize("name", DIMENSIONS)
def test_one_dimension_at_zero_percent_is_as_if_nobody_had_heard_it(
    mix: Path, record: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    said, _ = match(capsys, mix, record, f"--{name}", "0")
    kinds = {finding["kind"] for finding in said["findings"]}
    assert kinds
    assert name not in kinds
