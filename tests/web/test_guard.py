"""Attacks on the desk: all refused, nothing outside the opened songs can be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from studiohand.web import guard
from studiohand.web.app import create_app
from studiohand.web.desk import Desk, song_id

from .conftest import small_song

TOKEN = "a-secret-token"
PORT = 8123
OURS = {guard.HEADER: "1"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    small_song(tmp_path, seconds=0.5)
    return Desk(tmp_path / "songs")


@pytest.fixture
def stranger(desk: Desk) -> TestClient:
    return TestClient(create_app(desk, TOKEN, PORT), base_url=f"http://127.0.0.1:{PORT}")


@pytest.fixture
def owner(stranger: TestClient) -> TestClient:
    stranger.cookies.set(guard.COOKIE, TOKEN)
    return stranger


@pytest.mark.parametrize("path", ["/", "/api/songs", "/static/app.js", "/api/events", "/nothing"])
def test_without_the_token_nothing_is_shown(stranger: TestClient, path: str) -> None:
    assert stranger.get(path).status_code == 403


def test_a_wrong_token_opens_nothing(stranger: TestClient) -> None:
    assert stranger.get("/?token=guess").status_code == 403
    stranger.cookies.set(guard.COOKIE, "guess")
    assert stranger.get("/api/songs").status_code == 403


def test_the_right_token_becomes_a_cookie_no_script_can_read(stranger: TestClient) -> None:
    answer = stranger.get(f"/?token={TOKEN}", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "samesite=strict" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize("host", ["evil.example:8123", "127.0.0.1:9999", "127.0.0.1", ""])
def test_dns_rebinding_is_refused(owner: TestClient, host: str) -> None:
    assert owner.get("/api/songs", headers={"host": host}).status_code == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "https://127.0.0.1:8123", "null"])
def test_a_foreign_origin_is_refused(owner: TestClient, origin: str) -> None:
    assert owner.get("/api/songs", headers={"origin": origin}).status_code == 403


def test_a_plain_form_cannot_act(owner: TestClient, desk: Desk) -> None:
    known_as = next(iter(desk.songs()))
    answer = owner.post(f"/api/songs/{known_as}/decide", json={"act": "undo"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/static/../guard.py",
        "/static/%2e%2e/guard.py",
        "/static/..%2f..%2fcore/units.py",
        "/api/songs/..%2f..",
        "/api/songs/%2e%2e/samples",
    ],
)
def test_no_path_leads_out(owner: TestClient, path: str) -> None:
    answer = owner.get(path)
    assert answer.status_code in (403, 404)
    assert b"import" not in answer.content


@pytest.mark.parametrize("name", ["..%2f..%2fx.wav", ".hidden.wav", "a%2fb.wav"])
def test_an_upload_cannot_choose_its_folder(owner: TestClient, name: str) -> None:
    answer = owner.put(f"/api/uploads/{'0' * 32}/{name}", content=b"RIFF", headers=OURS)
    assert answer.status_code in (400, 404)


def test_an_unknown_batch_name_is_refused(owner: TestClient) -> None:
    answer = owner.put("/api/uploads/..%2f..%2fetc/x.wav", content=b"x", headers=OURS)
    assert answer.status_code in (400, 404)
    answer = owner.post("/api/songs", json={"batch": "../../etc", "title": "x"}, headers=OURS)
    assert answer.status_code == 400


def test_an_oversized_body_is_cut_off(
    owner: TestClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "LARGEST_BODY_BYTES", 1000)
    answer = owner.put(f"/api/uploads/{'1' * 32}/x.wav", content=b"x" * 5000, headers=OURS)
    assert answer.status_code == 413
    known_as = next(iter(desk.songs()))
    big = b'{"act": "' + b"x" * (guard.LARGEST_JSON_BYTES + 1) + b'"}'
    assert owner.post(f"/api/songs/{known_as}/decide", content=big, headers=OURS).status_code == 413


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff", b'{"act": "explode"}'])
def test_malformed_requests_get_a_sentence(owner: TestClient, desk: Desk, body: bytes) -> None:
    known_as = next(iter(desk.songs()))
    answer = owner.post(f"/api/songs/{known_as}/decide", content=body, headers=OURS)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")


def test_an_upload_that_is_not_audio_makes_no_song(owner: TestClient, desk: Desk) -> None:
    batch = "2" * 32
    owner.put(f"/api/uploads/{batch}/x.wav", content=b"%PDF-1.7" * 99, headers=OURS)
    answer = owner.post("/api/songs", json={"batch": batch, "title": "Bad"}, headers=OURS)
    assert answer.status_code == 404
    assert "x.wav" in answer.json()["error"]
    assert len(desk.songs()) == 1


def test_every_answer_carries_the_policy(owner: TestClient) -> None:
    for path in ("/", "/static/app.js", "/api/songs", "/nothing"):
        policy = owner.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_a_song_that_is_not_open_here_cannot_be_read(owner: TestClient, tmp_path: Path) -> None:
    other = small_song(tmp_path / "elsewhere", seconds=0.5)
    assert owner.get(f"/api/songs/{song_id(other.root)}").status_code == 404
