"""The instruments that are not drums and do not sing; each plays a whole part at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from studiohand.compose.score import Played
from studiohand.compose.sound import (
    RATE,
    Sound,
    add_at,
    chorus,
    curve,
    decay,
    dice,
    drive,
    echoes,
    frames,
    high_cut,
    lift,
    look_up,
    low_cut,
    phase_of,
    pluck,
    saw,
    shape_spectrum,
    spread,
    squash,
    swell,
    wave_table,
)
from studiohand.core.units import midi_to_hz

_BINS_HZ = np.arange(513) * RATE / 1024


def bass_di(notes: Sequence[Played], count: int) -> Sound:
    """Electric bass straight from the instrument: plucked strings, stopped by the hand."""
    out = np.zeros(count)
    for i, note in enumerate(notes):
        sound = pluck(
            note.pitch, note.seconds + 0.1, 0.12 + 0.4 * note.velocity, 3.5, 0.17, f"bass{i}"
        )
        sound = _stopped(sound, note.seconds, 0.07) * (0.35 + 0.65 * note.velocity)
        add_at(out, sound, frames(note.start_s))
    warm = lift(low_cut(high_cut(out, 3800.0), 32.0), 60.0, 140.0, 5.0)
    return squash(warm, -24.0, 3.0, 15.0, 160.0)


def bass_amp(di: Sound) -> Sound:
    """The same bass through a driven amplifier and a fifteen-inch speaker."""
    hot = drive(lift(di, 500.0, 1400.0, 5.0), 13.0, 0.12)
    return low_cut(high_cut(hot, 3200.0), 55.0)


def guitar(notes: Sequence[Played], count: int, who: str, detune: float) -> Sound:
    """An electric guitar through an amplifier and a cabinet; mono.

    Parameters
    ----------
    who : str
        Seeds the picking hand, so two players never null.
    detune : float
        Semitones away from the tuner.
    """
    rng = dice(who)
    strings = np.zeros(count)
    for i, note in enumerate(notes):
        muted = note.word == "mute"
        bright = (0.3 if muted else 0.45) + 0.35 * note.velocity
        sound = pluck(
            note.pitch + detune + rng.normal(0, 0.02),
            note.seconds + 0.15,
            bright,
            0.5 if muted else 3.2,
            rng.uniform(0.1, 0.16),
            f"{who}{i}",
        )
        sound = _stopped(sound, note.seconds, 0.06) * note.velocity
        add_at(strings, sound, frames(note.start_s))
    amplified = drive(lift(low_cut(strings, 110.0), 900.0, 2600.0, 6.0), 9.0, 0.08)
    cabinet = high_cut(high_cut(lift(amplified, 1800.0, 3400.0, 4.0), 4700.0, 4), 6500.0)
    return low_cut(lift(cabinet, 250.0, 500.0, -2.5), 95.0)


def _stopped(sound: Sound, held_s: float, release_s: float) -> Sound:
    """Let it ring while held, then damp it."""
    held = min(frames(held_s), len(sound))
    sound[held:] *= decay(len(sound) - held, release_s * 2)
    edge = min(240, len(sound))
    sound[len(sound) - edge :] *= np.linspace(1.0, 0.0, edge)
    return sound


def electric_piano(notes: Sequence[Played], count: int) -> Sound:
    """Tine piano by frequency modulation (Chowning 1973), with a slow tremolo; (frames, 2)."""
    rng = dice("tines")
    mono = np.zeros(count)
    for note in notes:
        length = frames(note.seconds + 0.35)
        hz = midi_to_hz(note.pitch + rng.normal(0, 0.012))
        turn = 2 * np.pi * hz * np.arange(length) / RATE
        hard = note.velocity**1.6
        bark = (0.5 + 2.2 * hard) * decay(length, 1.1)
        body = np.sin(turn + bark * np.sin(turn)) * decay(length, 4.5 * (60.0 / note.pitch) ** 2)
        tine = 0.16 * hard * np.sin(turn * 14.02) * decay(length, 0.18)
        hammer = 0.05 * hard * rng.standard_normal(length) * decay(length, 0.012)
        shape = swell(length, 0.002, 0.25)
        add_at(mono, (body + tine + hammer) * shape, frames(note.start_s), 0.3 * note.velocity)
    warm = high_cut(low_cut(mono, 70.0), 7500.0, 1)
    wander = 0.32 * np.sin(2 * np.pi * 4.1 * np.arange(count) / RATE)
    angle = (wander + 1.0) * np.pi / 4.0
    stereo: Sound = warm[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    for side, start in ((0, 0.0), (1, 0.3)):
        stereo[:, side] += 0.3 * chorus(warm, 2.2, 0.7, start)
    return stereo


def pad(notes: Sequence[Played], count: int) -> Sound:
    """Six detuned saws a note, three a side, behind a filter that breathes; (frames, 2)."""
    rng = dice("pad")
    out = np.zeros((count, 2))
    for note in notes:
        length = frames(note.seconds + 1.1)
        shape = swell(length, 0.5, 1.0) * note.velocity
        for i in range(6):
            hz = midi_to_hz(note.pitch + (i - 2.5) * 0.05 + rng.normal(0, 0.01))
            phase = rng.uniform() + hz * np.arange(length) / RATE
            add_at(out[:, i % 2], saw(phase, hz) * shape, frames(note.start_s), 0.06)
    moments = np.arange(count // 240 + 1) * 240 / RATE
    corner = 1150.0 + 520.0 * np.sin(2 * np.pi * moments / 8.57) + 9.0 * moments
    shapes = 1.0 / (1.0 + (_BINS_HZ[None, :] / corner[:, None]) ** 4) ** 0.5
    sides = [shape_spectrum(out[:, side], shapes) for side in (0, 1)]
    return low_cut(np.stack(sides, axis=1), 160.0)


def arpeggio(notes: Sequence[Played], count: int) -> Sound:
    """Plucked synth: two saws, the filter opening over the intro, echoes in dotted eighths."""
    out = np.zeros(count)
    for note in notes:
        length = frames(0.34)
        hz = midi_to_hz(note.pitch)
        at = np.arange(length) / RATE
        wave = saw(hz * at, hz) + 0.7 * saw(hz * 1.006 * at + 0.37, hz)
        bright = 0.25 + 0.75 * min(note.start_s / 8.0, 1.0) * note.velocity
        dull = high_cut(wave, 900.0 + 1500.0 * bright)
        edge = (wave - dull) * decay(length, 0.05 + 0.1 * bright) * bright
        sound = (dull * decay(length, 0.4) + edge) * swell(length, 0.002, 0.05)
        add_at(out, sound, frames(note.start_s), 0.3 * note.velocity)
    thin = low_cut(out, 300.0)
    return spread(thin, 0.15) + echoes(thin, 60.0 / 112.0 * 0.75, 0.42, 4)


def strings(notes: Sequence[Played], count: int) -> Sound:
    """A small section: six bowed voices a note with their own vibrato; (frames, 2)."""
    rng = dice("strings")
    out = np.zeros((count, 2))
    table = wave_table(np.arange(1.0, 18.0) ** -1.15)
    for note in notes:
        length = frames(note.seconds + 0.3)
        at = np.arange(length) / RATE
        shape = swell(length, 0.16, 0.3) * note.velocity
        for i in range(6):
            vibrato = 0.16 * np.clip(at - 0.25, 0, 0.5) * 2
            vibrato *= np.sin(2 * np.pi * (rng.uniform(4.9, 6.1) * at + rng.uniform()))
            pitch = note.pitch + rng.normal(0, 0.05) + vibrato
            hz = midi_to_hz(0.0) * np.exp2(pitch / 12.0)
            bow = look_up(table, phase_of(hz, rng.uniform())) * shape
            bow += 0.015 * rng.standard_normal(length) * shape
            add_at(
                out, spread(bow, (i - 2.5) / 3.4), frames(note.start_s + rng.uniform(0, 0.02)), 0.1
            )
    return low_cut(high_cut(lift(out, 2200.0, 3600.0, 3.0), 8500.0, 1), 180.0)


def riser(count: int, drops_s: Sequence[float]) -> Sound:
    """Noise and a tone that climb for two bars into each drop, then a boom; (frames, 2)."""
    rng = dice("riser")
    out = np.zeros((count, 2))
    length = frames(4.2857)
    climb = np.linspace(0.0, 1.0, length)
    corner = 250.0 * 36.0 ** climb[::240]
    shapes = np.exp(-((np.log2((_BINS_HZ[None, :] + 20.0) / corner[:, None])) ** 2) / 0.7)
    for drop in drops_s:
        start = frames(drop) - length
        for side in (0, 1):
            noise = shape_spectrum(rng.standard_normal(length), shapes)
            add_at(out[:, side], noise * climb**2.2, start, 0.5)
        tone = saw(phase_of(110.0 * 8.0**climb), 900.0) * climb**3
        add_at(out, spread(low_cut(tone, 300.0), 0.0), start, 0.12)
        boom = np.sin(2 * np.pi * phase_of(curve(frames(1.8), (0, 78), (0.3, 44), (1.8, 36))))
        add_at(out, spread(boom * decay(len(boom), 1.6) * swell(len(boom), 0.004, 0.3), 0.0),
               frames(drop), 0.8)  # fmt: skip
    return out
