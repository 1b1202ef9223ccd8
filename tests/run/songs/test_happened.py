"""After a take the promise of a move is measured and held beside what happened."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from studiohand.cli.commands.render import COMMAND
from studiohand.core.job import Job
from studiohand.run.songs.collect import new_song
from studiohand.run.songs.deciding import accept
from studiohand.run.songs.material import song_material
from studiohand.run.songs.rendering import render
from studiohand.song.decisions import moves_with_state
from studiohand.tools.clash import TOOL
from tests.mir.parts import RATE, band, bell, total


def test_a_take_says_what_an_accepted_move_gained_beside_what_it_promised(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    parts = band(rng, 8.0)
    stems = dict(parts, guitar=bell(parts["guitar"], 1500.0, 10.0, 1.0))
    files = []
    for name, samples in {**stems, "mix": total(parts)}.items():
        files.append(tmp_path / f"{name}.wav")
        soundfile.write(files[-1], samples, RATE, subtype="FLOAT")
    song = new_song(tmp_path / "song", files[:-1], files[-1])
    heard = TOOL.run(Job(), song_material(song), TOOL.settings())
    song.record("listened", {"findings": [f.to_json() for f in heard.findings],
                             "moves": [m.to_json() for m in heard.moves]})  # fmt: skip
    first = heard.moves[0]
    assert not any("happened" in row for row in moves_with_state(song.ledger.entries()))
    accept(song, [first.id])
    _, body = render(song, Job())
    (said,) = body["happened"]
    gain, rest = "hidden_audibility_gain_db", "largest_other_change_db"
    assert said["move"] == first.id
    assert said["predicted"][gain] == first.predicted[gain]
    assert said["measured"][gain] == pytest.approx(first.predicted[gain], abs=1.0)
    assert said["measured"][gain] >= 3.0
    assert said["measured"][rest] <= 0.5
    rows = {row["id"]: row for row in moves_with_state(song.ledger.entries())}
    assert rows[first.id]["happened"] == said["measured"]
    assert all("happened" not in row for name, row in rows.items() if name != first.id)
    said_aloud = CliRunner().invoke(COMMAND, [str(song.root)]).output
    assert f"{first.id}: promised {first.predicted[gain]:+.1f} dB of audibility" in said_aloud
    assert f"got {said['measured'][gain]:+.1f} dB of audibility" in said_aloud


def test_a_take_without_such_a_move_measures_nothing(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    soundfile.write(tmp_path / "a.wav", 0.1 * rng.standard_normal((4800, 2)), RATE)
    song = new_song(tmp_path / "song", [tmp_path / "a.wav"])
    _, body = render(song, Job())
    assert "happened" not in body
