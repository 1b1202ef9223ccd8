"""A song delivered from its own folder: the mix as it is now, checked by the ledger."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from studiohand.core.errors import BadSetting, Cancelled, Corrupt, NotAllowed
from studiohand.core.job import Job
from studiohand.core.outcome import Move
from studiohand.dsp.effects.simple import Gain
from studiohand.io.tags import read_metadata
from studiohand.rights.marks import marks_in
from studiohand.run.release.deliveries import deliver_song
from studiohand.run.songs import deciding
from studiohand.run.songs.collect import new_song
from studiohand.song.folder import Song

RATE = 44100


@pytest.fixture
def song(tmp_path: Path, rng: np.random.Generator) -> Song:
    folder = tmp_path / "stems"
    folder.mkdir()
    for name in ("keys", "vocal"):
        sound = 0.05 * rng.standard_normal((4 * RATE, 2))
        soundfile.write(folder / f"{name}.wav", sound, RATE, subtype="PCM_24")
    return new_song(tmp_path / "Song", [folder], title="Night", artist="Jo Doe")


def test_the_files_hold_the_mix_with_the_accepted_moves(song: Song) -> None:
    move = Move("t", (), ("mix",), (Gain(-6.0),), "Down.")
    song.record("listened", {"findings": [], "moves": [move.to_json()]})
    deciding.accept(song, [move.id])
    made = deliver_song(song, ["bandcamp"], Job())
    folder = song.root / made["folder"]
    (flac,) = folder.rglob("*.flac")
    stems = sum(soundfile.read(p)[0] for p in sorted((song.root / "originals").glob("*.wav")))
    assert np.abs(soundfile.read(flac)[0] - 10 ** (-6 / 20) * stems).max() < 3 / 2**23
    assert read_metadata(flac).tags["title"] == "Night"
    assert {"report.html", "checksums.txt"} <= set(made["files"])


def test_every_delivery_has_a_folder_of_its_own_and_verify_reads_it(song: Song) -> None:
    first, second = (deliver_song(song, ["bandcamp"], Job()) for _ in range(2))
    assert first["folder"] != second["folder"]
    song.verify()
    victim = song.root / second["folder"] / "report.html"
    victim.write_bytes(victim.read_bytes() + b" ")
    with pytest.raises(Corrupt, match="was altered"):
        song.verify()


def test_a_guide_stays_here_until_somebody_says_so(song: Song) -> None:
    song.record(
        "origin",
        {"part": "vocal", "origin": "generated", "basis": "declared", "detail": "SomeModel",
         "by": "the producer", "guide": True},
    )  # fmt: skip
    with pytest.raises(NotAllowed, match="holds a guide"):
        deliver_song(song, ["bandcamp"], Job())
    assert not (song.root / "deliveries").exists()
    made = deliver_song(song, ["bandcamp"], Job(), with_guide=True)
    (flac,) = (song.root / made["folder"]).rglob("*.flac")
    assert [(m.part, m.guide) for m in marks_in(flac)] == [("vocal", True)]


def test_an_unknown_place_writes_nothing(song: Song) -> None:
    with pytest.raises(BadSetting, match="not a place"):
        deliver_song(song, ["atlantis"], Job())
    assert song.ledger.entries()[-1].kind == "added"


def test_a_delivery_that_is_stopped_leaves_nothing_behind(song: Song) -> None:
    told: list[str] = []

    def stop_late(what: str, share: float) -> None:
        told.append(what)
        if any(path.is_file() for path in (song.root / "deliveries").rglob("*")):
            raise Cancelled

    with pytest.raises(Cancelled):
        deliver_song(song, ["bandcamp"], Job(on_progress=stop_late))
    assert told
    assert not list((song.root / "deliveries").iterdir())
    assert [e.kind for e in song.ledger.entries()][-1] == "added"
