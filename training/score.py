"""Random songs: tempo, key, chords, and the notes of every part.

Times are seconds, pitches are MIDI numbers, velocities are 0..1. Nothing here makes sound.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
}
LOOPS = (
    (0, 4, 5, 3),
    (5, 3, 0, 4),
    (0, 5, 3, 4),
    (0, 3, 0, 4),
    (0, 6, 5, 6),
    (0, 2, 3, 4),
    (1, 4, 0, 0),
    (0, 0, 3, 3),
    (0, 5, 1, 4),
    (0,),
    (0, 6),
)
GROOVES = {
    "four": {"kick": (0, 4, 8, 12), "snare": (4, 12), "hat": (2, 6, 10, 14)},
    "rock": {"kick": (0, 8, 10), "snare": (4, 12), "hat": (0, 2, 4, 6, 8, 10, 12, 14)},
    "half": {"kick": (0, 3, 10), "snare": (8,), "hat": tuple(range(0, 16, 2))},
    "trap": {"kick": (0, 7, 10), "snare": (8,), "hat": tuple(range(16))},
    "break": {"kick": (0, 2, 10, 11), "snare": (4, 7, 9, 12), "hat": tuple(range(0, 16, 2))},
    "latin": {"kick": (0, 6, 8, 14), "snare": (3, 6, 11, 14), "hat": tuple(range(0, 16, 2))},
    "double": {"kick": tuple(range(0, 16, 1)), "snare": (4, 12), "hat": (0, 4, 8, 12)},
    "shuffle": {"kick": (0, 8), "snare": (4, 12), "hat": (0, 3, 4, 7, 8, 11, 12, 15)},
    "hats": {"kick": (0,), "snare": (), "hat": tuple(range(0, 16, 2))},
}


@dataclass(frozen=True)
class Note:
    """One note: start and length in seconds, MIDI pitch, velocity 0..1."""

    start_s: float
    length_s: float
    pitch: float
    velocity: float


@dataclass(frozen=True)
class Hit:
    """One drum stroke: piece name, start in seconds, velocity 0..1."""

    piece: str
    start_s: float
    velocity: float


@dataclass(frozen=True)
class Song:
    """The skeleton every part is written against."""

    bpm: float
    root: int
    scale: tuple[int, ...]
    loop: tuple[int, ...]
    groove: str
    bars: int
    swing: float
    style: str
    extra: dict[str, float] = field(default_factory=dict)

    @property
    def bar_s(self) -> float:
        """Length of one 4/4 bar in seconds."""
        return 240.0 / self.bpm

    @property
    def step_s(self) -> float:
        """Length of a sixteenth in seconds."""
        return self.bar_s / 16.0

    def at(self, bar: int, step: float) -> float:
        """Start in seconds of a (possibly swung) sixteenth of a bar."""
        late = self.swing * self.step_s if int(step) % 2 else 0.0
        return bar * self.bar_s + step * self.step_s + late

    def degree(self, degree: int, octave: int) -> int:
        """MIDI pitch of a scale degree, degrees beyond the scale going up."""
        return 12 * octave + self.root + self.scale[degree % 7] + 12 * (degree // 7)

    def chord(self, bar: int) -> int:
        """Scale degree of the chord of a bar."""
        return self.loop[bar % len(self.loop)]


def random_song(rng: np.random.Generator, seconds: float) -> Song:
    """A song skeleton at least `seconds` long."""
    bpm = float(rng.choice([rng.uniform(68, 100), rng.uniform(95, 135), rng.uniform(120, 178)]))
    scale = SCALES[str(rng.choice(list(SCALES), p=[0.35, 0.4, 0.15, 0.1]))]
    return Song(
        bpm=bpm,
        root=int(rng.integers(0, 12)),
        scale=scale,
        loop=LOOPS[int(rng.integers(len(LOOPS)))],
        groove=str(rng.choice(list(GROOVES))),
        bars=int(np.ceil(seconds * bpm / 240.0)),
        swing=float(rng.choice([0.0, 0.0, rng.uniform(0.1, 0.33)])),
        style=str(rng.choice(["band", "electronic", "mixed"])),
    )


def drum_hits(song: Song, rng: np.random.Generator) -> list[Hit]:
    """A drum part: groove, variations per bar, fills, crashes and percussion."""
    grid = GROOVES[song.groove]
    hits: list[Hit] = []
    open_every = int(rng.integers(2, 9))
    percussion = rng.random() < 0.45
    perc_steps = [s for s in range(16) if rng.random() < 0.3]
    ride = rng.random() < 0.2
    backbeat = str(rng.choice(["snare", "clap", "rim"], p=[0.7, 0.2, 0.1]))
    for bar in range(song.bars):
        for piece, steps in grid.items():
            name = backbeat if piece == "snare" else ("ride" if ride and piece == "hat" else piece)
            played = [step for step in steps if rng.random() < 0.93]
            hits += [_hit(song, rng, name, bar, step) for step in played]
        if rng.random() < 0.3:
            hits.append(
                _hit(
                    song,
                    rng,
                    str(rng.choice(["kick", "snare", "hat"])),
                    bar,
                    int(rng.integers(16)),
                    0.5,
                )
            )
        if bar % open_every == 0:
            hits.append(
                _hit(
                    song,
                    rng,
                    str(rng.choice(["open", "crash"])),
                    bar,
                    0 if rng.random() < 0.6 else 14,
                )
            )
        if percussion:
            hits += [_hit(song, rng, f"perc{s % 3}", bar, s, 0.7) for s in perc_steps]
        if bar % 4 == 3 and rng.random() < 0.6:
            first = int(rng.choice([8, 10, 12]))
            hits += [
                _hit(song, rng, str(rng.choice(["tom0", "tom1", "tom2", "snare"])), bar, s)
                for s in range(first, 16)
            ]
    return hits


def _hit(
    song: Song, rng: np.random.Generator, piece: str, bar: int, step: int, scale: float = 1.0
) -> Hit:
    accent = 1.0 if step % 4 == 0 else 0.75
    human = rng.normal(0.0, 0.004) if song.style == "band" else 0.0
    return Hit(
        piece,
        max(0.0, song.at(bar, step) + human),
        float(np.clip(scale * accent * rng.uniform(0.6, 1.0), 0.05, 1.0)),
    )


def bass_notes(song: Song, rng: np.random.Generator) -> list[Note]:
    """A bass line: held, eighths, off-beats, octaves, walking or syncopated."""
    kind = str(rng.choice(["held", "eighths", "offbeat", "octaves", "walk", "sync", "sixteenths"]))
    octave = int(rng.choice([2, 2, 3]))
    sync = sorted(rng.choice(16, size=int(rng.integers(3, 8)), replace=False).tolist())
    steps = {
        "held": [0],
        "eighths": list(range(0, 16, 2)),
        "offbeat": [2, 6, 10, 14],
        "octaves": list(range(0, 16, 2)),
        "walk": [0, 4, 8, 12],
        "sync": sync,
        "sixteenths": list(range(16)),
    }[kind]
    gate = float(rng.uniform(0.45, 1.0))
    notes = []
    for bar in range(song.bars):
        root = song.chord(bar)
        for i, step in enumerate(steps):
            after = steps[i + 1] if i + 1 < len(steps) else 16
            degree = root + (int(rng.choice([0, 2, 4, 6])) if kind == "walk" and i else 0)
            if kind in ("sync", "eighths") and rng.random() < 0.12:
                degree += int(rng.choice([2, 4, -1]))
            pitch = song.degree(degree + 7, octave - 1) + (12 if kind == "octaves" and i % 2 else 0)
            notes.append(
                Note(
                    song.at(bar, step),
                    (after - step) * song.step_s * gate,
                    pitch,
                    float(rng.uniform(0.7, 1.0)),
                )
            )
    return [n for n in notes if rng.random() < 0.97]


def chord_notes(song: Song, rng: np.random.Generator, octave: int) -> list[Note]:
    """Chords: held pads, stabs, strums or arpeggios."""
    kind = str(rng.choice(["pad", "stabs", "arp", "strum", "pulse"]))
    size = int(rng.choice([2, 3, 3, 4]))
    stab = sorted(rng.choice(16, size=int(rng.integers(2, 6)), replace=False).tolist())
    rate = int(rng.choice([1, 2, 2, 4]))
    order = rng.permutation(size * 2)
    notes: list[Note] = []
    for bar in range(song.bars):
        degrees = [song.chord(bar) + 2 * k for k in range(size)]
        pitches = [song.degree(d, octave) for d in degrees]
        if kind == "pad":
            notes += [Note(song.at(bar, 0), song.bar_s * 0.98, p, 0.8) for p in pitches]
        elif kind == "arp":
            wide = pitches + [p + 12 for p in pitches]
            for i, step in enumerate(range(0, 16, rate)):
                pitch = wide[int(order[i % len(wide)])]
                notes.append(
                    Note(
                        song.at(bar, step),
                        song.step_s * rate * 0.9,
                        pitch,
                        float(rng.uniform(0.6, 1.0)),
                    )
                )
        else:
            steps = {"stabs": stab, "strum": list(range(0, 16, 2)), "pulse": [0, 4, 8, 12]}[kind]
            length = song.step_s * (1.8 if kind != "pulse" else 3.8)
            spread = 0.012 if kind == "strum" else 0.0
            for step in steps:
                level = float(rng.uniform(0.6, 1.0))
                notes += [
                    Note(song.at(bar, step) + spread * k, length, p, level)
                    for k, p in enumerate(pitches)
                ]
    return notes


def melody_notes(song: Song, rng: np.random.Generator, octave: int, density: float) -> list[Note]:
    """A singable line in phrases with rests, close to the chord."""
    notes: list[Note] = []
    degree = int(rng.integers(0, 7))
    for bar in range(song.bars):
        if (bar % 4 == 3 and rng.random() < 0.5) or rng.random() < 0.1:
            continue
        step = int(rng.choice([0, 0, 2]))
        while step < 16:
            length = int(rng.choice([1, 2, 2, 3, 4, 6, 8]))
            degree += int(rng.choice([-2, -1, -1, 0, 1, 1, 2]))
            if step % 8 == 0:
                degree = song.chord(bar) + int(rng.choice([0, 2, 4]))
            degree = int(np.clip(degree, -3, 10))
            if rng.random() < density:
                gate = float(rng.uniform(0.8, 1.0))
                notes.append(
                    Note(
                        song.at(bar, step),
                        length * song.step_s * gate,
                        song.degree(degree, octave),
                        float(rng.uniform(0.6, 1.0)),
                    )
                )
            step += length
    return notes
