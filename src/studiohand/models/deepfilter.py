"""DeepFilterNet3 on ONNX Runtime: what a network trained on speech takes for the voice.

H. Schröter, A. N. Escalante-B., T. Rosenkranz, A. Maier, "DeepFilterNet: Perceptually motivated
real-time speech enhancement" (2023). Only the three networks are used; features, masks and deep
filter are written here. Its bins are 50 Hz apart and its frames 10 ms long, so any sample rate is
heard without resampling: at 44.1 kHz a frame has 441 samples instead of 480.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studiohand.core.errors import Corrupt
from studiohand.models.onnx import Session

Floats = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]

FRAMES_PER_S = 100
HIGHEST_HZ = 24000.0
BINS = 481
BANDS = 32
FILTERED = 96
"""Bins, up to 4.8 kHz, that are filtered over time; above, the bands are turned down."""
_LEAST_BINS = 2
_TAPS = 5
AHEAD = 2
"""Frames that networks and filter look ahead."""
_MEMORY = 0.99  # of the running means, a second
_LEVELS_DB, _SIZES = (-60.0, -90.0), (1e-3, 1e-4)  # where the running means begin
_PARTS = ("enc", "erb_dec", "df_dec")
_MEMBER = "tmp/export/{}.onnx"


class DeepFilter:
    """The three networks, loaded.

    Parameters
    ----------
    archive : Path
        The official archive, its checksum compared.

    Raises
    ------
    Corrupt
        It does not hold the networks.
    """

    def __init__(self, archive: Path) -> None:
        try:
            with tarfile.open(archive) as files:
                held = [files.extractfile(_MEMBER.format(part)) for part in _PARTS]
                graphs = [file.read() for file in held if file is not None]
        except (KeyError, OSError, tarfile.TarError) as error:
            raise Corrupt(f"“{archive.name}” does not hold the networks it should.") from error
        self._encoder, self._band_decoder, self._filter_decoder = (
            Session(graph, threads=1) for graph in graphs
        )

    def voice(self, spectra: Complexes, levels: Floats, shapes: Complexes) -> Complexes:
        """Spectra of the voice alone, shape (frames - 2 * AHEAD, 481).

        The first and the last `AHEAD` frames are only looked at.

        Parameters
        ----------
        spectra : ndarray, shape (frames, 481)
        levels, shapes : ndarray, shape (frames, 32) and (frames, 96)
            Of `Features`.
        """
        masks, taps = self._heard(levels[AHEAD:], shapes[AHEAD:])
        count = len(spectra) - 2 * AHEAD
        bands = np.repeat(masks[AHEAD:], BAND_BINS, axis=1)
        out: Complexes = spectra[AHEAD:-AHEAD] * bands
        low = spectra[:, :FILTERED]
        out[:, :FILTERED] = sum(low[k : k + count] * taps[AHEAD:, :, k] for k in range(_TAPS))
        return out

    def _heard(self, levels: Floats, shapes: Complexes) -> tuple[Floats, Complexes]:
        """Band masks (frames, 32) and filters (frames, 96, 5)."""
        parts = np.stack([shapes.real, shapes.imag])[None].astype(np.float32)
        given = {"feat_erb": levels[None, None].astype(np.float32), "feat_spec": parts}
        coded = dict(zip(self._encoder.outputs, self._encoder.run(given), strict=True))
        masks, *_ = self._band_decoder.run(
            {name: coded[name] for name in self._band_decoder.inputs}
        )
        filters, *_ = self._filter_decoder.run(
            {name: coded[name] for name in self._filter_decoder.inputs}
        )
        pairs = np.asarray(filters, np.float64).reshape(len(levels), FILTERED, _TAPS, 2)
        return np.asarray(masks[0, 0], np.float64), pairs[..., 0] + 1j * pairs[..., 1]


class Features:
    """What the networks hear, frame by frame, against running means of a second."""

    def __init__(self) -> None:
        self._level = np.linspace(*_LEVELS_DB, BANDS)
        self._size = np.linspace(*_SIZES, FILTERED)

    def of(self, spectra: Complexes) -> tuple[Floats, Complexes]:
        """Band levels (frames, 32) and low spectra (frames, 96), both made even."""
        power = np.square(spectra.real) + np.square(spectra.imag)
        bands = np.add.reduceat(power, _FIRST_BINS, axis=1) / BAND_BINS
        level_db = 10.0 * np.log10(bands + 1e-10)
        low = spectra[:, :FILTERED]
        sizes = np.abs(low)
        levels, shapes = np.empty_like(level_db), np.empty_like(low)
        for i, (now_db, now) in enumerate(zip(level_db, sizes, strict=True)):
            self._level = _MEMORY * self._level + (1.0 - _MEMORY) * now_db
            self._size = _MEMORY * self._size + (1.0 - _MEMORY) * now
            levels[i] = (now_db - self._level) / 40.0
            shapes[i] = low[i] / np.sqrt(self._size)
        return levels, shapes


def window(rate: int) -> Floats:
    """Vorbis window of two frames of 10 ms: its square overlaps to one, shape (2 * hop,)."""
    size = 2 * hop_frames(rate)
    half = np.sin(np.pi * (np.arange(size) + 0.5) / size)
    shape: Floats = np.sin(0.5 * np.pi * np.square(half))
    return shape


def hop_frames(rate: int) -> int:
    """Samples in a frame of 10 ms."""
    return max(round(rate / FRAMES_PER_S), 1)


def analyse(samples: Floats, rate: int) -> Complexes:
    """Spectra of mono samples at any rate, shape (frames, 481); absent bins are silent."""
    hop = hop_frames(rate)
    views = np.lib.stride_tricks.sliding_window_view(samples, 2 * hop)[::hop]
    spectra = np.fft.rfft(views * window(rate), axis=-1) / (2 * hop)
    out = np.zeros((len(spectra), BINS), np.complex128)
    used = min(spectra.shape[1], BINS)
    out[:, :used] = spectra[:, :used]
    return out


def synthesise(spectra: Complexes, rate: int) -> Floats:
    """Frames of samples to overlap and add, shape (frames, 2 * hop); silent above 24 kHz."""
    hop = hop_frames(rate)
    full = np.zeros((len(spectra), hop + 1), np.complex128)
    used = min(hop + 1, BINS)
    full[:, :used] = spectra[:, :used]
    samples: Floats = np.fft.irfft(full, 2 * hop, axis=-1) * (window(rate) * 2 * hop)
    return samples


def _band_bins() -> npt.NDArray[np.intp]:
    """Bins in each of the 32 bands, equally wide on the ERB scale, at least two bins each."""
    scale = 24.7 * 9.265
    top = 9.265 * np.log1p(HIGHEST_HZ / scale)
    edges = scale * np.expm1(np.arange(1, BANDS + 1) * top / BANDS / 9.265)
    widths, before, borrowed = [], 0, 0
    for edge in np.rint(edges / (HIGHEST_HZ / (BINS - 1))).astype(int).tolist():
        width = edge - before - borrowed
        borrowed = max(_LEAST_BINS - width, 0)
        widths.append(max(width, _LEAST_BINS))
        before = edge
    widths[-1] += BINS - sum(widths)
    return np.array(widths, np.intp)


BAND_BINS = _band_bins()
"""Bins in each band, shape (32,); they add up to 481."""
_FIRST_BINS = np.concatenate([[0], np.cumsum(BAND_BINS)[:-1]])
