"""Rough mixes to hold planted stems against; the faults themselves are `compose.faults`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from studiohand.compose.faults import (
    Samples,
    at_wrong_rate,
    clipped,
    cut_short,
    dropped_out,
    inverted,
    late,
    lossy,
    one_sound_on_both_sides,
    with_bell,
)

__all__ = [
    "Samples", "at_wrong_rate", "clipped", "cut_short", "dropped_out", "inverted", "late",
    "lossy", "mixed", "one_sound_on_both_sides",
]  # fmt: skip


def mixed(
    stems: Mapping[str, Samples], rate: int, rng: np.random.Generator, kind: str = "sum"
) -> Samples:
    """A rough mix of clean stems, stereo.

    Parameters
    ----------
    kind : str
        ``"sum"``: as they are. ``"levels"``: each at a level of its own within 8 dB.
        ``"processed"``: levels, an EQ on each stem, a bus compressor. ``"mastered"``: processed,
        then louder into a soft clipper. ``"mp3"``: mastered, through a codec with its delay.
    """
    longest = max(len(s) for s in stems.values())
    total = np.zeros((longest, 2))
    for samples in stems.values():
        part = samples if samples.shape[1] == 2 else np.repeat(samples, 2, axis=1)
        if kind != "sum":
            part = part * 10 ** (rng.uniform(-8.0, 3.0) / 20.0)
        if kind in ("processed", "mastered", "mp3"):
            part = _equalised(part, rate, rng)
        total[: len(part)] += part
    bus = {"levels": "louder", "processed": "glued"}
    return finished(total, rate, bus.get(kind, kind))


def finished(total: Samples, rate: int, kind: str) -> Samples:
    """A sum of stems, stereo, as a producer would bounce it.

    Parameters
    ----------
    kind : str
        ``"sum"``: as it is. ``"louder"``: up to full scale. ``"glued"``: through a bus
        compressor, then louder. ``"mastered"``: glued, then into a soft clipper. ``"mp3"``:
        mastered, through a codec with its delay.
    """
    if kind == "sum":
        return total
    if kind in ("glued", "mastered", "mp3"):
        total = _compressed(total, rate)
    if kind in ("mastered", "mp3"):
        total = np.tanh(total / np.percentile(np.abs(total), 99.0) * 0.7)
    total = total / max(np.abs(total).max(), 1e-9) * 0.97
    return lossy(total, rate, "mp3") if kind == "mp3" else total


def _equalised(samples: Samples, rate: int, rng: np.random.Generator) -> Samples:
    """Three bells and a low cut, minimum phase, as a mixer would set them."""
    from scipy import signal

    b, a = signal.butter(2, rng.uniform(20.0, 60.0), "highpass", fs=rate)
    shaped = signal.lfilter(b, a, samples, axis=0)
    for _ in range(3):
        hz, db, q = np.exp(rng.uniform(4.5, 9.2)), rng.uniform(-6.0, 6.0), rng.uniform(0.5, 2.0)
        shaped = with_bell(shaped, rate, hz, db, q)
    return shaped


def _compressed(samples: Samples, rate: int) -> Samples:
    """A 2:1 bus compressor with 10 ms attack-and-release smoothing, about 4 dB at work."""
    from scipy import signal

    pole = np.exp(-1.0 / (0.05 * rate))
    level = np.sqrt(signal.lfilter([1 - pole], [1, -pole], (samples**2).mean(axis=1)) + 1e-12)
    threshold = np.percentile(level, 60.0) * 0.6
    return np.asarray(samples * np.minimum(1.0, (threshold / level) ** 0.5)[:, None])
