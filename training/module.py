"""Tracker modules by instrument: each group of instruments rendered alone, through libopenmpt.

The library (Debian `libopenmpt0`) mutes instruments while it plays (its `interactive` extension),
so the groups add up to the whole piece.
"""

from __future__ import annotations

import ctypes
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from training.effects import RATE, Audio

LIBRARY = "libopenmpt.so.0"
SLOTS, MUTE_SLOT = 16, 12
"""Functions in `openmpt_module_ext_interface_interactive`, and where its instrument mute is."""


def render(place: Path, seconds: float, instruments: Collection[int] | None = None) -> Audio:
    """The first `seconds` with only these instruments (all: None), float32 (frames, 2) at `RATE`.

    Instruments are counted from 0; in formats without instruments they are the samples.
    """
    library, content = _library(), place.read_bytes()
    nothing = [None] * 7
    extended = library.openmpt_module_ext_create_from_memory(content, len(content), *nothing)
    if not extended:
        raise ValueError(f"{place.name} is no module")
    module = library.openmpt_module_ext_get_module(extended)
    _mute_all_but(library, extended, module, instruments)
    blocks, frames, buffer = [], int(seconds * RATE), np.zeros((RATE, 2), np.float32)
    while frames > 0:
        read = library.openmpt_module_read_interleaved_float_stereo
        got = read(module, RATE, min(RATE, frames), buffer.ctypes.data)
        if not got:
            break
        blocks.append(buffer[:got].copy())
        frames -= got
    library.openmpt_module_ext_destroy(extended)
    return np.concatenate(blocks)


def _mute_all_but(
    library: Any, extended: int, module: int, instruments: Collection[int] | None
) -> None:
    slots = (ctypes.c_void_p * SLOTS)()
    size = ctypes.sizeof(slots)
    if not library.openmpt_module_ext_get_interface(extended, b"interactive", slots, size):
        raise ValueError("this libopenmpt cannot mute instruments")
    mute = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int32, ctypes.c_int)(
        slots[MUTE_SLOT] or 0
    )
    count = library.openmpt_module_get_num_instruments(module)
    for number in range(count or library.openmpt_module_get_num_samples(module)):
        mute(extended, number, int(instruments is not None and number not in instruments))


@lru_cache(maxsize=1)
def _library() -> Any:
    library, pointer = ctypes.CDLL(LIBRARY), ctypes.c_void_p
    create = library.openmpt_module_ext_create_from_memory
    create.restype = pointer
    create.argtypes = [pointer, ctypes.c_size_t, *[pointer] * 7]
    library.openmpt_module_ext_get_module.restype = pointer
    library.openmpt_module_ext_get_module.argtypes = [pointer]
    library.openmpt_module_ext_get_interface.argtypes = [
        pointer, ctypes.c_char_p, pointer, ctypes.c_size_t,
    ]  # fmt: skip
    read = library.openmpt_module_read_interleaved_float_stereo
    read.restype = ctypes.c_size_t
    read.argtypes = [pointer, ctypes.c_int32, ctypes.c_size_t, pointer]
    for name in ("num_instruments", "num_samples"):
        getattr(library, f"openmpt_module_get_{name}").argtypes = [pointer]
    library.openmpt_module_ext_destroy.argtypes = [pointer]
    return library
