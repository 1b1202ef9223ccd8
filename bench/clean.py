"""Clean-up on planted faults: gain in SI-SDR and harm, beside what others do, all of them blind.

    python -m bench.clean [--seconds 10] [--half report|tuning] [--faults hiss,clip] [--untouched]

Known hum with drift, hiss of any slope, crackle, clipping and rooms are planted in voices, single
instruments and full mixes of ``../shared/corpus``. `studiohand clean` hears each file by itself;
the peers run with their defaults (see `bench.clean_peers`).
Printed per method and fault: mean gain of SI-SDR (dB) and harm (dB under the music: what is
neither the music nor what is left of the fault; lower is better). Beside each peer stands what
studiohand gains at the amount at which it harms no more than the peer does. ``--untouched`` prints
instead how far every file of the corpus is changed that nothing was planted in.
"""

from __future__ import annotations

import click
import numpy as np

from bench import clean_peers
from bench.clean_cases import (
    CORPUS,
    FAULTS,
    HALVES,
    Case,
    at_harm,
    cases,
    gain_db,
    harm_db,
    loudest,
)
from studiohand.core.audio import Block, Material, MemorySource, Role, Track, read_all
from studiohand.core.job import Job
from studiohand.run.files.single import processed_file
from studiohand.tools.clean import TOOL, CleanSettings

ASKED = {"room": ("room",)}
_PARTS = ("dry", "mix", "multitrack")


def ours(case: Case) -> Block:
    """`studiohand clean`, blind."""
    role = Role.VOCALS if case.group == "voice" else Role.OTHER
    source = MemorySource(case.dirty, case.rate)
    material = Material(case.rate, file=Track("file", source, role))
    settings = CleanSettings.model_validate({"only": ASKED.get(case.fault, ())})
    outcome = TOOL.run(Job(), material, settings)
    return read_all(processed_file(material, outcome.moves, 100.0))


@click.command()
@click.option("--seconds", default=10, help="Length of each excerpt.")
@click.option("--half", type=click.Choice(list(HALVES)), default="report")
@click.option("--faults", default=",".join(FAULTS), help="Only these.")
@click.option("--untouched", is_flag=True, help="Every file as it is.")
def main(seconds: int, half: str, faults: str, untouched: bool) -> None:
    """Print the table."""
    if untouched:
        _untouched(seconds)
        return
    peers, missing = clean_peers.methods()
    for words in missing:
        click.echo(f"SKIPPED: {words}.")
    click.echo(
        f"{'fault':8} {'on':11} {'method':14} {'gain dB':>8} {'harm dB':>8} {'ours there':>11}"
    )
    for fault in faults.split(","):
        for group in HALVES[half]:
            if not (fault == "room" and group == "mix"):
                _rows(cases(half, group, fault, seconds), peers)


def _rows(planted: list[Case], peers: dict[str, clean_peers.Method]) -> None:
    own = [ours(case) for case in planted]
    _row(planted, "studiohand", own, "")
    for name, method in peers.items():
        heard = [item for case in planted if (item := method(case)) is not None]
        if len(heard) == len(planted):
            there = [
                gain_db(case, at_harm(case, mine, harm_db(case, theirs)))
                for case, mine, theirs in zip(planted, own, heard, strict=True)
            ]
            _row(planted, name, heard, f"{np.mean(there):+11.1f}")


def _row(planted: list[Case], name: str, heard: list[Block], there: str) -> None:
    gain = np.mean([gain_db(c, h) for c, h in zip(planted, heard, strict=True)])
    harm = np.mean([harm_db(c, h) for c, h in zip(planted, heard, strict=True)])
    first = planted[0]
    click.echo(f"{first.fault:8} {first.group:11} {name:14} {gain:+8.1f} {harm:8.1f} {there}")


def _untouched(seconds: int) -> None:
    """How far every file is changed, dB under it."""
    paths = [path for part in _PARTS for path in sorted((CORPUS / part).rglob("*.*"))]
    over = 0
    for path in paths:
        music, rate = loudest(str(path.relative_to(CORPUS)), seconds)
        change = ours(Case("", "", music, music, rate)) - music
        down_db = 10 * np.log10(np.sum(change**2) / (np.sum(music**2) + 1e-20) + 1e-20)
        over += down_db > -60.0
        click.echo(f"{path.relative_to(CORPUS)!s:48} {down_db:6.0f} dB")
    click.echo(f"{len(paths) - over} of {len(paths)} files are changed by less than -60 dB")


if __name__ == "__main__":
    main()
