"""A song before the services."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studiohand.core.audio import MemorySource
from studiohand.core.errors import BadSetting
from studiohand.core.job import Job
from studiohand.run.release.facing import face_services
from tests.signals import pink


def test_a_service_is_faced_with_its_own_codecs(rng: np.random.Generator, tmp_path: Path) -> None:
    song = MemorySource(pink(rng, 3.0, 44_100, 2, -14.0), 44_100)
    told = face_services(Job(), song, ["Deezer"], keep=tmp_path)
    (fact,) = told["playback"]
    assert fact["gain_db"] == pytest.approx(-15.0 - told["integrated_lufs"], abs=0.02)
    assert [codec["codec"] for codec in told["codecs"]] == ["mp3-128", "mp3-320"]
    assert (tmp_path / "mp3-128 artefacts.wav").is_file()


def test_all_services_are_faced_when_none_is_named() -> None:
    silent = MemorySource(np.zeros((44_100, 1)), 44_100)
    told = face_services(Job(), silent, codecs=["mp3-128"])
    assert len(told["playback"]) >= 9
    assert {fact["gain_db"] for fact in told["playback"]} == {None}


def test_an_unknown_service_is_refused() -> None:
    with pytest.raises(BadSetting, match="spotify"):
        face_services(Job(), MemorySource(np.zeros((10, 1)), 44_100), ["myspace"])
