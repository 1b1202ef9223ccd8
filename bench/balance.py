"""Levels planted on one stem of real multitracks: found or not, and how far off is their size.

    python -m bench.balance                      both halves, every kind of rough mix
    python -m bench.balance --half report --seconds 20 --details

Every stem of a session is moved by 4 to 9 dB, twice up and twice down, and the session is held
against rough mixes of the clean stems: the plain sum, the sum louder, through a bus compressor,
mastered into a clipper, as MP3; and against none. Thresholds may be set on the tuning half only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import click
import numpy as np

from bench.plans import rms_dbfs
from bench.plant import finished
from bench.sessions import HALVES, Session, heard, load
from studiohand.compose.faults import Samples, louder
from studiohand.core.outcome import Finding
from studiohand.tools.balance import TOOL

MIXES = ("sum", "louder", "glued", "mastered", "mp3", "none")
SIZE_DB = 1.5
"""Largest error of a size that counts as right."""
_FAINT_DBFS = -50.0


@dataclass(slots=True)
class Tally:
    """Planted, found, of these with another stem named beside, sizes right, wrongly blamed."""

    planted: int = 0
    found: int = 0
    doubtful: int = 0
    sized: int = 0
    invented: int = 0
    errors: list[float] = field(default_factory=list)


def main_half(half: str, seconds: float, detailed: bool) -> dict[str, Tally]:
    """Every scene of a half, by kind of mix."""
    tallies = {kind: Tally() for kind in MIXES}
    for place, name in enumerate(HALVES[half]):
        session = cut(load(name), seconds)
        rng = np.random.default_rng([place, len(half)])
        mixes = {kind: _mix(session, kind) for kind in MIXES}
        for stem, db in _plans(session, rng):
            moved = dict(session.stems, **{stem: louder(session.stems[stem], db)})
            for kind, mix in mixes.items():
                said = heard(TOOL, session, moved, mix)
                _count(tallies[kind], said, stem, db)
                if detailed:
                    blamed = "; ".join(f"{f.stems[0]} {f.value:+.1f} ({f.severity})" for f in said)
                    print(f"{name:18} {kind:9} {stem:12} {db:+5.1f}: {blamed}")
        for kind, mix in mixes.items():
            tallies[kind].invented += len(heard(TOOL, session, session.stems, mix))
    return tallies


def _plans(session: Session, rng: np.random.Generator) -> Iterator[tuple[str, float]]:
    for stem, samples in session.stems.items():
        if rms_dbfs(samples) > _FAINT_DBFS:
            for way in (-1, 1, -1, 1):
                yield stem, float(way * rng.uniform(4.0, 9.0))


def cut(session: Session, seconds: float) -> Session:
    frames = round(seconds * session.rate)
    stems = {name: samples[:frames] for name, samples in session.stems.items()}
    return Session(session.name, session.rate, stems, session.mix[:frames])


def _mix(session: Session, kind: str) -> Samples | None:
    if kind == "none":
        return None
    return finished(session.mix, session.rate, kind)


def _count(tally: Tally, findings: list[Finding], stem: str, db: float) -> None:
    tally.planted += 1
    for finding in findings:
        named = finding.evidence["solo"]
        assert isinstance(named, list)
        if stem not in named:
            tally.invented += 1
            continue
        first = finding.stems == (stem,)
        error = abs((finding.value or 0.0) - (db if first else -db))
        tally.found += 1
        tally.doubtful += len(named) > 1
        tally.sized += error <= SIZE_DB
        tally.errors.append(error)


def report(half: str, tallies: dict[str, Tally]) -> None:
    """Print a half's table."""
    print(f"\n{half} half: {', '.join(HALVES[half])}")
    print(f"{'rough mix':10} {'planted':>8} {'found':>6} {'or another':>11} {'size right':>11} "
          f"{'median error':>13} {'others blamed':>14}")  # fmt: skip
    for kind, t in tallies.items():
        error = f"{np.median(t.errors):10.2f} dB" if t.errors else f"{'–':>13}"
        print(f"{kind:10} {t.planted:8} {t.found / t.planted:6.0%} "
              f"{t.doubtful / t.planted:11.0%} {t.sized / t.planted:11.0%} "
              f"{error} {t.invented:14}")  # fmt: skip


@click.command(help=__doc__)
@click.option("--half", "halves", multiple=True, type=click.Choice(list(HALVES)))
@click.option("--seconds", default=20.0, help="How much of each session.")
@click.option("--details", is_flag=True, help="List every scene.")
def main(halves: tuple[str, ...], seconds: float, details: bool) -> None:
    for half in halves or tuple(HALVES):
        report(half, main_half(half, seconds, details))


if __name__ == "__main__":
    main()
