"""What a record sounds like, small enough to compare.

Spectrum of middle and sides over time, levels in bands, and the envelope a compressor would see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import BLOCK_FRAMES, Block, Source, SourceOf
from studiohand.dsp.blocks.regroup import Planes, Regroup

Curve = npt.NDArray[np.float64]
Small = npt.NDArray[np.float32]

BANDS_PER_OCTAVE = 12
GRID_HZ: Curve = 1000.0 * 2.0 ** (np.arange(-64, 53) / BANDS_PER_OCTAVE)
"""117 bands from 25 Hz to 20 kHz."""
HEARD_HZ = (63.0, 12500.0)
HEARD: npt.NDArray[np.bool_] = (HEARD_HZ[0] <= GRID_HZ) & (HEARD_HZ[1] >= GRID_HZ)
"""Bands in which two records are judged alike or not; beyond lie rumble and air."""
DYNAMICS_EDGES_HZ = (20.0, 120.0, 600.0, 3000.0, 20000.0)
"""Low, low middle, high middle and high: the bands of a multiband compressor."""
ENVELOPE_HOP_S = 0.005
INSTANTS = 8
_SLOW_S, _FAST_S = 0.19, 0.023
_PIECE_HOPS = 16


@dataclass(frozen=True, slots=True)
class Profile:
    """Features of one record; powers are mean squares, full scale sine = 0.5.

    Parameters
    ----------
    mid, side : ndarray, shape (frames, 117)
        Power in the bands of `GRID_HZ`, windows of about 0.19 s; of mono, side is zero.
    hop_s : float
        Seconds between those frames.
    bands : ndarray, shape (fast frames, 4)
        Power in the bands of `DYNAMICS_EDGES_HZ`, windows of about 23 ms.
    fast_hop_s : float
    power : ndarray, shape (envelope frames,)
        Mean square of the louder channel every 5 ms.
    instants : ndarray, shape (envelope frames, 8)
        Squares of single samples of the louder channel, evenly picked: what a peak detector sees.
    highest_hz : float
        Above it there is no information (the rate is too low).
    seconds : float
    """

    mid: Small
    side: Small
    hop_s: float
    bands: Small
    fast_hop_s: float
    power: Small
    instants: Small
    highest_hz: float
    seconds: float

    def to_arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """As named arrays, to keep."""
        return {f.name: np.asarray(getattr(self, f.name)) for f in fields(self)}

    @staticmethod
    def from_arrays(arrays: Mapping[str, npt.NDArray[np.generic]]) -> Profile:
        """Back from `to_arrays`."""
        scalars = {"hop_s", "fast_hop_s", "highest_hz", "seconds"}
        values: dict[str, Any] = {
            name: float(np.asarray(value).item()) if name in scalars else value
            for name, value in arrays.items()
        }
        return Profile(**values)


class Profiler:
    """Profile of a stream of blocks; of more than two channels the first two count.

    Parameters
    ----------
    rate : int
        Hz.
    channels : int
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._rate, self._frames = rate, 0
        self._pair = min(channels, 2)
        self._slow = _power_of_two(_SLOW_S * rate)
        self._fast = min(_power_of_two(_FAST_S * rate), self._slow)
        self._envelope = max(round(ENVELOPE_HOP_S * rate), 1)
        self._regroup = Regroup(self._slow // 2 * _PIECE_HOPS, channels)
        self._tail = np.zeros((2, self._slow // 2))
        self._open = np.zeros((self._pair, 0))
        self._slow_bank = _in_octaves(_band_bank(rate, self._slow))
        self._fast_bank = _in_octaves(_edge_bank(rate, self._fast))
        self._parts: dict[str, list[Small]] = {
            name: [] for name in ("mid", "side", "bands", "power", "instants")
        }

    def update(self, block: Block) -> None:
        """Take the next frames, shape (frames, channels)."""
        self._frames += len(block)
        for piece in self._regroup.feed(block):
            self._take(piece[: self._pair])

    def finish(self) -> Profile:
        """The profile of all that was heard; the stream is over."""
        rest = self._regroup.rest()[: self._pair]
        hop = self._slow // 2
        missing = -rest.shape[1] % hop + hop
        self._take(np.pad(rest, ((0, 0), (0, missing))))
        joined = {name: np.concatenate(parts) for name, parts in self._parts.items()}
        seconds = self._frames / self._rate
        envelope = -(-self._frames // self._envelope)
        return Profile(
            mid=joined["mid"],
            side=joined["side"],
            hop_s=hop / self._rate,
            bands=joined["bands"],
            fast_hop_s=self._fast / 2 / self._rate,
            power=joined["power"][:envelope],
            instants=joined["instants"][:envelope],
            highest_hz=0.45 * self._rate,
            seconds=seconds,
        )

    def _take(self, planes: Planes) -> None:
        self._take_envelope(planes)
        left, right = planes[0], planes[-1]
        middle = np.stack([0.5 * (left + right), 0.5 * (left - right)])
        joined = np.concatenate([self._tail, middle], axis=1)
        self._tail = joined[:, -(self._slow // 2) :]
        mid, side = _band_powers(joined, self._slow, self._slow_bank)
        self._parts["mid"].append(mid)
        self._parts["side"].append(side)
        start = joined.shape[1] - middle.shape[1] - self._fast // 2
        both = _band_powers(joined[:, start:], self._fast, self._fast_bank)
        self._parts["bands"].append(both.sum(axis=0))

    def _take_envelope(self, planes: Planes) -> None:
        joined = np.concatenate([self._open, planes], axis=1)
        whole = joined.shape[1] - joined.shape[1] % self._envelope
        self._open = joined[:, whole:]
        rows = joined[:, :whole].reshape(len(joined), -1, self._envelope)
        power = np.einsum("chf,chf->ch", rows, rows).max(axis=0) / self._envelope
        picked = (np.arange(INSTANTS) * self._envelope + self._envelope // 2) // INSTANTS
        instants = (rows[:, :, picked] ** 2).max(axis=0)
        self._parts["power"].append(power.astype(np.float32))
        self._parts["instants"].append(instants.astype(np.float32))


@dataclass(frozen=True, slots=True)
class Profiled(SourceOf):
    """A source that is profiled on the way, in whatever thread reads it.

    Parameters
    ----------
    profiler : Profiler
        Has heard the source when that was read to its end.
    """

    profiler: Profiler

    def blocks(
        self, size: int = BLOCK_FRAMES, start_frame: int = 0, stop_frame: int | None = None
    ) -> Iterator[Block]:
        """Blocks of the source, each channel contiguous."""
        for block in self.source.blocks(size, start_frame, stop_frame):
            planar = np.asfortranarray(block)
            self.profiler.update(planar)
            yield planar


def profile_of(source: Source) -> Profile:
    """The profile of a whole source."""
    profiler = Profiler(source.rate, source.channels)
    for block in source.blocks():
        profiler.update(block)
    return profiler.finish()


def _power_of_two(frames: float) -> int:
    return int(2 ** max(round(float(np.log2(frames))), 5))


def _in_octaves(bank: Curve) -> list[tuple[slice, slice, Curve]]:
    """A bank, shape (bins, bands), as (bins, bands, their weights) an octave at a time.

    An octave's bands are zero over most bins, so the product takes a tenth of the time.
    """
    parts = []
    for low in range(0, bank.shape[1], BANDS_PER_OCTAVE):
        bands = slice(low, low + BANDS_PER_OCTAVE)
        reached = np.flatnonzero(bank[:, bands].any(axis=1))
        bins = slice(int(reached[0]), int(reached[-1]) + 1) if len(reached) else slice(0, 0)
        parts.append((bins, bands, np.ascontiguousarray(bank[bins, bands])))
    return parts


def _band_powers(planes: Planes, size: int, bank: Sequence[tuple[slice, slice, Curve]]) -> Small:
    """Power in bands of half-overlapping windows, shape (planes, windows, bands)."""
    window = np.hanning(size + 1)[:size]
    scale = 2.0 / (size * float(np.sum(window**2)))
    windows = np.lib.stride_tricks.sliding_window_view(planes, size, axis=1)[:, :: size // 2]
    count = sum(weights.shape[1] for _, _, weights in bank)
    out = np.zeros((len(planes), windows.shape[1], count), dtype=np.float32)
    for plane, rows in enumerate(windows):
        if not planes[plane].any():
            continue
        spectrum = np.fft.rfft(rows * window)
        power = (spectrum.real**2 + spectrum.imag**2) * scale
        for bins, bands, weights in bank:
            out[plane, :, bands] = power[:, bins] @ weights
    return out


def _band_bank(rate: int, size: int) -> Curve:
    """Triangles over log frequency, one band wide on either side, at least one bin."""
    hz = np.arange(size // 2 + 1) * (rate / size)
    ratio = 2.0 ** (1.0 / BANDS_PER_OCTAVE)
    half = np.maximum(GRID_HZ * (ratio - 1.0), rate / size)
    bank: Curve = np.clip(1.0 - np.abs(hz[:, None] - GRID_HZ) / half, 0.0, None)
    return bank


def _edge_bank(rate: int, size: int) -> Curve:
    """Bands between the edges, crossing over within one bin or a sixth of an octave."""
    hz = np.arange(size // 2 + 1) * (rate / size)
    steps = []
    for edge in DYNAMICS_EDGES_HZ:
        width = max(edge / 6.0, rate / size)
        steps.append(np.clip((hz - edge) / width + 0.5, 0.0, 1.0))
    bank: Curve = np.stack([low - high for low, high in pairwise(steps)], axis=1)
    return bank
