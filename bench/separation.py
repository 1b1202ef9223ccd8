"""Separation on multitracks no training saw: SDR beside doing nothing, a sketch and the ideal.

``PYTHONPATH=src python bench/separation.py [--models studio4,sketch,spleeter2] [--json]``

SDR = 10 log10(|s|^2 / |s - e|^2) over the whole excerpt, both sides. Test songs: the LMMS project,
the tracker module and a singer (vocadito, CC BY 4.0) laid over instrumental records at equal
level. The album "Everything is Free" is left out: the shipped model learnt from two of its songs
and was watched on a third. Spleeter-2 appears where it was fetched and allowed.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from studiohand.core.audio import Block, MemorySource
from studiohand.core.errors import MissingPart, NotAllowed
from studiohand.dsp.blocks.stft import analyse, overlap_add, overlap_gain
from studiohand.models.protocol import SeparationModel
from studiohand.models.separation import open_model
from studiohand.models.store import card
from studiohand.models.trust import TrustMeter, expected_sdr_db
from studiohand.models.windows import separated

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus"
STEMS = ("vocals", "drums", "bass", "other")
BEDS = ("hiphop_ripper.mp3", "jazz_vibe_ace.ogg", "folk_world_tavern.ogg", "electronic_hell.ogg")
WINDOW, HOP = 4096, 1024


@dataclass(frozen=True)
class Song:
    """A mixture and the true stems that can be told."""

    name: str
    rate: int
    stems: dict[str, Block]
    mix: Block


def read(path: Path) -> tuple[Block, int]:
    """A file as float64 stereo."""
    samples, rate = soundfile.read(path, always_2d=True)
    return (np.repeat(samples, 2, axis=1) if samples.shape[1] == 1 else samples), rate


def songs() -> Iterator[Song]:
    """Every test song."""
    for name in ("lmms_final_step", "trk_pekka_song01"):
        stems: dict[str, Block] = {}
        for path in sorted((CORPUS / "multitrack" / name).glob("*.flac")):
            role = path.stem.partition("_")[0]
            if role in STEMS:
                part, rate = read(path)
                stems[role] = stems.get(role, 0.0) + part
        yield Song(name, rate, stems, np.sum(list(stems.values()), axis=0))
    voice, rate = read(CORPUS / "dry" / "voice_vocadito_10.flac")
    for bed in BEDS:
        band, band_rate = read(CORPUS / "mix" / bed)
        part = band[10 * band_rate :][: len(voice)]
        sung = voice * np.sqrt(np.mean(part**2) / np.mean(voice**2))
        name = f"voice over {bed.partition('.')[0]}"
        yield Song(name, rate, {"vocals": sung, "accompaniment": part}, sung + part)


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
    found["accompaniment"] = song.mix - found["vocals"]
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
        methods = {"doing nothing": dict.fromkeys(song.stems, song.mix), "ideal mask": ideal(song)}
        spent = {}
        for name, model in models.items():
            methods[name], spent[name] = run(model, song)
        for stem, true in song.stems.items():
            scores = {m: round(sdr(true, found[stem]), 2) for m, found in methods.items()}
            rows.append({"song": song.name, "stem": stem, **scores})
        sys.stderr.write(f"{song.name}: processor time per second {spent}\n")
    return rows


def trust_points(name: str) -> list[tuple[float, float]]:
    """Expected and true SDR of every sounding second and stem of the test songs."""
    model, chosen, points = open_model(name), card(name), []
    for song in songs():
        found, _ = run(model, song)
        meter = TrustMeter(song.rate, STEMS)
        meter.update(song.mix, np.stack([found[stem] for stem in STEMS], axis=1))
        for stem, seconds in meter.finish().items():
            for second in seconds if stem in song.stems else ():
                span = slice(round(second.start_s * song.rate), round(second.end_s * song.rate))
                true = song.stems[stem][span]
                expected = expected_sdr_db(second, chosen.trust[stem])
                if expected is not None and np.sum(true**2) > 0.003 * np.sum(song.mix[span] ** 2):
                    points.append((expected, float(np.clip(sdr(true, found[stem][span]), -10, 25))))
    return points


def null_and_memory(model: str) -> dict[str, float]:
    """Null depth through the command line, and peak memory for one and for five minutes."""
    out: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        part, rate = read(CORPUS / "mix" / "lossless_48k_d.flac")
        for minutes in (1, 5):
            place = Path(folder) / f"{minutes}.wav"
            count = -(-minutes * 60 * rate // len(part))
            soundfile.write(place, np.tile(part, (count, 1))[: minutes * 60 * rate], rate, "PCM_24")
            code = (
                "import resource, sys; from studiohand.cli.main import run; "
                f"run(['separate', {str(place)!r}, '--out', {folder!r} + '/o', '--model', "
                f"{model!r}, '--json']); "
                "sys.stderr.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))"
            )
            done = subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True
            )
            out[f"peak_mb_{minutes}_min"] = int(done.stderr.split()[-1]) / 1024
            out[f"null_dbfs_{minutes}_min"] = json.loads(done.stdout)["null_dbfs"]
    return out


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default="studio4,sketch,spleeter2")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--memory", action="store_true", help="also null and memory (minutes)")
    parser.add_argument("--trust", action="store_true", help="also the trust map against truth")
    args = parser.parse_args()
    rows = table(args.models.split(","))
    facts = null_and_memory("studio4") if args.memory else {}
    if args.trust:
        expected, true = np.array(trust_points("studio4")).T
        facts["trust_correlation"] = round(float(np.corrcoef(expected, true)[0, 1]), 3)
        facts["trust_mean_error_db"] = round(float(np.mean(np.abs(expected - true))), 2)
        facts["trust_seconds"] = len(true)
    if args.json:
        print(json.dumps({"sdr": rows, **facts}, indent=1))
        return
    columns = list(rows[0])
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))
    for row in rows:
        print("| " + " | ".join(str(row[column]) for column in columns) + " |")
    for stem in (*STEMS, "accompaniment"):
        chosen = [row for row in rows if row["stem"] == stem]
        medians = {
            m: round(float(np.median([float(str(row[m])) for row in chosen])), 2)
            for m in columns[2:]
        }
        print(f"median {stem}: {medians}")
    print(
        facts,
        f"peak of this run {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB",
    )


if __name__ == "__main__":
    main()
