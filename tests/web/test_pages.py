"""The routes behind the pages: tools, references, comparison, places, files to take away."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from starlette.testclient import TestClient

from studiohand.core.job import Job
from studiohand.run.songs.rendering import render
from studiohand.song.decisions import proposed
from studiohand.song.folder import Song
from studiohand.web import guard
from studiohand.web.app import create_app
from studiohand.web.comparing import compare, record_look
from studiohand.web.desk import Desk, song_id
from tests.signals import pink

from .conftest import RATE, small_song

OURS = {guard.HEADER: "1"}
BATCH = "0123456789abcdef" * 2


@pytest.fixture
def song(tmp_path: Path) -> Song:
    return small_song(tmp_path)


@pytest.fixture
def desk(song: Song) -> Desk:
    return Desk(song.root.parent)


@pytest.fixture
def client(desk: Desk) -> TestClient:
    client = TestClient(create_app(desk, "t", 8123), base_url="http://127.0.0.1:8123")
    client.cookies.set(guard.COOKIE, "t")
    return client


def _post(client: TestClient, song: Song, what: str, body: object = None) -> Any:
    address = f"/api/songs/{song_id(song.root)}/{what}"
    return client.post(address, json=body or {}, headers=OURS)


def _wait(desk: Desk, song: Song) -> None:
    for _ in range(2400):
        if not desk.running(song_id(song.root)):
            return
        time.sleep(0.05)
    raise AssertionError("the desk is still busy")


def _add(client: TestClient, song: Song, path: Path, part: str = "reference") -> Any:
    address = f"/api/uploads/{BATCH}/{path.name}"
    assert client.put(address, content=path.read_bytes(), headers=OURS).status_code == 200
    return _post(client, song, "add", {"batch": BATCH, "part": part})


@pytest.fixture
def reference(tmp_path: Path, rng: np.random.Generator) -> Path:
    path = tmp_path / "record.wav"
    soundfile.write(path, np.clip(pink(rng, 6.0, RATE, 2, -14.0), -1.0, 1.0), RATE)
    return path


def test_a_tool_runs_by_its_form_and_its_moves_join_the_song(
    client: TestClient, desk: Desk, song: Song
) -> None:
    assert _post(client, song, "tools/master", {"loudness": -20.0}).status_code == 200
    _wait(desk, song)
    findings, moves = proposed(song.ledger.entries())
    assert {move.tool for move in moves} == {"test", "master"}
    assert any(f["tool"] == "master" for f in findings)
    shown = client.get(f"/api/songs/{song_id(song.root)}").json()
    assert {move["tool"] for move in shown["moves"]} == {"test", "master"}


@pytest.mark.parametrize(
    ("what", "body", "words"),
    [
        ("tools/nothing", {}, "no tool"),
        ("tools/master", {"loudness": 7}, "loudness"),
        ("tools/master", {"colour": "blue"}, "colour"),
        ("deliver", {"places": "everywhere"}, "list of names"),
        ("deliver", {}, "No place"),
        ("face", {"codecs": ["../x"]}, "no codec"),
        ("add", {"batch": "../../etc", "part": "reference"}, "not known"),
        ("add", {"batch": BATCH, "part": "manifest"}, "added as one of"),
    ],
)
def test_a_wrong_request_is_a_sentence(
    client: TestClient, song: Song, what: str, body: dict[str, object], words: str
) -> None:
    answer = _post(client, song, what, body)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_a_reference_is_added_and_compared_section_by_section(
    client: TestClient, song: Song, reference: Path
) -> None:
    assert _add(client, song, reference).json() == {"added": ["record"]}
    seen = compare(song, Job())
    assert [record["name"] for record in seen["records"]] == ["mix", "record"]
    assert set(seen["records"][1]["sections"]) == {"whole", "loud parts", "quiet parts"}
    assert len(seen["hz"]) == len(seen["records"][0]["sections"]["whole"]["db"])
    assert seen["slope_db_per_octave"] == 4.5
    assert json.dumps(seen, allow_nan=False)


def test_a_file_that_is_no_audio_is_not_added(
    client: TestClient, song: Song, tmp_path: Path
) -> None:
    bill = tmp_path / "bill.wav"
    bill.write_bytes(b"%PDF-1.7")
    answer = _add(client, song, bill)
    assert answer.status_code == 404
    assert "bill.wav" in answer.json()["error"]
    assert not song.assets("reference")


def test_pink_noise_falls_by_the_slope_that_is_printed(rng: np.random.Generator) -> None:
    from studiohand.core.audio import MemorySource

    seen = record_look(MemorySource(pink(rng, 20.0, RATE), RATE))
    hz = np.geomspace(20.0, 20000.0, 120)
    db = 10 * np.log10(np.asarray(seen["powers"], dtype=float).mean(axis=0))
    inside = (hz > 60) & (hz < 15000)
    slope = np.polyfit(np.log2(hz[inside]), db[inside], 1)[0]
    assert slope == pytest.approx(0.0, abs=0.05), "third octaves of pink noise lie level"


def test_services_and_a_codec_are_tried_on_the_mix_as_it_is(
    client: TestClient, desk: Desk, song: Song
) -> None:
    known = client.get("/api/places").json()
    assert "mp3-320" in known["codecs"] or known["codecs"]
    codec = known["codecs"][0]
    assert _post(client, song, "face", {"codecs": [codec]}).status_code == 200
    _wait(desk, song)
    kept = sorted(path.name for path in (song.root / ".cache").glob("codecs-*/*.wav"))
    assert kept == [f"{codec} artefacts.wav", f"{codec}.wav"]


def test_a_delivery_is_written_and_taken_away(client: TestClient, desk: Desk, song: Song) -> None:
    assert _post(client, song, "deliver", {"places": ["bandcamp"]}).status_code == 200
    _wait(desk, song)
    at = f"/api/songs/{song_id(song.root)}/files"
    (row,) = client.get(at).json()["folders"]
    (flac,) = [f["name"] for f in row["files"] if f["name"].endswith(".flac")]
    answer = client.get(f"{at}/{row['folder']}/{flac}")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.content == (song.root / row["folder"] / flac).read_bytes()


@pytest.mark.parametrize(
    "path",
    ["song.toml", "ledger.jsonl", "originals/bass.wav", "takes/../song.toml",
     "takes/../../../stems/bass.wav", "%2e%2e/%2e%2e/stems/bass.wav", "takes", "/etc/passwd",
     "takes/0001/link.wav"],
)  # fmt: skip
def test_nothing_but_takes_and_deliveries_can_be_taken_away(
    client: TestClient, song: Song, tmp_path: Path, path: str
) -> None:
    folder, _ = render(song, Job())
    (folder / "link.wav").symlink_to(tmp_path / "stems" / "bass.wav")
    assert client.get(f"/api/songs/{song_id(song.root)}/files/{path}").status_code == 404


def test_takes_are_listed_and_markers_saved(client: TestClient, song: Song) -> None:
    render(song, Job())
    at = f"/api/songs/{song_id(song.root)}"
    folders = client.get(f"{at}/files").json()["folders"]
    assert folders[0]["files"][0]["name"] == "mix.wav"
    answer = client.get(f"{at}/markers/reaper")
    assert "attachment" in answer.headers["content-disposition"]
    assert "The bass is 6 dB above its place." in answer.text
    assert client.get(f"{at}/markers/pdf").status_code == 400
