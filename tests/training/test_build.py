"""The training command on a small budget: the loss falls, and the runner loads what comes out."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from studiohand.models.masks import BandMasks
from studiohand.models.onnx import Session
from tests.signals import noise

ROOT = Path(__file__).resolve().parents[2]


def test_every_source_of_training_sound_has_a_licence_and_consent() -> None:
    sources = tomllib.loads((ROOT / "training" / "SOURCES.toml").read_text("utf-8"))["source"]
    assert len(sources) >= 5
    for source in sources:
        assert source["licence"]
        assert source["consent"] in ("none-needed", "explicit", "licensed")


def test_a_song_is_the_same_for_the_same_seed() -> None:
    from training import score

    first, second = (score.random_song(np.random.default_rng(3), 8.0) for _ in range(2))
    assert first == second
    assert score.drum_hits(first, np.random.default_rng(1)) == score.drum_hits(
        second, np.random.default_rng(1)
    )


def test_stems_that_cannot_be_told_apart_count_as_one(rng: np.random.Generator) -> None:
    from training.mixing import folded, statistics

    assert folded("made-00001") == (False,) * 4
    parts = rng.standard_normal((4, 2, 3, 2049)) + 1j * rng.standard_normal((4, 2, 3, 2049))
    apart = statistics(parts.astype(np.complex64), folded("made-00001"))
    joined = statistics(parts.astype(np.complex64), folded("whole-anything"))
    assert not joined.stem[1:3].any()
    assert np.allclose(joined.stem[0], apart.stem[0])
    assert np.allclose(joined.cross[3], apart.cross[1:].sum(axis=0), rtol=1e-3, atol=1.0)
    assert np.allclose(joined.mix, apart.mix)


def test_a_finished_record_brings_its_own_drums_and_bass(rng: np.random.Generator) -> None:
    from training.mixing import Mixer, Track

    sound = np.zeros((10, 2), np.int16)
    songs = {"vocals": "made-1", "drums": "made-1", "bass": "made-1", "other": "whole-record"}
    tracks = {
        stem: [Track(song, sound, np.zeros(1, np.int64), 0.1)] for stem, song in songs.items()
    }
    chosen = [Mixer(tracks, rng, real=1.0)._chosen("") for _ in range(50)]
    with_record = [four for four in chosen if four[3] is not None]
    assert with_record
    assert all(four[1] is None and four[2] is None for four in with_record)


def test_records_are_decoded_as_what_goes_under_a_voice(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    import soundfile
    from training.mixing import folded, load
    from training.pool import RECORD_S, records

    for name, seconds in (("whole_beat", RECORD_S + 10), ("tonal_piano", 6.0), ("else", 2.0)):
        soundfile.write(tmp_path / f"{name}.wav", noise(rng, seconds, 8000), 8000)
    records(tmp_path / "pool", tmp_path)
    found = {track.song: track for track in load(tmp_path / "pool")["other"]}
    assert sorted(found) == ["tonal-piano", "whole-beat"]
    assert abs(len(found["whole-beat"].sound) / 44100 - RECORD_S) < 0.01
    assert folded("tonal-piano") == (False, False, True, False)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_small_build_learns_and_its_model_runs(tmp_path: Path, rng: np.random.Generator) -> None:
    pytest.importorskip("torch", reason="LOUD: torch is not here, so training did not run")
    pytest.importorskip("onnxscript", reason="LOUD: onnxscript is not here, training did not run")
    from training.build import SMALL, build

    place = tmp_path / "small.onnx"
    result = build(tmp_path / "work", place, SMALL, None)
    assert result["after"] < result["before"]
    assert result["largest_mask_difference"] < 0.02
    assert place.stat().st_size < 16_000_000
    model = BandMasks("small", ("vocals", "drums", "bass", "other"), Session(place))
    window = noise(rng, 4.0, rate=44100)[: model.shape.window_frames].astype(np.float32)
    parts = model.separate(window, model.stems)
    inside = slice(model.shape.margin_frames, -model.shape.margin_frames)
    assert np.abs(np.sum(list(parts.values()), axis=0) - window)[inside].max() < 1e-3
