"""Training on one thread: steps, moving average of the weights, held-back curve, checkpoints."""

from __future__ import annotations

import argparse
import csv
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from training.mixing import Example, Mixer, excerpts, load
from training.muon import Muon
from training.network import Separator
from training.render import STEMS

BATCH = 8
FLOOR = 1e-4
QUIET = 0.1
KEPT = 96
KEEP_EVERY = 20


def tensors(examples: list[Example]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Stack examples: mix (B,3,T,F), cross and stem (B,4,2,T,F), merged (B,4)."""
    mix, cross, stem, merged = (
        torch.from_numpy(np.stack([getattr(e, name) for e in examples]))
        for name in ("mix", "cross", "stem", "merged")
    )
    return mix, cross, stem, merged


def errors(masks: Tensor, mix: Tensor, cross: Tensor, stem: Tensor, merged: Tensor) -> Tensor:
    """Squared complex error by stem, channel, frame and band; merged stems count inside other."""
    fold = merged[:, :, None, None, None]
    joined = masks * ~fold
    joined = torch.cat([joined[:, :3], masks[:, 3:] + (masks * fold).sum(1, keepdim=True)], dim=1)
    return torch.relu(joined**2 * mix[:, None, :2] - 2 * joined * cross + stem)


def loss_of(masks: Tensor, mix: Tensor, cross: Tensor, stem: Tensor, merged: Tensor) -> Tensor:
    """Error level against the stem and a tenth of the mixture, plus one equal in all bands.

    A logarithmic error ratio was tried first: its gradient is so steep for absent stems that the
    network learnt to keep silent before it learnt to separate.
    """
    error = errors(masks, mix, cross, stem, merged)
    total = mix[:, :2].sum(dim=(1, 2, 3)) + 1e-9
    ratio = error.sum(dim=(2, 3, 4)) / total[:, None]
    used = (~merged).float()
    share = stem.sum(dim=(2, 3, 4)) / total[:, None]
    whole = (torch.sqrt((ratio + FLOOR) / (share + QUIET)) * used).sum() / used.sum()
    size = mix[:, :2].sum(dim=1)
    level = size.mean(dim=1, keepdim=True).sqrt()
    weight = 1.0 / (level + 0.01 * level.amax(dim=2, keepdim=True) + 1e-6)
    fine = (error.sum(dim=2) * weight[:, None] ** 2).sum() / (size * weight**2).sum()
    return whole + fine


def sdr_table(model: Separator, examples: list[Example]) -> dict[str, float]:
    """Median signal-to-distortion ratio in dB by stem over examples where the stem sounds."""
    found: dict[str, list[float]] = {s: [] for s in STEMS}
    model.eval()
    with torch.no_grad():
        for i in range(0, len(examples), BATCH):
            mix, cross, stem, merged = tensors(examples[i : i + BATCH])
            error = errors(model(mix), mix, cross, stem, merged).sum(dim=(2, 3, 4))
            true, total = stem.sum(dim=(2, 3, 4)), mix[:, :2].sum(dim=(1, 2, 3))
            for b in range(len(mix)):
                for s, name in enumerate(STEMS):
                    if true[b, s] > 0.003 * total[b]:
                        found[name].append(
                            float(10 * torch.log10(true[b, s] / (error[b, s] + 1e-9)))
                        )
    model.train()
    return {name: float(np.median(x)) if x else float("nan") for name, x in found.items()}


def rate_at(part: float, step: int, peak: float, warm: int) -> float:
    """Learning rate: `warm` steps of rise and a cosine over the budget (`part` 0..1 of it)."""
    return (
        peak
        * min(1.0, (step + 1) / warm)
        * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, part))))
    )


class Run:
    """One training run: model, averaged copy, optimiser; restored from `state.pt`."""

    def __init__(self, folder: Path, peak: float = 2e-3, warm: int = 100) -> None:
        torch.set_num_threads(1)
        torch.manual_seed(0)
        self.folder, self.peak, self.warm, self.step = folder, peak, warm, 0
        folder.mkdir(parents=True, exist_ok=True)
        self.model = Separator().to(memory_format=torch.channels_last)
        self.average = Separator()
        self.average.load_state_dict(self.model.state_dict())
        self.optimiser = Muon(self.model, peak)
        if (folder / "state.pt").exists():
            state = torch.load(folder / "state.pt", weights_only=True)
            self.model.load_state_dict(state["model"])
            self.average.load_state_dict(state["average"])
            if "momentum" in state["optimiser"]:
                self.optimiser.load_state_dict(state["optimiser"])
            self.step = int(state["step"])

    def save(self) -> None:
        """Write the checkpoint aside and rename it."""
        state = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
        }
        torch.save(state, self.folder / "state.part")
        (self.folder / "state.part").rename(self.folder / "state.pt")

    def learn(self, examples: list[Example], part: float) -> float:
        """One step on a batch; returns the loss."""
        self.optimiser.set_rate(rate_at(part, self.step, self.peak, self.warm))
        mix, cross, stem, merged = tensors(examples)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            masks = self.model(mix)
        loss = loss_of(masks, mix, cross, stem, merged)
        self.model.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 3.0)
        self.optimiser.step()
        keep = min(0.985, self.step / (self.step + 10.0))
        with torch.no_grad():
            for a, b in zip(
                self.average.state_dict().values(), self.model.state_dict().values(), strict=True
            ):
                if a.dtype.is_floating_point:
                    a.lerp_(b, 1 - keep)
        self.step += 1
        return float(loss)


def train(
    pool: Path,
    folder: Path,
    seconds: float,
    held: tuple[str, ...],
    every: int = 200,
    real: float = 0.25,
    seed: int = 1,
    warm: int = 100,
    steps: float = math.inf,
) -> list[dict[str, float]]:
    """Train for `seconds` of wall clock or `steps`, whichever ends first.

    Songs whose names start with a word of `held` are held back.
    """
    run, rng = Run(folder, warm=warm), np.random.default_rng(seed)
    tests = {word: load(pool, keep=(word,)) for word in held}
    sets = {
        word: [
            e
            for song in sorted({t.song for ts in tr.values() for t in ts})
            for e in excerpts(tr, song, 16 if song.startswith("mixed-") else 2)
        ]
        for word, tr in tests.items()
    }
    rng = np.random.default_rng(seed + run.step)
    mixer = Mixer(load(pool, drop=held), rng, real)
    began, curve, losses = time.monotonic(), [], []
    reloaded = began
    kept: list[Example] = []
    while (part := max((time.monotonic() - began) / seconds, run.step / steps)) < 1.0:
        losses.append(run.learn(_batch(mixer, kept, rng), part))
        if run.step % KEEP_EVERY == 0:
            run.save()
        if run.step % every == 0:
            curve.append(_report(run, sets, losses, time.monotonic() - began))
            losses = []
        if time.monotonic() - reloaded > 300:
            mixer, reloaded = Mixer(load(pool, drop=held), rng, real), time.monotonic()
    curve.append(_report(run, sets, losses, time.monotonic() - began))
    return curve


def _batch(mixer: Mixer, kept: list[Example], rng: np.random.Generator) -> list[Example]:
    """A quarter fresh examples, the rest kept ones with sides swapped half the time."""
    fresh = [mixer.draw() for _ in range(BATCH if len(kept) < KEPT else BATCH // 4)]
    drawn = [kept[int(rng.integers(len(kept)))] for _ in range(BATCH - len(fresh))]
    old = [swapped(e) if rng.random() < 0.5 else e for e in drawn]
    kept.extend(fresh)
    del kept[:-KEPT]
    return fresh + old


def swapped(e: Example) -> Example:
    """The same example with left and right exchanged."""
    return Example(e.mix[[1, 0, 2]], e.cross[:, ::-1], e.stem[:, ::-1], e.merged)


def _report(
    run: Run, sets: dict[str, list[Example]], losses: list[float], seconds: float
) -> dict[str, float]:
    row = {
        "step": float(run.step),
        "seconds": round(seconds, 1),
        "loss": round(float(np.mean(losses or [math.nan])), 4),
    }
    for word, examples in sets.items():
        row |= {
            f"{word.removeprefix('mixed-')}_{k}": round(v, 2)
            for k, v in sdr_table(run.average, examples).items()
        }
    place = run.folder / "curve.csv"
    fresh = not place.exists()
    with place.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if fresh:
            writer.writeheader()
        writer.writerow(row)
    run.save()
    print(row, flush=True)
    return row


def main() -> None:
    """``python -m training.train POOL FOLDER --seconds S --held WORD...``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("pool", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--held", nargs="*", default=[])
    parser.add_argument("--every", type=int, default=200)
    parser.add_argument("--real", type=float, default=0.25)
    args = parser.parse_args()
    train(args.pool, args.folder, args.seconds, tuple(args.held), args.every, args.real)


if __name__ == "__main__":
    main()
