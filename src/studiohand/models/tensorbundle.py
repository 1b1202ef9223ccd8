"""TensorFlow checkpoints ("tensor bundles") read with NumPy alone.

An index file in the sorted-string-table form of LevelDB (table_format.md: 48-byte footer, index
block, data blocks with shared key prefixes) names each tensor's type, shape and place in one raw
data file. Nothing in it is code.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from studiohand.core.errors import Corrupt

FOOTER_BYTES = 48
MAGIC = 0xDB4775248B80FB57
_FLOAT32 = 1

Tensors = dict[str, npt.NDArray[np.float32]]


def read_bundle(index: bytes, data: bytes) -> Tensors:
    """All float32 tensors of a checkpoint by name; tensors of other types are left out.

    Raises
    ------
    Corrupt
        It is not such a checkpoint, or a part of it is missing.
    """
    try:
        return dict(_tensors(index, data))
    except (IndexError, struct.error, ValueError) as error:
        raise Corrupt(
            "The checkpoint's index cannot be read: it is not a TensorFlow tensor bundle, "
            "or a part of it is missing.",
            untouched="Nothing of it was used.",
            todo="Fetch the model again.",
        ) from error


def _tensors(index: bytes, data: bytes) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    if struct.unpack("<Q", index[-8:])[0] != MAGIC:
        raise ValueError("wrong magic number")
    footer = index[-FOOTER_BYTES:]
    at = 0
    for _ in range(2):
        _, at = _varint(footer, at)
        _, at = _varint(footer, at)
    _, after = _varint(footer, 0)
    _, after = _varint(footer, after)
    for _, handle in _entries(_block(index, footer[after:])):
        for key, value in _entries(_block(index, handle)):
            if key and (tensor := _tensor(value, data)) is not None:
                yield key.decode(), tensor


def _block(index: bytes, handle: bytes) -> bytes:
    """The block at a handle (offset, size)."""
    offset, at = _varint(handle, 0)
    size, _ = _varint(handle, at)
    if index[offset + size] != 0:
        raise ValueError("the block is compressed")
    return index[offset : offset + size]


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a block; a key may share its beginning with the one before."""
    restarts = struct.unpack("<I", block[-4:])[0]
    end = len(block) - 4 * (restarts + 1)
    at, key = 0, b""
    while at < end:
        shared, at = _varint(block, at)
        own, at = _varint(block, at)
        size, at = _varint(block, at)
        key = key[:shared] + block[at : at + own]
        at += own
        yield key, block[at : at + size]
        at += size


def _tensor(entry: bytes, data: bytes) -> npt.NDArray[np.float32] | None:
    """The tensor of a BundleEntryProto; None if it is not float32."""
    fields = dict(_fields(entry))
    if fields.get(1) != _FLOAT32:
        return None
    shape = [
        int(dict(_fields(bytes(dim))).get(1, 0))
        for number, dim in _fields(bytes(fields.get(2, b"")))
        if number == 2
    ]
    offset, size = int(fields.get(4, 0)), int(fields.get(5, 0))
    if offset + size > len(data):
        raise ValueError("the data file is too short")
    return np.frombuffer(data, "<f4", size // 4, offset).reshape(shape)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field numbers and raw values of a protocol-buffer message."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            value, at = _varint(message, at)
            yield number, value
        elif kind == 2:
            size, at = _varint(message, at)
            yield number, message[at : at + size]
            at += size
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        else:
            raise ValueError("unknown wire type")


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """A number in base 128, and where it ends."""
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
