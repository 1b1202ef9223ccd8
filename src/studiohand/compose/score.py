"""“Second Pair of Ears”, the demo song: every note, and how people would play it.

E minor, 112 beats a minute, swung sixteenths. Beats are quarter notes counted from the start.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

TITLE = "Second Pair of Ears"
BPM = 112.0
BAR = 4.0
SWING = 0.56  # share of an eighth that its first sixteenth takes; 0.5 is straight
TAIL_S = 3.4


@dataclass(frozen=True, slots=True)
class Note:
    """One note or hit.

    Parameters
    ----------
    beat, beats : float
        Start and length in quarter notes.
    pitch : float
        MIDI note number; 0 for drums.
    velocity : float
        0 to 1.
    word : str
        Syllable to sing, drum to hit, or way of playing.
    """

    beat: float
    beats: float
    pitch: float
    velocity: float
    word: str = ""


@dataclass(frozen=True, slots=True)
class Played:
    """A note as somebody plays it: seconds instead of beats, a human's velocity."""

    start_s: float
    seconds: float
    pitch: float
    velocity: float
    word: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form: its first bar, its chords (one a bar) and its energy from 0 to 1."""

    name: str
    first_bar: int
    chords: tuple[str, ...]
    energy: float

    @property
    def start(self) -> float:
        """First beat."""
        return self.first_bar * BAR

    @property
    def bars(self) -> range:
        return range(self.first_bar, self.first_bar + len(self.chords))


FORM = (
    Section("intro", 0, ("Em9", "Cmaj9", "Gadd9", "D/F#"), 0.3),
    Section("verse", 4, ("Em9", "Cmaj9", "Am9", "Bm7", "Em9", "Cmaj9", "Am9", "Dsus"), 0.55),
    Section("chorus", 12, ("Cmaj9", "D6", "Em7", "G/B"), 0.85),
    Section("break", 16, ("Am9", "Em9", "Cmaj9", "Dsus"), 0.35),
    Section("last chorus", 20, ("Cmaj9", "D6", "Em7", "G/B", "Cmaj9", "D6", "B7", "Em9"), 1.0),
    Section("end", 28, ("Gadd9",), 0.4),
)

CHORDS: dict[str, tuple[int, tuple[int, ...]]] = {
    "Em9": (40, (55, 59, 62, 66)),
    "Em7": (40, (55, 59, 62, 64)),
    "Cmaj9": (36, (52, 55, 59, 62)),
    "Gadd9": (43, (55, 57, 59, 62)),
    "G/B": (47, (55, 59, 62, 67)),
    "D/F#": (42, (54, 57, 62, 64)),
    "D6": (38, (54, 57, 59, 62)),
    "Dsus": (38, (55, 57, 62, 64)),
    "Am9": (45, (55, 59, 60, 64)),
    "Bm7": (47, (54, 57, 62, 66)),
    "B7": (47, (54, 57, 59, 63)),
}
"""Name: bass note and four voices in the middle, as MIDI note numbers."""


def seconds(beat: float) -> float:
    """Time of a beat, the second sixteenth of each eighth swung."""
    eighth, rest = divmod(beat, 0.5)
    share = rest / 0.5
    bent = share * 2 * SWING if share < 0.5 else SWING + (share - 0.5) * 2 * (1 - SWING)
    return (eighth + bent) * 0.5 * 60.0 / BPM


LENGTH_S = seconds((FORM[-1].first_bar + len(FORM[-1].chords)) * BAR) + TAIL_S


def section(name: str) -> Section:
    """A section by its name."""
    return next(part for part in FORM if part.name == name)


def played(
    notes: Sequence[Note],
    rng: np.random.Generator,
    *,
    late_ms: float = 0.0,
    loose_ms: float = 4.0,
    touch: float = 0.06,
) -> list[Played]:
    """How a person plays the notes.

    Parameters
    ----------
    late_ms : float
        How far behind the beat this player sits.
    loose_ms : float
        Standard deviation of single notes.
    touch : float
        Standard deviation of velocity.
    """
    out = []
    for note in sorted(notes, key=lambda n: (n.beat, n.pitch)):
        start = seconds(note.beat) + (late_ms + rng.normal(0.0, loose_ms)) * 1e-3
        length = seconds(note.beat + note.beats) - seconds(note.beat)
        velocity = min(max(note.velocity + rng.normal(0.0, touch), 0.05), 1.0)
        out.append(Played(max(start, 0.0), length, note.pitch, velocity, note.word))
    return out


def chords_of(*names: str) -> Iterator[tuple[float, str, float]]:
    """(first beat, chord, energy) of every bar of the named sections."""
    for name in names:
        part = section(name)
        for bar, chord in zip(part.bars, part.chords, strict=True):
            yield bar * BAR, chord, part.energy


def _hits(start: float, drum: str, pattern: str, loudest: float) -> Iterator[Note]:
    """A bar from a line of sixteenths: digits are loudness 1 to 9, dots are rests."""
    for step, mark in enumerate(pattern):
        if mark.isdigit():
            yield Note(start + step / 4, 0.25, 0, loudest * int(mark) / 9, drum)


_BEATS = {
    "verse": {
        "kick": ("9.....6...8.....", "9.....6...8..5.."),
        "snare": ("....8..2.2..8...", "....8..2....8.22"),
        "hat": ("7.4.7.427.4.7.4.", "7.4.724.7.4.7.6."),
    },
    "chorus": {
        "kick": ("9..5..8...9..6..", "9..5..8.8.9....."),
        "snare": ("....9..2.2..9..2", "....9..2....9.3."),
        "hat": ("8.6.8.6.8.6.8.6.", "8.6.8.6.8.6.8.66"),
        "ride": ("7...7.5.7...7.5.", "7...7.5.7...7.5."),
    },
}
_FILLS = {
    3: {"snare": "........3.4.5567", "tom": "........5.......", "kick": "9..............."},
    11: {"snare": "....8.....66..88", "tom": "......66....77..", "kick": "9.....6...8....."},
    19: {"snare": "3.3.4.4.55667789", "kick": "9...9...9.9.9.9."},
    23: {"snare": "....9..2.2..8888", "tom": "..............77", "kick": "9..5..8...9....."},
}


def drums() -> list[Note]:
    """The kit."""
    notes = [
        n for beat, _, e in chords_of("intro") for n in _hits(beat, "hat", "6.3.6.3.6.3.6.3.", e)
    ]
    for name in ("verse", "chorus", "last chorus"):
        beats = _BEATS["verse" if name == "verse" else "chorus"]
        for index, bar in enumerate(section(name).bars):
            for drum, patterns in beats.items():
                loudest = 0.75 + 0.25 * section(name).energy
                line = _FILLS.get(bar, {}).get(drum, patterns[index % 2])
                if bar not in _FILLS or drum in ("kick", "snare", "ride"):
                    notes += _hits(bar * BAR, drum, line, loudest)
    for bar in (3, 19):
        notes += [n for d in ("kick", "snare") for n in _hits(bar * BAR, d, _FILLS[bar][d], 0.9)]
    for bar in _FILLS:
        notes += _hits(bar * BAR, "tom", _FILLS[bar].get("tom", ""), 0.9)
    for bar in section("break").bars[:3]:
        notes += _hits(bar * BAR, "kick", "8...............", 0.8)
        notes += _hits(bar * BAR, "hat", "....3.......3...", 0.8)
    for bar in (4, 12, 16, 20, 24, 28):
        notes.append(Note(bar * BAR, 4, 0, 0.8 if bar != 16 else 0.6, "crash"))
    notes += [Note(28 * BAR, 1, 0, 0.9, "kick"), Note(26 * BAR + 3.5, 0.5, 0, 0.8, "open")]
    notes += [Note(bar * BAR + 3.5, 0.5, 0, 0.7, "open") for bar in (7, 13, 21, 25)]
    return notes


def percussion() -> list[Note]:
    """Shaker in sixteenths, tambourine on two and four of the choruses."""
    notes: list[Note] = []
    for beat, _, energy in chords_of("verse", "chorus", "break", "last chorus"):
        notes += _hits(beat, "shaker", "6353635363536353", 0.5 + 0.4 * energy)
    for beat, _, energy in chords_of("chorus", "last chorus"):
        notes += _hits(beat, "tambourine", "....8..3....8.3.", energy)
    return notes


def bass() -> list[Note]:
    """Electric bass: holds back in the verse, eighths in the chorus."""
    notes = []
    for beat, chord, _ in chords_of("verse"):
        root = _low(chord)
        for at, length, up, velocity in (
            (0.0, 1.3, 0, 0.85), (1.5, 0.4, 0, 0.6), (2.5, 0.9, 0, 0.8), (3.5, 0.4, 7, 0.6),
        ):  # fmt: skip
            notes.append(Note(beat + at, length, root + up, velocity))
    for beat, chord, energy in chords_of("chorus", "last chorus"):
        root = _low(chord)
        for eighth, up in enumerate((0, 0, 0, 12, 0, 0, 7, 12)):
            strong = 0.9 if eighth in (0, 4) else 0.68
            notes.append(Note(beat + eighth / 2, 0.44, root + up, strong * (0.8 + 0.2 * energy)))
    for beat, chord, _ in chords_of("break"):
        notes.append(Note(beat, 3.6, _low(chord), 0.7))
    notes.append(Note(28 * BAR, 4.5, 31, 0.8))
    return notes


def _low(chord: str) -> int:
    """The chord's bass note between low E and D sharp."""
    root = CHORDS[chord][0]
    return root - 12 if root >= 40 else root


def guitar() -> list[Note]:
    """Picked figures in the verse, strummed chords in the chorus."""
    notes = []
    for beat, chord, _ in chords_of("verse"):
        voices = CHORDS[chord][1]
        for step, voice in enumerate((0, 2, 1, 3, 2, 1, 3, 2)):
            accent = 0.62 if step in (0, 3, 6) else 0.42
            notes.append(Note(beat + step / 2, 0.45, voices[voice], accent, "mute"))
    for beat, chord, energy in chords_of("chorus", "last chorus"):
        for at, length, velocity in (
            (0.0, 0.9, 0.9), (1.0, 0.45, 0.7), (1.5, 0.9, 0.8), (2.5, 0.45, 0.75), (3.0, 0.9, 0.8),
        ):  # fmt: skip
            notes += _strum(beat + at, length, chord, velocity * (0.75 + 0.25 * energy))
    notes += _strum(28 * BAR, 5.0, "Gadd9", 0.8)
    return notes


def _strum(beat: float, length: float, chord: str, velocity: float) -> list[Note]:
    bottom, voices = CHORDS[chord]
    strings = (bottom + 12 if bottom < 43 else bottom, *voices)
    return [
        Note(beat + 0.022 * i, length, pitch, velocity * (1 - 0.05 * i), "strum")
        for i, pitch in enumerate(sorted(set(strings)))
    ]


def keys() -> list[Note]:
    """Electric piano: alone in the intro, comping in the verse, wide chords in the break."""
    notes = []
    for beat, chord, _ in chords_of("intro", "verse"):
        voices = CHORDS[chord][1]
        notes += [Note(beat, 1.9, p, 0.62) for p in voices]
        notes += [Note(beat + 2.75, 1.1, p, 0.5) for p in voices[1:]]
        notes.append(Note(beat + 2.0, 0.7, voices[3] + 12, 0.4))
    for beat, chord, _ in chords_of("break"):
        notes += [Note(beat + 0.05 * i, 3.8, p, 0.55) for i, p in enumerate(CHORDS[chord][1])]
        notes.append(Note(beat + 1.5, 1.0, CHORDS[chord][1][2] + 12, 0.42))
        notes.append(Note(beat + 2.5, 1.3, CHORDS[chord][1][3] + 12, 0.46))
    for beat, chord, _ in chords_of("last chorus"):
        notes += [Note(beat + at, 0.8, p, 0.6) for at in (0.0, 1.5, 3.0) for p in CHORDS[chord][1]]
    notes += [Note(28 * BAR, 6.0, p, 0.55) for p in (*CHORDS["Gadd9"][1], 74)]
    return notes


def pad() -> list[Note]:
    """Held chords under the choruses and the break."""
    notes = [
        Note(beat, 4.15, p, 0.4 + 0.4 * energy)
        for beat, chord, energy in chords_of("chorus", "break", "last chorus")
        for p in (*CHORDS[chord][1], CHORDS[chord][1][0] + 12)
    ]
    return notes + [Note(28 * BAR, 6.0, p, 0.6) for p in CHORDS["Gadd9"][1]]


def arpeggio() -> list[Note]:
    """Synth sixteenths that open up through the intro and sparkle in the choruses."""
    notes = []
    for beat, chord, energy in chords_of("intro", "chorus", "last chorus"):
        voices = [p + 12 for p in CHORDS[chord][1]]
        for step in range(16):
            if step % 4 == 1 or (step % 8 == 7 and energy < 0.5):
                continue
            pitch = voices[(step * 3) % 4] + (12 if step % 8 == 6 else 0)
            notes.append(Note(beat + step / 4, 0.22, pitch, 0.75 if step % 4 == 0 else 0.5))
    return notes


_VERSE_TUNE = """
4.5 .5 64 sun|5 .5 67 a|5.5 1 69 la|6.75 .25 67 na|7 1 64 ho|8.5 .5 67 so|9 .5 64 na|9.5 1.9 62 no
12 .5 64 ha|12.5 .5 67 la|13 1 71 wa|14.25 .25 69 na|14.5 .75 67 li|15.5 .5 69 ta|16 1.5 66 ro
17.75 .25 62 na|18 1.6 66 mo|20.5 .5 64 sun|21 .5 67 a|21.5 .75 69 la|22.5 .5 71 sa|23 1 74 hi
24.5 .5 71 na|25 .5 69 la|25.5 1.75 67 no|28 .5 64 ha|28.5 .5 67 la|29 1 72 wa|30.25 .25 71 na
30.5 1 69 li|31.75 .25 67 na|32 1.4 69 ro|33.5 .5 69 ta|34 1.6 74 ha
"""
_CHORUS_TUNE = """
0 1.4 67 ho|1.5 .5 71 la|2 1.4 74 wa|3.5 .5 71 na|4 2 69 ho|6.5 .5 66 la|7 .5 69 sa|7.5 .5 71 na
8 .9 67 wa|9 .5 64 la|9.5 1.5 67 hi|11.25 .25 69 na|11.5 .5 69 la|12 2.6 71 ho
"""
_LAST_TUNE = """
16 1.4 76 ho|17.5 .5 74 la|18 1.4 74 wa|19.5 .5 71 na|20 1.4 69 ho|21.5 .5 71 la|22 1 74 sa
23.25 .25 71 na|23.5 .5 69 li|24 1.5 71 wa|25.5 .5 69 la|26 1.5 75 ha|27.5 .5 71 na
28 3.4 76 ho|32 4.5 74 wa
"""


def _tune(lines: str, offset: float, loud: float) -> list[Note]:
    notes = []
    for item in lines.replace("\n", "|").split("|"):
        if item.strip():
            beat, beats, pitch, word = item.split()
            accent = loud if float(beats) >= 0.5 else loud * 0.85
            notes.append(Note(offset + float(beat), float(beats), float(pitch), accent, word))
    return notes


def lead() -> list[Note]:
    """The sung melody, in syllables."""
    chorus, last = section("chorus").start, section("last chorus").start
    return [
        *_tune(_VERSE_TUNE, section("verse").start - 4.0, 0.6),
        *_tune(_CHORUS_TUNE, chorus, 0.8),
        *_tune(_CHORUS_TUNE, last, 0.85),
        *_tune(_LAST_TUNE, last, 0.95),
    ]


def backing(voice: int) -> list[Note]:
    """One of three held backing voices, 0 (low) to 2 (high)."""
    notes = []
    for beat, chord, energy in chords_of("break", "chorus", "last chorus"):
        if energy < 0.5 and beat < section("break").start + 2 * BAR:
            continue
        pitch = CHORDS[chord][1][voice + 1] + (12 if voice == 0 else 0)
        word = "oo" if energy < 0.5 else "ah"
        notes.append(Note(beat, 3.7, pitch, 0.4 + 0.4 * energy, word))
    return [*notes, Note(28 * BAR, 5.0, (62, 67, 71)[voice], 0.7, "oo")]


def strings() -> list[Note]:
    """A high line over the second half of the last chorus."""
    start = section("last chorus").start + 4 * BAR
    line = ((0, 4, 83), (4, 2, 81), (6, 2, 83), (8, 2, 87), (10, 2, 83), (12, 4, 79), (16, 6, 79))
    return [
        Note(start + at, length, pitch - down, 0.75)
        for at, length, pitch in line
        for down in (0, 12)
    ]
