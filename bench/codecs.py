"""Codec preview: how far true peaks rise on real records, and whether the headroom advised holds.

Run it with ``python -m bench.codecs``; it needs ``../shared/corpus`` and a few minutes. Each record
is driven 6 dB into a clipper at -1 dBFS, as loud as records get, so that there is something to see.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studiohand.core.audio import MemorySource, read_all
from studiohand.core.job import Job
from studiohand.core.units import db_to_gain
from studiohand.io.audiofile import open_audio
from studiohand.run.preview import preview
from studiohand.run.workers import all_cores

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus" / "mix"
CODECS = ["mp3-128", "mp3-320", "aac-128", "aac-256", "opus-160", "vorbis-96", "vorbis-320"]
SECONDS = 15
DRIVE_DB, LEVEL_DB = 6.0, -1.0


def main() -> None:
    """Print both tables."""
    rises: dict[str, list[float]] = {codec: [] for codec in CODECS}
    errors: dict[str, list[float]] = {codec: [] for codec in CODECS}
    records = sorted(p for p in CORPUS.iterdir() if p.suffix in (".mp3", ".ogg", ".flac", ".wav"))
    with all_cores() as workers:
        job = Job(workers=workers)
        for path in records:
            loud = _loud(path)
            for first in preview(job, loud, CODECS, LEVEL_DB):
                rises[first["codec"]].append(first["rise_db"])
                if first["headroom_db"] < 0.0:
                    quiet = MemorySource(loud.samples * db_to_gain(first["headroom_db"]), loud.rate)
                    (again,) = preview(job, quiet, [first["codec"]], LEVEL_DB)
                    errors[first["codec"]].append(again["true_peak_after_dbtp"] - LEVEL_DB)
    print(f"{len(records)} records, {SECONDS} s each, clipped at {LEVEL_DB} dBFS")
    print(f"{'codec':>12}{'rise mean':>11}{'rise max':>10}{'advised':>9}{'off by':>12}{'worst':>8}")
    for codec in CODECS:
        rise, error = np.array(rises[codec]), np.abs(errors[codec])
        held = f"{error.mean():12.2f}{error.max():8.2f}" if len(error) else f"{'-':>12}{'-':>8}"
        print(f"{codec:>12}{rise.mean():11.2f}{rise.max():10.2f}{len(error):9}{held}")


def _loud(path: Path) -> MemorySource:
    source = open_audio(path)
    start = max(source.frames // 2 - SECONDS * source.rate // 2, 0)
    samples = read_all(source, start, start + SECONDS * source.rate)
    top = db_to_gain(LEVEL_DB)
    driven = samples / np.abs(samples).max() * db_to_gain(DRIVE_DB)
    return MemorySource(np.clip(driven, -1.0, 1.0) * top, source.rate)


if __name__ == "__main__":
    main()
