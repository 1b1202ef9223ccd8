"""Separation on real music no training saw: SDR beside model-free methods and the ideal mask.

    python -m bench.separation [--models studio4,sketch,spleeter2] [--json]
    python -m bench.separation --trust --memory
    python -m bench.separation --null     stems + residual = mix, for every file of the corpus

SDR = 10 log10(|s|^2 / |s - e|^2) over the whole excerpt, both sides. `bench/apart.py` has the
songs, `bench/modelfree.py` the methods that learn nothing. Spleeter-2 appears where it was fetched
and allowed.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from bench.apart import CORPUS, STEMS, Song, read, songs
from bench.modelfree import hpss, repet_sim
from bench.nulls import every_file
from studiohand.core.audio import Block, MemorySource
from studiohand.core.errors import MissingPart, NotAllowed
from studiohand.dsp.blocks.stft import analyse, overlap_add, overlap_gain
from studiohand.models.protocol import SeparationModel
from studiohand.models.separation import open_model
from studiohand.models.store import card
from studiohand.models.trust import HIGHEST_DB, LOWEST_DB, TrustMeter, expected_sdr_db
from studiohand.models.windows import separated

WINDOW, HOP = 4096, 1024


def sdr(true: Block, found: Block) -> float:
    """Signal-to-distortion ratio in dB."""
    return float(10 * np.log10((np.sum(true**2) + 1e-12) / (np.sum((true - found) ** 2) + 1e-12)))


def ideal(song: Song) -> dict[str, Block]:
    """What a ratio mask that knows the stems gives: the limit of masks on this transform."""
    pad = ((WINDOW, WINDOW), (0, 0))
    spectra = {k: analyse(np.pad(v, pad), WINDOW, HOP) for k, v in song.stems.items()}
    whole = analyse(np.pad(song.mix, pad), WINDOW, HOP)
    total = sum(np.abs(s) ** 2 for s in spectra.values()) + 1e-12
    gain = overlap_gain(WINDOW, HOP)
    out = {}
    for name, s in spectra.items():
        back = overlap_add(whole * (np.abs(s) ** 2 / total), WINDOW, HOP) / gain
        kept = np.zeros_like(song.mix)
        usable = back[WINDOW : WINDOW + len(kept)]
        kept[: len(usable)] = usable
        out[name] = kept
    return out


def run(model: SeparationModel, song: Song) -> tuple[dict[str, Block], float]:
    """The stems of a model, and processor seconds per second of sound."""
    began = time.process_time()
    source = MemorySource(song.mix, song.rate)
    parts = np.concatenate(list(separated(source, model, STEMS)))
    spent = (time.process_time() - began) / (len(song.mix) / song.rate)
    found = {stem: parts[:, i] for i, stem in enumerate(STEMS)}
    return found, spent


def table(names: list[str]) -> list[dict[str, object]]:
    """One row a song, stem and method."""
    models = {}
    for name in names:
        try:
            models[name] = open_model(name)
        except (MissingPart, NotAllowed) as error:
            sys.stderr.write(f"{name} is left out: {error.what}\n")
    rows: list[dict[str, object]] = []
    for song in songs():
        methods = {
            "doing nothing": dict.fromkeys(song.stems, song.mix),
            "ideal mask": ideal(song),
            "REPET-SIM": repet_sim(song.mix, song.rate),
            "HPSS": hpss(song.mix, song.rate),
        }
        spent = {}
        for name, model in models.items():
            methods[name], spent[name] = run(model, song)
        for stem in [stem for stem in song.stems if stem in STEMS]:
            true = song.stems[stem]
            scores = {
                m: round(sdr(true, found[stem]), 2) if stem in found else None
                for m, found in methods.items()
            }
            rows.append({"song": song.name, "stem": stem, **scores})
        sys.stderr.write(f"{song.name}: processor time per second {spent}\n")
    return rows


def trust_points(name: str) -> dict[str, list[tuple[float, float]]]:
    """Expected and true SDR of every sounding second of the test songs, by stem."""
    model, chosen = open_model(name), card(name)
    points: dict[str, list[tuple[float, float]]] = {stem: [] for stem in STEMS}
    for song in songs():
        found, _ = run(model, song)
        meter = TrustMeter(song.rate, STEMS)
        meter.update(song.mix, np.stack([found[stem] for stem in STEMS], axis=1))
        for stem, seconds in meter.finish().items():
            for second in seconds if stem in song.stems else ():
                span = slice(round(second.start_s * song.rate), round(second.end_s * song.rate))
                true = song.stems[stem][span]
                expected = expected_sdr_db(second, chosen.trust)
                if expected is not None and np.sum(true**2) > 0.003 * np.sum(song.mix[span] ** 2):
                    told = float(np.clip(sdr(true, found[stem][span]), LOWEST_DB, HIGHEST_DB))
                    points[stem].append((expected, told))
    return points


def trust_facts(name: str) -> dict[str, float]:
    """How the trust map does against the truth, over all and by stem."""
    points = trust_points(name)
    out = {"trust_seconds": float(sum(len(rows) for rows in points.values()))}
    everything = [row for rows in points.values() for row in rows]
    for which, rows in {"": everything, **{f"_{k}": v for k, v in points.items()}}.items():
        expected, true = np.array(rows).T
        out[f"trust_correlation{which}"] = round(float(np.corrcoef(expected, true)[0, 1]), 3)
        out[f"trust_mean_error_db{which}"] = round(float(np.mean(np.abs(expected - true))), 2)
    return out


def null_and_memory(model: str) -> dict[str, float]:
    """Null depth through the command line, and peak memory for one, ten and sixty minutes.

    The peak is that of the new process alone (Linux: VmHWM); `getrusage` would hand it ours.
    """
    out: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        part, rate = read(CORPUS / "mix" / "lossless_48k_d.flac")
        for minutes in (1, 10, 60):
            place = Path(folder) / f"{minutes}.wav"
            with soundfile.SoundFile(place, "w", rate, 2, "PCM_24") as file:
                for _ in range(-(-minutes * 60 * rate // len(part))):
                    file.write(part)
            code = (
                "import re, sys; from studiohand.cli.main import run; "
                f"run(['separate', {str(place)!r}, '--out', {folder!r} + '/o', '--model', "
                f"{model!r}, '--json']); "
                "status = open('/proc/self/status').read(); "
                r"sys.stderr.write(re.search(r'VmHWM:\s+(\d+)', status)[1])"
            )
            done = subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True
            )
            out[f"peak_mb_{minutes}_min"] = int(done.stderr.split()[-1]) / 1024
            out[f"null_dbfs_{minutes}_min"] = json.loads(done.stdout)["null_dbfs"]
    return out


def nulls(model: str) -> int:
    """Print the null of every file; 1 where one does not hold."""
    found = []
    for null in every_file(model):
        found.append(null)
        print(
            f"{'ok ' if null.holds else 'NOT'} {null.null_dbfs:7.1f} dBFS, "
            f"{null.frames_off} frames off, same bytes: {null.same_bytes}  {null.file} "
            f"({null.rate} Hz, {null.channels} ch, {null.seconds:.1f} s)",
            flush=True,
        )
    worst = max(null.null_dbfs for null in found)
    print(f"{sum(n.holds for n in found)} of {len(found)} hold; worst {worst:.1f} dBFS")
    return 0 if all(null.holds for null in found) else 1


def lines(rows: list[dict[str, object]]) -> list[str]:
    """The rows as a table, and the median of each stem over the songs a method has it for."""
    columns = list(rows[0])
    out = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    out += ["| " + " | ".join(_cell(row[c]) for c in columns) + " |" for row in rows]
    for stem in dict.fromkeys(row["stem"] for row in rows):
        chosen = [row for row in rows if row["stem"] == stem]
        medians = {
            m: round(float(np.median([float(str(row[m])) for row in chosen])), 2)
            for m in columns[2:]
            if all(row[m] is not None for row in chosen)
        }
        out.append(f"median {stem} ({len(chosen)}): {medians}")
    return out


def _cell(value: object) -> str:
    return "–" if value is None else str(value)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default="studio4,sketch,spleeter2")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--memory", action="store_true", help="also null and memory (minutes)")
    parser.add_argument("--trust", action="store_true", help="also the trust map against truth")
    parser.add_argument("--null", action="store_true", help="only the null, on every file")
    args = parser.parse_args()
    if args.null:
        raise SystemExit(nulls(args.models.split(",")[0]))
    rows = table(args.models.split(","))
    facts = null_and_memory("studio4") if args.memory else {}
    if args.trust:
        facts |= trust_facts("studio4")
    if args.json:
        print(json.dumps({"sdr": rows, **facts}, indent=1))
        return
    for line in lines(rows):
        print(line)
    print(
        facts,
        f"peak of this run {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB",
    )


if __name__ == "__main__":
    main()
