"""The trust line of a model: expected SDR from what can be seen, fitted on held-back songs.

``python -m training.calibrate POOL [--model studio4]`` prints three numbers for the card, and how
the line does on each kind of song when it is fitted on the other kinds. Kinds count by the square
root of their seconds, so that the longest does not decide.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studiohand.core.audio import MemorySource
from studiohand.models.separation import open_model
from studiohand.models.trust import HIGHEST_DB, LOWEST_DB, SILENT_DB, TrustMeter
from studiohand.models.windows import separated
from training.effects import RATE
from training.held import HELD
from training.mixing import folded
from training.render import STEMS

SECONDS = 60
AUDIBLE = 0.003
"""Share of a second's power below which a true stem counts as not sounding."""

Points = NDArray[np.float64]
"""One row a second and stem: separable dB, undecided, true SDR in dB."""


def truth(pool: Path, song: str) -> Points:
    """True stems of a song, (frames, 4, 2); absent ones are silent."""
    found = {stem: pool / f"{song}.{stem}.npy" for stem in STEMS}
    sounds = {s: np.load(p, mmap_mode="r") for s, p in found.items() if p.exists()}
    frames = min(len(x) for x in sounds.values())
    start = max(0, frames // 2 - SECONDS * RATE // 2)
    frames = min(frames, start + SECONDS * RATE)
    out = np.zeros((frames - start, len(STEMS), 2))
    for i, stem in enumerate(STEMS):
        if stem in sounds:
            out[:, i] = sounds[stem][start:frames] / 32768.0
    return out


def points(true: Points, known: list[bool], model_name: str) -> Points:
    """The sounding seconds of the stems whose truth is known."""
    mix = true.sum(axis=1)
    source = MemorySource(mix, RATE)
    found = np.concatenate(list(separated(source, open_model(model_name), STEMS)))
    meter = TrustMeter(RATE, STEMS)
    meter.update(mix, found)
    seconds = meter.finish()
    out = []
    for i, stem in enumerate(STEMS):
        for second in seconds[stem] if known[i] else ():
            span = slice(round(second.start_s * RATE), round(second.end_s * RATE))
            power = np.sum(true[span, i] ** 2)
            error = np.sum((true[span, i] - found[span, i]) ** 2) + 1e-12
            if power > AUDIBLE * np.sum(mix[span] ** 2) and second.level_db > SILENT_DB:
                sdr = float(np.clip(10 * np.log10(power / error), LOWEST_DB, HIGHEST_DB))
                out.append((second.separable_db, second.undecided, sdr))
    return np.array(out).reshape(-1, 3)


def known_stems(song: str) -> list[bool]:
    """Which stems of a song are what their name says, and nothing else."""
    inside = folded(song)
    return [
        not fold and not (stem == "other" and any(inside))
        for stem, fold in zip(STEMS, inside, strict=True)
    ]


def fitted(kinds: dict[str, Points]) -> NDArray[np.float64]:
    """Weighted least-squares line: constant, factor of separable, factor of undecided."""
    rows = np.concatenate(list(kinds.values()))
    weight = np.concatenate([np.full(len(x), len(x) ** -0.25) for x in kinds.values()])
    left = np.column_stack([np.ones(len(rows)), rows[:, :2]])
    line, *_ = np.linalg.lstsq(left * weight[:, None], rows[:, 2] * weight, rcond=None)
    return np.asarray(line)


def told(line: NDArray[np.float64], rows: Points) -> NDArray[np.float64]:
    """What a line expects of points."""
    return np.asarray(np.clip(line[0] + rows[:, :2] @ line[1:], LOWEST_DB, HIGHEST_DB))


def main() -> None:
    """``python -m training.calibrate POOL [--model NAME]``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("pool", type=Path)
    parser.add_argument("--model", default="studio4")
    args = parser.parse_args()
    names = sorted({p.name.split(".")[0] for p in args.pool.glob("*.npy")})
    kinds: dict[str, list[Points]] = {word: [] for word in HELD}
    for song in names:
        for word in HELD:
            if song.startswith(word):
                rows = points(truth(args.pool, song), known_stems(song), args.model)
                kinds[word].append(rows)
    by_kind = {word: np.concatenate(rows) for word, rows in kinds.items() if rows}
    expected, true = [], []
    for word, rows in by_kind.items():
        others = {k: v for k, v in by_kind.items() if k != word}
        expected.append(told(fitted(others), rows))
        true.append(rows[:, 2])
        print(f"# {word}: {np.corrcoef(expected[-1], true[-1])[0, 1]:.2f} on {len(rows)} seconds")
    everything = np.corrcoef(np.concatenate(expected), np.concatenate(true))[0, 1]
    print(f"trust = {[round(float(v), 3) for v in fitted(by_kind)]}  # {everything:.2f} on all")


if __name__ == "__main__":
    main()
