"""Reference matching: planted settings found blind, and distances beside Matchering's.

Run it with ``python -m bench.match [blind [KIND...]|pairs [HALF]|song [MINUTES]]`` (kinds:
same_record, other_section, compressor, width, nothing); it needs ``../shared/corpus``. Records are
split by file: settings of the tool were chosen on the ``dev`` half only. Pairs are the middle
minute of each record with every other of its half, ``report`` unless ``dev`` is asked for. ``song``
prints what matching and then mastering a song takes, two commands with their start-up, at 4 and 60
minutes.

Matchering 2.0.6 is GPL and never a dependency: it runs as its own process from the Python named in
MATCHERING_PYTHON (``python -m venv V && V/bin/pip install matchering==2.0.6``); without it that
part is skipped, and says so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np
import soundfile

from studiohand.core.audio import Block, Material, MemorySource, Track
from studiohand.core.job import Job
from studiohand.core.outcome import Outcome
from studiohand.dsp.effects.compressor import Compressor
from studiohand.dsp.effects.eq import Band, Eq, analogue_db
from studiohand.dsp.effects.width import Width
from studiohand.dsp.matching.profile import GRID_HZ, Profile, Profiler
from studiohand.dsp.meters.loudness import LoudnessMeter
from studiohand.tools.match import MatchSettings, match

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT.parent / "shared" / "corpus"
HEARD = (GRID_HZ >= 63) & (GRID_HZ <= 12500)
SECONDS, SHORTEST_S, PAIR_SECONDS = 40.0, 16.0, 60.0
LONG, LONG_MINUTES = ("metal_vocals_farewell.ogg", "rock_pronobozo_lincity.ogg"), (4, 60)
LONG_LUFS = -11.0
RATIOS = (1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
HALVES = ("dev", "report")


def main() -> None:
    """Print the tables asked for."""
    if not CORPUS.is_dir():
        print("SKIPPED: ../shared/corpus is not here.")
        return
    asked = sys.argv[1:] or ["blind", "pairs", "song"]
    if "blind" in asked:
        blind()
    if "pairs" in asked:
        pairs("dev" if "dev" in asked else "report")
    if "song" in asked:
        songs([int(word) for word in asked if word.isdecimal()] or LONG_MINUTES)


@dataclass(frozen=True, slots=True)
class Record:
    """A finished record, at most 40 s of it."""

    name: str
    half: str
    samples: Block
    rate: int


def records() -> Iterator[Record]:
    """Finished records of the corpus, every other one held out for reporting."""
    found = sorted([*CORPUS.glob("mix/*"), *CORPUS.glob("multitrack/*/mix.flac")])
    for index, path in enumerate(found):
        samples, rate = soundfile.read(path, always_2d=True)
        if len(samples) >= SHORTEST_S * rate and samples.shape[1] == 2:
            name = path.parent.name if path.stem == "mix" else path.stem
            yield Record(name, HALVES[index % 2], samples[: round(SECONDS * rate)], rate)


def blind() -> None:
    """Plant, match, compare settings."""
    rows: dict[str, list[tuple[str, tuple[float, ...]]]] = {}
    for number, record in enumerate(records()):
        rng = np.random.default_rng(1000 + number)
        for kind, plan in PLANS.items():
            if len(sys.argv) > 2 and plan.__name__ not in sys.argv:
                continue
            for _ in range(2):
                result = plan(record, rng)
                if not result:
                    continue
                rows.setdefault(kind, []).append((record.half, result))
                print(f"  {record.name[:32]:32s} {kind:16s}",
                      "  ".join(f"{value:8.2f}" for value in result), flush=True)  # fmt: skip
    print(f"\n{'planted':16s} {'half':7s} {'n':>3s}  result")
    for kind, results in rows.items():
        for half in ("dev", "report"):
            values = np.array([value for h, value in results if h == half])
            if len(values):
                print(f"{kind:16s} {half:7s} {len(values):3d}  {SUMMARIES[kind](values)}")


def planted_bands(rng: np.random.Generator) -> tuple[Band, ...]:
    """3 to 6 bands of 1 to 6 dB."""
    bands = []
    for _ in range(int(rng.integers(3, 7))):
        hz = float(np.exp(rng.uniform(np.log(60), np.log(12000))))
        db = float(rng.choice([-1, 1]) * rng.uniform(1, 6))
        kind = ("bell", "bell", "bell", "low_shelf", "high_shelf")[int(rng.integers(5))]
        q = float(rng.uniform(0.5, 2.5)) if kind == "bell" else 0.71
        bands.append(Band(kind, hz, db, q))  # type: ignore[arg-type]
    return tuple(bands)


def same_record(record: Record, rng: np.random.Generator) -> tuple[float, ...]:
    """Mean error of the curve found against the untouched record; bands; distance before."""
    bands = planted_bands(rng)
    spoiled = Eq(bands).start(record.rate, 2).process(record.samples)
    truth = -analogue_db(bands, GRID_HZ)
    found = _bands(_matched(spoiled, record.samples, record.rate))
    error = np.abs(analogue_db(found, GRID_HZ) - truth)[HEARD].mean()
    return float(error), float(len(found)), float(np.abs(truth)[HEARD].mean())


def other_section(record: Record, rng: np.random.Generator) -> tuple[float, ...]:
    """The same against another section of the record; level taken out."""
    bands, half = planted_bands(rng), len(record.samples) // 2
    spoiled = Eq(bands).start(record.rate, 2).process(record.samples)[:half]
    truth = -analogue_db(bands, GRID_HZ)[HEARD]
    found = _bands(_matched(spoiled, record.samples[half:], record.rate))
    error = analogue_db(found, GRID_HZ)[HEARD] - truth
    return (
        float(np.abs(error - np.median(error)).mean()), float(len(found)),
        float(np.abs(truth - np.median(truth)).mean()),
    )  # fmt: skip


def compressor(record: Record, rng: np.random.Generator) -> tuple[float, ...]:
    """Threshold error in dB, ratio over planted ratio, whether the class is right."""
    power = np.square(record.samples).max(axis=1)[::37]
    top = 10 * np.log10(np.quantile(power[power > 1e-5], 0.9))
    ratio = float(rng.choice(RATIOS))
    effect = Compressor(
        float(top - rng.uniform(4, 12)), ratio, float(rng.choice([3.0, 10.0, 25.0])),
        float(rng.choice([60.0, 120.0, 250.0])), float(rng.choice([0.0, 6.0])), 2.0,
        detector=("rms", "peak")[int(rng.integers(2))],
    )  # fmt: skip
    squeezed = effect.start(record.rate, 2).process(record.samples)
    outcome = _matched(record.samples, squeezed, record.rate)
    found = [s for m in outcome.moves for s in m.steps if isinstance(s, Compressor)]
    if len(found) != 1:
        return 99.0, 0.0, 0.0
    right = ratio_class(found[0].ratio) == ratio_class(ratio)
    return found[0].threshold_db - effect.threshold_db, found[0].ratio / ratio, float(right)


def ratio_class(ratio: float) -> str:
    """Gentle, usual or hard, with the borders between the ratios people set."""
    return "gentle" if ratio < 2.5 else "usual" if ratio < 5.0 else "hard"


def width(record: Record, rng: np.random.Generator) -> tuple[float, ...]:
    """Found width over planted width; a mono record has none."""
    if np.array_equal(record.samples[:, 0], record.samples[:, 1]):
        return ()
    planted = float(rng.choice([rng.uniform(0.4, 0.9), rng.uniform(1.1, 1.8)]))
    changed = Width(planted).start(record.rate, 2).process(record.samples)
    outcome = _matched(record.samples, changed, record.rate)
    found = [s.width for m in outcome.moves for s in m.steps if isinstance(s, Width)]
    return (found[0] / planted if found else 1.0 / planted,)


def nothing(record: Record, rng: np.random.Generator) -> tuple[float, ...]:
    """Number of moves when the reference is the record itself."""
    return (float(len(_matched(record.samples, record.samples, record.rate).moves)),)


PLANS: dict[str, Callable[[Record, np.random.Generator], tuple[float, ...]]] = {
    "eq, same record": same_record,
    "eq, other section": other_section,
    "compressor": compressor,
    "width": width,
    "nothing": nothing,
}


def _eq_summary(values: Block) -> str:
    error, count, undone = values.mean(axis=0)
    return (
        f"mean error {error:.2f} dB, worst {values[:, 0].max():.2f} dB, {count:.1f} bands; "
        f"doing nothing {undone:.2f} dB"
    )


SUMMARIES: dict[str, Callable[[Block], str]] = {
    "eq, same record": _eq_summary,
    "eq, other section": _eq_summary,
    "compressor": lambda v: (
        f"threshold within 3 dB {np.mean(np.abs(v[:, 0]) <= 3):.0%}, median error "
        f"{np.median(np.abs(v[:, 0])):.1f} dB; ratio class right {v[:, 2].mean():.0%}"
    ),
    "width": lambda v: (
        f"within 10 % {np.mean(np.abs(v[:, 0] - 1) <= 0.1):.0%}, "
        f"worst {np.abs(v[:, 0] - 1).max():.1%}"
    ),
    "nothing": lambda v: f"{int(v.sum())} moves",
}


def _matched(ours: Block, reference: Block, rate: int) -> Outcome:
    material = Material(
        rate, file=Track("song", MemorySource(ours, rate)),
        references=(Track("reference", MemorySource(reference, rate)),),
    )  # fmt: skip
    return match.run(Job(), material, MatchSettings())


def _bands(outcome: Outcome) -> tuple[Band, ...]:
    steps = [s for m in outcome.moves for s in m.steps if isinstance(s, Eq) and s.channel != "side"]
    return tuple(band for step in steps for band in step.bands)


MATCHERING = (
    "import sys, matchering as mg; "
    "mg.process(sys.argv[1], sys.argv[2], results=[mg.Result(sys.argv[3], 'FLOAT')])"
)


def pairs(half: str) -> None:
    """Distance to the reference before and after, ours and Matchering's, as whole processes."""
    records_of_half = sorted(CORPUS.glob("mix/*"))[HALVES.index(half) :: 2]
    other = os.environ.get("MATCHERING_PYTHON", "")
    if not other:
        print("SKIPPED: Matchering is not here; set MATCHERING_PYTHON to the Python of a venv "
              "that has matchering 2.0.6.")  # fmt: skip
    print(f"{'song -> reference':44s} {'':11s} {'tone dB':>8s} {'crest dB':>8s} {'width dB':>8s} "
          f"{'LU':>6s} {'dBTP>':>6s} {'CPU s':>6s} {'wall s':>6s} {'MB':>5s}")  # fmt: skip
    totals: dict[str, list[tuple[float, ...]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for song, reference in permutations(records_of_half, 2):
            for name, row in _pair_rows(song, reference, Path(folder), other):
                totals.setdefault(name, []).append(row)
                _print_row(f"{song.stem[:20]} -> {reference.stem[:20]}", name, row)
    for name, rows in totals.items():
        _print_row("mean", name, tuple(np.mean(rows, axis=0).tolist()))


def _pair_rows(
    song: Path, reference: Path, folder: Path, other: str
) -> Iterator[tuple[str, tuple[float, ...]]]:
    paths = []
    for path in (song, reference):
        samples, rate = soundfile.read(path, always_2d=True)
        first = max(len(samples) - round(PAIR_SECONDS * rate), 0) // 2
        samples = samples[first : first + round(PAIR_SECONDS * rate)]
        paths.append(folder / f"{path.stem}.wav")
        soundfile.write(paths[-1], samples, rate, subtype="PCM_24")
    goal = _features(paths[1])
    yield "before", (*_distances(_features(paths[0]), goal), 0.0, 0.0, 0.0)
    out = folder / "out.wav"
    ours = [sys.executable, "-m", "studiohand", "match", str(paths[0]), "--reference",
            str(paths[1]), "--out", str(out), "--json"]  # fmt: skip
    theirs = [other, "-c", MATCHERING, str(paths[0]), str(paths[1]), str(out)]
    for name, command in (("studiohand", ours), ("matchering", theirs)):
        if command[0]:
            cost = _timed(command)
            yield name, (*_distances(_features(out), goal), *cost)


def songs(minutes: Sequence[int]) -> None:
    """Time and memory of a song matched and then mastered, and of what Matchering takes for it."""
    reference = CORPUS / "mix" / LONG[1]
    print(f"{'minutes':>7s} {'':12s} {'CPU s':>6s} {'wall s':>6s} {'MB':>5s}")
    with tempfile.TemporaryDirectory() as name:
        song, other, matched = (Path(name) / f"{each}.wav" for each in ("song", "other", "matched"))
        for length in minutes:
            _repeat(CORPUS / "mix" / LONG[0], song, length)
            _repeat(reference, other, min(length, LONG_MINUTES[0]))
            ours = [sys.executable, "-m", "studiohand"]
            both = np.array([
                _timed([*ours, "match", str(song), "--reference", str(other), "--out",
                        str(matched), "--json"]),
                _timed([*ours, "master", str(matched), "--loudness", str(LONG_LUFS), "--out",
                        str(Path(name) / "out"), "--json"]),
            ])  # fmt: skip
            rows = {"match": both[0], "master": both[1]}
            rows["both"] = np.append(both[:, :2].sum(axis=0), both[:, 2].max())
            if length == LONG_MINUTES[0] and (python := os.environ.get("MATCHERING_PYTHON", "")):
                command = [python, "-c", MATCHERING, str(song), str(other), str(matched)]
                rows["matchering"] = np.array(_timed(command))
            for who, (cpu, wall, memory) in rows.items():
                print(f"{length:7d} {who:12s} {cpu:6.1f} {wall:6.1f} {memory:5.0f}", flush=True)


def _repeat(record: Path, out: Path, minutes: int) -> None:
    """A record over and over, as a 24-bit file of so many minutes."""
    samples, rate = soundfile.read(record, always_2d=True)
    with soundfile.SoundFile(out, "w", rate, samples.shape[1], "PCM_24") as file:
        left = minutes * 60 * rate
        while left > 0:
            file.write(samples[:left])
            left -= len(samples)


def _timed(command: Sequence[str]) -> tuple[float, float, float]:
    """CPU seconds, wall seconds and peak memory in MB of a process and its children."""
    code = (
        "import json, resource, subprocess, sys, time; start = time.perf_counter(); "
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL); "
        "r = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(json.dumps([r.ru_utime + r.ru_stime, time.perf_counter() - start, "
        "r.ru_maxrss / 1024]))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    if command[0] != sys.executable:
        environment.pop("PYTHONPATH")
    done = subprocess.run(
        [sys.executable, "-c", code, *command], check=True, capture_output=True, text=True,
        env=environment,
    )  # fmt: skip
    cpu, wall, memory = json.loads(done.stdout.splitlines()[-1])
    return cpu, wall, memory


@dataclass(frozen=True, slots=True)
class Features:
    """What distances are taken of."""

    profile: Profile
    lufs: float
    peak: float


def _features(path: Path) -> Features:
    samples, rate = soundfile.read(path, always_2d=True)
    profiler, loudness = Profiler(rate, 2), LoudnessMeter(rate, 2)
    profiler.update(samples)
    loudness.update(samples)
    peak = 20 * np.log10(np.abs(samples).max())
    return Features(profiler.finish(), loudness.integrated_lufs() or -70.0, float(peak))


def _distances(ours: Features, goal: Features) -> tuple[float, float, float, float, float]:
    """Tone, crest by band, width by band, loudness; and the sample peak."""
    tone = _third_octaves(ours.profile) - _third_octaves(goal.profile)
    crest = _crests(ours.profile) - _crests(goal.profile)
    wide = _sides(ours.profile) - _sides(goal.profile)
    return (
        float(np.abs(tone - tone.mean()).mean()), float(np.abs(crest).mean()),
        float(np.abs(wide).mean()), abs(ours.lufs - goal.lufs), ours.peak,
    )  # fmt: skip


def _third_octaves(profile: Profile) -> Block:
    power = (profile.mid + profile.side).mean(axis=0)[HEARD]
    whole = len(power) // 4 * 4
    level: Block = 10 * np.log10(power[:whole].reshape(-1, 4).mean(axis=1) + 1e-12)
    return level


def _crests(profile: Profile) -> Block:
    """Hits (99 %) over mean level of each band."""
    bands = np.asarray(profile.bands, dtype=np.float64)
    crest: Block = 10 * np.log10(np.quantile(bands, 0.99, axis=0) / bands.mean(axis=0) + 1e-12)
    return crest


def _sides(profile: Profile) -> Block:
    """Sides over middle in five regions, in dB."""
    regions = np.array_split(np.flatnonzero(HEARD), 5)
    mid, side = profile.mid.mean(axis=0), profile.side.mean(axis=0)
    ratios = [side[r].mean() / (mid[r].mean() + 1e-12) for r in regions]
    level: Block = 10 * np.log10(np.maximum(np.array(ratios, dtype=np.float64), 1e-4))
    return level


def _print_row(pair: str, name: str, row: tuple[float, ...]) -> None:
    tone, crest, wide, loud, peak, cpu, wall, memory = row
    print(f"{pair:44s} {name:11s} {tone:8.2f} {crest:8.2f} {wide:8.2f} {loud:6.2f} {peak:6.2f} "
          f"{cpu:6.2f} {wall:6.2f} {memory:5.0f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    started = time.perf_counter()
    main()
    print(f"({time.perf_counter() - started:.0f} s)")
