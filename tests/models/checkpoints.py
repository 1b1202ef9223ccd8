"""Tiny checkpoints in TensorFlow's form, written for tests."""

from __future__ import annotations

import struct

import numpy as np

from studiohand.models.graph import varint
from studiohand.models.tensorbundle import MAGIC, Tensors


def _field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def _block(entries: list[tuple[bytes, bytes]]) -> bytes:
    out, before = b"", b""
    for key, value in entries:
        shared = 0
        while shared < min(len(key), len(before)) and key[shared] == before[shared]:
            shared += 1
        own = key[shared:]
        out += varint(shared) + varint(len(own)) + varint(len(value)) + own + value
        before = key
    return out + struct.pack("<II", 0, 1)


def bundle(tensors: Tensors) -> tuple[bytes, bytes]:
    """Index and data of a checkpoint; keys share prefixes as in the real ones."""
    data, entries = b"", [(b"", _field(1, 1))]
    for name in sorted(tensors):
        raw = np.ascontiguousarray(tensors[name], "<f4").tobytes()
        shape = b"".join(_field(2, _field(1, size)) for size in tensors[name].shape)
        entry = _field(1, 1) + _field(2, shape) + _field(4, len(data)) + _field(5, len(raw))
        entries.append((name.encode(), entry + varint(6 << 3 | 5) + b"\0\0\0\0"))
        data += raw
    block = _block(entries)
    out = block + b"\0" + b"\0\0\0\0"
    index_at = len(out)
    index = _block([(b"zzz", varint(0) + varint(len(block)))])
    out += index + b"\0" + b"\0\0\0\0"
    handles = varint(index_at) + varint(0) + varint(index_at) + varint(len(index))
    return out + handles.ljust(40, b"\0") + struct.pack("<Q", MAGIC), data


def unet(rng: np.random.Generator, nets: int) -> Tensors:
    """Random weights with the names and shapes of Spleeter's networks, few channels."""
    widths = [2, 3, 4, 5, 6, 7]
    out: dict[str, np.ndarray] = {}

    def put(name: str, number: int, **parts: np.ndarray) -> None:
        full = f"{name}_{number}" if number else name
        out.update({f"{full}/{part}": values.astype(np.float32) for part, values in parts.items()})

    for net in range(nets):
        ins = [2, *widths[:-1]]
        for level in range(6):
            kernel = rng.normal(0, 0.2, (5, 5, ins[level], widths[level]))
            put("conv2d", net * 7 + level, kernel=kernel, bias=rng.normal(0, 0.1, widths[level]))
        put(
            "conv2d", net * 7 + 6, kernel=rng.normal(0, 0.3, (4, 4, 1, 2)), bias=rng.normal(0, 1, 2)
        )
        outs = [*widths[-2::-1], 1]
        for level in range(6):
            wide = widths[5 - level] * (1 if level == 0 else 2)
            kernel = rng.normal(0, 0.2, (5, 5, outs[level], wide))
            put("conv2d_transpose", net * 6 + level, kernel=kernel, bias=np.zeros(outs[level]))
        for level, width in enumerate([*widths, *outs]):
            put(
                "batch_normalization", net * 12 + level, gamma=np.ones(width), beta=np.zeros(width),
                moving_mean=rng.normal(0, 0.1, width), moving_variance=np.full(width, 0.5),
            )  # fmt: skip
    return out
