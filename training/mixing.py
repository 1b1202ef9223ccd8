"""Training examples: stems drawn, changed, summed and reduced to band statistics.

For masks constant inside a band the squared error of a stem is m^2 P - 2 m C + E with the band's
mixture power P, cross term C and stem power E, so the exact complex error needs no full spectra.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from studiohand.models.bands import HOP, RATE, SPAN, WINDOW, pooled
from training.effects import compressor_gain, width
from training.render import STEMS

Real = NDArray[np.float32]
FOLDED = {
    "mixed-": (False, False, True, False),
    "tonal-": (False, False, True, False),
    "whole-": (False, True, True, False),
}
"""Stems that a song's "other" may hold as well, by how the song's name starts: multitracks whose
bass lines are filed under other, records without drums, and finished records without a voice.
Such stems' masks count as other's, so that nothing is learnt of what nobody knows."""
HANN = np.asarray(np.hanning(WINDOW + 1)[:-1], np.float32)


@dataclass(frozen=True)
class Track:
    """One stem of one song on disk and where in it something sounds."""

    song: str
    sound: NDArray[np.int16]
    starts: NDArray[np.int64]
    level: float


def load(
    folder: Path, keep: tuple[str, ...] = (), drop: tuple[str, ...] = ()
) -> dict[str, list[Track]]:
    """Tracks of a pool by stem; `keep`/`drop` select songs by how their names start."""
    tracks: dict[str, list[Track]] = {stem: [] for stem in STEMS}
    for place in sorted(folder.glob("*.npy")):
        song, stem = place.stem.rsplit(".", 1)
        if (keep and not song.startswith(keep)) or (drop and song.startswith(drop)):
            continue
        sound = np.load(place, mmap_mode="r")
        loud = _loudness(sound)
        active = np.flatnonzero(loud > max(0.002, 0.1 * loud.max())) * (RATE // 2)
        active = active[active < len(sound) - SPAN - 2]
        if len(active):
            level = float(np.sqrt(np.mean(loud[loud > 0.1 * loud.max()] ** 2)))
            tracks[stem].append(Track(song, sound, active, level))
    return tracks


def folded(song: str) -> tuple[bool, bool, bool, bool]:
    """Which stems (vocals, drums, bass, other) a song's "other" may hold as well."""
    return next((v for k, v in FOLDED.items() if song.startswith(k)), (False,) * 4)


def _loudness(sound: NDArray[np.int16]) -> NDArray[np.float64]:
    half = RATE // 2
    n = len(sound) // half
    parts = sound[: n * half : 8].astype(np.float32) / 32768
    n = len(parts) // (half // 8)
    return np.asarray(np.sqrt((parts[: n * (half // 8)] ** 2).reshape(n, -1).mean(axis=1)))


def cut(track: Track, start: int, speed: float = 1.0) -> Real:
    """`SPAN` frames from `start`, played at `speed`."""
    if speed == 1.0:
        return np.asarray(track.sound[start : start + SPAN] / np.float32(32768), np.float32)
    need = int(SPAN * speed) + 2
    x = track.sound[start : start + need].astype(np.float32) / 32768
    at = np.minimum(np.arange(SPAN) * speed, len(x) - 2)
    i = at.astype(np.int64)
    f = (at - i).astype(np.float32)[:, None]
    return np.asarray(x[i] * (1 - f) + x[i + 1] * f, np.float32)


def spectra(x: Real) -> NDArray[np.complex64]:
    """(frames, 2) -> (2, frames, bins), Hann window."""
    windows = np.lib.stride_tricks.sliding_window_view(x, WINDOW, axis=0)[::HOP]
    return np.asarray(scipy.fft.rfft(windows * HANN, axis=-1).transpose(1, 0, 2), np.complex64)


def random_tone(rng: np.random.Generator) -> Real:
    """A smooth random equaliser over the bins: tilt, a hump, sometimes a low- or high-cut."""
    x = np.log2(np.arange(1, WINDOW // 2 + 2) * RATE / WINDOW / 1000.0)
    db = rng.normal(0, 1.0) * x + rng.normal(0, 4) * np.exp(
        -0.5 * ((x - rng.uniform(-4, 4)) / rng.uniform(0.4, 1.5)) ** 2
    )
    if rng.random() < 0.15:
        db -= np.maximum(0, x - rng.uniform(1.5, 4.0)) * 18
    return np.asarray(10 ** (db / 20), np.float32)


@dataclass(frozen=True)
class Example:
    """Band statistics of one mixture: `mix` (3, T, F), `cross` and `stem` (4, 2, T, F).

    `merged` (4,) says which stems are folded into other's target.
    """

    mix: Real
    cross: Real
    stem: Real
    merged: NDArray[np.bool_]


def statistics(
    parts: NDArray[np.complex64], merged: tuple[bool, ...] | NDArray[np.bool_]
) -> Example:
    """Reduce stem spectra (4, 2, T, bins); `merged` (4,) folds stems into other's target."""
    mix = parts.sum(axis=0)
    fold = np.asarray(merged, bool)
    if fold.any():
        parts = parts.copy()
        parts[3] += parts[fold].sum(axis=0)
        parts[fold] = 0
    power = pooled(mix.real**2 + mix.imag**2)
    both = pooled(mix[0].real * mix[1].real + mix[0].imag * mix[1].imag)
    cross = pooled(mix.real * parts.real + mix.imag * parts.imag)
    stem = pooled(parts.real**2 + parts.imag**2)
    return Example(np.concatenate([power, both[None]]), cross, stem, fold)


class Mixer:
    """Draws training examples from a pool; `real` is the share of real multitracks."""

    def __init__(
        self, tracks: dict[str, list[Track]], rng: np.random.Generator, real: float
    ) -> None:
        self.rng = rng
        self.real = real
        self.made = {s: [t for t in ts if t.song.startswith("made-")] for s, ts in tracks.items()}
        self.free = {
            s: [t for t in ts if not t.song.startswith("made-")] for s, ts in tracks.items()
        }

    def pick(self, stem: str, song: str = "") -> Track | None:
        """A random track of a stem, of a given song when one is named."""
        if song:
            found = [t for t in self.made[stem] + self.free[stem] if t.song == song]
            return found[0] if found else None
        lists = [x for x in (self.made[stem], self.free[stem]) if x]
        source = lists[-1] if len(lists) == 1 or self.rng.random() < self._share(stem) else lists[0]
        return source[int(self.rng.integers(len(source)))]

    def _share(self, stem: str) -> float:
        """Real voices and accompaniments twice as often: there generated sound is least real."""
        return self.real * (2.0 if stem in ("vocals", "other") else 1.0)

    def draw(self) -> Example:
        """One example: the stems of one song together, or each stem from anywhere."""
        rng = self.rng
        lead = self.pick("drums" if rng.random() < 0.5 else "other")
        together = rng.random() < 0.4 and lead is not None and self._comes_apart(lead.song)
        song = lead.song if together and lead else ""
        start = int(rng.choice(lead.starts)) if lead else 0
        tracks = self._chosen(song)
        merged = np.any([folded(t.song) for t in tracks[3:] if t] or [(False,) * 4], axis=0)
        speed = float(rng.uniform(0.88, 1.13)) if rng.random() < 0.4 else 1.0
        sounds = []
        for stem, track in zip(STEMS, tracks, strict=True):
            if track is None:
                sounds.append(np.zeros((SPAN, 2), np.float32))
                continue
            at = start if song else int(rng.choice(track.starts))
            if not song and rng.random() < 0.4:
                speed = float(rng.uniform(0.8, 1.25))
            sounds.append(self._placed(track, stem, at, speed, song))
        return statistics(self._toned(self._bus(sounds)), merged)

    def _comes_apart(self, song: str) -> bool:
        return not song.startswith(("whole-", "tonal-"))

    def _chosen(self, song: str) -> list[Track | None]:
        """A track for each stem, some left out; a finished record brings its own drums and bass."""
        keep = self.rng.random(4) > (0.2, 0.12, 0.15, 0.1)
        tracks = [
            self.pick(stem, song) if keep[i] or not keep.any() else None
            for i, stem in enumerate(STEMS)
        ]
        other = tracks[3]
        if other is not None and other.song.startswith("whole-"):
            tracks[1] = tracks[2] = None
        return tracks

    def _placed(self, track: Track, stem: str, at: int, speed: float, song: str) -> Real:
        """A track's sound at its level in the mixture."""
        spread = 2.5 if song.startswith("mixed-") else 4.5
        lead_db = {"vocals": 3.0, "other": 4.0 if track.song.startswith("whole-") else 0.0}
        level = (
            1.0
            if song.startswith("mixed-")
            else 10 ** (lead_db.get(stem, 0.0) / 20 - 1) / track.level
        )
        last = len(track.sound) - SPAN * 5 // 4 - 4
        return self._changed(cut(track, min(at, last), speed), level, spread)

    def _changed(self, x: Real, level: float, spread_db: float) -> Real:
        rng = self.rng
        x = x * np.float32(level * 10 ** (rng.normal(0, spread_db) / 20))
        if rng.random() < 0.5:
            x = x[:, ::-1]
        if rng.random() < 0.4:
            x = width(x, float(rng.uniform(0.0, 1.5)))
        if rng.random() < 0.3:
            balance = rng.normal(0, 0.25)
            x = x * np.array([1 - balance, 1 + balance], np.float32)
        return x

    def _bus(self, sounds: list[Real]) -> list[Real]:
        if self.rng.random() > 0.3:
            return sounds
        mix = np.sum(sounds, axis=0)
        top = 20 * np.log10(np.abs(mix).max() + 1e-9)
        rng = self.rng
        gain = compressor_gain(
            mix,
            top - rng.uniform(6, 20),
            float(rng.uniform(1.5, 6)),
            float(rng.uniform(1, 30)),
            float(rng.uniform(40, 400)),
        )
        return [x * gain for x in sounds]

    def _toned(self, sounds: list[Real]) -> NDArray[np.complex64]:
        parts = np.stack([spectra(x) for x in sounds])
        for part in parts:
            if self.rng.random() < 0.6:
                part *= random_tone(self.rng)
        if self.rng.random() < 0.3:
            parts *= random_tone(self.rng)
        return parts


def excerpts(tracks: dict[str, list[Track]], song: str, count: int) -> list[Example]:
    """`count` untouched mixtures evenly spaced through a song, at its own balance."""
    stems = {s: next((t for t in ts if t.song == song), None) for s, ts in tracks.items()}
    present = [t for t in stems.values() if t is not None]
    last = min(len(t.sound) for t in present) - SPAN - 1
    out = []
    for start in np.linspace(0.05 * last, 0.95 * last, count).astype(int):
        sounds = [
            np.zeros((SPAN, 2), np.float32) if t is None else cut(t, int(start))
            for t in stems.values()
        ]
        out.append(statistics(np.stack([spectra(x) for x in sounds]), folded(song)))
    return out
