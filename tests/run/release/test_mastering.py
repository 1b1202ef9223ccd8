"""The master's file is the try that was measured, not a second render."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from studiohand.core.errors import Cancelled
from studiohand.core.job import Job
from studiohand.run.release import mastering
from studiohand.run.release.mastering import master_file
from studiohand.tools.master import MasterSettings
from tests.signals import pink

RATE = 44100


@pytest.fixture
def mix(tmp_path: Path, rng: np.random.Generator) -> Path:
    path = tmp_path / "mix.wav"
    soundfile.write(path, pink(rng, 5.0, RATE, db=-20.0), RATE, subtype="PCM_16")
    return path


def made(mix: Path, out: Path, job: Job | None = None, places: tuple[str, ...] = ()) -> Path:
    settings = MasterSettings(loudness=-12.0)
    written: str = master_file(mix, [], settings, places, out, job or Job())["out"]
    return Path(written)


@pytest.mark.parametrize("places", [(), ("bandcamp",)])
def test_the_try_is_the_file_and_the_same_as_a_second_render(
    mix: Path, tmp_path: Path, places: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    once = made(mix, tmp_path / "once", places=places)
    monkeypatch.setattr(mastering._Tried, "holds", lambda tried, sound: False)
    twice = made(mix, tmp_path / "twice", places=places)
    assert once.read_bytes() == twice.read_bytes()
    assert not [path for path in once.parent.iterdir() if path.name.startswith(".")]


def test_the_try_is_not_rendered_again(
    mix: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*given: object) -> None:
        raise AssertionError

    monkeypatch.setattr(mastering, "_write", never)
    assert made(mix, tmp_path / "out").exists()


def test_a_master_that_is_stopped_leaves_no_folder(mix: Path, tmp_path: Path) -> None:
    said: list[str] = []
    job = Job(on_progress=lambda what, share: said.append(what))
    job.cancelled = lambda: "try the master" in said
    with pytest.raises(Cancelled):
        made(mix, tmp_path / "out", job)
    assert not (tmp_path / "out").exists()
