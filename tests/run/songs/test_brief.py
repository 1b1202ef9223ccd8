"""A brief a player can work with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from studiohand.core.errors import BadSetting
from studiohand.core.job import Job
from studiohand.rights.account import declare_part
from studiohand.rights.marks import marks_in
from studiohand.run.songs.brief import write_brief
from studiohand.run.songs.collect import new_song
from studiohand.song.folder import Song

RATE = 22050
BEAT_S = 0.5


@pytest.fixture
def song(tmp_path: Path, rng: np.random.Generator) -> Song:
    folder = tmp_path / "stems"
    folder.mkdir()
    frames = 12 * RATE
    drums = np.zeros((frames, 1))
    for beat in range(24):
        at = round(beat * BEAT_S * RATE)
        drums[at : at + 800, 0] = rng.standard_normal(800) * np.linspace(0.5, 0, 800)[: frames - at]
    t = np.arange(frames) / RATE
    keys = sum(0.1 * np.sin(2 * np.pi * hz * t) for hz in (261.63, 329.63, 392.0))
    guide = 0.2 * np.sin(2 * np.pi * 440.0 * t)
    for name, samples in (("drums", drums), ("keys", keys), ("guide sax", guide)):
        soundfile.write(folder / f"{name}.wav", samples, RATE)
    return new_song(tmp_path / "song", [folder])


def test_the_brief_has_tempo_chords_range_and_sounds(song: Song, tmp_path: Path) -> None:
    out = tmp_path / "brief"
    made = write_brief(song, "guide sax", out, Job())
    assert made.tempo.bpm is not None
    assert min(abs(made.tempo.bpm - bpm) for bpm in (60, 120, 240)) < 1
    assert made.notes == ("A4", "A4")
    assert [names for _, names in made.bars][1:3] == ["C", "C"]
    for name in made.files:
        assert soundfile.info(out / name).samplerate == RATE
    assert "trust your ears" in (out / "brief.html").read_text()


def test_the_song_without_the_guide_is_the_sum_of_the_others(song: Song, tmp_path: Path) -> None:
    write_brief(song, "guide sax", tmp_path / "brief", Job())
    rest = soundfile.read(tmp_path / "brief" / "without.wav")[0]
    parts = [soundfile.read(tmp_path / "stems" / f"{n}.wav")[0] for n in ("drums", "keys")]
    assert np.abs(rest - sum(parts)).max() < 1e-6


def test_the_guide_says_that_it_is_one(song: Song, tmp_path: Path) -> None:
    write_brief(song, "guide sax", tmp_path / "brief", Job())
    assert [mark.guide for mark in marks_in(tmp_path / "brief" / "guide.wav")] == [True]


def test_an_unknown_stem_is_told_with_the_known_ones(song: Song, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="It has: drums, guide sax, keys"):
        write_brief(song, "flute", tmp_path / "brief", Job())


def test_a_generated_part_is_told_of_in_the_song_without_the_guide(
    song: Song, tmp_path: Path
) -> None:
    declare_part(song, "keys", "generated", "Ada", "SomeService")
    write_brief(song, "guide sax", tmp_path / "brief", Job())
    for name in ("without.wav", "reference.wav"):
        assert [m.part for m in marks_in(tmp_path / "brief" / name)] == ["keys"]
