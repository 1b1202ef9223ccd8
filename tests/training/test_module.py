"""Tracker modules come apart by instrument, and the parts add up to the piece."""

from __future__ import annotations

import ctypes
import struct
from pathlib import Path

import numpy as np
import pytest

from training import module


@pytest.fixture
def piece(tmp_path: Path) -> Path:
    """A four-channel MOD with two square waves, one a row after the other."""
    try:
        ctypes.CDLL(module.LIBRARY)
    except OSError:
        pytest.skip("LOUD: libopenmpt is not installed, modules were not rendered")
    sample = bytes([64] * 16 + [192] * 16) * 8
    heads = b"".join(
        b"s".ljust(22, b"\0") + struct.pack(">HBBHH", len(sample) // 2, 0, 64, 0, len(sample) // 2)
        for _ in range(2)
    )
    heads += (b"\0" * 22 + struct.pack(">HBBHH", 0, 0, 0, 0, 1)) * 29
    rows = bytearray(64 * 16)
    rows[0:4] = _note(428, 1)
    rows[16 + 4 : 16 + 8] = _note(285, 2)
    place = tmp_path / "piece.mod"
    place.write_bytes(
        b"piece".ljust(20, b"\0") + heads + bytes([1, 127]) + bytes(128) + b"M.K." + bytes(rows)
        + sample * 2
    )  # fmt: skip
    return place


def test_instruments_add_up_to_the_piece(piece: Path) -> None:
    whole = module.render(piece, 2.0)
    first, second = (module.render(piece, 2.0, {number}) for number in (0, 1))
    assert np.abs(first).max() > 0.01
    assert np.abs(second).max() > 0.01
    assert np.abs(first + second - whole).max() < 1e-5


def test_a_file_that_is_no_module_is_named(tmp_path: Path, piece: Path) -> None:
    place = tmp_path / "letter.txt"
    place.write_bytes(b"Dear all")
    with pytest.raises(ValueError, match=r"letter\.txt"):
        module.render(place, 1.0)


def _note(period: int, sample: int) -> bytes:
    return bytes([sample & 0xF0 | period >> 8, period & 0xFF, (sample & 0x0F) << 4, 0])
