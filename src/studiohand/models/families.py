"""What the shipped network hears in a stem: how it would share its energy among its outputs."""

from __future__ import annotations

import heapq
from functools import cache

import numpy as np

from studiohand.core.audio import Block, Source
from studiohand.core.errors import Corrupt, MissingPart, NotAllowed
from studiohand.core.job import Arrays
from studiohand.dsp.blocks.stft import analyse
from studiohand.models import bands
from studiohand.models.masks import BandMasks
from studiohand.models.separation import open_model
from studiohand.models.store import DEFAULT

VERSION = 1
OUTPUTS = ("vocals", "drums", "bass", "other")
"""What the shares are of, in order."""

_WINDOWS = 3
_SILENT = 1e-4


def family_shares(source: Source) -> Arrays:
    """Shares of a stem's energy in the network's outputs, over its three loudest windows of 3 s.

    Returns
    -------
    Arrays
        ``shares`` (4,) in the order of `OUTPUTS`, summing to 1; empty for silence, and where the
        network is not here or may not run.
    """
    network = _network()
    loudest: list[tuple[float, int, Block]] = []
    frames = round(bands.SPAN * source.rate / bands.RATE)
    for count, block in enumerate(source.blocks(frames) if network else ()):
        entry = (float(np.sum(np.square(block))), count, block)
        if len(loudest) < _WINDOWS:
            heapq.heappush(loudest, entry)
        else:
            heapq.heappushpop(loudest, entry)
    heard = [
        _shares(network, block, source.rate)
        for _, _, block in loudest
        if network and np.abs(block).max() > _SILENT
    ]
    return {"shares": np.mean(heard, axis=0) if heard else np.zeros(0)}


@cache
def _network() -> BandMasks | None:
    try:
        model = open_model(DEFAULT)
    except (NotAllowed, MissingPart, Corrupt):
        return None  # the sound is then told by its features alone
    return model if isinstance(model, BandMasks) and model.stems == OUTPUTS else None


def _shares(network: BandMasks, block: Block, rate: int) -> Block:
    window = _window(block, rate)
    spectra = analyse(window, bands.WINDOW, bands.HOP)
    masks = network.masks(spectra)
    energy = [
        float(np.sum(np.square(np.abs(spectra) * bands.spread(mask).transpose(1, 0, 2))))
        for mask in masks
    ]
    return np.array(energy) / max(sum(energy), 1e-12)


def _window(block: Block, rate: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """One window of the network: two channels, its rate, half of full scale."""
    import soxr

    pair = np.repeat(block[:, :1], 2, axis=1) if block.shape[1] == 1 else block[:, :2]
    sound = np.asarray(soxr.resample(pair, rate, bands.RATE) if rate != bands.RATE else pair)
    out = np.zeros((bands.SPAN, 2), np.float32)
    out[: len(sound)] = sound[: bands.SPAN]
    return out * np.float32(0.5 / np.abs(out).max())
