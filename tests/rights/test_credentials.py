"""Content Credentials: valid where signed, invalid after any edit, bare files stay bare."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studiohand.core.errors import CannotRead, Corrupt
from studiohand.rights.account import account
from studiohand.rights.credentials import manifest_of, read, sign, sign_beside
from studiohand.rights.keys import SigningKey, signing_key
from studiohand.run.release.signing import check_signed, sign_for
from studiohand.song.folder import Song

pytest.importorskip("c2pa", reason="LOUD: the extra `provenance` is not installed")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "socket", refuse)


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return signing_key(tmp_path / "keys", "Ada Artist")


def _audio(folder: Path, suffix: str, rng: np.random.Generator) -> Path:
    path = folder / f"take{suffix}"
    samples = 0.1 * rng.standard_normal((24000, 2))
    if suffix == ".m4a":
        _write_m4a(path, samples)
    else:
        soundfile.write(path, samples, 48000)
    return path


def _write_m4a(path: Path, samples: np.ndarray) -> None:
    av = pytest.importorskip("av")
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48000, layout="stereo")
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples.T.astype(np.float32)), format="fltp", layout="stereo"
        )
        frame.rate = 48000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".m4a"])
def test_a_signed_file_reads_valid_and_an_edited_one_invalid(
    session: Song, tmp_path: Path, suffix: str, rng: np.random.Generator, key: SigningKey
) -> None:
    path, signed = _audio(tmp_path, suffix, rng), tmp_path / f"signed{suffix}"
    sign(path, manifest_of(account(session)), key, signed)
    found = read(signed)
    assert found is not None
    assert found.state == "valid, untrusted"
    assert found.generated
    assert "SomeService v4" in found.maker
    content = bytearray(signed.read_bytes())
    content[-200 if suffix != ".wav" else 1000] ^= 1
    signed.write_bytes(bytes(content))
    edited = read(signed)
    assert edited is not None
    assert edited.state == "invalid"
    assert any("mismatch" in problem for problem in edited.problems)


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".aiff", ".ogg"])
def test_a_sidecar_vouches_for_a_file_that_stays_bare(
    session: Song, tmp_path: Path, suffix: str, rng: np.random.Generator, key: SigningKey
) -> None:
    path = _audio(tmp_path, suffix, rng)
    before = path.read_bytes()
    sign_beside(path, manifest_of(account(session)), key)
    assert path.read_bytes() == before
    found = read(path)
    assert found is not None
    assert found.state == "valid, untrusted"
    path.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    altered = read(path)
    assert altered is not None
    assert altered.state == "invalid"


def test_a_tag_edited_after_signing_reads_invalid(
    session: Song, tmp_path: Path, rng: np.random.Generator, key: SigningKey
) -> None:
    path, signed = _audio(tmp_path, ".wav", rng), tmp_path / "signed.wav"
    sign(path, manifest_of(account(session)), key, signed)
    content = signed.read_bytes()
    tag = b"LIST" + struct.pack("<I", 14) + b"INFOINAM" + struct.pack("<I", 2) + b"x\0"
    whole = content[:36] + tag + content[36:]
    signed.write_bytes(whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:])
    found = read(signed)
    assert found is not None
    assert found.state == "invalid"


def test_the_manifest_says_what_was_done_and_no_more(session: Song) -> None:
    manifest = manifest_of(account(session))
    assertions = {a["label"]: a["data"] for a in manifest["assertions"]}
    actions = assertions["c2pa.actions.v2"]["actions"]
    assert actions[0]["action"] == "c2pa.created"
    assert actions[0]["digitalSourceType"].endswith("/compositeSynthetic")
    kinds = [a["action"] for a in actions]
    assert kinds.count("c2pa.placed") == 5
    assert kinds.count("c2pa.enhanced") == 5
    refused = "bass down by 6 dB"
    assert refused not in json.dumps(manifest)
    assert assertions["studiohand.ledger"]["sha256"] == session.ledger.entries()[-1].hash
    assert assertions["cawg.training-mining"]["entries"]["cawg.ai_training"] == {
        "use": "notAllowed"
    }


def test_a_file_without_credentials_has_none(tmp_path: Path, rng: np.random.Generator) -> None:
    assert read(_audio(tmp_path, ".wav", rng)) is None


def test_the_private_key_is_for_its_owner_alone(tmp_path: Path, key: SigningKey) -> None:
    assert (tmp_path / "keys" / "key.pem").stat().st_mode & 0o077 == 0
    again = signing_key(tmp_path / "keys", "Somebody else")
    assert again.private_key == key.private_key


def test_no_key_or_certificate_is_in_the_project() -> None:
    root = Path(__file__).resolve().parents[2]
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True)
    assert not [name for name in listed.stdout.split() if name.endswith((".pem", ".p12", ".key"))]


@given(share=st.floats(0.0, 0.999), bit=st.integers(0, 7))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_altered_byte_of_a_manifest_is_found_by_the_ledger(
    session: Song, tmp_path: Path, share: float, bit: int
) -> None:
    path = tmp_path / "take.wav"
    soundfile.write(path, np.zeros((4800, 2)), 48000)
    sidecar = sign_for(session, path, None, "notAllowed", tmp_path / "keys")
    check_signed(session, sidecar)
    content = bytearray(sidecar.read_bytes())
    content[int(share * len(content))] ^= 1 << bit
    sidecar.write_bytes(bytes(content))
    with pytest.raises(Corrupt, match="not as studiohand wrote it"):
        check_signed(session, sidecar)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6])
def test_an_altered_claim_is_never_taken_for_a_valid_one(
    session: Song, tmp_path: Path, rng: np.random.Generator, key: SigningKey, share: float
) -> None:
    path = _audio(tmp_path, ".wav", rng)
    sidecar = sign_beside(path, manifest_of(account(session)), key)
    content = bytearray(sidecar.read_bytes())
    content[int(share * len(content))] ^= 0x10
    sidecar.write_bytes(bytes(content))
    try:
        found = read(path)
    except CannotRead:
        return
    assert found is None or found.state == "invalid"
