"""The network that hears resonances and bulges in single stems: sound, curves, training, export.

``python -m training.resonances WORK PLACE --multitracks FOLDER --wads FOLDER`` makes the shipped
one again (about ten minutes on one thread). Stems are songs of this project's generator, free
multitracks named `<song>_<stem>.<ext>`, and Freedoom's music by family of instruments through the
sound font; what they are is in `SOURCES.toml`. A planted bell adds the same decibels to every
percentile of a band, so the network sees a new one at each step without any sound being made.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import gelu, log_softmax

from studiohand.core.audio import MemorySource
from studiohand.dsp.meters.tonecurves import BANDS, CENTRES_HZ, LOWEST_HZ, PER_OCTAVE, tone_curves
from studiohand.models.resonances import CHANNELS, WIDTHS, features, usable
from training import midifile, pool
from training.effects import RATE, Audio
from training.export import tidied
from training.render import song_stems

Grid = NDArray[np.float64]
Curves = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Levels (stems, 8, BANDS) and spread and flux (stems, 2, BANDS)."""

SECONDS, SONGS, EARS, STEPS = 30.0, 56, 3, 1800
LEAST_WINDOWS = 50
BATCH, PLANTED = 64, 0.65
NARROW_DB, NARROW_Q = (7.0, 17.0), (4.5, 16.0)
WIDE_DB, WIDE_Q = (5.0, 12.0), (0.7, 1.6)
WIDE_HZ = ((95.0, 300.0), (2000.0, 6500.0))
NARROW_HZ = (150.0, 6000.0)
TILT_DB, SWAY_DB, SWAY_Q = 2.0, 3.0, (0.4, 0.7)
"""A stem may be brighter or darker, or bow, without anything being wrong."""
AUDIBLE_DB = 30.0
SHIFT_BANDS = 6
SPREAD = {-2: 0.08, -1: 0.22, 0: 0.4, 1: 0.22, 2: 0.08}
"""A place a band beside the right one is nearly right."""


class Ear(nn.Module):  # type: ignore[misc,unused-ignore]
    """Features (B, CHANNELS, BANDS) to log odds of each place and width, of none, and gains."""

    def __init__(self, channels: int = 24) -> None:
        super().__init__()
        self.first = nn.Conv1d(CHANNELS, channels, 1)
        self.layers = nn.ModuleList(
            nn.Conv1d(channels, channels, 7, padding=3 * d, dilation=d) for d in (1, 2, 4)
        )
        self.drop = nn.Dropout(0.1)
        self.places = nn.Conv1d(channels, 2 * len(WIDTHS), 1)
        self.none = nn.Linear(2 * channels + 1, 1)

    def forward(self, given: Tensor, known: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Log odds (B, widths, BANDS) and (B, 1); gains in tens of dB (B, widths, BANDS)."""
        heard = gelu(self.first(given))
        for layer in self.layers:
            heard = heard + gelu(layer(self.drop(heard)))
        out = self.places(heard)
        width = len(WIDTHS)
        places = torch.where(known[:, None], out[:, :width], torch.full_like(out[:, :width], -1e4))
        weight = known.to(heard.dtype)[:, None]
        count = weight.sum(-1)
        mean = (heard * weight).sum(-1) / count.clamp(min=1.0)
        most = torch.where(known[:, None], heard, torch.full_like(heard, -50.0)).amax(-1)
        none = self.none(torch.cat([mean, most, count / BANDS], 1))
        return places, none, out[:, width:]


class Ears(nn.Module):  # type: ignore[misc,unused-ignore]
    """Several networks asked together: mean log odds, mean gains."""

    def __init__(self, ears: Sequence[Ear]) -> None:
        super().__init__()
        self.ears = nn.ModuleList(ears)

    def forward(self, given: Tensor, known: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """As `Ear.forward`."""
        said = [ear(given, known) for ear in self.ears]
        odds = [log_softmax(torch.cat([p.flatten(1), n], 1), 1) for p, n, _ in said]
        mean = torch.stack(odds).mean(0)
        gains = torch.stack([g for _, _, g in said]).mean(0)
        return mean[:, :-1].reshape(gains.shape), mean[:, -1:], gains


def stems(multitracks: Path | None, wads: Path | None, songs: int) -> Iterator[tuple[str, Audio]]:
    """Every stem there is to learn from, named."""
    for seed in range(songs):
        for name, sound in song_stems(np.random.default_rng(seed), SECONDS).items():
            yield f"made-{seed:04d}.{name}", sound
    for place in sorted(multitracks.iterdir()) if multitracks else ():
        sound = pool.read(place)
        frames = round(2 * SECONDS * RATE)
        for number, at in enumerate(range(0, max(len(sound) - frames // 2, 1), frames)):
            yield f"{place.stem}.{number}", sound[at : at + frames]
    for place in sorted(wads.glob("*.wad")) if wads else ():
        for name, content in midifile.lumps(place.read_bytes()):
            for family, sound in midifile.parts(content, 0.5, SECONDS).items():
                yield f"{place.stem}-{name}.{family}", sound


def collected(work: Path, multitracks: Path | None, wads: Path | None, songs: int) -> Curves:
    """Curves of every stem that sounds long enough, kept in the work folder."""
    place = work / "curves.npz"
    if not place.exists():
        work.mkdir(parents=True, exist_ok=True)
        found = [
            tone_curves(MemorySource(np.asarray(sound, np.float64), RATE))
            for _, sound in stems(multitracks, wads, songs)
        ]
        found = [c for c in found if int(c["windows"]) >= LEAST_WINDOWS]
        levels = np.stack([c["levels"] for c in found])
        aside = np.stack([np.stack([c["spread"], c["flux"]]) for c in found])
        np.savez(place, levels=levels, aside=aside)
    kept = np.load(place)
    return kept["levels"], kept["aside"]


def bells(hz: Grid, db: Grid, q: Grid) -> Grid:
    """Curves in dB of analogue bells (Audio EQ Cookbook), shape (bells, BANDS)."""
    gain, q = 10.0 ** (db[:, None] / 40.0), q[:, None]
    s = 1j * CENTRES_HZ[None] / hz[:, None]
    return np.asarray(
        20.0 * np.log10(np.abs((s**2 + s * gain / q + 1.0) / (s**2 + s / (gain * q) + 1.0)))
    )


class Planter:
    """Draws batches: stems with one bell, or none, tilted and bent a little, moved in pitch."""

    def __init__(self, curves: Curves, seed: int) -> None:
        self.levels, self.aside = curves
        self.rng = np.random.default_rng(seed)
        power = 10.0 ** (self.levels[:, 0] / 10.0)
        third = np.stack([np.convolve(row, np.ones(9), "same") for row in power])
        audible = third > third.max(axis=1, keepdims=True) * 10.0 ** (-AUDIBLE_DB / 10.0)
        narrow = _between(*NARROW_HZ)
        wide = np.any([_between(low, high) for low, high in WIDE_HZ], axis=0)
        self.room = [[np.flatnonzero(row & at) for row in audible] for at in (narrow, wide)]

    def draw(self, count: int = BATCH) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Features, usable bands, width (-1: none), band and gain of each."""
        rng, index = self.rng, self.rng.integers(len(self.levels), size=count)
        kinds = rng.integers(len(WIDTHS), size=count)
        kinds[rng.random(count) > PLANTED] = -1
        rooms = [self.room[max(k, 0)][i] for k, i in zip(kinds, index, strict=True)]
        kinds = np.where([len(r) > 0 for r in rooms], kinds, -1)
        bands = np.array([int(rng.choice(r)) if len(r) else 0 for r in rooms])
        hz = LOWEST_HZ * 2.0 ** ((bands + rng.uniform(-0.5, 0.5, count)) / PER_OCTAVE)
        wide = kinds == 1
        db = np.where(wide, rng.uniform(*WIDE_DB, count), rng.uniform(*NARROW_DB, count))
        q = np.where(wide, _drawn(rng, WIDE_Q, count), _drawn(rng, NARROW_Q, count))
        added = bells(hz, db, q) * (kinds >= 0)[:, None] + self._bent(count)
        moved = np.where(kinds >= 0, rng.integers(-SHIFT_BANDS, SHIFT_BANDS + 1, count), 0)
        bands = np.clip(bands + moved, 0, BANDS - 1)
        source = np.clip(np.arange(BANDS) - moved[:, None], 0, BANDS - 1)[:, None]
        levels = np.take_along_axis(
            (self.levels[index] + added[:, None]).astype(np.float32), source, 2
        )
        known = usable(levels)
        known[kinds >= 0, bands[kinds >= 0]] = True
        given = features(levels, np.take_along_axis(self.aside[index], source, 2))
        return tuple(torch.from_numpy(a) for a in (given, known, kinds, bands, db))  # type: ignore[return-value,unused-ignore]

    def _bent(self, count: int) -> Grid:
        rng = self.rng
        tilt = rng.uniform(-TILT_DB, TILT_DB, (count, 1)) * np.linspace(-1.75, 1.75, BANDS)
        sway = bells(
            LOWEST_HZ * 2.0 ** (rng.uniform(0, BANDS, count) / PER_OCTAVE),
            rng.uniform(-SWAY_DB, SWAY_DB, count),
            _drawn(rng, SWAY_Q, count),
        )
        return np.asarray(tilt + sway)


def _between(low_hz: float, high_hz: float) -> NDArray[np.bool_]:
    return np.asarray(np.clip(CENTRES_HZ, low_hz, high_hz) == CENTRES_HZ)


def _drawn(rng: np.random.Generator, between: tuple[float, float], count: int) -> Grid:
    return np.asarray(np.exp(rng.uniform(np.log(between[0]), np.log(between[1]), count)))


def loss_of(out: tuple[Tensor, Tensor, Tensor], kinds: Tensor, bands: Tensor, db: Tensor) -> Tensor:
    """Cross entropy over all places and none, and the error of the gain where one is planted."""
    places, none, gains = out
    rows = torch.arange(len(kinds))
    chances = log_softmax(torch.cat([places.flatten(1), none], 1), 1).clamp(min=-30.0)
    wanted = torch.zeros_like(chances)
    there = (kinds >= 0).float()
    for step, share in SPREAD.items():
        column = kinds.clamp(min=0) * BANDS + (bands + step).clamp(0, BANDS - 1)
        wanted[rows, column] += share * there
    wanted[:, -1] = 1.0 - there
    said = gains[rows, kinds.clamp(min=0), bands] * 10.0
    off = (((said - db.float()) ** 2) * there).sum() / there.sum().clamp(min=1.0)
    return -(wanted * chances).sum(1).mean() + 0.005 * off


def train(curves: Curves, steps: int, ears: int = EARS) -> tuple[Ears, float, float]:
    """The trained networks, and their loss on the same 512 drawn stems before and after."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    check = Planter(curves, ears).draw(512)
    each = [Ear() for _ in range(ears)]
    together = Ears(each)
    before = _checked(together, check)
    for seed, ear in enumerate(each):
        _learn(ear, Planter(curves, seed), steps)
    return together, before, _checked(together, check)


def _learn(ear: Ear, planter: Planter, steps: int) -> None:
    optimiser = torch.optim.AdamW(ear.parameters(), 2e-3, weight_decay=0.02)
    rates = torch.optim.lr_scheduler.OneCycleLR(optimiser, 5e-3, steps)
    ear.train()
    for _ in range(steps):
        given, known, kinds, bands, db = planter.draw()
        loss = loss_of(ear(given, known), kinds, bands, db)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(ear.parameters(), 1.0)
        optimiser.step()
        rates.step()


def _checked(ear: Ears, check: tuple[Tensor, ...]) -> float:
    ear.eval()
    given, known, kinds, bands, db = check
    with torch.no_grad():
        return float(loss_of(ear(given, known), kinds, bands, db))


def export(ear: Ears, place: Path) -> None:
    """Write the network as ONNX, for one stem at a time."""
    import onnx

    example = (torch.zeros(1, CHANNELS, BANDS), torch.ones(1, BANDS, dtype=torch.bool))
    aside = place.with_suffix(".whole.onnx")
    program = torch.onnx.export(
        ear.eval(),
        example,
        input_names=["features", "usable"],
        output_names=["places", "none", "gains"],
        dynamo=True,
        verbose=False,
    )
    program.save(str(aside))
    onnx.save(tidied(onnx.load(str(aside))), str(place))
    for leftover in place.parent.glob(aside.name + "*"):
        leftover.unlink()


def main() -> int:
    """``python -m training.resonances WORK PLACE [--multitracks FOLDER] [--wads FOLDER]``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("place", type=Path)
    parser.add_argument("--multitracks", type=Path)
    parser.add_argument("--wads", type=Path)
    parser.add_argument("--steps", type=int, default=STEPS)
    args = parser.parse_args()
    curves = collected(args.work, args.multitracks, args.wads, SONGS)
    ear, before, after = train(curves, args.steps)
    export(ear, args.place)
    digest = hashlib.sha256(args.place.read_bytes()).hexdigest()
    print(f"{len(curves[0])} stems, loss {before:.3f} to {after:.3f}")
    print(f"{args.place.stat().st_size} bytes, SHA-256 {digest}")
    return 0 if after < before else 1


if __name__ == "__main__":
    raise SystemExit(main())
