"""From notes to stems: who plays what, in which room, how loud."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from studiohand.compose import drumkit, instruments, score
from studiohand.compose.sound import (
    RATE,
    Sound,
    dice,
    drive,
    echoes,
    frames,
    high_cut,
    in_space,
    lift,
    low_cut,
    space,
    spread,
    squash,
)
from studiohand.compose.voice import sing
from studiohand.core.units import db_to_gain

COUNT = frames(score.LENGTH_S)


@dataclass(frozen=True, slots=True)
class Stem:
    """A finished stem as it leaves the composer's session.

    Parameters
    ----------
    name : str
    samples : ndarray, shape (frames, channels)
        float64 at `RATE`, already quantised to 24 bits.
    """

    name: str
    samples: Sound


LEVELS_LUFS = {
    "Kick In": -25.4, "Snare Top": -28.5, "Snare Bot": -34.5, "Hi-Hat": -36.0, "OH": -29.3,
    "Room": -33.5, "Shaker Tamb": -36.0, "Bass DI": -26.2, "Bass Amp": -30.5,
    "E Gtr L": -30.3, "E Gtr R": -30.3, "Rhodes": -29.0, "Pad": -34.5, "Synth Arp": -32.5,
    "Strings": -32.0, "Lead Vox": -22.8, "BVs": -32.0, "FX Riser": -32.5,
}  # fmt: skip
"""Integrated loudness of each stem alone in the rough balance."""


def stems() -> Iterator[Stem]:
    """Every stem of the song, in the order of a mixer; the same samples in every run."""
    for number in range(len(PLAYERS)):
        yield from played_by(number)


def played_by(number: int) -> Iterator[Stem]:
    """The stems of one group of players, by its place in `PLAYERS`."""
    for name, sound in PLAYERS[number]():
        yield Stem(name, _finished(name, sound))


def _finished(name: str, sound: Sound) -> Sound:
    """Faded out at the end, at its level, and on the grid of 24-bit integers."""
    wide = sound[:, None] if sound.ndim == 1 else sound
    fade = frames(1.2)
    wide[-fade:] *= (0.5 + 0.5 * np.cos(np.pi * np.arange(fade) / fade))[:, None]
    level = wide * db_to_gain(LEVELS_LUFS[name] - _loudness_lufs(wide))
    return np.round(level * 2.0**23) / 2.0**23


def _kit() -> Iterator[tuple[str, Sound]]:
    hits = score.played(score.drums(), dice("drummer"), loose_ms=3.5, touch=0.05)
    sources = drumkit.tracks(hits, COUNT)
    kick = squash(drumkit.close_mic(sources, drumkit.CLOSE["Kick In"]), -12.0, 2.5, 18.0, 90.0)
    yield "Kick In", drive(lift(lift(kick, 50.0, 90.0, 3.0), 250.0, 450.0, -4.0), 4.0)
    top = squash(drumkit.close_mic(sources, drumkit.CLOSE["Snare Top"]), -14.0, 3.0, 8.0, 110.0)
    yield "Snare Top", drive(top, 9.0)
    yield "Snare Bot", drumkit.close_mic(sources, drumkit.CLOSE["Snare Bot"])
    yield "Hi-Hat", drumkit.close_mic(sources, drumkit.CLOSE["Hi-Hat"])
    yield "OH", drumkit.overheads(sources)
    yield "Room", squash(drumkit.room(sources), -20.0, 4.0, 6.0, 140.0)


def _percussion() -> Iterator[tuple[str, Sound]]:
    hits = score.played(score.percussion(), dice("percussion"), late_ms=3.0, loose_ms=5.0)
    sources = drumkit.tracks(hits, COUNT)
    dry = spread(sources["shaker"], -0.55) + spread(sources["tambourine"], 0.5)
    yield "Shaker Tamb", dry + 0.25 * in_space(dry, space("drum room", 0.5, 18.0, 0.6))


def _low_end() -> Iterator[tuple[str, Sound]]:
    notes = score.played(score.bass(), dice("bassist"), late_ms=4.0, loose_ms=3.5)
    direct = instruments.bass_di(notes, COUNT)
    yield "Bass DI", drive(direct, 9.0)
    yield "Bass Amp", instruments.bass_amp(direct)


def _guitars() -> Iterator[tuple[str, Sound]]:
    for name, who, detune, late_ms in (("E Gtr L", "left hand", 0.0, 2.0),
                                       ("E Gtr R", "right hand", 0.04, 6.0)):  # fmt: skip
        notes = score.played(score.guitar(), dice(who), late_ms=late_ms, loose_ms=5.0)
        mono = squash(instruments.guitar(notes, COUNT, who, detune), -18.0, 2.5, 12.0, 140.0)
        side = -0.8 if name.endswith("L") else 0.8
        plate = in_space(mono, space(f"{who} plate", 1.1, 12.0, 0.3), 12.0)
        yield name, spread(mono, side) + 0.12 * low_cut(plate, 250.0)


def _keyboards() -> Iterator[tuple[str, Sound]]:
    hall = space("hall", 2.4, 40.0, 0.45)
    tines = instruments.electric_piano(
        score.played(score.keys(), dice("pianist"), late_ms=3.0, loose_ms=6.0), COUNT
    )
    yield "Rhodes", tines + 0.16 * in_space(tines, space("plate", 1.5, 14.0, 0.3), 15.0)
    held = instruments.pad(score.played(score.pad(), dice("pad hand"), loose_ms=12.0), COUNT)
    yield "Pad", held + 0.3 * in_space(held, hall, 10.0)
    steps = score.played(score.arpeggio(), dice("sequencer"), loose_ms=0.0, touch=0.08)
    plucked = instruments.arpeggio(steps, COUNT)
    yield "Synth Arp", plucked + 0.14 * in_space(plucked, hall, 20.0)
    bowed = instruments.strings(score.played(score.strings(), dice("section"), loose_ms=9.0), COUNT)
    yield "Strings", bowed + 0.4 * in_space(bowed, hall, 25.0)


def _voices() -> Iterator[tuple[str, Sound]]:
    plate = space("vocal plate", 1.7, 16.0, 0.25)
    notes = score.played(score.lead(), dice("singer"), late_ms=6.0, loose_ms=9.0, touch=0.03)
    dry = squash(lift(sing(notes, COUNT, "singer", 0.2), 2200.0, 7000.0, 7.0), -20.0, 3.0)
    wet = 0.2 * low_cut(in_space(dry, plate, 35.0), 250.0)
    yield "Lead Vox", spread(dry, 0.0) + wet + 0.1 * echoes(dry, 60.0 / score.BPM * 0.75, 0.5, 4)
    choir = np.zeros((COUNT, 2))
    for voice in range(3):
        for take, side in enumerate((-0.7, 0.7)):
            who = f"backing {voice} {take}"
            sung = score.played(score.backing(voice), dice(who), late_ms=8.0, loose_ms=14.0)
            place = side * (1.0 - 0.25 * voice)
            choir += spread(sing(sung, COUNT, who, 0.1), place)
    choir = high_cut(low_cut(choir, 180.0), 9000.0, 1)
    yield "BVs", choir + 0.35 * in_space(choir, plate, 20.0)


def _effects() -> Iterator[tuple[str, Sound]]:
    drops = [score.seconds(score.section(name).start) for name in ("chorus", "last chorus")]
    dry = instruments.riser(COUNT, drops)
    yield "FX Riser", dry + 0.25 * in_space(dry, space("hall", 2.4, 40.0, 0.45))


def _loudness_lufs(sound: Sound) -> float:
    from studiohand.dsp.meters.loudness import LoudnessMeter

    meter = LoudnessMeter(RATE, sound.shape[1])
    meter.update(sound)
    measured = meter.integrated_lufs()
    if measured is None:
        raise ValueError("a stem of the demo song is silent")
    return measured


PLAYERS = (_kit, _percussion, _low_end, _guitars, _keyboards, _voices, _effects)
"""Groups of stems that are made together."""
