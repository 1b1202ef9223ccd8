"""Delivery: the right files, names, rates and checksums for each place."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from studiohand.core.audio import Block, MemorySource, read_all
from studiohand.core.errors import BadSetting
from studiohand.core.job import Job
from studiohand.io.audiofile import create_audio, open_audio
from studiohand.io.formats import target_named
from studiohand.io.tags import read_metadata
from studiohand.run.release.delivery import Title, deliver, place_rate, wing_name, write_checksums
from studiohand.run.release.services import places
from tests.signals import noise, sine

TITLE = Title("Night Drive (feat. Zoë)", "Jané Doe", "AB02")


@pytest.fixture
def song(rng: np.random.Generator) -> Block:
    return sine(440.0, 1.0, 48_000, -6.0, 2) + noise(rng, 1.0, db=-50.0)


def test_names_follow_the_order_of_the_wing() -> None:
    assert wing_name(TITLE, 48_000, 24) == "JD_NightDriveFeat_AB02_Master_48k24"
    assert wing_name(Title("x"), 44_100, 0, 320) == "x".upper() + "_Master_441k_320kbps"
    assert wing_name(Title("夜"), 44_100, 16) == "Master_441k16"
    long = wing_name(Title("a" * 200, "b " * 3), 96_000, 24)
    assert long == "BBB_A" + "a" * 13 + "_Master_96k24"


@pytest.mark.parametrize(
    ("place", "kind", "rate", "expected"),
    [("spotify", "bare24", 96_000, 96_000), ("cd", "bare16", 96_000, 44_100),
     ("soundcloud", "bare24", 96_000, 48_000), ("soundcloud", "bare24", 88_200, 88_200),
     ("promo", "mp3-320", 176_400, 44_100), ("promo", "aac-256", 96_000, 48_000),
     ("apple", "bare24", 384_000, 192_000), ("promo", "mp3-320", 44_100, 44_100)],
)  # fmt: skip
def test_a_place_keeps_the_native_rate_wherever_it_can(
    place: str, kind: str, rate: int, expected: int
) -> None:
    assert place_rate(places()[place], rate, target_named(kind)) == expected


def test_each_place_gets_its_files_read_back_and_listed(song: Block, tmp_path: Path) -> None:
    told = deliver(Job(), MemorySource(song, 48_000), tmp_path, ["spotify", "cd", "promo"], TITLE)
    assert [place["place"] for place in told] == ["spotify", "cd", "promo"]
    files = {file["file"]: file for place in told for file in place["files"]}
    assert set(files) == {
        "spotify/JD_NightDriveFeat_AB02_Master_48k24.wav",
        "spotify/JD_NightDriveFeat_AB02_Master_48k24.flac",
        "cd/JD_NightDriveFeat_AB02_Master_441k16.wav",
        "promo/JD_NightDriveFeat_AB02_Master_48k_320kbps.mp3",
        "promo/JD_NightDriveFeat_AB02_Master_48k_256kbps.m4a",
    }
    for name, file in files.items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == file["sha256"]
    cd = files["cd/JD_NightDriveFeat_AB02_Master_441k16.wav"]
    assert (cd["dither"]["bits"], cd["resampled"]["to"]) == (16, 44_100)
    mp3 = files["promo/JD_NightDriveFeat_AB02_Master_48k_320kbps.mp3"]
    assert mp3["true_peak_after_dbtp"] == pytest.approx(-6.0, abs=0.5)
    tags = read_metadata(tmp_path / "promo" / "JD_NightDriveFeat_AB02_Master_48k_320kbps.mp3").tags
    assert (tags["title"], tags["artist"]) == (TITLE.title, TITLE.artist)
    bare = (tmp_path / "spotify" / "JD_NightDriveFeat_AB02_Master_48k24.wav").read_bytes()
    assert bare[12:16] == b"fmt "
    assert bare[36:40] == b"data"
    assert len(bare) == 44 + 48_000 * 6
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_24_bit_master_arrives_bit_for_bit(song: Block, tmp_path: Path) -> None:
    with create_audio(tmp_path / "master.wav", 48_000, 2, "PCM_24") as sink:
        sink.write(song)
    master = open_audio(tmp_path / "master.wav")
    (told,) = deliver(Job(), master, tmp_path / "out", ["bandcamp"])
    assert told["files"][0]["exact"]
    made = open_audio(tmp_path / "out" / told["files"][0]["file"])
    np.testing.assert_array_equal(read_all(made), read_all(master))


def test_checksums_are_as_sha256sum_reads_them(song: Block, tmp_path: Path) -> None:
    deliver(Job(), MemorySource(song, 48_000), tmp_path, ["bandcamp"], TITLE)
    (tmp_path / ".left").mkdir()
    (tmp_path / ".left" / "tried.wav").write_bytes(b"of a run that was killed")
    lines = write_checksums(tmp_path).read_text().splitlines()
    assert [line.split("  ")[1] for line in lines] == [
        "bandcamp/JD_NightDriveFeat_AB02_Master_48k24.flac"
    ]
    digest, name = lines[0].split("  ")
    assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == digest


def test_an_unknown_place_writes_nothing(song: Block, tmp_path: Path) -> None:
    with pytest.raises(BadSetting):
        deliver(Job(), MemorySource(song, 48_000), tmp_path / "out", ["spotify", "nowhere"])
    assert not (tmp_path / "out").exists()
