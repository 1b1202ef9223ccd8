"""Codec preview: how far true peaks rise on real records, and what the headroom advised is worth.

Run it with ``python -m bench.codecs``; it needs ``../shared/corpus`` and a few minutes. Each record
is driven 6 dB into a clipper at -1 dBFS, as loud as records get, so that there is something to see.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studiohand.core.audio import MemorySource, read_all
from studiohand.core.effect import JsonValue
from studiohand.core.job import Job
from studiohand.core.units import db_to_gain
from studiohand.io.audiofile import open_audio
from studiohand.run.jobs.workers import all_cores
from studiohand.run.release.preview import preview

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus" / "mix"
CODECS = ["mp3-128", "mp3-320", "aac-128", "aac-256", "opus-160", "vorbis-96", "vorbis-320"]
SECONDS = 15
DRIVE_DB, LEVEL_DB = 6.0, -1.0


def main() -> None:
    """Print the table."""
    rows: dict[str, list[dict[str, JsonValue]]] = {codec: [] for codec in CODECS}
    records = sorted(p for p in CORPUS.iterdir() if p.suffix in (".mp3", ".ogg", ".flac", ".wav"))
    with all_cores() as workers:
        job = Job(workers=workers)
        for path in records:
            for facts in preview(job, _loud(path), CODECS, LEVEL_DB, verify=True):
                rows[facts["codec"]].append(facts)
    print(f"{len(records)} records, {SECONDS} s each, clipped at {LEVEL_DB} dBFS; ceiling the same")
    print(f"{'':>12}{'true peak rises':>18}{'':>8}{'first guess off':>18}{'verified, below':>24}")
    print(
        f"{'codec':>12}{'mean':>10}{'max':>8}{'over':>8}{'mean':>9}{'max':>9}{'mean':>15}{'max':>9}"
    )
    for codec in CODECS:
        rise = np.array([facts["rise_db"] for facts in rows[codec]])
        over = [facts for facts in rows[codec] if facts["verified_dbtp"] is not None]
        guess = [LEVEL_DB - f["true_peak_after_dbtp"] - f["headroom_db"] for f in over] or [0.0]
        below = [LEVEL_DB - f["verified_dbtp"] for f in over] or [0.0]
        print(
            f"{codec:>12}{rise.mean():10.2f}{rise.max():8.2f}{len(over):8}"
            f"{np.mean(guess):9.2f}{np.max(guess):9.2f}{np.mean(below):15.2f}{np.max(below):9.2f}"
        )


def _loud(path: Path) -> MemorySource:
    source = open_audio(path)
    start = max(source.frames // 2 - SECONDS * source.rate // 2, 0)
    samples = read_all(source, start, start + SECONDS * source.rate)
    top = db_to_gain(LEVEL_DB)
    driven = samples / np.abs(samples).max() * db_to_gain(DRIVE_DB)
    return MemorySource(np.clip(driven, -1.0, 1.0) * top, source.rate)


if __name__ == "__main__":
    main()
