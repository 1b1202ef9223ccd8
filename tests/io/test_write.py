"""Writing: every kind of file, exact where it can be, tags and markers kept or told as lost."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from studiohand.core.audio import Block, read_all
from studiohand.core.errors import BadSetting
from studiohand.dsp.dither import Quantiser
from studiohand.io.audiofile import open_audio
from studiohand.io.formats import TARGETS, Target, target_named
from studiohand.io.metadata import Marker, Metadata, at_rate, bext_from_tags, losses
from studiohand.io.tags import read_metadata
from studiohand.io.write import create_target
from tests.signals import noise, sine

RATE, FRAMES = 48_000, 70_011
TAGS = {
    "title": "Näst 🎵", "artist": "A", "album_artist": "B", "album": "C", "date": "2026",
    "genre": "Pop", "track": "3/9", "comment": "keep me", "copyright": "me", "isrc": "USS1Z2600001",
    "bpm": "120", "key": "Am", "mood": "own tag",
}  # fmt: skip
MARKERS = (Marker(0, "Intro"), Marker(24_001, "Vérse"), Marker(60_000, "End"))
BEXT = {
    "bext_description": "take", "originator": "studio", "origination_date": "2026-01-02",
    "origination_time": "03:04:05", "time_reference": "172800123",
    "coding_history": "A=PCM,F=48000",
}  # fmt: skip


def png() -> bytes:
    """A small red picture."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xff\0\0" * 8) * 8)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def whole_chunks() -> tuple[tuple[bytes, bytes], ...]:
    bext = bext_from_tags(BEXT)
    assert bext is not None
    return ((b"bext", bext), (b"iXML", b"<BWFXML><SCENE>1</SCENE></BWFXML>"))


def programme(rng: np.random.Generator, channels: int = 2) -> Block:
    wave = sine(440.0, 2.0, RATE, -12.0, channels) + noise(rng, 2.0, RATE, channels, -40.0)
    return np.round(wave[:FRAMES] * 2**15) / 2**15


def save(path: Path, target: Target, samples: Block, metadata: Metadata, rate: int = RATE) -> None:
    bits = target.bits or (0 if target.lossy else 24)
    shape = (rate, samples.shape[1], bits)
    with create_target(path, target, *shape, metadata, len(samples)) as sink:
        for at in range(0, len(samples), 30_000):
            block = samples[at : at + 30_000]
            if target.lossy or target.floating:
                sink.write(block)
            else:
                sink.write_integers(Quantiser(bits, dither=False).process(block))


@pytest.mark.parametrize("name", TARGETS)
def test_every_kind_of_file_reads_back_at_its_length(
    name: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    target, samples = TARGETS[name], programme(rng)
    path = tmp_path / f"a{target.suffix}"
    save(path, target, samples, Metadata())
    source = open_audio(path)
    assert (source.rate, source.channels, source.frames) == (RATE, 2, FRAMES)
    assert source.facts.lossy == target.lossy
    decoded = read_all(source)
    if target.lossy:
        lags = np.fft.irfft(np.fft.rfft(samples[:, 0]) * np.conj(np.fft.rfft(decoded[:, 0])))
        assert int(np.argmax(lags)) == 0
        assert np.mean((decoded - samples) ** 2) < 10**-2.5 * np.mean(samples**2)
    else:
        np.testing.assert_array_equal(decoded, samples)


@pytest.mark.parametrize("name", ["mp3-64", "aac-64", "vorbis-96", "alac", "flac"])
@pytest.mark.parametrize(("rate", "frames"), [(22_050, 100), (22_050, 23_000), (48_000, 1152)])
def test_short_and_slow_sounds_keep_their_length(
    name: str, rate: int, frames: int, tmp_path: Path
) -> None:
    samples = np.round(0.1 * np.sin(np.arange(frames) * 0.05) * 2**15)[:, None] / 2**15
    save(tmp_path / "a", target_named(name), samples, Metadata(), rate)
    source = open_audio(tmp_path / "a")
    assert (source.rate, source.frames) == (rate, frames)
    assert len(read_all(source)) == frames


@pytest.mark.parametrize("name", TARGETS)
def test_the_same_samples_give_the_same_bytes(
    name: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    samples = programme(rng)
    for copy in ("a", "b"):
        save(tmp_path / copy, TARGETS[name], samples, Metadata(TAGS, MARKERS, whole_chunks()))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


LOST = {
    "wav": [],
    "aiff": ["chunk bext", "chunk iXML"],
    "flac": ["places of markers below a millisecond", "chunk iXML"],
    "opus": ["places of markers below a millisecond", "chunk iXML"],
    "ogg": ["places of markers below a millisecond", "chunk iXML"],
    "mp3": ["places of markers below a millisecond", "chunk iXML"],
    "m4a": ["chunk iXML"],
}


@pytest.mark.parametrize(
    "name", ["wav24", "wav32f", "aiff24", "flac24", "alac24", *["mp3", "aac", "opus", "vorbis"]]
)
def test_tags_and_markers_are_kept_or_told_by_name(
    name: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    target = TARGETS[name]
    before = Metadata(TAGS, MARKERS, whole_chunks(), (png(),))
    path = tmp_path / f"a{target.suffix}"
    save(path, target, programme(rng), before)
    lost = losses(before, read_metadata(path), RATE / 1000)
    assert sorted(lost) == sorted(LOST[target.container])


@pytest.mark.parametrize("name", ["wav24", "aiff24", "flac24", "alac24", "mp3", "aac", "opus"])
def test_a_cover_picture_alone_is_kept_and_the_length_with_it(
    name: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    target, path = TARGETS[name], tmp_path / f"a{TARGETS[name].suffix}"
    save(path, target, programme(rng), Metadata(pictures=(png(),)))
    assert read_metadata(path).pictures == (png(),)
    assert open_audio(path).frames == FRAMES


@pytest.mark.parametrize("name", ["flac24", "mp3", "aac", "vorbis", "opus", "alac24"])
def test_broadcast_data_comes_back_through_any_container(
    name: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    target, samples = TARGETS[name], programme(rng)[:5_000]
    save(tmp_path / "a", target, samples, Metadata(chunks=whole_chunks()))
    save(tmp_path / "b.wav", TARGETS["wav24"], samples, read_metadata(tmp_path / "a"))
    assert dict(read_metadata(tmp_path / "b.wav").chunks)[b"bext"] == dict(whole_chunks())[b"bext"]


def test_the_last_chapter_ends_with_the_sound(tmp_path: Path, rng: np.random.Generator) -> None:
    av = pytest.importorskip("av")
    save(tmp_path / "a.m4a", TARGETS["aac"], programme(rng), Metadata(markers=MARKERS))
    with av.open(str(tmp_path / "a.m4a")) as container:
        assert container.duration / 1e6 == pytest.approx(FRAMES / RATE, abs=0.03)
        last = container.chapters()[-1]
        assert float(last["end"] * last["time_base"]) == pytest.approx(FRAMES / RATE, abs=0.001)


def test_a_bare_wav_holds_nothing_but_format_and_sound(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    bare = Target("bare", ".wav", "wav", "pcm", 24, bare=True)
    save(tmp_path / "a.wav", bare, programme(rng), Metadata(TAGS, MARKERS, whole_chunks()))
    raw = (tmp_path / "a.wav").read_bytes()
    assert raw[12:20] == b"fmt \x10\0\0\0"
    assert struct.unpack_from("<H", raw, 20) == (1,)
    assert raw[36:40] == b"data"
    assert struct.unpack_from("<I", raw, 40) == (len(raw) - 44,)
    assert len(raw) == 44 + FRAMES * 6


def test_nothing_stands_behind_the_sound_of_a_tagged_wav(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    save(tmp_path / "a.wav", TARGETS["wav24"], programme(rng), Metadata(TAGS, MARKERS))
    raw = (tmp_path / "a.wav").read_bytes()
    at, names = 12, []
    while at < len(raw):
        name, length = struct.unpack_from("<4sI", raw, at)
        names.append(name)
        at += 8 + length + length % 2
    assert names[0] == b"JUNK"
    assert b"id3 " in names
    assert names[-1] == b"data"
    assert at == len(raw)


@pytest.mark.parametrize("name", ["wav24", "flac24", "opus", "wav32f"])
def test_eight_channels_keep_their_order(name: str, tmp_path: Path) -> None:
    t = np.arange(48_000) / RATE
    samples = np.stack([0.2 * np.sin(2 * np.pi * 100 * (n + 1) * t) for n in range(8)], 1)
    if name == "opus":  # the fourth of eight is the bass channel and is filtered by Opus
        samples[:, 3] = 0.0
    samples = np.round(samples * 2**15) / 2**15
    save(tmp_path / "a", TARGETS[name], samples, Metadata())
    decoded = read_all(open_audio(tmp_path / "a"))
    for n in range(8):
        if samples[:, n].any():
            assert np.corrcoef(samples[:, n], decoded[:, n])[0, 1] > 0.95


@pytest.mark.parametrize(
    ("name", "rate", "channels", "word"),
    [("mp3", 96_000, 2, "--rate 48000"), ("opus", 44_100, 2, "--rate 48000"),
     ("flac", 48_000, 9, "8 channels"), ("mp3", 48_000, 6, "2 channels")],
)  # fmt: skip
def test_what_a_target_cannot_hold_is_told_before_anything_is_written(
    name: str, rate: int, channels: int, word: str, tmp_path: Path
) -> None:
    with pytest.raises(BadSetting, match=word):
        save(tmp_path / "a", TARGETS[name], np.zeros((10, channels)), Metadata(), rate)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "kbps"), [("mp3-128", 128), ("opus-96k", 96), ("M4A", 256)])
def test_targets_are_named_as_people_name_them(name: str, kbps: int) -> None:
    assert target_named(name).kbps == kbps


@pytest.mark.parametrize("name", ["wav13", "mp3-9000", "flac-320", "mp3-x", ""])
def test_an_unknown_target_is_refused(name: str) -> None:
    with pytest.raises(BadSetting):
        target_named(name)


def test_places_move_with_the_rate() -> None:
    moved = at_rate(Metadata(markers=MARKERS, chunks=whole_chunks()), 48_000, 96_000)
    assert [marker.frame for marker in moved.markers] == [0, 48_002, 120_000]
    assert struct.unpack_from("<Q", moved.chunks[0][1], 338) == (345_600_246,)


def test_a_wav_beyond_4_gb_becomes_rf64(tmp_path: Path) -> None:
    from studiohand.io.wav import WavSink

    with (tmp_path / "a.wav").open("w+b") as file:
        sink = WavSink(file, 48_000, 2, "PCM_16")
        sink.write(np.full((10, 2), 0.25))
        file.seek(2**32 + 2**20)  # a hole in the file instead of four gigabytes of silence
        sink._frames = (file.tell() - sink._data_at) // 4
        sink.write(np.full((10, 2), 0.5))
        sink.finish()
    source = open_audio(tmp_path / "a.wav")
    assert source.facts.format == "RF64"
    assert source.frames == sink._frames
    assert read_all(source, source.frames - 10).min() == 0.5
    assert read_metadata(tmp_path / "a.wav") == Metadata()


@pytest.mark.parametrize("name", ["wav24", "aiff", "flac", "mp3", "aac", "alac", "opus", "vorbis"])
def test_a_full_disk_is_told_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    script = (
        "import resource, signal, sys, numpy as np\n"
        "from pathlib import Path\n"
        "from studiohand.core.errors import CannotWrite\n"
        "from studiohand.io.formats import TARGETS\n"
        "from studiohand.io.metadata import Metadata\n"
        "from studiohand.io.write import create_target\n"
        "target = TARGETS[sys.argv[2]]\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "x = np.random.default_rng(0).standard_normal((48_000, 2)) * 0.1\n"
        "try:\n"
        "    with create_target(Path(sys.argv[1]), target, 48_000, 2, 24, Metadata()) as sink:\n"
        "        for _ in range(8):\n"
        "            if target.lossy: sink.write(x)\n"
        "            else: sink.write_integers((x * 2**20).astype(np.int32))\n"
        "except CannotWrite as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "a"), name],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "could not be written" in done.stdout
    assert not list(tmp_path.iterdir())
