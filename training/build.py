"""The one command that makes the shipped model again: render, decode, train, check, export.

``python -m training.build --multitracks FOLDER --records FOLDER`` with the default budget makes a
model like the shipped one (about three hours on one thread); ``--small`` does the same on seconds
of sound, for tests.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path

import torch

from training import pool
from training.export import export
from training.held import HELD
from training.mixing import Example, excerpts, load
from training.network import Separator
from training.train import loss_of, tensors, train

SOFTNESS = 0.75
"""Masks to this power; chosen on the held-back songs, where harder ones were worse."""


@dataclass(frozen=True)
class Budget:
    """How much sound and time a build gets."""

    songs: int
    held_songs: int
    drum_stems: int
    song_s: float
    train_s: float
    every: int
    warm: int
    steps: float = math.inf


FULL = Budget(
    songs=340, held_songs=12, drum_stems=120, song_s=24.0, train_s=9600.0, every=150, warm=100
)
SMALL = Budget(
    songs=2, held_songs=1, drum_stems=0, song_s=6.0, train_s=900.0, every=1000, warm=4, steps=60
)
"""Ended by its steps, so that a slow machine learns as much as a fast one."""


def build(
    folder: Path,
    place: Path,
    budget: Budget,
    multitracks: Path | None,
    records: Path | None = None,
) -> dict[str, float]:
    """Render, train and export; returns the held-back loss before and after.

    Parameters
    ----------
    folder : Path
        Work folder: `pool/` and `run/` with checkpoint and curve.
    place : Path
        Where the ONNX file goes.
    multitracks : Path or None
        Folder of free multitracks named `<song>_<stem>.<ext>`.
    records : Path or None
        Folder of free records without a voice, named as `training.pool.records` says.
    """
    stems = folder / "pool"
    if multitracks is not None:
        pool.decode(stems, multitracks)
    if records is not None:
        pool.records(stems, records)
    pool.render(stems, 90000, budget.held_songs, min(budget.song_s, 16.0))
    pool.render(stems, 0, budget.songs, budget.song_s)
    pool.render_drums(stems, budget.drum_stems, budget.song_s)
    tracks = load(stems, keep=("made-9",))
    songs = sorted({track.song for each in tracks.values() for track in each})
    checks = [example for song in songs for example in excerpts(tracks, song, 2)]
    train(
        stems,
        folder / "run",
        budget.train_s,
        HELD,
        budget.every,
        warm=budget.warm,
        steps=budget.steps,
    )
    trained = Separator()
    state = torch.load(folder / "run" / "state.pt", weights_only=True)
    trained.load_state_dict(state["average"])
    result = {
        "before": checked(Separator(), checks),
        "after": checked(trained, checks),
        "steps": float(state["step"]),
        "largest_mask_difference": export(folder / "run" / "state.pt", place, SOFTNESS),
        "bytes": float(place.stat().st_size),
    }
    (folder / "result.json").write_text(json.dumps(result, indent=1), "utf-8")
    return result


def checked(model: Separator, examples: list[Example]) -> float:
    """Loss of a network on fixed examples."""
    model.eval()
    mix, cross, stem, merged = tensors(examples)
    with torch.no_grad():
        return float(loss_of(model(mix), mix, cross, stem, merged))


def main() -> int:
    """``python -m training.build [--small] [--multitracks FOLDER] [--records FOLDER]``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--folder", type=Path, default=Path("training-work"))
    parser.add_argument("--place", type=Path, default=Path("studio4.onnx"))
    parser.add_argument("--multitracks", type=Path)
    parser.add_argument("--records", type=Path)
    parser.add_argument("--small", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)
    budget = SMALL if args.small else FULL
    result = build(args.folder, args.place, budget, args.multitracks, args.records)
    print(json.dumps(result, indent=1))
    return 0 if result["after"] < result["before"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
