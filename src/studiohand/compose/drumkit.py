"""A drum kit: what each drum sounds like, and what each microphone hears of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from studiohand.compose.score import Played
from studiohand.compose.sound import (
    RATE,
    Sound,
    add_at,
    band,
    decay,
    dice,
    drive,
    frames,
    high_cut,
    in_space,
    low_cut,
    rounded,
    space,
    spread,
)
from studiohand.core.units import db_to_gain, ms_to_frames


def kick(velocity: float, rng: np.random.Generator) -> Sound:
    """Beater, skin and shell: a sine falling from 190 to 51 Hz under a short click."""
    count = frames(0.55)
    t = np.arange(count) / RATE
    hz = 51.0 + 52.0 * np.exp(-t / 0.028) + 90.0 * velocity * np.exp(-t / 0.0045)
    body = np.sin(2 * np.pi * np.cumsum(hz) / RATE) * decay(count, 0.42)
    shell = 0.25 * np.sin(2 * np.pi * 104.0 * t) * decay(count, 0.16)
    click = band(rng.standard_normal(count), 1800, 6500) * decay(count, 0.018)
    out: Sound = np.tanh(1.5 * (body + shell)) * 0.75 + (0.3 + 0.5 * velocity) * click
    result: Sound = out * velocity**1.3
    return result


def snare_head(velocity: float, rng: np.random.Generator) -> Sound:
    """The struck skin: three modes that drop a little in pitch, and the stick."""
    count = frames(0.4)
    t = np.arange(count) / RATE
    bend = 1.0 + 0.06 * velocity * np.exp(-t / 0.02)
    modes = ((186.0, 1.0, 0.3), (287.0, 0.5, 0.22), (431.0, 0.35, 0.14))
    skin = sum(
        level * np.sin(2 * np.pi * np.cumsum(hz * bend) / RATE) * decay(count, lasting)
        for hz, level, lasting in modes
    )
    stick = band(rng.standard_normal(count), 2500, 9000) * decay(count, 0.03)
    result: Sound = rounded((1.0 * skin + 0.9 * velocity * stick) * 0.9, 0.45) * velocity**1.2
    return result


def snare_wires(velocity: float, rng: np.random.Generator) -> Sound:
    """The wires under it: noise that starts a moment later and lasts longer when hit hard."""
    count = frames(0.45)
    noise = rng.standard_normal(count)
    bright = band(noise, 1400, 11000) + 0.4 * band(noise, 350, 900)
    rise = 1.0 - decay(count, 0.006)
    shape = rise * decay(count, 0.18 + 0.2 * velocity)
    result: Sound = rounded(0.55 * bright * shape, 0.5) * velocity**1.1
    return result


def _metal(rng: np.random.Generator, low_hz: float, seconds: float, modes: int) -> Sound:
    """Struck bronze: many inharmonic modes, the high ones dying first, over bright noise."""
    count = frames(seconds)
    t = np.arange(count, dtype=np.float32) / np.float32(RATE)
    hz = low_hz * (15000.0 / low_hz) ** rng.uniform(0.0, 1.0, modes) ** 0.75
    out = np.zeros(count)
    for f in hz:
        lasting = seconds * 1.1 / (1.0 + f / 5000.0)
        ring = np.sin(np.float32(2 * np.pi * f) * t + np.float32(rng.uniform(0, 6.28)))
        out += ring * decay(count, lasting) * rng.uniform(0.3, 1.0) * min((f / 4000.0) ** 0.7, 1.0)
    noise = low_cut(rng.standard_normal(count), 4000.0)
    result: Sound = out / np.sqrt(modes) + 0.5 * noise * decay(count, seconds * 0.35)
    return result


def hat(velocity: float, rng: np.random.Generator) -> Sound:
    """Closed hi-hat; softer strokes are shorter and duller."""
    count = frames(0.2)
    t = np.arange(count) / RATE
    ring = sum(
        np.sign(np.sin(2 * np.pi * f * t)) for f in (2053.0, 3071.0, 3697.0, 4523.0, 5413.0, 8011.0)
    )
    sound = low_cut(0.12 * ring + 0.5 * rng.standard_normal(count), 6200.0, 4)
    sound *= decay(count, 0.07 + 0.12 * velocity) * (1.0 - decay(count, 0.001))
    return high_cut(rounded(sound, 0.3), 7500.0 + 9500.0 * velocity, 1) * velocity


def open_hat(velocity: float, rng: np.random.Generator) -> Sound:
    """Hi-hat left open, closed by the next stroke."""
    count = frames(0.42)
    sound = low_cut(_metal(rng, 2600.0, 0.42, 60), 4500.0) * decay(count, 0.6)
    sound[-ms_to_frames(12, RATE) :] *= np.linspace(1, 0, ms_to_frames(12, RATE))
    return rounded(0.8 * sound, 0.4) * velocity


def tom(velocity: float, rng: np.random.Generator) -> Sound:
    """Floor tom."""
    count = frames(0.7)
    t = np.arange(count) / RATE
    hz = 92.0 + 26.0 * np.exp(-t / 0.04)
    body = np.sin(2 * np.pi * np.cumsum(hz) / RATE) * decay(count, 0.5)
    over = 0.3 * np.sin(2 * np.pi * np.cumsum(hz * 1.59) / RATE) * decay(count, 0.25)
    stick = 0.4 * band(rng.standard_normal(count), 1200, 5000) * decay(count, 0.03)
    out: Sound = (body + over + stick) * velocity**1.2
    return out


def crash(velocity: float, rng: np.random.Generator) -> Sound:
    """Crash cymbal: swells for a few milliseconds, rings for three seconds."""
    sound = _metal(rng, 330.0, 3.0, 120)
    swelled = sound * (1.0 - decay(len(sound), 0.03))
    return rounded(low_cut(swelled, 350.0) * 0.7, 0.6) * velocity


def ride(velocity: float, rng: np.random.Generator) -> Sound:
    """Ride cymbal: a ping over a quiet wash."""
    wash = _metal(rng, 480.0, 1.4, 50)
    t = np.arange(len(wash)) / RATE
    ping = sum(np.sin(2 * np.pi * f * t) for f in (3140.0, 4718.0, 6230.0)) * decay(len(t), 0.35)
    return low_cut(0.35 * wash + 0.25 * ping, 500.0) * 0.6 * velocity


def shaker(velocity: float, rng: np.random.Generator) -> Sound:
    """Beads thrown forward: noise that swells and stops."""
    count = frames(0.11)
    rise = np.minimum(np.arange(count) / frames(0.025), 1.0) ** 2
    noise = band(rng.standard_normal(count), 5200, 12500) * rise * decay(count, 0.2)
    return rounded(1.6 * noise, 0.3) * velocity


def tambourine(velocity: float, rng: np.random.Generator) -> Sound:
    """Jingles: a handful of very short metal strokes close together."""
    out = np.zeros(frames(0.3))
    for _ in range(7):
        count = frames(0.2)
        t = np.arange(count) / RATE
        hz = rng.uniform(5200.0, 11500.0)
        ring = np.sin(2 * np.pi * hz * t) + 0.7 * np.sin(2 * np.pi * hz * 1.347 * t)
        ring += 0.5 * low_cut(rng.standard_normal(count), 7000)
        add_at(out, ring * decay(count, 0.13), frames(rng.exponential(0.006)), 0.3)
    return rounded(out, 0.4) * velocity


DRUMS: Mapping[str, tuple[Callable[[float, np.random.Generator], Sound], ...]] = {
    "kick": (kick,),
    "snare": (snare_head, snare_wires),
    "hat": (hat,),
    "open": (open_hat,),
    "tom": (tom,),
    "crash": (crash,),
    "ride": (ride,),
    "shaker": (shaker,),
    "tambourine": (tambourine,),
}
_COPIES = 3  # takes of each cymbal; a stroke is one of them, so no two bars are the same


def tracks(hits: Sequence[Played], count: int) -> dict[str, Sound]:
    """Each source of the kit alone and dry, by the name of the function that makes it."""
    out: dict[str, Sound] = {}
    for drum in sorted({hit.word for hit in hits}):
        for make in DRUMS[drum]:
            rng = dice(make.__name__)
            slow = drum in ("crash", "ride", "open")
            takes = [make(1.0, rng) for _ in range(_COPIES)] if slow else []
            track = out.setdefault(make.__name__, np.zeros(count))
            for hit in (h for h in hits if h.word == drum):
                sound = (
                    takes[rng.integers(_COPIES)] * hit.velocity if slow else make(hit.velocity, rng)
                )
                add_at(track, sound, frames(hit.start_s))
    return out


@dataclass(frozen=True, slots=True)
class Mic:
    """What one microphone hears: level in dB and distance in milliseconds of each source.

    Parameters
    ----------
    hears : mapping of str to (float, float)
    low_cut_hz, high_cut_hz : float
    """

    hears: Mapping[str, tuple[float, float]]
    low_cut_hz: float = 30.0
    high_cut_hz: float = 18000.0


CLOSE = {
    "Kick In": Mic({"kick": (0, 0), "snare_head": (-30, 2.1), "tom": (-26, 1.6)}, 28, 9000),
    "Snare Top": Mic(
        {"snare_head": (0, 0), "snare_wires": (-7, 0.3), "kick": (-27, 2.1), "hat": (-21, 1.2),
         "open_hat": (-20, 1.2), "tom": (-24, 2.3), "crash": (-29, 2.4), "ride": (-31, 3.0)},
        70, 15000,
    ),
    "Snare Bot": Mic(
        {"snare_wires": (0, 0), "snare_head": (-9, 0.4), "kick": (-22, 2.2), "hat": (-29, 1.5),
         "open_hat": (-28, 1.5), "tom": (-25, 2.3)},
        110, 15500,
    ),
    "Hi-Hat": Mic(
        {"hat": (0, 0), "open_hat": (-2, 0), "snare_head": (-30, 1.2), "snare_wires": (-25, 1.3),
         "kick": (-34, 2.9), "crash": (-20, 2.0), "ride": (-27, 3.4)},
        220, 19000,
    ),
}  # fmt: skip
_OVERHEAD: Mapping[str, tuple[float, float, float]] = {  # dB, ms from the middle, side
    "kick": (-15, 3.9, 0.0), "snare_head": (-9, 3.1, 0.06), "snare_wires": (-7, 3.1, 0.06),
    "hat": (0, 2.7, 0.5), "open_hat": (-2, 2.7, 0.5), "tom": (-9, 3.4, -0.45),
    "crash": (-1, 2.4, 0.35), "ride": (-2, 2.5, -0.55),
}  # fmt: skip


def close_mic(sources: Mapping[str, Sound], mic: Mic) -> Sound:
    """One close microphone; mono."""
    out = np.zeros(len(next(iter(sources.values()))))
    for name, (level_db, distance_ms) in mic.hears.items():
        add_at(out, sources[name], ms_to_frames(distance_ms, RATE), db_to_gain(level_db))
    return high_cut(low_cut(out, mic.low_cut_hz), mic.high_cut_hz)


def overheads(sources: Mapping[str, Sound]) -> Sound:
    """A spaced pair above the kit; (frames, 2). The side also moves the time of arrival."""
    out = np.zeros((len(next(iter(sources.values()))), 2))
    for name, (level_db, distance_ms, side) in _OVERHEAD.items():
        placed = spread(sources[name], side) * db_to_gain(level_db)
        for channel, sign in ((0, 1.0), (1, -1.0)):
            arrival = distance_ms + sign * side * 0.5
            add_at(out[:, channel], placed[:, channel], ms_to_frames(arrival, RATE))
    near = out + 0.18 * in_space(out, space("drum room", 0.5, 18.0, 0.6), 2.0)
    sides = [drive(low_cut(near[:, side], 60.0), 4.0) for side in (0, 1)]
    return high_cut(np.stack(sides, axis=1), 18500.0, 1)


def room(sources: Mapping[str, Sound]) -> Sound:
    """A pair far away, crushed the way rooms are; (frames, 2)."""
    mono = sum(sources[name] * db_to_gain(level_db) for name, (level_db, _, _) in _OVERHEAD.items())
    far = in_space(np.asarray(mono), space("drum room far", 0.85, 26.0, 0.7), 9.0)
    sides = [drive(low_cut(far[:, side], 70.0), 2.0) for side in (0, 1)]
    return high_cut(np.stack(sides, axis=1), 9500.0)
