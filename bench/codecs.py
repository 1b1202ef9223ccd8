"""Codec preview: how far true peaks rise on real records, and what the headroom advised is worth.

Run it with ``python -m bench.codecs``; it needs ``../shared/corpus`` and some minutes. Each record
is driven 6 dB into a clipper at -1 dBFS, as loud as records get, so that there is something to see.

rises        true peak after the codec less that before it
over         records that the codec lifts over the ceiling
foretold     peak measured at the headroom advised less that told from the first encoding, dB
others read  peak of the file at that headroom, decoded by the command ``ffmpeg`` and measured at 16
             times its rate by soxr, less the peak that the preview says (without ffmpeg left out)
below        how far under the ceiling the song is at that headroom
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import soxr

from studiohand.core.audio import Block, MemorySource, read_all
from studiohand.core.effect import JsonValue
from studiohand.core.job import Job
from studiohand.core.units import db_to_gain
from studiohand.dsp.effects.chain import ProcessedSource
from studiohand.dsp.effects.simple import Gain
from studiohand.io.audiofile import open_audio
from studiohand.io.formats import target_named
from studiohand.io.metadata import Metadata
from studiohand.io.write import create_target
from studiohand.run.jobs.workers import all_cores
from studiohand.run.release.preview import at_codec_rate, preview

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus" / "mix"
CODECS = ["mp3-128", "mp3-320", "aac-128", "aac-256", "opus-160", "vorbis-96", "vorbis-320"]
SECONDS = 15
DRIVE_DB, LEVEL_DB = 6.0, -1.0


def main() -> None:
    """Print the table."""
    rows: dict[str, list[dict[str, JsonValue]]] = {codec: [] for codec in CODECS}
    read: dict[str, list[float]] = {codec: [] for codec in CODECS}
    records = sorted(p for p in CORPUS.iterdir() if p.suffix in (".mp3", ".ogg", ".flac", ".wav"))
    with all_cores() as workers:
        job = Job(workers=workers)
        for path in records:
            sound = _loud(path)
            for facts in preview(job, sound, CODECS, LEVEL_DB, verify=True):
                rows[facts["codec"]].append(facts)
            told = [rows[codec][-1] for codec in CODECS]
            for facts, error in zip(told, job.map(partial(_read_by_others, sound), told, "read"),
                                    strict=True):  # fmt: skip
                read[facts["codec"]] += [] if error is None else [error]
    print(f"{len(records)} records, {SECONDS} s each, clipped at {LEVEL_DB} dBFS; ceiling the same")
    print(f"{'':>12}{'true peak rises':>18}{'':>8}{'foretold, off':>18}{'others read, off':>18}"
          f"{'below':>18}")  # fmt: skip
    print(f"{'codec':>12}{'mean':>10}{'max':>8}{'over':>8}" + 3 * f"{'mean':>9}{'max':>9}")
    worst = np.zeros(2)
    for codec in CODECS:
        rise = np.array([facts["rise_db"] for facts in rows[codec]])
        over = [facts for facts in rows[codec] if facts["verified_dbtp"] is not None]
        foretold = [f["verified_dbtp"] - f["true_peak_after_dbtp"] - f["headroom_db"] for f in over]
        below = [LEVEL_DB - f["verified_dbtp"] for f in over]
        worst = np.maximum(worst, [_most(foretold), _most(read[codec])])
        print(f"{codec:>12}{rise.mean():10.2f}{rise.max():8.2f}{len(over):8}"
              + "".join(f"{np.mean(np.abs(each or [0.0])):9.2f}{_most(each):9.2f}"
                        for each in (foretold, read[codec], below)))  # fmt: skip
    print(f"largest error: foretold from the first encoding {worst[0]:.2f} dB, of what the "
          f"preview says of the headroom advised {worst[1]:.2f} dB (bar 0.3)")  # fmt: skip


def _most(errors: list[float]) -> float:
    return float(np.max(np.abs(errors or [0.0])))


def _read_by_others(sound: MemorySource, facts: dict[str, JsonValue]) -> float | None:
    """What others read in the file at the headroom advised, less what the preview says, in dB."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        return None
    target = target_named(facts["codec"])
    heard = at_codec_rate(ProcessedSource(sound, (Gain(facts["headroom_db"]),)), target)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{target.suffix}"
        with create_target(path, target, heard.rate, heard.channels, 0, Metadata()) as sink:
            for block in heard.blocks():
                sink.write(block)
        decode = [ffmpeg, "-v", "error", "-i", str(path), "-f", "f64le", "-"]
        raw = subprocess.run(decode, check=True, capture_output=True).stdout
    samples = np.frombuffer(raw, dtype=np.float64).reshape(-1, heard.channels)
    said = facts["verified_dbtp"]
    return _peak_db(samples) - (facts["true_peak_after_dbtp"] if said is None else said)


def _peak_db(samples: Block) -> float:
    """True peak at 16 times the rate, by soxr."""
    raised = soxr.resample(np.pad(samples, ((2048, 2048), (0, 0))), 1, 16, quality="VHQ")
    return float(20.0 * np.log10(np.abs(raised).max()))


def _loud(path: Path) -> MemorySource:
    source = open_audio(path)
    start = max(source.frames // 2 - SECONDS * source.rate // 2, 0)
    samples = read_all(source, start, start + SECONDS * source.rate)
    top = db_to_gain(LEVEL_DB)
    driven = samples / np.abs(samples).max() * db_to_gain(DRIVE_DB)
    return MemorySource(np.clip(driven, -1.0, 1.0) * top, source.rate)


if __name__ == "__main__":
    main()
