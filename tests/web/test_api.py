"""What the page is given: sums to the sample, trials, matches, pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from starlette.testclient import TestClient

from studiohand.core.job import Job
from studiohand.run.rendering import render
from studiohand.song.folder import Song
from studiohand.web import guard
from studiohand.web.app import create_app
from studiohand.web.desk import Desk, song_id

from .conftest import RATE, small_song

OURS = {guard.HEADER: "1"}


@pytest.fixture
def song(tmp_path: Path) -> Song:
    return small_song(tmp_path)


@pytest.fixture
def client(song: Song) -> TestClient:
    client = TestClient(
        create_app(Desk(song.root.parent), "t", 8123), base_url="http://127.0.0.1:8123"
    )
    client.cookies.set(guard.COOKIE, "t")
    return client


def _samples(client: TestClient, song: Song, **asked: str | int) -> np.ndarray:
    answer = client.get(f"/api/songs/{song_id(song.root)}/samples", params=asked)
    assert answer.status_code == 200, answer.text
    return np.frombuffer(answer.content, "<f4").reshape(-1, 2)


def _post(client: TestClient, song: Song, what: str, **body: object) -> dict[str, object]:
    answer = client.post(f"/api/songs/{song_id(song.root)}/{what}", json=body, headers=OURS)
    assert answer.status_code == 200, answer.text
    done: dict[str, object] = answer.json()
    return done


def test_a_is_the_sample_exact_sum_from_any_frame(client: TestClient, song: Song) -> None:
    folder, _ = render(song, Job())
    mix = soundfile.read(folder / "mix.wav", dtype="float32")[0]
    heard = _samples(client, song, hear="original", start=12345, frames=4096)
    assert np.array_equal(heard, mix[12345 : 12345 + 4096])


def test_beyond_the_end_there_is_silence(client: TestClient, song: Song) -> None:
    heard = _samples(client, song, hear="accepted", start=4 * RATE - 10, frames=100)
    assert np.all(heard[10:] == 0)
    assert len(heard) == 100


def test_b_is_what_a_render_gives(client: TestClient, song: Song) -> None:
    shown = client.get(f"/api/songs/{song_id(song.root)}").json()
    for move in shown["moves"]:
        _post(client, song, "decide", act="accept", move=move["id"])
    folder, _ = render(song, Job())
    mix = soundfile.read(folder / "mix.wav", dtype="float32")[0]
    heard = _samples(client, song, hear="accepted", start=96000, frames=9600)
    assert np.abs(heard - mix[96000:105600]).max() < 1e-6


def test_a_trial_is_heard_without_being_decided(client: TestClient, song: Song) -> None:
    lines = len(song.ledger.entries())
    move = client.get(f"/api/songs/{song_id(song.root)}").json()["moves"][0]
    trial = _post(client, song, "try", move=move["id"], settings={"db": "-120"})
    without = _samples(client, song, hear=str(trial["hear"]), start=RATE, frames=4800)
    bass = _samples(client, song, hear="stem:bass", start=RATE, frames=4800)
    whole = _samples(client, song, hear="original", start=RATE, frames=4800)
    assert np.abs(whole - bass - without).max() < 1e-5
    assert len(song.ledger.entries()) == lines


def test_the_match_makes_b_as_loud_as_a(client: TestClient, song: Song) -> None:
    move = client.get(f"/api/songs/{song_id(song.root)}").json()["moves"][0]
    trial = _post(client, song, "try", move=move["id"], settings={"db": "-9"})
    path = f"/api/songs/{song_id(song.root)}/match"
    gain_db = client.get(path, params={"hear": str(trial["hear"])}).json()["gain_db"]
    from studiohand.dsp.meters.loudness import LoudnessMeter

    meters = []
    for hear in ("original", str(trial["hear"])):
        meter = LoudnessMeter(RATE, 2)
        meter.update(_samples(client, song, hear=hear, start=0, frames=4 * RATE).astype(float))
        meters.append(meter.integrated_lufs())
    assert meters[0] is not None
    assert meters[1] is not None
    assert abs(meters[0] - meters[1] - gain_db) <= 0.1


def test_a_waveform_shows_the_extremes_of_each_column(client: TestClient, song: Song) -> None:
    path = f"/api/songs/{song_id(song.root)}/waveform"
    answer = client.get(path, params={"name": "bass", "start": 0, "stop": RATE, "width": 10})
    drawn = np.frombuffer(answer.content, np.int8).reshape(10, 2)
    assert np.all(np.abs(drawn[:, 1] - 0.2 * 127) < 2)
    assert np.all(np.abs(drawn[:, 0] + 0.2 * 127) < 2)


def test_a_spectrum_names_its_slope_and_peaks_where_the_tone_is(
    client: TestClient, song: Song
) -> None:
    path = f"/api/songs/{song_id(song.root)}/spectrum"
    drawn = client.get(path, params={"hear": "stem:keys", "frames": RATE}).json()
    assert drawn["slope_db_per_octave"] == 4.5
    assert abs(drawn["hz"][int(np.argmax(drawn["db"]))] - 440) < 440 * 0.15


@pytest.mark.parametrize(
    "asked", [{"frames": 10**9}, {"start": -5}, {"hear": "stem:nobody"}, {"hear": "trial:x:y"}]
)
def test_what_cannot_be_heard_is_refused(
    client: TestClient, song: Song, asked: dict[str, str | int]
) -> None:
    answer = client.get(f"/api/songs/{song_id(song.root)}/samples", params=asked)
    assert answer.status_code == 400
    assert "error" in answer.json()
