"""ONNX graphs written by hand: the few message fields of the format that a network needs.

Field numbers follow onnx.proto3 (ONNX IR version 8, operator set 13). Used to run checkpoints of
other formats in the one runtime, and to make tiny networks for tests.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

IR_VERSION, OPERATOR_SET = 8, 13
_FLOAT = 1
_TYPES = {np.dtype(np.float32): 1, np.dtype(np.int64): 7}

Attribute = int | float | Sequence[int] | str


@dataclass(slots=True)
class Graph:
    """A network under construction; nodes must be added in the order they run."""

    nodes: list[bytes] = field(default_factory=list)
    constants: list[bytes] = field(default_factory=list)
    _count: int = 0

    def constant(self, values: npt.NDArray[np.generic]) -> str:
        """Add float32 or int64 numbers; returns their name."""
        self._count += 1
        name = f"c{self._count}"
        body = b"".join(_int(1, size) for size in values.shape)
        body += _int(2, _TYPES[values.dtype]) + _text(8, name)
        self.constants.append(body + _bytes(9, np.ascontiguousarray(values).tobytes()))
        return name

    def node(
        self, operator: str, inputs: Sequence[str], out: str = "", **settings: Attribute
    ) -> str:
        """Add an operation; returns the name of its one output."""
        self._count += 1
        out = out or f"v{self._count}"
        body = b"".join(_text(1, name) for name in inputs) + _text(2, out) + _text(4, operator)
        body += b"".join(_bytes(5, _attribute(name, value)) for name, value in settings.items())
        self.nodes.append(body)
        return out

    def model(
        self,
        inputs: Mapping[str, Sequence[int]],
        outputs: Mapping[str, Sequence[int]],
    ) -> bytes:
        """The whole file; inputs and outputs are float32 of the given shapes."""
        graph = b"".join(_bytes(1, node) for node in self.nodes) + _text(2, "graph")
        graph += b"".join(_bytes(5, tensor) for tensor in self.constants)
        graph += b"".join(_bytes(11, _value(name, shape)) for name, shape in inputs.items())
        graph += b"".join(_bytes(12, _value(name, shape)) for name, shape in outputs.items())
        operators = _bytes(8, _text(1, "") + _int(2, OPERATOR_SET))
        return _int(1, IR_VERSION) + _text(2, "studiohand") + _bytes(7, graph) + operators


def varint(value: int) -> bytes:
    """A whole number >= 0 in base 128, lowest digits first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _int(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value)


def _bytes(number: int, value: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(value)) + value


def _text(number: int, value: str) -> bytes:
    return _bytes(number, value.encode())


def _attribute(name: str, value: Attribute) -> bytes:
    body = _text(1, name)
    if isinstance(value, int):
        return body + _int(3, value) + _int(20, 2)
    if isinstance(value, float):
        return body + varint(2 << 3 | 5) + struct.pack("<f", value) + _int(20, 1)
    if isinstance(value, str):
        return body + _text(4, value) + _int(20, 3)
    return body + b"".join(_int(8, item) for item in value) + _int(20, 7)


def _value(name: str, shape: Sequence[int]) -> bytes:
    dims = b"".join(_bytes(1, _int(1, size)) for size in shape)
    return _text(1, name) + _bytes(2, _bytes(1, _int(1, _FLOAT) + _bytes(2, dims)))
