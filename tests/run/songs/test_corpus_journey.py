"""The main job on every multitrack of the corpus, door by door."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studiohand.cli.main import run
from studiohand.core.outcome import Move
from studiohand.dsp.effects.simple import Gain, Polarity
from studiohand.song.folder import Song

SONGS = (
    "evr_rubidium", "evr_lithium", "fof_metal_madness", "fof_armygeddon", "lmms_final_step",
    "trk_pekka_song01",
)  # fmt: skip


def _hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.wav"))
    }


@pytest.mark.parametrize("name", SONGS)
def test_stems_in_findings_out_a_take_back(
    corpus: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stems, root = corpus / "multitrack" / name, tmp_path / "song"
    assert run(["new", str(root), "--stems", str(stems)]) == 0
    capsys.readouterr()
    assert run(["listen", str(root), "--json"]) == 0
    heard = json.loads(capsys.readouterr().out)
    assert [f for f in heard["findings"] if f["severity"] == "must"] == []

    assert run(["render", str(root), "--out", str(tmp_path / "plain")]) == 0
    mix, rate = soundfile.read(tmp_path / "plain" / "mix.wav", dtype="float64", always_2d=True)
    made, made_rate = soundfile.read(stems / "mix.flac", dtype="float64", always_2d=True)
    assert rate == made_rate
    assert np.array_equal(mix, made)

    song = Song(root)
    first = song.assets("stem")[0].name
    move = Move("test", (), (first,), (Gain(-3.0), Polarity()), "a change one can hear")
    song.record("listened", {"findings": [], "moves": [move.to_json()]})
    assert run(["accept", str(root), move.id, "--amount", "80"]) == 0
    assert run(["render", str(root), "--out", str(tmp_path / "moved")]) == 0
    assert _hashes(tmp_path / "moved")["mix.wav"] != _hashes(tmp_path / "plain")["mix.wav"]
    assert run(["undo", str(root)]) == 0
    assert run(["render", str(root), "--out", str(tmp_path / "again")]) == 0
    assert _hashes(tmp_path / "again") == _hashes(tmp_path / "plain")
    assert run(["verify", str(root)]) == 0


def test_block_size_does_not_change_a_bit(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from studiohand.run.songs import rendering

    root = tmp_path / "song"
    run(["new", str(root), "--stems", str(corpus / "multitrack" / "fof_armygeddon")])
    song = Song(root)
    names = [asset.name for asset in song.assets("stem")]
    from studiohand.dsp.effects.compressor import Compressor
    from studiohand.dsp.effects.eq import Band, Eq

    steps = (Eq((Band("bell", 300.0, -3.0, 1.0),)), Compressor(threshold_db=-24.0, ratio=3.0))
    move = Move("test", (), (*names, "mix"), steps, "eq and compressor")
    song.record("listened", {"findings": [], "moves": [move.to_json()]})
    run(["accept", str(root), move.id])
    for folder, frames in (("a", 65536), ("b", 1009)):
        monkeypatch.setattr(rendering, "BLOCK_FRAMES", frames)
        assert run(["render", str(root), "--out", str(tmp_path / folder)]) == 0
    assert _hashes(tmp_path / "a") == _hashes(tmp_path / "b")
