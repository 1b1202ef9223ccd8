"""The planted-fault bench: plant known faults in real songs, listen blind, count.

    python -m bench.planted            everything (about 15 minutes of one core)
    python -m bench.planted --quick    one scene of each kind a half (under 3 minutes)
    python -m bench.planted --half tuning --kinds hum,clicks

Every scene is a song folder made from spoiled files and heard by `run.songs.listening`, which knows
nothing of what was planted. Half of the scenes have a rough mix, the clean sum. Songs are split
in a tuning half and a report half (`bench/sessions.py`); only the report half is quoted.

Precision counts findings of weight must and should on spoiled songs that are not explained by
what was planted and are not already made on the untouched song; those are listed by themselves.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from bench.plans import NEEDS_MIX, PLANS, Scene, can_carry
from bench.sessions import HALVES, TRUE_OF_CORPUS, Session, load
from studiohand.compose.faults import Samples
from studiohand.compose.verdict import Planted, error_of, judge
from studiohand.core.job import Job
from studiohand.core.outcome import Finding
from studiohand.io.wav import create_audio
from studiohand.run.jobs.cache import FolderCache
from studiohand.run.jobs.workers import all_cores
from studiohand.run.songs.collect import new_song
from studiohand.run.songs.listening import listen

HEAVY = ("must", "should")
BY_MIX = frozenset({"late", "polarity", "clash"})
"""Kinds that a rough mix makes far easier: counted apart without one."""


@dataclass(slots=True)
class Tally:
    """Counts of one kind in one half."""

    planted: int = 0
    found: int = 0
    invented: int = 0
    errors: list[float] = field(default_factory=list)
    unit: str = ""


@dataclass(slots=True)
class Results:
    """Everything the bench prints."""

    tallies: dict[tuple[str, str], Tally] = field(default_factory=lambda: defaultdict(Tally))
    untouched: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    missed: list[tuple[str, str, Planted]] = field(default_factory=list)
    invented: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    scenes: int = 0
    heard_s: float = 0.0


def heard(scene: Scene, with_mix: bool, job: Job, cache: Path) -> list[dict[str, Any]]:
    """Findings on a scene, as `listen --json` prints them."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name, samples in scene.stems.items():
            rate = scene.rates.get(name, scene.session.rate)
            files.append(_written(Path(folder) / "stems" / f"{name}.wav", samples, rate))
        mix = None
        if with_mix:
            mix = _written(Path(folder) / "mix.wav", scene.session.mix, scene.session.rate)
        song = new_song(Path(folder) / "song", files, mix)
        said: list[Finding] = list(listen(song, replace(job, cache=FolderCache(cache))).findings)
    return [finding.to_json() for finding in said]


def _written(path: Path, samples: Samples, rate: int) -> Path:
    path.parent.mkdir(exist_ok=True)
    with create_audio(path, rate, samples.shape[1]) as sink:
        sink.write(np.ascontiguousarray(samples))
    return path


def scenes(
    session: Session, kinds: Sequence[str], rounds: int, rng: np.random.Generator
) -> Iterable[tuple[Scene, bool]]:
    """Spoiled versions of a session: each kind `rounds` times, several kinds a scene.

    Every other round has a rough mix.
    """
    for number in range(rounds):
        with_mix = number % 2 == 0
        waiting = [k for k in rng.permutation(kinds) if with_mix or k not in NEEDS_MIX]
        while waiting:
            scene = Scene(session, dict(session.stems))
            for kind in list(waiting):
                able = [n for n in session.stems if can_carry(scene, n, kind)]
                if able and len(scene.planted) < max(2, len(session.stems) // 3):
                    PLANS[kind](scene, str(rng.choice(able)), rng)
                    waiting.remove(kind)
            if not scene.planted:
                break
            yield scene, with_mix


def listen_to_half(
    half: str, kinds: Sequence[str], rounds: int, songs: Sequence[str], job: Job
) -> Results:
    """Untouched and spoiled sessions of a half."""
    results = Results()
    for place, name in enumerate(songs):
        session = load(name)
        rng = np.random.default_rng([place, len(half)])
        with tempfile.TemporaryDirectory() as cache:
            usual = _untouched(half, session, results, job, Path(cache))
            for scene, with_mix in scenes(session, kinds, rounds, rng):
                began = time.process_time()
                findings = heard(scene, with_mix, job, Path(cache))
                results.heard_s += time.process_time() - began
                results.scenes += 1
                _count(half, scene, findings, usual[with_mix], with_mix, results)
    return results


def _untouched(
    half: str, session: Session, results: Results, job: Job, cache: Path
) -> dict[bool, set[tuple[object, ...]]]:
    """What is said of the clean session, with and without a mix."""
    known = TRUE_OF_CORPUS.get(session.name, frozenset())
    usual = {}
    for with_mix in (True, False):
        findings = heard(Scene(session, dict(session.stems)), with_mix, job, cache)
        usual[with_mix] = {_what(finding) for finding in findings}
        results.untouched += [
            (half, f"{session.name}{' + mix' if with_mix else ''}", f)
            for f in findings
            if f["kind"] not in known
        ]
    return usual


def _what(finding: Mapping[str, Any]) -> tuple[object, ...]:
    return finding["kind"], *sorted(finding["stems"])


def _count(
    half: str,
    scene: Scene,
    findings: list[dict[str, Any]],
    usual: set[tuple[object, ...]],
    with_mix: bool,
    results: Results,
) -> None:
    verdict = judge(scene.planted, findings)
    for fault, finding in verdict.found:
        tally = results.tallies[half, _row(fault.kind, with_mix)]
        tally.planted += 1
        tally.found += 1
        tally.unit = fault.unit
        if (error := error_of(fault, finding)) is not None:
            tally.errors.append(error)
    for fault in verdict.missed:
        results.tallies[half, _row(fault.kind, with_mix)].planted += 1
        results.missed.append((half, scene.session.name, fault))
    for finding in verdict.invented_as(*HEAVY):
        if _what(finding) not in usual:
            results.tallies[half, _row(finding["kind"], with_mix)].invented += 1
            results.invented.append((half, scene.session.name, dict(finding)))


def _row(kind: str, with_mix: bool) -> str:
    """The row a kind is counted in."""
    return f"{kind}, no mix" if kind in BY_MIX and not with_mix else kind


def report(results: Results, half: str) -> None:
    """Print a half's tables."""
    print(f"\n{half} half: {', '.join(HALVES[half])}")
    print(f"{'kind':18} {'planted':>8} {'recall':>7} {'precision':>10} {'median error':>14} "
          f"{'largest':>9}")  # fmt: skip
    rows = sorted(kind for h, kind in results.tallies if h == half)
    for kind in rows:
        tally = results.tallies[half, kind]
        recall = f"{tally.found / tally.planted:7.0%}" if tally.planted else "      –"
        said = tally.found + tally.invented
        precision = f"{tally.found / said:10.0%}" if said else "         –"
        errors = ""
        if tally.errors:
            errors = f"{np.median(tally.errors):10.3g} {tally.unit[:6]:6} {max(tally.errors):6.3g}"
        print(f"{kind:18} {tally.planted:8} {recall} {precision} {errors}")
    clean = [finding for h, _, finding in results.untouched if h == half]
    weights = Counter(finding["severity"] for finding in clean)
    sessions = 2 * len(HALVES[half])
    print(f"untouched ({sessions} sessions): " + ", ".join(
        f"{weights[w]} {w}" for w in ("must", "should", "could")))  # fmt: skip


def details(results: Results) -> None:
    """Print every miss and every invention."""
    for half, song, fault in results.missed:
        value = "" if fault.value is None else f"{fault.value:.4g} {fault.unit}"
        print(f"missed    {half:7} {song:18} {fault.kind:18} {', '.join(fault.stems):24} {value}")
    for half, song, finding in results.invented:
        print(f"invented  {half:7} {song:18} {finding['kind']:18} {finding['text'][:90]}")
    for half, song, finding in results.untouched:
        if finding["severity"] in HEAVY:
            print(f"untouched {half:7} {song:18} {finding['kind']:18} {finding['severity']:6} "
                  f"{finding['text'][:90]}")  # fmt: skip


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="One scene of each kind and half.")
@click.option("--half", "halves", multiple=True, type=click.Choice(list(HALVES)))
@click.option("--song", "songs", multiple=True, help="Only these songs.")
@click.option("--kinds", default=",".join(PLANS), help="Only these kinds, separated by commas.")
@click.option("--rounds", default=4, help="How often each kind is planted in each song.")
@click.option("--details", "detailed", is_flag=True, help="List misses and inventions.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the counts as JSON.")
def main(
    quick: bool, halves: tuple[str, ...], songs: tuple[str, ...], kinds: str, rounds: int,
    detailed: bool, out: Path | None,
) -> None:  # fmt: skip
    everything: dict[str, Results] = {}
    with all_cores() as workers:
        for half in halves or tuple(HALVES):
            chosen = [s for s in HALVES[half] if not songs or s in songs]
            chosen = chosen[:2] if quick else chosen
            results = listen_to_half(
                half, kinds.split(","), 1 if quick else rounds, chosen, Job(workers=workers)
            )
            everything[half] = results
            report(results, half)
            if detailed:
                details(results)
    if out:
        rows = {
            f"{half} {kind}": {"planted": t.planted, "found": t.found, "invented": t.invented,
                               "errors": t.errors, "unit": t.unit}
            for results in everything.values() for (half, kind), t in results.tallies.items()
        }  # fmt: skip
        out.write_text(json.dumps(rows, indent=1), "utf-8")


if __name__ == "__main__":
    main()
