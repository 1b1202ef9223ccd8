"""A random song as four stems of sound."""

from __future__ import annotations

import numpy as np

from training import drumkit, effects, oscillators, samplekit, score, soundfont, voice
from training.effects import RATE, Audio
from training.score import Note, Song

STEMS = ("vocals", "drums", "bass", "other")


def song_stems(rng: np.random.Generator, seconds: float) -> dict[str, Audio]:
    """Write and render one song: four float32 stems (frames, 2), each peaking at 0.5 or silent."""
    song = score.random_song(rng, seconds)
    frames = int(seconds * RATE)
    hits = score.drum_hits(song, rng)
    kicks = [h.start_s for h in hits if h.piece == "kick"]
    stems = {
        "vocals": vocals(song, frames, rng),
        "drums": drums(song, hits, frames, rng),
        "bass": bass(song, kicks, frames, rng),
        "other": other(song, kicks, frames, rng),
    }
    if rng.random() < 0.3:
        stems = {name: _coded(x, rng) for name, x in stems.items()}
    return {name: _peak(x) for name, x in stems.items()}


def drums(song: Song, hits: list[score.Hit], frames: int, rng: np.random.Generator) -> Audio:
    """Drums from a sound font kit, a synthesised kit, or both layered."""
    layer = rng.random()
    free = soundfont.available()
    x = np.zeros((frames, 2), np.float32)
    if free and (layer < 0.25 or song.style == "band"):
        x += _peak(soundfont.drums(hits, int(rng.choice(soundfont.KITS)), frames, rng))
    if (layer > 0.2 and song.style != "band") or not free:
        x += _peak(drumkit.play(hits, frames, rng))
    x = effects.random_chain(x, rng, 0.35)
    if rng.random() < 0.6:
        x = effects.room(x, rng, float(rng.uniform(0.2, 1.8)), float(rng.uniform(0.02, 0.35)))
    return effects.width(x, float(rng.uniform(0.3, 1.5)))


def sampled_drums(rng: np.random.Generator, seconds: float) -> Audio:
    """A drum stem from recorded free samples: a kit played, or a loop, and processed."""
    song = score.random_song(rng, seconds)
    frames = int(seconds * RATE)
    if rng.random() < 0.3:
        x = samplekit.loop(frames, rng)
    else:
        x = samplekit.play(score.drum_hits(song, rng), frames, rng)
    x = effects.random_chain(x, rng, 0.35)
    if rng.random() < 0.6:
        x = effects.room(x, rng, float(rng.uniform(0.2, 1.8)), float(rng.uniform(0.02, 0.35)))
    return _peak(effects.width(x, float(rng.uniform(0.3, 1.3))))


def bass(song: Song, kicks: list[float], frames: int, rng: np.random.Generator) -> Audio:
    """One bass: a sampled bass, an oscillator, FM or a sub, perhaps driven and ducked."""
    notes = score.bass_notes(song, rng)
    if soundfont.available() and rng.random() < (0.8 if song.style == "band" else 0.3):
        x = soundfont.play(notes, int(rng.choice(soundfont.FAMILIES["bass"])), frames)
    else:
        x = oscillators.play(notes, oscillators.random_patch(rng, "bass"), frames, rng)
    x = effects.random_chain(effects.width(x, float(rng.uniform(0, 0.5))), rng, 0.45)
    if rng.random() < 0.5:
        x = effects.band(x, 20.0, float(np.exp(rng.uniform(np.log(300), np.log(8000)))))
    return _pump(x, song, kicks, rng)


def other(song: Song, kicks: list[float], frames: int, rng: np.random.Generator) -> Audio:
    """Two to five instruments: sampled, oscillators, plucked strings, sweeps."""
    out = np.zeros((frames, 2), np.float32)
    for _ in range(int(rng.integers(2, 6))):
        kind = str(rng.choice(["font", "font", "synth", "sweep"], p=[0.3, 0.25, 0.37, 0.08]))
        if kind == "sweep":
            x = oscillators.sweep(frames, rng)
        elif kind == "font" and soundfont.available():
            x = _font_part(song, frames, rng)
        else:
            x = _synth_part(song, frames, rng)
        if rng.random() < 0.6:
            x = effects.room(x, rng, float(rng.uniform(0.3, 3.0)), float(rng.uniform(0.05, 0.7)))
        if rng.random() < 0.3:
            x = effects.echo(
                x, song.step_s * float(rng.choice([2, 3, 4])), 0.5, float(rng.uniform(0.2, 0.7))
            )
        x = effects.pan(x, float(np.clip(rng.normal(0, 0.4), -1, 1)))
        out += _peak(x) * float(np.exp(rng.normal(0, 0.5)))
    out = effects.band(out, float(rng.choice([20.0, rng.uniform(60, 250)])), 20000.0)
    return _pump(out, song, kicks, rng)


def _font_part(song: Song, frames: int, rng: np.random.Generator) -> Audio:
    family = str(
        rng.choice(
            ["keys", "guitar", "heavy", "strings", "wind", "synth"],
            p=[0.25, 0.2, 0.2, 0.13, 0.1, 0.12],
        )
    )
    program = int(rng.choice(soundfont.FAMILIES[family]))
    octave = int(rng.choice([3, 4, 4, 5]))
    if family == "heavy":
        low = [
            Note(n.start_s, n.length_s, n.pitch + k, n.velocity)
            for n in score.bass_notes(song, rng)
            for k in (12, 19, 24)
        ]
        x = effects.drive(soundfont.play(low, program, frames), float(rng.uniform(1, 8)))
        return effects.chorus(x, rng) if rng.random() < 0.5 else x
    line = family == "wind" or rng.random() < 0.3
    notes = (
        score.melody_notes(song, rng, octave, 0.8) if line else score.chord_notes(song, rng, octave)
    )
    return effects.random_chain(soundfont.play(notes, program, frames), rng, 0.2)


def _synth_part(song: Song, frames: int, rng: np.random.Generator) -> Audio:
    role = str(rng.choice(["pad", "pluck", "lead"]))
    octave = int(rng.choice([3, 4, 4, 5]))
    notes = (
        score.melody_notes(song, rng, octave, 0.8)
        if role == "lead"
        else score.chord_notes(song, rng, octave)
    )
    x = oscillators.play(notes, oscillators.random_patch(rng, role), frames, rng)
    return effects.random_chain(x, rng, 0.4)


def vocals(song: Song, frames: int, rng: np.random.Generator) -> Audio:
    """A lead, perhaps doubled, in harmony, with echo and room, processed like a record's."""
    octave = int(rng.choice([3, 4, 4, 5]))
    notes = score.melody_notes(song, rng, octave, float(rng.uniform(0.6, 0.95)))
    if not notes:
        return np.zeros((frames, 2), np.float32)
    spoken = voice.speech_available() and rng.random() < 0.6
    sing = voice.speech_singer if spoken else voice.formant_singer
    x = _peak(sing(notes, frames, rng))
    if rng.random() < 0.35:
        up = float(rng.choice([0.05, 0.1, 4, 7, -5, 12, -12]))
        moved = [Note(n.start_s + 0.015, n.length_s, n.pitch + up, n.velocity) for n in notes]
        second = _peak(sing(moved, frames, rng)) * float(rng.uniform(0.3, 0.9))
        x = x + effects.pan(second, float(rng.uniform(-1, 1)))
    x = effects.band(
        effects.random_chain(x, rng, 0.3),
        float(rng.uniform(60, 160)),
        float(rng.uniform(9000, 20000)),
    )
    if rng.random() < 0.25:
        x = effects.chorus(x, rng)
    if rng.random() < 0.4:
        x = effects.echo(
            x, song.step_s * float(rng.choice([2, 3, 4, 6])), 0.5, float(rng.uniform(0.1, 0.5))
        )
    return effects.room(x, rng, float(rng.uniform(0.3, 2.8)), float(rng.uniform(0.03, 0.4)))


def _pump(x: Audio, song: Song, kicks: list[float], rng: np.random.Generator) -> Audio:
    if song.style != "band" and rng.random() < 0.4:
        return effects.duck(
            x, kicks, float(rng.uniform(0.3, 1.0)), song.step_s * float(rng.choice([2, 3, 4]))
        )
    return x


def _coded(x: Audio, rng: np.random.Generator) -> Audio:
    codec, kbps = [("libmp3lame", 128), ("libmp3lame", 192), ("aac", 128), ("libvorbis", 112)][
        int(rng.integers(4))
    ]
    return effects.through_codec(x, codec, kbps) if np.any(x) else x


def _peak(x: Audio) -> Audio:
    top = float(np.abs(x).max())
    return np.asarray(x * (0.5 / top), np.float32) if top > 1e-6 else x
