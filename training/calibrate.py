"""The trust line of a model: expected SDR from what can be seen, fitted on held-back songs.

``python -m training.calibrate POOL [--model studio4]`` prints three numbers a stem for the card.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studiohand.core.audio import MemorySource
from studiohand.models.separation import open_model
from studiohand.models.trust import SILENT_DB, TrustMeter
from studiohand.models.windows import separated
from training.build import HELD
from training.effects import RATE
from training.render import STEMS

SECONDS = 60
AUDIBLE = 0.003


def truth(pool: Path, song: str) -> NDArray[np.float64]:
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


def points(true: NDArray[np.float64], model_name: str) -> dict[str, list[tuple[float, ...]]]:
    """For each stem and second: separable dB, level dB, true SDR dB."""
    mix = true.sum(axis=1)
    source = MemorySource(mix, RATE)
    found = np.concatenate(list(separated(source, open_model(model_name), STEMS)))
    meter = TrustMeter(RATE, STEMS)
    meter.update(mix, found)
    out: dict[str, list[tuple[float, ...]]] = {stem: [] for stem in STEMS}
    for i, stem in enumerate(STEMS):
        for second in meter.finish()[stem] if i == 0 else meter.seconds[stem]:
            span = slice(round(second.start_s * RATE), round(second.end_s * RATE))
            power = np.sum(true[span, i] ** 2)
            error = np.sum((true[span, i] - found[span, i]) ** 2) + 1e-12
            if power > AUDIBLE * np.sum(mix[span] ** 2) and second.level_db > SILENT_DB:
                sdr = float(np.clip(10 * np.log10(power / error), -10.0, 25.0))
                out[stem].append((second.separable_db, second.level_db, sdr))
    return out


def fitted(rows: list[tuple[float, ...]]) -> tuple[list[float], float]:
    """Least-squares line and its correlation with the truth."""
    x = np.array(rows)
    left = np.column_stack([np.ones(len(x)), x[:, :2]])
    line, *_ = np.linalg.lstsq(left, x[:, 2], rcond=None)
    return [round(float(v), 3) for v in line], float(np.corrcoef(left @ line, x[:, 2])[0, 1])


def main() -> None:
    """``python -m training.calibrate POOL [--model NAME]``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("pool", type=Path)
    parser.add_argument("--model", default="studio4")
    args = parser.parse_args()
    names = sorted({p.name.split(".")[0] for p in args.pool.glob("*.npy")})
    rows: dict[str, list[tuple[float, ...]]] = {stem: [] for stem in STEMS}
    for song in [name for name in names if name.startswith(HELD)]:
        for stem, found in points(truth(args.pool, song), args.model).items():
            if not (song.startswith("mixed-") and stem in ("bass", "other")):
                rows[stem] += found
    print("[trust]")
    for stem in STEMS:
        line, correlation = fitted(rows[stem])
        print(f"{stem} = {line}  # correlation {correlation:.2f} on {len(rows[stem])} seconds")


if __name__ == "__main__":
    main()
