"""Faults to plant in clean stems: plain functions on samples, seeded and exact.

The demo song and the benches plant with these and nothing else. Samples are float64, shape
(frames, channels), full scale 1.0; every function returns new samples of the same length unless
it says otherwise.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from studiohand.core.units import db_to_gain

Samples = npt.NDArray[np.float64]


def late(samples: Samples, frames: int) -> Samples:
    """Moved later by whole frames (negative: earlier), the length kept."""
    moved = np.zeros_like(samples)
    if abs(frames) >= len(samples):
        return moved
    if frames >= 0:
        moved[frames:] = samples[: len(samples) - frames]
    else:
        moved[:frames] = samples[-frames:]
    return moved


def inverted(samples: Samples) -> Samples:
    """Every sample with the other sign."""
    return -samples


def louder(samples: Samples, db: float) -> Samples:
    """At another level; negative: quieter."""
    return samples * db_to_gain(db)


def one_sound_on_both_sides(samples: Samples) -> Samples:
    """A stereo file that carries the same mono sound twice."""
    return np.repeat(samples.mean(axis=1, keepdims=True), 2, axis=1)


def one_side_inverted(samples: Samples) -> Samples:
    """Stereo with the right side's polarity wrong: the middle is lost in mono."""
    wide = one_sound_on_both_sides(samples) if samples.shape[1] == 1 else samples
    result: Samples = wide * np.array([[1.0, -1.0]])
    return result


def at_wrong_rate(samples: Samples, recorded_hz: int, labelled_hz: int) -> Samples:
    """What a file recorded at one rate holds when its header claims the other.

    The samples given are right at `labelled_hz`; played at it, the result is too fast or slow.
    Its length is that of the other rate.
    """
    import soxr

    return np.asarray(soxr.resample(samples, labelled_hz, recorded_hz, "VHQ"))


def cut_short(samples: Samples, frames: int) -> Samples:
    """Without its last frames."""
    return samples[:-frames]


def dropped_out(samples: Samples, start: int, frames: int) -> Samples:
    """With a hole of digital silence."""
    holed = samples.copy()
    holed[start : start + frames] = 0.0
    return holed


def silent(samples: Samples) -> Samples:
    """Nothing but zeros."""
    return np.zeros_like(samples)


def with_dc(samples: Samples, offset: float) -> Samples:
    """Shifted off the centre line."""
    return samples + offset


def with_hum(samples: Samples, rate: int, mains_hz: float, level_dbfs: float) -> Samples:
    """Mains hum with its harmonics, as a bad earth gives it.

    Parameters
    ----------
    mains_hz : float
        The exact frequency; real mains is rarely 50 or 60 Hz to the hundredth.
    level_dbfs : float
        Root mean square level of the hum as a whole.
    """
    turn = 2 * np.pi * mains_hz * np.arange(len(samples)) / rate
    strengths = (1.0, 0.55, 0.8, 0.3, 0.45, 0.18, 0.3, 0.1, 0.16)
    hum = sum(a * np.sin(k * turn + 1.3 * k * k) for k, a in enumerate(strengths, start=1))
    rms = np.sqrt(np.sum(np.square(strengths)) / 2.0)
    result: Samples = samples + (hum * db_to_gain(level_dbfs) / rms)[:, None]
    return result


def with_noise(
    samples: Samples, level_dbfs: float, rng: np.random.Generator, colour: float = 0.35
) -> Samples:
    """Broadband hiss of a preamplifier or tape.

    Parameters
    ----------
    level_dbfs : float
        Root mean square level.
    colour : float
        Share of the power that falls with frequency: 0 white, 1 close to pink.
    """
    from scipy import signal

    white = rng.standard_normal(samples.shape)
    # pink by three first-order shelves, after Paul Kellet's economy filter
    pink = sum(
        signal.lfilter([gain], [1.0, -pole], white, axis=0)
        for pole, gain in ((0.99765, 0.0990460), (0.963, 0.2965164), (0.57, 1.0526913))
    )
    hiss = np.sqrt(1 - colour) * white + np.sqrt(colour) * pink / np.std(pink)
    result: Samples = samples + hiss * (db_to_gain(level_dbfs) / np.std(hiss))
    return result


def places(count: int, seconds: float, rng: np.random.Generator) -> tuple[float, ...]:
    """Random times in seconds, in order and at least 0.3 s apart; fewer where there is no room."""
    slots = rng.permutation(int(seconds / 0.6))[:count]
    return tuple(sorted((float(slot) + float(rng.uniform(0.1, 0.6))) * 0.6 for slot in slots))


def with_clicks(
    samples: Samples,
    rate: int,
    times_s: Sequence[float],
    rng: np.random.Generator,
    strength: float = 0.5,
) -> Samples:
    """Ticks of 1 to 8 frames, as from a dropped buffer or a bad cable.

    Parameters
    ----------
    strength : float
        Height of the tallest against the loudest sample.
    """
    out = samples.copy()
    height = strength * np.abs(samples).max()
    for start in (int(time * rate) for time in times_s):
        part = out[start : start + int(rng.integers(1, 9))]
        shape = rng.choice([-1.0, 1.0]) * np.cos(np.pi * np.arange(len(part)) / max(len(part), 2))
        part += (height * rng.uniform(0.6, 1.0) * shape)[:, None]
    return np.clip(out, -1.0, 1.0)


def clipped(samples: Samples, depth_db: float) -> Samples:
    """Flat-topped: everything above the loudest sample less `depth_db` is cut off there."""
    ceiling = np.abs(samples).max() * db_to_gain(-depth_db)
    return np.clip(samples, -ceiling, ceiling)


def with_bell(samples: Samples, rate: int, hz: float, db: float, q: float) -> Samples:
    """A peaking equaliser (Audio EQ Cookbook): a wrong tone, a resonance, a boost that hides."""
    from scipy import signal

    gain, omega = db_to_gain(db / 2.0), 2 * np.pi * hz / rate
    alpha, cos = np.sin(omega) / (2 * q), np.cos(omega)
    b = [1 + alpha * gain, -2 * cos, 1 - alpha * gain]
    a = [1 + alpha / gain, -2 * cos, 1 - alpha / gain]
    return np.asarray(signal.lfilter(b, a, samples, axis=0))


def with_high_shelf(samples: Samples, rate: int, hz: float, db: float) -> Samples:
    """A high shelf of slope 1 (Audio EQ Cookbook): a blanket over the stem, or too much air."""
    from scipy import signal

    gain, omega = db_to_gain(db / 2.0), 2 * np.pi * hz / rate
    cos, root = np.cos(omega), np.sin(omega) / np.sqrt(2.0) * 2.0 * np.sqrt(gain)
    more, less = gain + 1.0, gain - 1.0
    b = [gain * (more + less * cos + root), -2 * gain * (less + more * cos),
         gain * (more + less * cos - root)]  # fmt: skip
    a = [more - less * cos + root, 2 * (less - more * cos), more - less * cos - root]
    return np.asarray(signal.lfilter(b, a, samples, axis=0))


def in_span(clean: Samples, faulty: Samples, rate: int, start_s: float, end_s: float) -> Samples:
    """The faulty samples within a span, the clean ones outside, 20 ms between them."""
    at = np.arange(len(clean)) / rate
    share = np.clip(np.minimum(at - start_s, end_s - at) / 0.02 + 0.5, 0.0, 1.0)[:, None]
    return clean + (faulty - clean) * share


def lossy(samples: Samples, rate: int, codec: str = "mp3", quality: float = 0.6) -> Samples:
    """Through a lossy codec and back, at the length of the input, its delay left in.

    Parameters
    ----------
    codec : str
        ``"mp3"`` or ``"ogg"`` (Vorbis).
    quality : float
        0 (best) to 1 (smallest file).
    """
    import soundfile

    held = io.BytesIO()
    format_, subtype = {"mp3": ("MP3", "MPEG_LAYER_III"), "ogg": ("OGG", "VORBIS")}[codec]
    with soundfile.SoundFile(
        held, "w", rate, samples.shape[1], format=format_, subtype=subtype,
        compression_level=quality,
    ) as file:  # fmt: skip
        for at in range(0, len(samples), 4096):
            file.write(np.ascontiguousarray(samples[at : at + 4096]))
    held.seek(0)
    decoded, _ = soundfile.read(held, dtype="float64", always_2d=True)
    result = np.zeros_like(samples)
    result[: len(decoded)] = decoded[: len(samples)]
    return result
