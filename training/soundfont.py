"""Notes through a General MIDI sound font (FluidR3, MIT) with TinySoundFont (MIT)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from training.effects import RATE, Audio
from training.score import Hit, Note

PLACE = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
FAMILIES = {
    "bass": tuple(range(32, 40)),
    "keys": (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 16, 17, 18, 19, 21),
    "guitar": (24, 25, 26, 27, 28),
    "heavy": (29, 30),
    "strings": (40, 41, 42, 44, 45, 46, 48, 49, 50, 51),
    "wind": (56, 57, 60, 61, 62, 63, 64, 65, 66, 68, 70, 71, 73, 75),
    "synth": (80, 81, 82, 84, 87, 88, 89, 90, 92, 93, 94, 95, 99, 100),
    "choir": (52, 53, 54),
}
KITS = (0, 8, 16, 24, 25, 32, 40)
KEYS = {
    "kick": (35, 36),
    "snare": (38, 40),
    "rim": (37,),
    "clap": (39,),
    "hat": (42, 44),
    "open": (46,),
    "crash": (49, 57),
    "ride": (51, 59),
    "tom0": (41, 43),
    "tom1": (45, 47),
    "tom2": (48, 50),
    "perc0": (54, 70, 69),
    "perc1": (60, 62, 63, 64, 76),
    "perc2": (56, 75, 67, 68, 82),
}
NOTES = (8, 9)
RESET = {7: 100, 10: 64, 11: 127, 64: 0}
"""Controllers that are obeyed, and where they start: volume, pan, expression, pedal."""


def available() -> bool:
    """Whether the sound font and its player are installed (Debian `fluid-soundfont-gm`)."""
    try:
        import tinysoundfont  # noqa: F401
    except ImportError:
        return False
    return PLACE.exists()


@lru_cache(maxsize=1)
def _synth() -> tuple[Any, int]:
    import tinysoundfont

    synth = tinysoundfont.Synth(samplerate=RATE, gain=-6)
    return synth, synth.sfload(str(PLACE))


def play(notes: list[Note], program: int, frames: int) -> Audio:
    """Render notes with a General MIDI program 0..127."""
    synth, font = _synth()
    synth.sounds_off()
    synth.program_select(0, font, 0, program)
    events = []
    for note in notes:
        key, velocity = int(np.clip(note.pitch, 0, 127)), int(np.clip(note.velocity * 120, 1, 127))
        events.append((int(note.start_s * RATE), 1, key, velocity))
        events.append((int((note.start_s + note.length_s) * RATE), 0, key, 0))
    return _run(synth, 0, events, frames)


def drums(hits: list[Hit], kit: int, frames: int, rng: np.random.Generator) -> Audio:
    """Render drum strokes with a General MIDI kit, the key of each piece drawn once."""
    synth, font = _synth()
    synth.sounds_off()
    synth.program_select(9, font, 128, kit, True)
    keys = {piece: int(rng.choice(choices)) for piece, choices in KEYS.items()}
    events = [
        (int(hit.start_s * RATE), 1, keys[hit.piece], int(np.clip(hit.velocity * 124, 1, 127)))
        for hit in hits
    ]
    return _run(synth, 9, events, frames)


def play_messages(messages: list[tuple[float, int, int, int, int]], seconds: float) -> Audio:
    """Render MIDI channel messages (time in seconds, kind, channel, data, data) from time 0 on.

    Programs and controllers of before are obeyed, notes of before are not played.
    """
    synth, font = _synth()
    frames = int(seconds * RATE)
    for channel in range(16):
        _obey(synth, font, (12, channel, 0, 0))
        _obey(synth, font, (14, channel, 0, 64))
        for number, value in RESET.items():
            _obey(synth, font, (11, channel, number, value))
    out, at = [], 0
    for when_s, *message in messages:
        until = min(frames, max(at, int(when_s * RATE)))
        if until > at:
            out.append(np.frombuffer(bytes(synth.generate(until - at)), np.float32))
            at = until
        if when_s >= 0 or message[0] not in NOTES:
            _obey(synth, font, tuple(message))
    if at < frames:
        out.append(np.frombuffer(bytes(synth.generate(frames - at)), np.float32))
    synth.sounds_off()
    return np.concatenate(out).reshape(-1, 2)[:frames].copy()


def _obey(synth: Any, font: int, message: tuple[int, ...]) -> None:
    kind, channel, first, second = message
    if kind == 12:
        bank, program = (128, 0) if channel == 9 else (0, first)
        synth.program_select(channel, font, bank, program, channel == 9)
    elif kind == 11 and first in RESET:
        synth.control_change(channel, first, second)
    elif kind == 14:
        synth.pitchbend(channel, first | second << 7)
    elif kind == 9 and second:
        synth.noteon(channel, first, second)
    elif kind in NOTES:
        synth.noteoff(channel, first)


def _run(synth: Any, channel: int, events: list[tuple[int, int, int, int]], frames: int) -> Audio:
    out, at = [], 0
    for when, on, key, velocity in sorted(events):
        when = min(when, frames)
        if when > at:
            out.append(np.frombuffer(bytes(synth.generate(when - at)), np.float32))
            at = when
        if on:
            synth.noteon(channel, key, velocity)
        else:
            synth.noteoff(channel, key)
    if at < frames:
        out.append(np.frombuffer(bytes(synth.generate(frames - at)), np.float32))
    synth.sounds_off()
    return np.concatenate(out).reshape(-1, 2)[:frames].copy()
