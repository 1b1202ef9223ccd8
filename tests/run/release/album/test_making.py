"""An album: loudness relations kept, joins exact, files and discs as the sheet says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from studiohand.cli.main import studiohand
from studiohand.core.audio import Block
from studiohand.core.errors import BadSetting, CannotRead
from studiohand.core.job import Job
from studiohand.core.outcome import Severity
from studiohand.io.tags import read_metadata
from studiohand.run.release.album.discs import discs
from studiohand.run.release.album.making import make_album
from studiohand.run.release.album.sheet import Sheet, SheetSong, read_sheet, sheet_of, write_sheet
from studiohand.run.release.album.songs import Level
from tests.signals import pink

RATE = 44100
AS_IT_IS = Level(None, -1.0)


def _write(path: Path, sound: Block, rate: int = RATE) -> Path:
    soundfile.write(path, sound, rate, subtype="PCM_24")
    return path


@pytest.fixture
def files(tmp_path: Path, rng: np.random.Generator) -> list[Path]:
    """Three songs of 6, 5 and 7 s, at -16, -24 and -12 dBFS."""
    sounds = [pink(rng, s, RATE, 2, db) for s, db in [(6.0, -16.0), (5.0, -24.0), (7.0, -12.0)]]
    return [_write(tmp_path / f"{n}.wav", np.clip(s, -1, 1)) for n, s in enumerate(sounds)]


def _samples(path: Path) -> Block:
    return np.asarray(soundfile.read(path, always_2d=True)[0])


def test_with_nothing_asked_for_every_sample_stays_and_pauses_follow_their_song(
    files: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "album"
    made = make_album(sheet_of(files, "T", "A", 2.0), AS_IT_IS, None, [], out, Job())
    for number, (song, file) in enumerate(zip(made["songs"], files, strict=True)):
        heard, original = _samples(out / song["file"]), _samples(file)
        assert np.array_equal(heard[: len(original)], original)
        assert not heard[len(original) :].any()
        pause_s = (len(heard) - len(original)) / RATE
        assert pause_s == pytest.approx(0.0 if number == 2 else 2.0, abs=1 / 75 + 1e-9)
    assert made["album_lufs_after"] == pytest.approx(made["album_lufs_before"], abs=0.1)


def test_one_loudness_for_the_album_keeps_what_is_loud_against_what(
    files: list[Path], tmp_path: Path
) -> None:
    sheet = sheet_of(files, "T", "A", 1.0)
    made = make_album(sheet, Level(-13.0, -1.0), None, [], tmp_path / "album", Job())
    assert made["album_lufs_after"] == pytest.approx(-13.0, abs=0.1)
    for song in made["songs"]:
        before, after = song["against_album_before_lu"], song["against_album_after_lu"]
        assert after == pytest.approx(before, abs=0.15)
    assert not any(finding["kind"] == "loudness" for finding in made["findings"])


def test_a_trim_moves_one_song_against_the_others(files: list[Path], tmp_path: Path) -> None:
    songs = (SheetSong(file=files[0], title="a"), SheetSong(file=files[1], title="b", trim_db=3.0))
    made = make_album(Sheet(song=songs), AS_IT_IS, None, [], tmp_path / "album", Job())
    first, second = made["songs"]
    assert first["lufs_after"] == first["lufs_before"]
    assert second["lufs_after"] == pytest.approx(second["lufs_before"] + 3.0, abs=0.02)


def test_gapless_songs_join_sample_for_sample(tmp_path: Path, rng: np.random.Generator) -> None:
    whole = np.round(pink(rng, 9.0, RATE) * 2**20) / 2**23
    cut = 4 * RATE + 123
    files = [_write(tmp_path / "a.wav", whole[:cut]), _write(tmp_path / "b.wav", whole[cut:])]
    sheet, out = sheet_of(files, "", "", 0.0), tmp_path / "album"
    made = make_album(sheet, AS_IT_IS, None, [discs()["cd"]], out, Job())
    joined = np.concatenate([_samples(out / song["file"]) for song in made["songs"]])
    assert np.array_equal(joined, whole)


def test_the_cd_image_is_16_bit_whole_sectors_and_its_index_points_at_the_music(
    files: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "album"
    sheet = sheet_of(files, "T", "A", 2.0)
    make_album(sheet, AS_IT_IS, None, [discs()["cd"]], out, Job())
    info = soundfile.info(out / "cd" / "album.wav")
    assert (info.samplerate, info.subtype) == (44100, "PCM_16")
    assert info.frames % 588 == 0
    cue = (out / "cd" / "album.cue").read_text("utf-8")
    places = [line.split()[-1] for line in cue.splitlines() if "INDEX 01" in line]
    image = _samples(out / "cd" / "album.wav")
    for place, file in zip(places, files, strict=True):
        minutes, seconds, sectors = (int(part) for part in place.split(":"))
        at = ((minutes * 60 + seconds) * 75 + sectors) * 588
        original = _samples(file)
        assert np.abs(image[at : at + 4000] - original[:4000]).max() < 3 / 2**15


def test_a_side_that_plays_too_long_is_a_must(tmp_path: Path, rng: np.random.Generator) -> None:
    long = _write(tmp_path / "long.wav", np.zeros((8 * 60 * 1000, 1)) + 0.01, 1000 * 8)
    _write(long, np.tile(pink(rng, 1.0, 8000, 1), (400, 1)), 8000)
    made = make_album(
        sheet_of([long], "", "", 0.0), AS_IT_IS, None, [discs()["vinyl-7-45"]],
        tmp_path / "album", Job(),
    )  # fmt: skip
    (found,) = [f for f in made["findings"] if f["kind"] == "length"]
    assert found["severity"] == Severity.MUST.value
    assert found["value"] == pytest.approx(400 / 60, abs=0.01)
    assert found["limit"] == 5.0


def test_songs_of_different_rates_ask_for_one(files: list[Path], tmp_path: Path) -> None:
    other = _write(tmp_path / "other.wav", 0.1 * np.ones((48000 * 4, 2)), 48000)
    sheet, out = sheet_of([files[0], other], "", "", 2.0), tmp_path / "album"
    with pytest.raises(BadSetting, match="--rate"):
        make_album(sheet, AS_IT_IS, None, [], out, Job())
    assert not out.exists()
    made = make_album(sheet, AS_IT_IS, 48000, [], out, Job())
    assert {soundfile.info(out / s["file"]).samplerate for s in made["songs"]} == {48000}


def test_a_loudness_out_of_reach_is_said(tmp_path: Path, rng: np.random.Generator) -> None:
    spiky = np.zeros((RATE * 6, 2))
    spiky[:: RATE // 3] = 0.9
    files = [
        _write(tmp_path / "spiky.wav", spiky),
        _write(tmp_path / "n.wav", pink(rng, 6.0, RATE)),
    ]
    sheet = sheet_of(files, "", "", 2.0)
    made = make_album(sheet, Level(-5.0, -1.0), None, [], tmp_path / "album", Job())
    assert any(f["kind"] == "loudness" and f["severity"] == "must" for f in made["findings"])


def test_tags_say_title_number_and_code(files: list[Path], tmp_path: Path) -> None:
    songs = tuple(
        SheetSong(file=file, title=f"Song: {n}/2", isrc=f"US-ABC-26-0000{n}")
        for n, file in enumerate(files)
    )
    sheet = Sheet(title="Record", artist="Band", song=songs)
    made = make_album(sheet, AS_IT_IS, None, [], tmp_path / "album", Job())
    assert made["songs"][1]["file"] == "02 Song- 1-2.wav"
    tags = read_metadata(tmp_path / "album" / made["songs"][1]["file"]).tags
    assert tags["title"] == "Song: 1/2"
    assert tags["album"] == "Record"
    assert tags["isrc"] == "USABC2600001"
    assert tags["track"].startswith("2")


def test_a_sheet_comes_back_as_it_was_written(files: list[Path], tmp_path: Path) -> None:
    sheet = sheet_of(files, "Title “é”", "Artist", 3.0)
    write_sheet(tmp_path / "album.toml", sheet)
    assert read_sheet(tmp_path / "album.toml") == sheet


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("[[song]]\nfile = 3\n", BadSetting, "song.0.file"),
        ('[[song]]\nfile = "a"\ngap_s = 900\n', BadSetting, "gap_s"),
        ('[[song]]\nfile = "a"\ntempo = 3\n', BadSetting, "tempo"),
        ('[[song]]\nfile = "a"\nisrc = "nonsense"\n', BadSetting, "ISRC"),
        ("[[song\n", CannotRead, "cannot be read"),
    ],
)
def test_a_wrong_sheet_is_told_by_its_place(
    tmp_path: Path, text: str, kind: type[Exception], words: str
) -> None:
    (tmp_path / "album.toml").write_text(text)
    with pytest.raises(kind, match=words):
        read_sheet(tmp_path / "album.toml")


def test_the_command_makes_an_album_and_its_sheet_makes_it_again(
    files: list[Path], tmp_path: Path
) -> None:
    out, again = tmp_path / "out", tmp_path / "again"
    run = CliRunner().invoke
    first = run(studiohand, ["album", *map(str, files), "--out", str(out), "--json"])
    assert first.exit_code == 0, first.output
    names = [song["file"] for song in json.loads(first.stdout)["songs"]]
    assert names == ["01 0.wav", "02 1.wav", "03 2.wav"]
    sheet = str(out / "album.toml")
    second = run(studiohand, ["album", "--sheet", sheet, "--out", str(again)])
    assert second.exit_code == 0, second.output
    for path in sorted(out.glob("*.wav")):
        assert path.read_bytes() == (again / path.name).read_bytes()


def test_an_album_is_not_written_over_the_songs_it_is_made_of(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    song = _write(tmp_path / "01 Night.wav", pink(rng, 5.0, RATE, 2, -16.0))
    before = song.read_bytes()
    sheet = Sheet(title="T", artist="A", song=(SheetSong(file=song, title="Night"),))
    with pytest.raises(BadSetting, match="would replace the original"):
        make_album(sheet, AS_IT_IS, None, [], tmp_path, Job())
    assert song.read_bytes() == before


def test_a_folder_that_holds_another_album_is_left_as_it_is(
    files: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "album"
    make_album(sheet_of(files, "T", "A", 2.0), AS_IT_IS, None, [], out, Job())
    before = {path: path.read_bytes() for path in sorted(out.iterdir())}
    with pytest.raises(BadSetting, match="holds another album"):
        make_album(sheet_of(files[::-1], "T", "A", 2.0), AS_IT_IS, None, [], out, Job())
    assert {path: path.read_bytes() for path in sorted(out.iterdir())} == before
    make_album(read_sheet(out / "album.toml"), AS_IT_IS, None, [], out, Job())
    assert {path: path.read_bytes() for path in sorted(out.iterdir())} == before
