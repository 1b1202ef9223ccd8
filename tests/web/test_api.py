"""What the page is given: sums to the sample, trials, matches, pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from starlette.testclient import TestClient

from studiohand.core.job import Job
from studiohand.run.songs.rendering import render
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


def _picture(client: TestClient, song: Song, what: str, **asked: str | int) -> bytes:
    """A picture, asked for until it is made."""
    for _ in range(200):
        answer = client.get(f"/api/songs/{song_id(song.root)}/{what}", params=asked)
        assert answer.status_code in (200, 202), answer.text
        if answer.status_code == 200:
            return answer.content
    raise AssertionError("It was never made.")


def _post(client: TestClient, song: Song, what: str, **body: object) -> dict[str, Any]:
    answer = client.post(f"/api/songs/{song_id(song.root)}/{what}", json=body, headers=OURS)
    assert answer.status_code == 200, answer.text
    done: dict[str, Any] = answer.json()
    return done


def test_one_song_that_cannot_be_read_does_not_hide_the_others(
    client: TestClient, song: Song
) -> None:
    broken = song.root.parent / "Broken"
    broken.mkdir()
    (broken / "song.toml").write_text("title = ")
    listed = client.get("/api/songs").json()["songs"]
    assert [row["title"] for row in listed] == ["Broken", "Small Song"]


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


def test_trials_at_two_amounts_are_two_things_to_hear(client: TestClient, song: Song) -> None:
    move = client.get(f"/api/songs/{song_id(song.root)}").json()["moves"][0]
    half, whole = (
        _post(client, song, "try", move=move["id"], amount_percent=amount) for amount in (50, 100)
    )
    assert half["hear"] != whole["hear"]
    assert half["scaled"][0]["db"] == pytest.approx(whole["scaled"][0]["db"] / 2)
    bass = _samples(client, song, hear="stem:bass", start=RATE, frames=4800)
    heard = [
        _samples(client, song, hear=str(trial["hear"]), start=RATE, frames=4800)
        for trial in (half, whole)
    ]
    assert np.abs(heard[0] - heard[1] - bass * (10 ** (-3 / 20) - 10 ** (-6 / 20))).max() < 1e-6


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


@pytest.mark.parametrize("level", [4, 8, 10])
def test_a_waveform_tile_shows_the_extremes_of_each_column(
    client: TestClient, song: Song, level: int
) -> None:
    content = _picture(client, song, "tiles/wave", of="stem:bass", level=level, index=0)
    drawn = np.frombuffer(content, np.int8).reshape(512, 2)
    period = RATE // 80
    if 2**level > period:
        inside = drawn[: 4 * RATE >> level]
        assert np.all(np.abs(inside[:, 1] - 0.2 * 127) < 2)
        assert np.all(np.abs(inside[:, 0] + 0.2 * 127) < 2)
    sine = 0.2 * 127 * np.sin(2 * np.pi * 80 * np.arange(512 << level) / RATE)
    columns = np.where(np.arange(512 << level) < 4 * RATE, sine, 0).reshape(512, -1)
    assert np.abs(drawn[:, 1] - columns.max(axis=1)).max() <= 1


def test_a_waveform_tile_beyond_the_end_is_flat(client: TestClient, song: Song) -> None:
    for level in (4, 8):
        content = _picture(client, song, "tiles/wave", of="stem:bass", level=level, index=1000)
        assert not np.frombuffer(content, np.int8).any()


def test_a_spectrogram_tile_peaks_where_the_tone_is(client: TestClient, song: Song) -> None:
    content = _picture(client, song, "tiles/spectrogram", of="stem:keys", level=10, index=0)
    drawn = np.frombuffer(content, np.uint8).reshape(128, 96)
    hz = np.geomspace(30, 20000, 97)
    row = int(np.searchsorted(hz, 440)) - 1
    assert abs(int(drawn[60].argmax()) - row) <= 1
    level_db = (drawn[60, row - 1 : row + 2].max() / 255 - 1) * 100
    assert abs(level_db - 20 * np.log10(0.2)) < 3


def test_loudness_tiles_read_what_the_meter_reads(client: TestClient, song: Song) -> None:
    from studiohand.dsp.meters.loudness import LoudnessMeter

    content = _picture(client, song, "tiles/loudness", hear="original", index=0)
    drawn = np.frombuffer(content, "<f4").reshape(-1, 2)
    meter = LoudnessMeter(RATE, 2)
    meter.update(_samples(client, song, hear="original", start=0, frames=4 * RATE).astype(float))
    assert np.isnan(drawn[28, 0])
    assert drawn[29, 0] == pytest.approx(meter.short_term_lufs()[0], abs=0.01)
    assert drawn[19, 1] == pytest.approx(meter.momentary_lufs()[160], abs=0.01)


def test_only_the_stems_asked_for_sound(client: TestClient, song: Song) -> None:
    shown = client.get(f"/api/songs/{song_id(song.root)}").json()
    bass = [stem["name"] for stem in shown["stems"]].index("bass")
    alone = _samples(client, song, hear="original", only=str(bass), start=RATE, frames=4800)
    assert np.array_equal(alone, _samples(client, song, hear="stem:bass", start=RATE, frames=4800))
    assert not _samples(client, song, hear="original", only="", start=RATE, frames=4800).any()


def test_a_take_can_be_heard_and_is_its_file(client: TestClient, song: Song) -> None:
    folder, _ = render(song, Job())
    mix = soundfile.read(folder / "mix.wav", dtype="float32")[0]
    heard = _samples(client, song, hear=f"take:{folder.name}", start=4800, frames=4800)
    assert np.array_equal(heard, mix[4800:9600])


def test_a_reference_at_another_rate_is_heard_at_the_songs(tmp_path: Path) -> None:
    from studiohand.io.audiofile import open_audio
    from studiohand.web.rates import WindowResampled

    t = np.arange(44100 * 3) / 44100
    soundfile.write(tmp_path / "r.wav", 0.5 * np.sin(2 * np.pi * 500 * t), 44100, subtype="FLOAT")
    source = WindowResampled(open_audio(tmp_path / "r.wav"), 48000)
    got = np.concatenate(list(source.blocks(4800, 48000, 96000)))[:, 0]
    assert len(got) == 48000
    wanted = 0.5 * np.sin(2 * np.pi * 500 * np.arange(48000, 96000) / 48000)
    assert np.abs(got - wanted).max() < 1e-5


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
