"""Attribution: a band boosted on one stem, found against references and laid to the right stem.

    python -m bench.attribution
    python -m bench.attribution --half report --details

A bell of 3 to 6 dB, Q 0.7 to 1.4, is planted on one stem where it lifts the sum by 1.5 dB or more.
The tool hears the first half of the song against three kinds of reference: the clean mix of the
same half, the clean mix of the other half, and two finished records by others. Counted: planted
bands in which an excess is reported, and of those the right stem; and what is said of the clean
stems.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import click
import numpy as np
import soundfile

from bench.sessions import CORPUS, HALVES, Session, load
from studiohand.compose.faults import Samples, with_bell
from studiohand.core.audio import Material, MemorySource, Track
from studiohand.core.job import Job
from studiohand.core.outcome import Finding
from studiohand.mir.roles.by_name import role_from_name
from studiohand.tools.attribute import TOOL

RECORDS = {
    "tuning": ("hiphop_ripper.mp3", "electronic_hell.ogg"),
    "report": ("rock_pronobozo_lincity.ogg", "metal_vocals_farewell.ogg"),
}
_LEAST_LIFT_DB = 1.5
_RECORD_S = 20.0
_TRIES = 24


@dataclass(slots=True)
class Count:
    """What happened to the planted bands of one kind of reference."""

    planted: int = 0
    found: int = 0
    right: int = 0
    clean: int = 0


@dataclass(frozen=True, slots=True)
class Plant:
    """A boost on a stem."""

    stem: str
    hz: float
    stems: Mapping[str, Samples]


def plants(session: Session, frames: int, rng: np.random.Generator) -> Iterator[Plant]:
    """For each stem up to two boosts that the sum shows."""
    stems = {name: x[:frames] for name, x in session.stems.items()}
    for name, clean in stems.items():
        made = 0
        for _ in range(_TRIES):
            hz = float(np.exp(rng.uniform(np.log(70.0), np.log(8000.0))))
            boosted = with_bell(
                clean, session.rate, hz, float(rng.uniform(3.0, 6.0)), float(rng.uniform(0.7, 1.4))
            )
            total = np.sum(list(stems.values()), axis=0)
            if _lift_db(total, total - clean + boosted, session.rate, hz) < _LEAST_LIFT_DB:
                continue
            yield Plant(name, hz, dict(stems, **{name: boosted}))
            made += 1
            if made == 2:
                break


def _lift_db(before: Samples, after: Samples, rate: int, hz: float) -> float:
    bins = np.fft.rfftfreq(len(before), 1.0 / rate)
    near = (bins > hz / 1.12) & (bins < hz * 1.12)
    power = [np.sum(np.abs(np.fft.rfft(x.mean(axis=1))[near]) ** 2) for x in (before, after)]
    return float(10.0 * np.log10(power[1] / max(power[0], 1e-20)))


def _record(name: str) -> Track:
    path = CORPUS / "mix" / name
    rate = soundfile.info(path).samplerate
    samples, rate = soundfile.read(path, round(_RECORD_S * rate), dtype="float64", always_2d=True)
    return Track(name, MemorySource(samples, rate), sha256=name)


def heard(session: Session, stems: Mapping[str, Samples], references: tuple[Track, ...],
          job: Job) -> list[Finding]:  # fmt: skip
    """What the tool says, the largest first."""
    tracks = tuple(
        Track(n, MemorySource(x, session.rate), role_from_name(n)) for n, x in stems.items()
    )
    material = Material(session.rate, stems=tracks, references=references)
    return list(TOOL.run(job, material, TOOL.settings()).findings)


def _away(finding: Finding, plant: Plant) -> float:
    """Octaves between the top of what was found and what was planted."""
    return float(abs(np.log2(finding.evidence["centre_hz"] / plant.hz)))


def song_counts(session: Session, half: str, details: bool) -> dict[str, Count]:
    """One song against every kind of reference."""
    job, rng = Job(), np.random.default_rng(len(session.name))
    middle = len(session.mix) // 2
    first, second = (
        Track("mix", MemorySource(x, session.rate))
        for x in (session.mix[:middle], session.mix[middle:])
    )
    kinds = {
        "same section": (first,),
        "other section": (second,),
        "other records": tuple(_record(name) for name in RECORDS[half]),
    }
    counts = {kind: Count() for kind in kinds}
    clean = {name: x[:middle] for name, x in session.stems.items()}
    for kind, references in kinds.items():
        counts[kind].clean = len(heard(session, clean, references, job))
    for plant in plants(session, middle, rng):
        for kind, references in kinds.items():
            said = heard(session, plant.stems, references, job)
            near = sorted((f for f in said if _away(f, plant) < 0.5), key=lambda f: _away(f, plant))
            count = counts[kind]
            count.planted += 1
            count.found += bool(near)
            count.right += bool(near) and near[0].stems[0] == plant.stem
            if details:
                words = "; ".join(f.text for f in near) or "–"
                print(f"{session.name:18} {kind:14} {plant.stem:12} {plant.hz:6.0f} Hz: {words}")
    return counts


@click.command(help=__doc__)
@click.option("--half", "halves", multiple=True, type=click.Choice(list(HALVES)))
@click.option("--details", is_flag=True, help="List every plant.")
def main(halves: tuple[str, ...], details: bool) -> None:
    for half in halves or tuple(HALVES):
        songs = [song_counts(load(n), half, details) for n in HALVES[half] if n != "demo"]
        print(f"\n{half} half\n{'reference':15}{'planted':>8}{'found':>7}{'right stem':>12}"
              f"{'said of the clean stems':>26}")  # fmt: skip
        for kind in songs[0]:
            n, found, right, clean = (
                sum(getattr(s[kind], what) for s in songs)
                for what in ("planted", "found", "right", "clean")
            )
            share = f"{right / found:12.0%}" if found else f"{'–':>12}"
            print(f"{kind:15}{n:8}{found / max(n, 1):7.0%}{share}{clean:26}")


if __name__ == "__main__":
    main()
