"""Credits and codes in the tags of every container that can hold them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from studiohand.cli.main import run
from studiohand.io.audiofile import open_audio
from studiohand.io.tags import read_metadata
from studiohand.rights import account
from studiohand.run.release.tagging import write_tagged
from studiohand.run.songs.collect import new_song
from studiohand.song.folder import Song


@pytest.fixture
def song(tmp_path: Path) -> Song:
    soundfile.write(tmp_path / "lead.wav", np.zeros((4800, 2)), 48000)
    made = new_song(tmp_path / "song", [tmp_path / "lead.wav"], title="Night", artist="Ada Artist")
    account.credit(made, "Ben Beat", "Composer")
    account.credit(made, "Cy Words", "Lyricist")
    account.credit(made, "Ada Artist", "Mixer")
    account.identify(made, isrc="USS1Z9900001", upc="036000291452")
    return made


@pytest.mark.parametrize("kind", ["wav24", "flac", "mp3", "aac", "alac", "opus", "aiff"])
def test_title_people_and_codes_are_read_back(song: Song, tmp_path: Path, kind: str) -> None:
    master = tmp_path / "master.wav"
    soundfile.write(master, 0.1 * np.ones((9600, 2)), 48000, subtype="PCM_24")
    certificate = write_tagged(song, master, tmp_path / "out", kind)
    made = next(p for p in (tmp_path / "out").iterdir() if p.suffix not in (".json", ".txt"))
    tags = read_metadata(made).tags
    wanted = {
        "title": "Night", "artist": "Ada Artist", "composer": "Ben Beat", "lyricist": "Cy Words",
        "mixer": "Ada Artist", "isrc": "USS1Z9900001", "barcode": "036000291452",
    }  # fmt: skip
    assert {name: tags.get(name) for name in wanted} == wanted
    assert open_audio(made).rate == 48000
    assert certificate["result"]["sha256"]


def test_the_command_says_where_it_wrote(
    song: Song, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    master = tmp_path / "master.wav"
    soundfile.write(master, np.zeros((4800, 2)), 48000)
    assert run(["tag", str(song.root), str(master), "--out", str(tmp_path / "out")]) == 0
    assert str(tmp_path / "out") in capsys.readouterr().out
