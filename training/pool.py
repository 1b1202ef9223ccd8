"""Stems on disk: rendered songs and decoded free multitracks, as 16-bit NumPy arrays.

A pool is a folder of `<song>.<stem>.npy`, int16 (frames, 2) at `RATE`. Songs from real multitracks
whose "other" may hold bass lines are named with the prefix `mixed-`, records without drums
`tonal-`, finished records without a voice `whole-`, rendered songs `made-`.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from training import samplekit
from training.effects import RATE, Audio
from training.render import STEMS, sampled_drums, song_stems

# Level at which a stem is silent enough not to be drawn, as a fraction of full scale.
SILENT = 10 ** (-50 / 20)
RECORD_S = 90.0


def save(folder: Path, song: str, stem: str, x: Audio, top: float = 0.0) -> None:
    """Write one stem, `top` (or else its peak) at 0.5 of full scale, aside and then renamed."""
    top = top or float(np.abs(x).max()) or 1.0
    place = folder / f"{song}.{stem}.npy"
    aside = place.with_suffix(".part")
    with aside.open("wb") as file:
        np.save(file, np.round(x * (16383.0 / max(top, 1e-6))).astype(np.int16))
    aside.rename(place)


def render(folder: Path, first: int, count: int, seconds: float) -> None:
    """Render songs `first` .. `first + count - 1`; the number is the seed, done ones are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(first, first + count):
        name = f"made-{seed:05d}"
        if (folder / f"{name}.other.npy").exists():
            continue
        for stem, x in song_stems(np.random.default_rng(seed), seconds).items():
            save(folder, name, stem, x)


def render_drums(folder: Path, count: int, seconds: float) -> None:
    """Render drum stems from free samples, where they are installed."""
    for seed in range(count if samplekit.available() else 0):
        name = f"made-drums-{seed:04d}"
        if not (folder / f"{name}.drums.npy").exists():
            rng = np.random.default_rng([7, seed])
            save(folder, name, "drums", sampled_drums(rng, seconds))


def decode(folder: Path, source: Path) -> None:
    """Decode free multitracks named `<song>_<stem>.<ext>` (see `SOURCES.toml`), balance kept."""
    folder.mkdir(parents=True, exist_ok=True)
    songs: dict[str, dict[str, Audio]] = {}
    for place in sorted(source.iterdir()):
        song, _, stem = place.stem.rpartition("_")
        if stem in STEMS and not (folder / f"mixed-{song}.{stem}.npy").exists():
            songs.setdefault(song, {})[stem] = read(place)
    for song, stems in songs.items():
        top = max(float(np.abs(x).max()) for x in stems.values())
        for stem, x in stems.items():
            save(folder, f"mixed-{song}", stem, x, top)


def records(folder: Path, source: Path) -> None:
    """Decode the middle `RECORD_S` of free records without a voice, to go under one.

    They are named `whole_<title>.<ext>`, or `tonal_<title>.<ext>` where they have no drums either.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for place in sorted(source.iterdir()):
        kind, _, title = place.stem.partition("_")
        if kind not in ("whole", "tonal") or (folder / f"{kind}-{title}.other.npy").exists():
            continue
        save(folder, f"{kind}-{title}", "other", middle(place, RECORD_S))


def read(place: Path) -> Audio:
    """A sound file in stereo at `RATE`."""
    return _at_rate(*_stereo(place))


def middle(place: Path, seconds: float) -> Audio:
    """The middle of a sound file, at most so many seconds of it."""
    x, rate = _stereo(place)
    spare = max(0, len(x) - int(seconds * rate)) // 2
    return _at_rate(x[spare : len(x) - spare], rate)


def _stereo(place: Path) -> tuple[Audio, int]:
    import soundfile

    x, rate = soundfile.read(place, dtype="float32", always_2d=True)
    return (np.repeat(x, 2, axis=1) if x.shape[1] == 1 else x[:, :2]), rate


def _at_rate(x: Audio, rate: int) -> Audio:
    import soxr

    return np.asarray(soxr.resample(x, rate, RATE), np.float32)


def main() -> None:
    """``python -m training.pool FOLDER --first N --count N --seconds S [--decode FOLDER]``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=24.0)
    parser.add_argument("--drums", type=int, default=0)
    parser.add_argument("--decode", type=Path)
    parser.add_argument("--records", type=Path)
    args = parser.parse_args()
    began = time.process_time()
    if args.decode:
        decode(args.folder, args.decode)
    if args.records:
        records(args.folder, args.records)
    render_drums(args.folder, args.drums, args.seconds)
    render(args.folder, args.first, args.count, args.seconds)
    print(f"{time.process_time() - began:.0f} s of processor time")


if __name__ == "__main__":
    main()
