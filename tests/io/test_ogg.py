"""Comments of Ogg Vorbis: pages, checksums, nothing else touched."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studiohand.io.ogg import crc, retag
from studiohand.io.tags import read_metadata
from tests.signals import noise


def test_the_checksum_is_ogg_s() -> None:
    """Against the definition, bit by bit."""
    raw = bytes(range(256))
    expected = 0
    for byte in raw:
        expected ^= byte << 24
        for _ in range(8):
            expected = (expected << 1) ^ (0x04C11DB7 if expected & 0x80000000 else 0)
            expected &= 0xFFFFFFFF
    assert crc(raw) == expected


@pytest.mark.parametrize("length", [0, 10, 60_000, 300_000])
def test_long_comments_span_pages_and_the_sound_stays(
    length: int, tmp_path: Path, rng: np.random.Generator
) -> None:
    with soundfile.SoundFile(tmp_path / "a.ogg", "w", 44_100, 2, format="OGG") as file:
        file.write(noise(rng, 2.0, 44_100))
    out = io.BytesIO()
    with (tmp_path / "a.ogg").open("rb") as source:
        retag(source, out, {"TITLE": "x" * length, "mood": "ü"})
    (tmp_path / "b.ogg").write_bytes(out.getvalue())
    before, after = (soundfile.read(tmp_path / name)[0] for name in ("a.ogg", "b.ogg"))
    np.testing.assert_array_equal(before, after)
    assert read_metadata(tmp_path / "b.ogg").tags["mood"] == "ü"
    assert len(read_metadata(tmp_path / "b.ogg").tags.get("title", "")) == length
    numbers = [struct.unpack_from("<I", page, 14)[0] for page in out.getvalue().split(b"OggS")[1:]]
    assert numbers == list(range(len(numbers)))


def test_what_is_not_ogg_is_refused() -> None:
    with pytest.raises(ValueError, match="Ogg"):
        retag(io.BytesIO(b"RIFF" + bytes(100)), io.BytesIO(), {})
