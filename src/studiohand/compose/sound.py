"""Raw material of the instruments: oscillators, strings, filters, drive, rooms.

Mono sounds are float64 arrays of shape (frames,), stereo ones (frames, 2), full scale 1.0, at
`RATE`. Randomness comes only from a generator made by `dice`.
"""

from __future__ import annotations

import zlib
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

from studiohand.core.units import db_to_gain, midi_to_hz, ms_to_frames, seconds_to_frames

RATE = 48000
Sound = npt.NDArray[np.float64]

_TABLE_FRAMES = 4096
_FRAME = 1024  # of the short-time transform; four of them overlap
_TOGETHER = 128  # short frames transformed at once: what fits the processor's cache


def dice(name: str) -> np.random.Generator:
    """Random numbers that are the same for the same name in every run."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def frames(seconds: float) -> int:
    """Whole frames of a time in seconds."""
    return seconds_to_frames(seconds, RATE)


def decay(count: int, seconds: float) -> Sound:
    """Exponential from 1 that has fallen by 60 dB after `seconds`; shape (count,)."""
    out: Sound = np.exp(np.arange(count) * (-6.9078 / (seconds * RATE)))
    return out


def swell(count: int, attack_s: float, release_s: float) -> Sound:
    """Rises along half a cosine, holds 1 and falls the same way; shape (count,)."""
    up = min(max(frames(attack_s), 1), count)
    down = min(max(frames(release_s), 1), count)
    out = np.ones(count)
    out[:up] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(up) / up)
    out[count - down :] *= 0.5 + 0.5 * np.cos(np.pi * np.arange(1, down + 1) / down)
    return out


def curve(count: int, *points: tuple[float, float]) -> Sound:
    """Straight lines through (seconds, value) points; shape (count,)."""
    times, values = zip(*points, strict=True)
    out: Sound = np.interp(np.arange(count) / RATE, times, values)
    return out


def phase_of(hz: Sound, start: float = 0.0) -> Sound:
    """Phase in turns of a frequency that moves; shape (frames,)."""
    return start + np.cumsum(hz) / RATE


def wave_table(amplitudes: Sound) -> Sound:
    """One turn of a wave with given partial amplitudes, plus one sample for interpolation."""
    spectrum = np.zeros(_TABLE_FRAMES // 2 + 1, complex)
    spectrum[1 : len(amplitudes) + 1] = -0.5j * _TABLE_FRAMES * amplitudes
    table = np.fft.irfft(spectrum)
    return np.append(table, table[0])


def look_up(table: Sound, phase: Sound) -> Sound:
    """A wave table read at a phase in turns, linearly interpolated."""
    at = (phase % 1.0) * _TABLE_FRAMES
    index = at.astype(np.int64)
    out: Sound = table[index] + (at - index) * (table[index + 1] - table[index])
    return out


def saw(phase: Sound, highest_hz: float) -> Sound:
    """Sawtooth with no partial above the limit of hearing for notes up to `highest_hz`."""
    partials = np.arange(1, max(int(19000.0 / highest_hz), 1) + 1)
    return look_up(wave_table(0.6 / partials), phase)


def pluck(
    pitch: float, seconds: float, brightness: float, ring_s: float, where: float, rng_name: str
) -> Sound:
    """A plucked string (Karplus and Strong 1983, with the fractional delay of Jaffe and Smith).

    Parameters
    ----------
    pitch : float
        MIDI note number.
    seconds : float
        Length of the sound.
    brightness : float
        0 (thumb) to 1 (hard pick).
    ring_s : float
        Time for the fundamental to fall by 60 dB.
    where : float
        Plucking point as a share of the string, 0 to 0.5; takes partials away like a real pick.
    rng_name : str
        Name of the pick's noise: the same name plays the same note.
    """
    hz = midi_to_hz(pitch)
    damping = 0.5 - 0.32 * brightness  # weight of the two outer taps of the loop filter
    period = RATE / hz - 1.0  # the loop filter itself delays by one frame
    whole = int(period)
    share = period - whole
    taps = np.convolve([damping / 2, 1.0 - damping, damping / 2], [1.0 - share, share])
    taps *= db_to_gain(-60.0 / (ring_s * hz)) / abs(
        np.sum(taps * np.exp(-2j * np.pi * hz / RATE * np.arange(len(taps))))
    )
    taps *= min(1.0, 0.99995 / taps.sum())
    count = frames(seconds)
    edge = whole + len(taps)
    out = np.zeros(edge + count)
    out[edge : edge + whole] = _pick(whole, brightness, where, rng_name)[:count]
    at = edge + whole
    while at < len(out):
        stop = min(at + whole, len(out))
        for tap, weight in enumerate(taps):
            out[at:stop] += weight * out[at - whole - tap : stop - whole - tap]
        at = stop
    return out[edge:]


def _pick(period: int, brightness: float, where: float, rng_name: str) -> Sound:
    """One period of excitation: noise, softened, minus itself a plucking point later."""
    noise = dice(rng_name).uniform(-1.0, 1.0, period)
    spectrum = np.fft.rfft(noise)
    hz = np.arange(len(spectrum)) * RATE / period
    corner = 600.0 * 14.0**brightness
    spectrum *= 1.0 / (1.0 + (hz / corner) ** 2)
    spectrum *= 1.0 - np.exp(-2j * np.pi * np.arange(len(spectrum)) * where) * 0.9
    spectrum[0] = 0.0
    out = np.fft.irfft(spectrum, period)
    result: Sound = out / (np.sqrt(np.mean(out**2)) + 1e-12) * 0.25
    return result


def rounded(sound: Sound, knee: float) -> Sound:
    """Peaks above `knee` bent over towards twice the knee; short sounds only, it may alias."""
    over = np.abs(sound) - knee
    out: Sound = np.where(over > 0, np.sign(sound) * (knee + knee * np.tanh(over / knee)), sound)
    return out


def low_cut(sound: Sound, hz: float, order: int = 2) -> Sound:
    """Butterworth high-pass along the first axis."""
    return _butter(sound, "highpass", hz, order)


def high_cut(sound: Sound, hz: float, order: int = 2) -> Sound:
    """Butterworth low-pass along the first axis."""
    return _butter(sound, "lowpass", hz, order)


def band(sound: Sound, low_hz: float, high_hz: float, order: int = 1) -> Sound:
    """Butterworth band-pass along the first axis."""
    return _butter(sound, "bandpass", (low_hz, high_hz), order)


def lift(sound: Sound, low_hz: float, high_hz: float, db: float) -> Sound:
    """Raise or lower a broad band by adding its band-pass to the sound."""
    return sound + (db_to_gain(db) - 1.0) * band(sound, low_hz, high_hz)


def _butter(
    sound: Sound,
    kind: Literal["lowpass", "highpass", "bandpass"],
    hz: float | tuple[float, float],
    order: int,
) -> Sound:
    from scipy import signal

    sos = signal.butter(order, np.asarray(hz), kind, fs=RATE, output="sos")
    out: Sound = signal.sosfilt(sos, sound, axis=0)
    return out


def shape_spectrum(sound: Sound, shapes: Sound) -> Sound:
    """A filter that moves: each short frame's spectrum times the shape of its moment.

    Parameters
    ----------
    sound : ndarray, shape (frames,)
    shapes : ndarray, shape (moments, 513)
        Gains of the bins from 0 to half the rate, spread evenly over the sound.
    """
    hop = _FRAME // 4
    padded = np.pad(sound, (_FRAME, 2 * _FRAME))
    count = 1 + (len(padded) - _FRAME) // hop
    window = np.hanning(_FRAME + 1)[:-1]
    middle = (np.arange(count) * hop - _FRAME / 2) / max(len(sound), 1)
    moment = np.clip(middle * len(shapes), 0, len(shapes) - 1).astype(np.int64)
    out = np.zeros(len(padded))
    for first in range(0, count, _TOGETHER):
        rows = np.arange(first, min(first + _TOGETHER, count))
        spectra = np.fft.rfft(padded[rows[:, None] * hop + np.arange(_FRAME)] * window, axis=1)
        pieces = np.fft.irfft(spectra * shapes[moment[rows]], axis=1)
        pieces *= window / 1.5  # four overlapping squared Hann windows sum to 1.5
        for start in range(4):
            ready = pieces[start::4]
            at = (first + start) * hop
            out[at : at + ready.size] += ready.ravel()
    return out[_FRAME : _FRAME + len(sound)]


def drive(sound: Sound, db: float, bias: float = 0.0) -> Sound:
    """Soft clipping of a signal raised by `db`, at four times the rate against aliasing.

    `bias` shifts the curve: even harmonics, as from a single-ended valve stage.
    """
    import soxr

    hot = soxr.resample(sound * db_to_gain(db), RATE, 4 * RATE, "HQ")
    bent = np.tanh(hot + bias) - np.tanh(bias)
    out: Sound = soxr.resample(bent, 4 * RATE, RATE, "HQ")
    return _to_length(out, len(sound))


def _to_length(sound: Sound, count: int) -> Sound:
    return np.pad(sound, (0, max(count - len(sound), 0)))[:count]


def squash(
    sound: Sound,
    threshold_db: float,
    ratio: float,
    attack_ms: float = 10.0,
    release_ms: float = 120.0,
) -> Sound:
    """A compressor whose gain moves once a millisecond; all channels together."""
    step = ms_to_frames(1.0, RATE)
    mono = np.abs(sound) if sound.ndim == 1 else np.abs(sound).max(axis=1)
    peaks = np.pad(mono, (0, -len(mono) % step)).reshape(-1, step).max(axis=1)
    over = np.maximum(20.0 * np.log10(peaks + 1e-9) - threshold_db, 0.0) * (1.0 - 1.0 / ratio)
    rise, fall = np.exp(-1.0 / attack_ms), np.exp(-1.0 / release_ms)
    held, gains = 0.0, np.empty(len(over))
    for i, wanted in enumerate(over):
        held = wanted + (held - wanted) * (rise if wanted > held else fall)
        gains[i] = -held
    at = (np.arange(len(gains)) + 0.5) * step
    gain = np.exp(np.interp(np.arange(len(mono)), at, gains) * (np.log(10.0) / 20.0))
    result: Sound = sound * (gain if sound.ndim == 1 else gain[:, None])
    return result


def space(name: str, seconds: float, size_ms: float, damping: float) -> Sound:
    """A stereo room: sparse early echoes, then noise that dies sooner at the top; (frames, 2).

    Parameters
    ----------
    name : str
        Seeds the echoes.
    seconds : float
        Reverberation time of the middle band.
    size_ms : float
        Time until the echoes are dense.
    damping : float
        How much faster the top dies: 0 (tiles) to 1 (curtains).
    """
    rng = dice(name)
    count = frames(seconds * 1.3)
    tail = np.zeros((count, 2))
    edges = (80.0, 250.0, 700.0, 2000.0, 5500.0, 14000.0)
    for i, (low, high) in enumerate(pairwise(edges)):
        lasting = seconds * (1.0 - damping * 0.19 * i) * (0.9 if i == 0 else 1.0)
        tail += band(rng.standard_normal((count, 2)), low, high) * decay(count, lasting)[:, None]
    tail *= (1.0 - decay(count, size_ms * 2e-3))[:, None]
    for _ in range(14):
        at, side = ms_to_frames(size_ms * rng.uniform(0.15, 1.4), RATE), rng.integers(2)
        tail[at, side] += rng.choice([-1.0, 1.0]) * 9.0 * rng.uniform(0.4, 1.0)
    result: Sound = tail / np.sqrt(np.sum(tail**2) / 2.0)
    return result


def in_space(sound: Sound, room: Sound, before_ms: float = 0.0) -> Sound:
    """What the room answers, without the direct sound; (frames, 2), the length kept."""
    from scipy import signal

    mono = sound if sound.ndim == 1 else sound.mean(axis=1)
    late = np.pad(mono, (ms_to_frames(before_ms, RATE), 0))[: len(mono)].astype(np.float32)
    answer = room.astype(np.float32)  # half the time; the rounding is 140 dB down
    sides = [signal.oaconvolve(late, answer[:, side])[: len(mono)] for side in (0, 1)]
    return np.stack(sides, axis=1).astype(np.float64)


def spread(sound: Sound, position: float) -> Sound:
    """Mono to stereo at a position from -1 to +1, constant power."""
    angle = (position + 1.0) * np.pi / 4.0
    result: Sound = sound[:, None] * np.array([[np.cos(angle), np.sin(angle)]])
    return result


def chorus(sound: Sound, depth_ms: float, hz: float, start: float) -> Sound:
    """One modulated delay line around 9 ms; mono, the dry sound not included."""
    at = np.arange(len(sound))
    delay = (9.0 + depth_ms * np.sin(2 * np.pi * (hz * at / RATE + start))) * 1e-3 * RATE
    out: Sound = np.interp(at - delay, at, sound, left=0.0)
    return out


def echoes(sound: Sound, delay_s: float, feedback: float, count: int) -> Sound:
    """Echoes that change sides and lose their top, without the dry sound; (frames, 2)."""
    out = np.zeros((len(sound), 2))
    echo = sound
    for i in range(1, count + 1):
        echo = high_cut(echo, 4200.0, 1) * feedback
        late = np.pad(echo, (frames(delay_s * i), 0))[: len(sound)]
        out += spread(late, 0.75 if i % 2 else -0.75)
    return out


def add_at(track: Sound, sound: Sound, start_frame: int, gain: float = 1.0) -> None:
    """Mix a sound into a track at a frame; what falls outside is left out."""
    skip = max(-start_frame, 0)
    start = max(start_frame, 0)
    part = sound[skip : skip + max(len(track) - start, 0)]
    track[start : start + len(part)] += gain * part
