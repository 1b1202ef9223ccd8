"""Tone planted on one stem of real multitracks: found or not, how far off are place and size.

    python -m bench.tone                      both halves, every kind of rough mix
    python -m bench.tone --half report --details
    python -m bench.tone --mix none

On every stem of a session faults are planted, one after the other: three resonances (bells of 9
to 16 dB, Q 6 to 14), a harsh one (bell of 6 to 9 dB, Q about 1, 2.5 to 5 kHz), a boomy one (the
same, 100 to 250 Hz), a dull one (high shelf of -6 to -9 dB from 2 to 4 kHz) and, on stereo stems,
one side inverted. They are planted only where the stem has something to say. The session is held
against rough mixes of the clean stems (the plain sum, mastered, as MP3) and against none.
Counted: the kind on the right stem; for a resonance the share within a sixth of an octave; the
median error of its size; and clean stems of which something is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import click
import numpy as np

from bench.balance import cut
from bench.plant import finished
from bench.sessions import HALVES, Session, heard, load
from studiohand.compose.faults import Samples, one_side_inverted, with_bell, with_high_shelf
from studiohand.core.outcome import Finding
from studiohand.tools.tone import TOOL

MIXES = ("sum", "mastered", "mp3", "none")
Said = tuple[tuple[str, ...], str, object]
KINDS = ("resonance", "harsh", "boomy", "dull", "mono_loss")
SIXTH = 2.0 ** (1.0 / 6.0)
_BELLS = (
    *(("resonance", 150.0, 5000.0),) * 3,
    ("harsh", 2500.0, 5000.0),
    ("boomy", 100.0, 250.0),
)
_HEARD_DB = 30.0
"""A band this far below the stem's strongest third octave is no place for a fault."""
_FAINT_DBFS = -50.0


@dataclass(frozen=True, slots=True)
class Plant:
    """A fault of one kind on a stem; `hz` is 0 where it has no place."""

    kind: str
    stem: str
    hz: float
    db: float
    samples: Samples = field(repr=False)


@dataclass(slots=True)
class Tally:
    """What was planted of one kind under one mix, and what was said of it."""

    planted: int = 0
    found: int = 0
    placed: int = 0
    others: int = 0
    errors_db: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Half:
    """Tallies by kind of mix and of fault; clean stems and how many of them were blamed."""

    tallies: dict[tuple[str, str], Tally]
    clean: dict[str, int]
    stems: int = 0


def measured(half: str, under: tuple[str, ...], seconds: float, detailed: bool) -> Half:
    """Every plant of a half, under these mixes."""
    out = Half({(m, k): Tally() for m in under for k in KINDS}, dict.fromkeys(under, 0))
    for place, name in enumerate(HALVES[half]):
        session = cut(load(name), seconds)
        mixes = {m: finished(session.mix, session.rate, m) if m != "none" else None for m in under}
        out.stems += len(session.stems)
        usual: dict[str, set[Said]] = {}
        for kind, mix in mixes.items():
            said = heard(TOOL, session, session.stems, mix)
            usual[kind] = {(f.stems, f.kind, f.evidence.get("centre_hz")) for f in said}
            out.clean[kind] += len({f.stems[0] for f in said})
            if detailed:
                print(f"{name:18} {kind:9} clean: {_words(said)}")
        rng = np.random.default_rng([place, len(half)])
        for plant in plants(session, rng):
            spoiled = dict(session.stems, **{plant.stem: plant.samples})
            for kind, mix in mixes.items():
                told = heard(TOOL, session, spoiled, mix)
                said = [f for f in told if not _stands(f, usual[kind])]
                _count(out.tallies[kind, plant.kind], plant, said)
                if detailed:
                    print(f"{name:18} {kind:9} {plant.stem:12} {plant.kind:10} "
                          f"{plant.hz:5.0f} Hz {plant.db:+5.1f}: {_words(said)}")  # fmt: skip
    return out


def _stands(finding: Finding, usual: set[Said]) -> bool:
    """Whether a clean stem was said to have this, too."""
    return (finding.stems, finding.kind, finding.evidence.get("centre_hz")) in usual


def plants(session: Session, rng: np.random.Generator) -> Iterator[Plant]:
    """One fault of each kind on each stem that can carry it."""
    rate = session.rate
    for stem, clean in session.stems.items():
        if 10.0 * np.log10((clean**2).mean() + 1e-12) < _FAINT_DBFS:
            continue
        for kind, low, high in _BELLS:
            hz = _heard_hz(clean, rate, low, high, rng)
            db = float(rng.uniform(9.0, 16.0) if kind == "resonance" else rng.uniform(6.0, 9.0))
            q = float(rng.uniform(6.0, 14.0) if kind == "resonance" else rng.uniform(0.8, 1.2))
            if hz:
                yield Plant(kind, stem, hz, db, with_bell(clean, rate, hz, db, q))
        hz, db = _heard_hz(clean, rate, 2000.0, 4000.0, rng), float(rng.uniform(-9.0, -6.0))
        if hz:
            yield Plant("dull", stem, hz, db, with_high_shelf(clean, rate, hz, db))
        if clean.shape[1] == 2:
            yield Plant("mono_loss", stem, 0.0, 0.0, one_side_inverted(clean))


def _heard_hz(
    samples: Samples, rate: int, low: float, high: float, rng: np.random.Generator
) -> float:
    """A random frequency between these at which the stem is heard; 0 where there is none."""
    power = (np.abs(np.fft.rfft(samples.mean(axis=1))) ** 2).cumsum()
    centres = np.geomspace(60.0, 12000.0, 47)
    edges = [np.rint(centres * f * len(samples) / rate).astype(int) for f in (0.891, 1.122)]
    thirds_db = 10.0 * np.log10(power[edges[1]] - power[edges[0]] + 1e-12)
    inside = (thirds_db > thirds_db.max() - _HEARD_DB) & (centres >= low) & (centres <= high)
    return float(rng.choice(centres[inside])) if inside.any() else 0.0


def _count(tally: Tally, plant: Plant, said: list[Finding]) -> None:
    tally.planted += 1
    tally.others += any(plant.stem not in f.stems for f in said)
    right = [f for f in said if f.stems == (plant.stem,) and f.kind == plant.kind]
    if not right:
        return
    tally.found += 1
    if plant.kind == "resonance":
        tally.placed += any(1.0 / SIXTH < _place_hz(f) / plant.hz < SIXTH for f in right)
    if plant.db:
        tally.errors_db.append(min(abs(abs(f.value or 0.0) - abs(plant.db)) for f in right))


def _place_hz(finding: Finding) -> float:
    return float(finding.evidence["centre_hz"])  # type: ignore[arg-type]


def _words(said: list[Finding]) -> str:
    return "; ".join(
        f"{f.stems[0]} {f.kind} {f.evidence.get('centre_hz', '')} {f.value:+.1f}" for f in said
    )


def report(half: str, found: Half) -> None:
    """Print a half's table."""
    print(f"\n{half} half: {', '.join(HALVES[half])}")
    print(f"{'rough mix':10} {'fault':10} {'planted':>8} {'found':>6} {'in place':>9} "
          f"{'median error':>13} {'others newly blamed':>19}")  # fmt: skip
    for (mix, kind), t in found.tallies.items():
        error = f"{np.median(t.errors_db):10.1f} dB" if t.errors_db else f"{'–':>13}"
        placed = f"{t.placed / max(t.planted, 1):9.0%}" if kind == "resonance" else f"{'–':>9}"
        print(f"{mix:10} {kind:10} {t.planted:8} {t.found / max(t.planted, 1):6.0%} {placed} "
              f"{error} {t.others:19}")  # fmt: skip
    blamed = ", ".join(f"{mix} {count}" for mix, count in found.clean.items())
    print(f"clean stems blamed, of {found.stems}: {blamed}")


@click.command(help=__doc__)
@click.option("--half", "halves", multiple=True, type=click.Choice(list(HALVES)))
@click.option("--mix", "under", multiple=True, type=click.Choice(MIXES))
@click.option("--seconds", default=20.0, help="How much of each session.")
@click.option("--details", is_flag=True, help="List every scene.")
def main(halves: tuple[str, ...], under: tuple[str, ...], seconds: float, details: bool) -> None:
    for half in halves or tuple(HALVES):
        report(half, measured(half, under or MIXES, seconds, details))


if __name__ == "__main__":
    main()
