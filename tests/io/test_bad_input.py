"""Bad input: one sentence that says what it is, and nothing else."""

from __future__ import annotations

import os
import resource
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studiohand.core.audio import read_all
from studiohand.core.errors import CannotRead, CannotWrite
from studiohand.io.audiofile import create_audio, open_audio
from tests.signals import noise


def refused(path: Path) -> str:
    """What is said about a file that cannot be opened or read to its end."""
    with pytest.raises(CannotRead) as caught:
        read_all(open_audio(path))
    assert caught.value.todo
    assert caught.value.untouched
    return caught.value.what


@pytest.fixture
def wav(tmp_path: Path, rng: np.random.Generator) -> Path:
    soundfile.write(tmp_path / "a.wav", noise(rng, 1.0), 48_000, subtype="PCM_24")
    return tmp_path / "a.wav"


def test_a_missing_file_is_not_there(tmp_path: Path) -> None:
    assert refused(tmp_path / "gone.wav") == "“gone.wav” is not there."


def test_an_empty_file_is_empty(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"")
    assert refused(tmp_path / "a.wav") == "“a.wav” is empty (0 bytes)."


@pytest.mark.parametrize("name", ["a.wav", "a.aiff"])
def test_a_header_without_sound_holds_no_sound(name: str, tmp_path: Path) -> None:
    soundfile.write(tmp_path / name, np.zeros((0, 2)), 48_000, subtype="PCM_16")
    assert "holds no sound" in refused(tmp_path / name)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\x03\x04", "zip"),
        (b"\x89PNG\r\n", "picture"),
        (b"MThd", "MIDI"),
    ],
)
def test_another_kind_of_file_is_named(head: bytes, name: str, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(head + bytes(5000))
    assert name in refused(tmp_path / "a.wav")


def test_noise_bytes_are_not_audio(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(bytes(range(256)) * 50)
    assert "cannot be read as audio" in refused(tmp_path / "a.wav")


@pytest.mark.parametrize("kind", ["WAV", "RF64", "AIFF", "CAF", "W64"])
def test_a_truncated_file_says_how_much_is_missing(
    kind: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    path = tmp_path / f"a.{kind.lower()}"
    soundfile.write(path, noise(rng, 2.0), 48_000, format=kind, subtype="PCM_24")
    os.truncate(path, path.stat().st_size * 6 // 10)
    what = refused(path)
    assert "is cut off: it promises 2.00 s and holds 1." in what


@pytest.mark.parametrize("keep", [4, 11, 20, 30, 43])
def test_a_truncated_header_is_not_audio(keep: int, wav: Path) -> None:
    os.truncate(wav, keep)
    assert refused(wav)


def test_a_truncated_or_damaged_flac_says_how_far_it_can_be_read(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    path = tmp_path / "a.flac"
    soundfile.write(path, noise(rng, 2.0), 48_000, subtype="PCM_24")
    os.truncate(path, path.stat().st_size * 6 // 10)
    assert "cut off or damaged: it promises 2.00 s, and only the first 1." in refused(path)


def test_a_recording_that_was_never_closed_is_read(wav: Path) -> None:
    samples = read_all(open_audio(wav))
    raw = bytearray(wav.read_bytes())
    at = raw.index(b"data") + 4
    raw[at : at + 4] = raw[4:8] = bytes(4)
    wav.write_bytes(raw)
    source = open_audio(wav)
    assert source.facts.bits == 24
    np.testing.assert_array_equal(read_all(source), samples)


def test_a_bw64_file_is_read(tmp_path: Path, rng: np.random.Generator) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, noise(rng, 0.1), 48_000, format="RF64", subtype="PCM_24")
    samples = read_all(open_audio(path))
    path.write_bytes(b"BW64" + path.read_bytes()[4:])
    np.testing.assert_array_equal(read_all(open_audio(path)), samples)


def test_a_truncated_mp3_says_so(tmp_path: Path, rng: np.random.Generator) -> None:
    path = tmp_path / "a.mp3"
    with soundfile.SoundFile(path, "w", 48_000, 2, format="MP3") as file:
        file.write(noise(rng, 3.0))
    os.truncate(path, path.stat().st_size // 2)
    assert "is cut off" in refused(path)


def test_a_stream_that_never_learned_its_length_is_read(wav: Path) -> None:
    raw = bytearray(wav.read_bytes())
    at = raw.index(b"data") + 4
    raw[at : at + 4] = b"\xff\xff\xff\xff"
    raw[4:8] = b"\xff\xff\xff\xff"
    wav.write_bytes(raw)
    assert open_audio(wav).frames == 48_000


def test_a_damaged_header_is_named(wav: Path) -> None:
    raw = bytearray(wav.read_bytes())
    at = raw.index(b"fmt ") + 12
    raw[at : at + 4] = struct.pack("<I", 2_000_000_000)
    wav.write_bytes(raw)
    assert "header is damaged" in refused(wav)


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.wav").mkdir()
    assert refused(tmp_path / "a.wav") == "“a.wav” is a folder, not an audio file."


def test_a_link_to_itself_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.wav").symlink_to(tmp_path / "b.wav")
    (tmp_path / "b.wav").symlink_to(tmp_path / "a.wav")
    assert "link that leads back to itself" in refused(tmp_path / "a.wav")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.wav")
    assert "pipe" in refused(tmp_path / "a.wav")


def test_an_unreadable_file_is_told(wav: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *args: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root may read anything, so chmod would not do
    assert "may not be read by you" in refused(wav)


@pytest.mark.parametrize(
    "name", ["🥁 kick — Ünïcödé.wav", "n" * 246 + ".wav", " a b .wav", "-x.wav"]
)
def test_any_name_can_be_written_and_read(
    name: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    samples = np.round(noise(rng, 0.1) * 2**23) / 2**23
    with create_audio(tmp_path / name, 48_000, 2, "PCM_24") as sink:
        sink.write(samples)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    np.testing.assert_array_equal(read_all(open_audio(tmp_path / name)), samples)


@pytest.mark.skipif(os.name != "posix", reason="names are text elsewhere")
def test_a_name_that_is_not_unicode_can_be_read_and_shown(wav: Path) -> None:
    strange = wav.parent / os.fsdecode(b"caf\xe9.wav")
    wav.rename(strange)
    assert open_audio(strange).frames == 48_000
    os.truncate(strange, 1000)
    refused(strange).encode()


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    script = (
        "import resource, signal, sys, numpy as np\n"
        "from pathlib import Path\n"
        "from studiohand.core.errors import CannotWrite\n"
        "from studiohand.io.audiofile import create_audio\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try:\n"
        "    with create_audio(Path(sys.argv[1]), 48_000, 2) as sink:\n"
        "        for _ in range(10): sink.write(np.zeros((48_000, 2)))\n"
        "except CannotWrite as error: print(error)\n"
    )
    target = tmp_path / "a.wav"
    target.write_bytes(b"the take before")
    done = subprocess.run(
        [sys.executable, "-c", script, str(target)], capture_output=True, text=True, check=True
    )
    assert "could not be written" in done.stdout
    assert target.read_bytes() == b"the take before"
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 100_000


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(CannotWrite, match="folder does not exist"),
        create_audio(tmp_path / "gone" / "a.wav", 48_000, 2),
    ):
        pass


def test_a_failed_reading_leaves_no_output(wav: Path, tmp_path: Path) -> None:
    source = open_audio(wav)
    os.truncate(wav, 100_000)

    def copy() -> None:
        with create_audio(tmp_path / "out.wav", 48_000, 2) as sink:
            for block in source.blocks():
                sink.write(block)

    with pytest.raises(CannotRead, match="is cut off"):
        copy()
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]
