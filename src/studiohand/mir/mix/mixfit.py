"""How the stems stand in a rough mix: the gain of each stem in each band that explains the mix.

The mix is taken for a sum of the stems, each through a gain of its own in every band, and the
gains are found by least squares on the spectra (linear regression with complex coefficients). Where
the mix is a plain bounce the fit is exact. Where it is not, a bus compressor or a limiter may be at
work: its gain, the same for all stems, is read every few milliseconds and given to the stems, and
the fit is made again. Reverb and distortion stay in the residual, whose size gives each gain its
error.
"""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Block, Source, Track
from studiohand.core.job import Arrays, Job
from studiohand.dsp.hearing.ear import cams
from studiohand.dsp.hearing.earbands import BANDS, CENTRES_HZ
from studiohand.mir.mix.busride import bus_ride, hann

Grid = npt.NDArray[np.float64]

Packed = npt.NDArray[np.complex64]
"""Products of all pairs of spectra, the lower triangles alone: shape (bands, pairs)."""

CHUNK_S = 2.0
"""Time step of the fit; a gain may change from one chunk to the next."""
_MANY_CHUNK_S = 4.0
_MANY_STEMS = 16
_READ_ALL_S = 100.0
"""Up to this length everything is read; longer songs are sampled, so much of them in all."""
_WINDOW_S = 0.16
_MAX_DELAY_S = 0.12
_DELAY_S = 4.0
_TOGETHER = 4
"""Windows of every source held at a time."""
_READ_FRAMES = 16384
_RIDGE = 1e-3
PLAIN_BOUNCE = 0.995
"""Share of the mix explained from which it is taken as it is."""
_TOO_MUCH = 0.6
"""Share of the mix left over from which there is no use in explaining it better."""
_RIDES = 2
"""Passes over a mix that is no plain bounce: gains and the bus's own gain sharpen each other."""
_AHEAD = 2.0
"""How far each pass goes in the direction found: alone, the two close in on each other slowly."""
_VERSION = 4
_GRIDS = ("gain_db", "error_db", "chunks_db", "chunk_errors_db")
SILENT_DB = -60.0
"""A stem this far below the mix in a band cannot be seen there."""


@dataclass(frozen=True, slots=True)
class MixFit:
    """Gains of the stems in the mix.

    Parameters
    ----------
    gain_db : ndarray, shape (stems, bands)
        Gain of each stem in the mix against the stem as it is, over the whole song.
    error_db : ndarray, shape (stems, bands)
        Standard error of `gain_db`; infinite where the stem cannot be seen in the mix.
    chunks_db : ndarray, shape (chunks, stems, bands)
        The same gains for every `chunk_s` seconds.
    chunk_errors_db : ndarray, shape (chunks, stems, bands)
        Their standard errors.
    explained : float
        Share of the mix's power that the stems explain, 0 to 1.
    delay_frames : int
        How much later the mix is than the stems.
    plain : bool
        The mix is a plain bounce: nothing but the stems at some gain.
    """

    gain_db: Grid
    error_db: Grid
    chunks_db: Grid
    chunk_errors_db: Grid
    explained: float
    delay_frames: int
    plain: bool
    chunk_s: float


def fit_mix(job: Job, stems: Sequence[Track], mix: Track) -> MixFit | None:
    """Fit the stems to the mix; None where the mix holds too little of them."""
    key = _key([*stems, mix])
    kept = job.cache.get(key) if key else None
    if kept is not None:
        return _from_arrays(kept)
    fit = _measure(job, [t.source for t in stems], mix.source)
    if key:
        job.cache.put(key, {name: np.asarray(value) for name, value in asdict(fit).items()})
    return fit


def _from_arrays(kept: Arrays) -> MixFit:
    grids = {name: np.asarray(kept[name], np.float64) for name in _GRIDS}
    return MixFit(
        **grids,
        explained=float(kept["explained"]),
        delay_frames=int(kept["delay_frames"]),
        plain=bool(kept["plain"]),
        chunk_s=float(kept["chunk_s"]),
    )


def _chunk_s(stems: int) -> float:
    return CHUNK_S if stems <= _MANY_STEMS else _MANY_CHUNK_S


def _measure(job: Job, stems: Sequence[Source], mix: Source) -> MixFit:
    seconds = min(mix.frames / mix.rate, max(s.frames / s.rate for s in stems))
    chunk_s = _chunk_s(len(stems))
    count = max(math.ceil(seconds / chunk_s), 1)
    read_s = chunk_s * min(1.0, _READ_ALL_S / max(seconds, 1e-9))
    delay = _delay(stems, mix, seconds)
    items = [
        _Chunk((*stems, mix), i * chunk_s, min(i * chunk_s + read_s, seconds), delay)
        for i in range(count)
    ]
    grams = job.map(_gram, items, "Comparing the stems with the mix")
    equations = read_s * count / _WINDOW_S
    gains, missing = _explain(grams, equations)
    plain = missing <= 1.0 - PLAIN_BOUNCE
    if not plain and missing < _TOO_MUCH:
        for _ in range(_RIDES):
            steady = [replace(item, gains=gains.astype(np.complex64)) for item in items]
            grams = job.map(_gram, steady, "Comparing the stems with the mix, held steady")
            gains = gains + _AHEAD * (_explain(grams, equations)[0] - gains)
    return _solve(grams, equations, delay, plain, chunk_s)


def _explain(grams: Sequence[Packed], equations: float) -> tuple[npt.NDArray[np.complex128], float]:
    """Gains over the whole song, and the share of the mix's power they leave over."""
    whole = _whole(grams)
    gains, _, rest = _gains(whole, equations, None)
    return gains, float(rest.sum() / max(float(np.real(whole[:, -1, -1]).sum()), 1e-30))


def _whole(grams: Sequence[Packed]) -> npt.NDArray[np.complex128]:
    """The products of all chunks together, shape (bands, sources, sources)."""
    return _unpacked(functools.reduce(np.add, grams, np.zeros(grams[0].shape, np.complex128)))


def _packed(gram: npt.NDArray[np.complex64]) -> Packed:
    """A hundred stems against each other are many: of each pair one product is kept."""
    return gram[:, *np.tril_indices(gram.shape[1])]


def _unpacked(packed: npt.NDArray[np.complexfloating]) -> npt.NDArray[np.complex128]:
    count = math.isqrt(2 * packed.shape[1])
    rows, columns = np.tril_indices(count)
    gram = np.empty((len(packed), count, count), dtype=np.complex128)
    gram[:, columns, rows] = packed.conj()
    gram[:, rows, columns] = packed
    return gram


def _key(tracks: Sequence[Track]) -> str:
    if not all(t.sha256 for t in tracks):
        return ""
    text = "|".join(t.sha256 for t in tracks)
    return f"mir.mixfit-{_VERSION}-{hashlib.sha256(text.encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A stretch of all sources, the mix last and read `delay` frames later.

    With `gains`, shape (bands, stems), what the mix does to all of them over time is done to the
    stems.
    """

    sources: tuple[Source, ...]
    start_s: float
    stop_s: float
    delay: int
    gains: npt.NDArray[np.complex64] | None = None


def _gram(chunk: _Chunk) -> Packed:
    """Products of all pairs of spectra in each band.

    All sources are read side by side, a few windows at a time: a hundred stems fit into memory.
    """
    rate, count = chunk.sources[-1].rate, len(chunk.sources)
    start, stop = round(chunk.start_s * rate), round(chunk.stop_s * rate)
    size = 1 << round(math.log2(_WINDOW_S * rate))
    index = _band_of_bin(rate, size)
    shifts = [0] * (count - 1) + [chunk.delay]
    readings = [
        _windows(_stretch(source, start + shift, stop + shift, rate), size)
        for source, shift in zip(chunk.sources, shifts, strict=True)
    ]
    out = np.zeros((BANDS, count, count), dtype=np.complex64)
    for together in zip(*readings, strict=True):
        spectra = np.stack([_spectra(windows) for windows in together])
        if chunk.gains is not None:
            model = np.einsum("sfb,bs->fb", spectra[:-1], chunk.gains[np.clip(index, 0, BANDS - 1)])
            ride = bus_ride(np.fft.irfft(model, size), together[-1], rate)
            for stem, windows in enumerate(together[:-1]):
                spectra[stem] = _spectra(windows * ride)
        for band in range(BANDS):
            rows = spectra[:, :, index == band].reshape(count, -1)
            out[band] += rows @ rows.conj().T
    return _packed(out)


def _stretch(source: Source, start: int, stop: int, rate: int) -> Iterator[Block]:
    """Blocks of a span in frames of `rate`, with zeros where the source has none."""
    if source.rate != rate:
        yield _resampled(source, start, stop, rate)
        return
    first, last = max(start, 0), min(stop, source.frames)
    if last <= first:
        yield np.zeros((stop - start, source.channels))
        return
    if first > start:
        yield np.zeros((first - start, source.channels))
    yield from source.blocks(_READ_FRAMES, first, last)
    if stop > last:
        yield np.zeros((stop - last, source.channels))


def _resampled(source: Source, start: int, stop: int, rate: int) -> Block:
    import soxr

    ratio = source.rate / rate
    wanted = _stretch(source, round(start * ratio), round(stop * ratio) + 2, source.rate)
    own = np.concatenate(list(wanted))
    return np.asarray(soxr.resample(own, source.rate, rate, "HQ"))[: stop - start]


def _stereo(samples: Block) -> npt.NDArray[np.float32]:
    two = np.repeat(samples, 2, axis=1) if samples.shape[1] == 1 else samples[:, :2]
    return two.astype(np.float32)


def _windows(blocks: Iterable[Block], size: int) -> Iterator[npt.NDArray[np.float32]]:
    """Hann windows, half overlapped, `_TOGETHER` at a time, shape (windows x ears, frames).

    What is shorter than a window is filled up with zeros.
    """
    held, had = np.zeros((0, 2), np.float32), False
    step = size // 2
    for block in blocks:
        held = np.concatenate([held, _stereo(block)])
        while len(held) >= size + (_TOGETHER - 1) * step:
            yield _windowed(held[: size + (_TOGETHER - 1) * step], size)
            held, had = held[_TOGETHER * step :], True
    if len(held) >= size:
        yield _windowed(held, size)
    elif not had:
        yield _windowed(np.pad(held, ((0, size - len(held)), (0, 0))), size)


def _windowed(samples: npt.NDArray[np.float32], size: int) -> npt.NDArray[np.float32]:
    frames = np.lib.stride_tricks.sliding_window_view(samples, size, axis=0)[:: size // 2]
    return np.asarray((frames * hann(size)).reshape(-1, size))


def _spectra(windows: npt.NDArray[np.float32]) -> npt.NDArray[np.complex64]:
    return np.fft.rfft(windows, axis=-1).astype(np.complex64)


def _band_of_bin(rate: int, size: int) -> npt.NDArray[np.int64]:
    """Band of each spectrum bin; below 0 or from `BANDS` on outside all of them."""
    hz = np.arange(size // 2 + 1) * rate / size
    place = cams(hz) - float(cams(CENTRES_HZ[:1])[0])
    return np.asarray(np.round(place * (BANDS - 1) / 38.0).astype(np.int64))


def _delay(stems: Sequence[Source], mix: Source, seconds: float) -> int:
    """Frames by which the mix is later than the stems' sum, from three places in the song."""
    limit = round(_MAX_DELAY_S * mix.rate)
    found = []
    for share in (0.25, 0.5, 0.75):
        start = round(share * max(seconds - _DELAY_S, 0.0) * mix.rate)
        stop = start + round(_DELAY_S * mix.rate)
        total = functools.reduce(np.add, (_mono(s, start, stop, mix.rate) for s in stems))
        found.append(_shift(total, _mono(mix, start, stop, mix.rate), limit))
    known = sorted(f for f in found if f is not None)
    return known[len(known) // 2] if known else 0


def _mono(source: Source, start: int, stop: int, rate: int) -> npt.NDArray[np.float32]:
    both = np.concatenate([_stereo(block) for block in _stretch(source, start, stop, rate)])
    mono: npt.NDArray[np.float32] = both.mean(axis=1)
    return mono


def _shift(
    stems: npt.NDArray[np.floating], mix: npt.NDArray[np.floating], limit: int
) -> int | None:
    """Lag of the largest whitened cross-correlation, None where there is no clear one."""
    size = 1 << math.ceil(math.log2(2 * len(stems)))
    cross = np.fft.rfft(mix, size) * np.conj(np.fft.rfft(stems, size))
    magnitude = np.abs(cross)
    if magnitude.max() <= 0.0:
        return None
    curve = np.fft.irfft(cross / np.sqrt(magnitude + 1e-6 * magnitude.max()), size)
    near = np.concatenate([curve[-limit:], curve[: limit + 1]])
    peak = int(near.argmax())
    clear = near[peak] > 6.0 * float(np.sqrt(np.mean(near**2)))
    return peak - limit if clear else 0


def _solve(
    grams: Sequence[Packed], equations: float, delay: int, plain: bool, chunk_s: float
) -> MixFit:
    """Gains from the products of each chunk, the mix last."""
    whole = _whole(grams)
    gains, errors, rest = _gains(whole, equations, None)
    pieces = [_gains(_unpacked(gram), equations / len(grams), gains) for gram in grams]
    chunks = np.stack([gain for gain, _, _ in pieces])
    chunk_errors = np.stack([error for _, error, _ in pieces])
    power = float(np.real(whole[:, -1, -1]).sum())
    return MixFit(
        gain_db=_to_db(np.abs(gains)).T,
        error_db=errors.T,
        chunks_db=np.swapaxes(_to_db(np.abs(chunks)), 1, 2),
        chunk_errors_db=np.swapaxes(chunk_errors, 1, 2),
        explained=1.0 - float(rest.sum()) / max(power, 1e-30),
        delay_frames=delay,
        plain=plain,
        chunk_s=chunk_s,
    )


def _to_db(gain: Grid) -> Grid:
    return np.asarray(20.0 * np.log10(np.maximum(gain, 1e-4)))


def _gains(
    gram: npt.NDArray[np.complex128], equations: float, prior: npt.NDArray[np.complex128] | None
) -> tuple[npt.NDArray[np.complex128], Grid, Grid]:
    """Complex gains (bands, stems), their error in dB, and the power left over in each band.

    A little of the prior (the band's plain average, or the whole song's gains) is mixed in, so
    that stems which cannot be told apart, or are silent, take its value.
    """
    bands, count = gram.shape[0], gram.shape[1] - 1
    gains = np.ones((bands, count), dtype=np.complex128)
    errors = np.full((bands, count), np.inf)
    rest = np.zeros(bands)
    for band in range(bands):
        own, to_mix = gram[band, :count, :count].T, gram[band, -1, :count]
        mix = float(np.real(gram[band, -1, -1]))
        power = np.real(np.diag(own))
        if power.max(initial=0.0) <= 0.0 or mix <= 0.0:
            rest[band] = mix
            continue
        start = np.full(count, _broad(own, to_mix)) if prior is None else prior[band]
        ridge = np.diag(_RIDGE * power + 1e-9 * power.max())
        inverse = _inverse(own + ridge)
        gains[band] = inverse @ (to_mix + ridge @ start)
        fit = gains[band]
        left = mix - 2.0 * np.real(np.vdot(fit, to_mix)) + np.real(np.vdot(fit, own @ fit))
        rest[band] = min(max(left, 0.0), mix)
        spread = np.real(np.diag(inverse)) * (rest[band] + 1e-7 * mix)
        relative = np.sqrt(np.maximum(spread, 0.0) / max(equations, 1.0)) / np.abs(fit)
        seen = power * np.abs(fit) ** 2 > 10.0 ** (SILENT_DB / 10.0) * mix
        errors[band] = np.where(seen, 20.0 * np.log10(1.0 + relative), np.inf)
    return gains, errors, rest


def _inverse(matrix: npt.NDArray[np.complex128]) -> npt.NDArray[np.complex128]:
    """Inverse of a Hermitian positive definite matrix by its Cholesky factor."""
    from scipy.linalg.lapack import zpotrf, zpotri

    factor, failed = zpotrf(matrix, lower=True)
    if failed:
        return np.asarray(np.linalg.inv(matrix), dtype=np.complex128)
    half, _ = zpotri(factor, lower=True)
    below = np.tril(half, -1)
    return np.asarray(below + below.conj().T + np.diag(np.real(np.diag(half))))


def _broad(own: npt.NDArray[np.complex128], to_mix: npt.NDArray[np.complex128]) -> complex:
    """The one gain of all stems together that explains the mix best."""
    return complex(to_mix.sum() / max(float(np.real(own.sum())), 1e-30))
