"""Conversions between the units of sound: the only file with these formulas."""

from __future__ import annotations

import math

SILENCE_DB = -200.0
"""What a level of zero is called in decibels: below any audio format's floor."""


def db_to_gain(db: float) -> float:
    """Amplitude factor of a level in dB."""
    return math.pow(10.0, db / 20.0)


def gain_to_db(gain: float) -> float:
    """Level in dB of an amplitude factor >= 0; zero gives `SILENCE_DB`."""
    return max(SILENCE_DB, 20.0 * math.log10(gain)) if gain > 0.0 else SILENCE_DB


def power_to_db(power: float) -> float:
    """Level in dB of a power >= 0; zero gives `SILENCE_DB`."""
    return max(SILENCE_DB, 10.0 * math.log10(power)) if power > 0.0 else SILENCE_DB


def seconds_to_frames(seconds: float, rate: int) -> int:
    """Nearest whole frame of a time in seconds."""
    return round(seconds * rate)


def ms_to_frames(ms: float, rate: int) -> int:
    """Nearest whole number of frames of a duration in milliseconds."""
    return round(ms * rate / 1000.0)


def hz_to_midi(hz: float, tuning_hz: float = 440.0) -> float:
    """MIDI note number (69 = A4) of a frequency > 0 in Hz."""
    return 69.0 + 12.0 * math.log2(hz / tuning_hz)


def midi_to_hz(note: float, tuning_hz: float = 440.0) -> float:
    """Frequency in Hz of a MIDI note number."""
    return tuning_hz * math.pow(2.0, (note - 69.0) / 12.0)


def hz_to_erb_number(hz: float) -> float:
    """ERB number in Cam: equivalent rectangular bandwidths below `hz` (ISO 532-2:2017)."""
    return 21.4 * math.log10(0.00437 * hz + 1.0)


def erb_number_to_hz(cam: float) -> float:
    """Frequency in Hz of an ERB number (inverse of `hz_to_erb_number`)."""
    return (math.pow(10.0, cam / 21.4) - 1.0) / 0.00437
