"""Do the moves keep their promise: clashes planted in real songs, the first move rendered.

    python -m bench.clash                 the report half (a few minutes)
    python -m bench.clash --half tuning --rounds 2

A stem is raised over another where that one lives (`bench/plans.py`), in every other scene for
a few bars only; in every third scene a lead is lowered instead. The tool hears it with the clean
sum as the rough mix, or without any. Its first move on the clash that names the planted hider is
rendered through the real effects. Printed: how often a clash names the planted pair and the planted
hider; how far the ends of a clash of a few bars are from where it was planted; the hidden stem's
audibility in its band before and after; and the largest change of a third-octave level of
everything else, outside that band and its skirts, measured on the samples and not by the model.
Findings are what is said as a must or a should; remarks (coulds) are counted beside them. Last,
what is said of the songs as their makers left them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import click
import numpy as np

from bench.plans import PLANS, Scene, can_carry
from bench.sessions import HALVES, Session, load, stereo
from studiohand.compose.faults import Samples
from studiohand.core.audio import Material, MemorySource, Track, read_all
from studiohand.core.job import Job
from studiohand.core.outcome import Finding, Move, Outcome
from studiohand.dsp.effects.chain import ProcessedSource
from studiohand.dsp.hearing.earbands import CENTRES_HZ, ear_bands
from studiohand.mir.mix.audibility import audibility_db, heard, scene
from studiohand.mir.roles.by_name import read_name
from studiohand.tools.clash import TOOL

ENOUGH_DB, MOST_CHANGE_DB = 3.0, 0.5
_SKIRT = 1.5
_THIRDS_HZ = 1000.0 * 2.0 ** (np.arange(-12, 13) / 3.0)


@dataclass(slots=True)
class Counts:
    """What the bench prints for one kind of evidence."""

    planted: int = 0
    pair: int = 0
    hider: int = 0
    findings: int = 0
    explained: int = 0
    remarked: int = 0
    said: int = 0
    said_right: int = 0
    edges_s: list[float] = field(default_factory=list)
    gains_db: list[float] = field(default_factory=list)
    changes_db: list[float] = field(default_factory=list)


def tracks(stems: Mapping[str, Samples], rate: int) -> list[Track]:
    """Stems in memory with the roles their names give them."""
    return [Track(n, MemorySource(s, rate), read_name(n).role) for n, s in stems.items()]


def after(stems: Mapping[str, Samples], rate: int, move: Move) -> dict[str, Samples]:
    """The stems with a move rendered."""
    keys = {name: MemorySource(samples, rate) for name, samples in stems.items()}
    out = dict(stems)
    for name in move.targets:
        steps = tuple(move.steps)
        out[name] = read_all(ProcessedSource(keys[name], steps, keys))  # type: ignore[arg-type]
    return out


def audible(stems: Mapping[str, Samples], rate: int, finding: Finding) -> float:
    """Loudness of the hidden stem in the finding's band and span, among the others."""
    given = tracks(stems, rate)
    there = scene(given, [ear_bands(t.source) for t in given])
    low, high = finding.band_hz or (0.0, 20000.0)
    inside = (low * 0.95 < CENTRES_HZ) & (high * 1.05 > CENTRES_HZ)
    index = there.names.index(finding.stems[0])
    span = slice(round(finding.start_s * 10), round(finding.end_s * 10))
    return float(heard(there.power).among[index][span][:, inside].sum())


def largest_change_db(
    before: Mapping[str, Samples], then: Mapping[str, Samples], rate: int, finding: Finding
) -> float:
    """Largest third-octave change of the sum without the hidden stem, outside the clash's band."""
    low, high = finding.band_hz or (0.0, 20000.0)
    outside = (low / _SKIRT > _THIRDS_HZ) | (high * _SKIRT < _THIRDS_HZ)
    rest = [
        np.sum([stereo(s) for n, s in stems.items() if n != finding.stems[0]], axis=0)
        for stems in (before, then)
    ]
    change = np.abs(_thirds_db(rest[1], rate) - _thirds_db(rest[0], rate))
    return float(np.max(change[outside], initial=0.0))


def _thirds_db(samples: Samples, rate: int) -> Samples:
    power = (np.abs(np.fft.rfft(samples, axis=0)) ** 2).sum(axis=1)
    hz = np.fft.rfftfreq(len(samples), 1.0 / rate)
    edges = np.searchsorted(hz, [_THIRDS_HZ * 2 ** (-1 / 6), _THIRDS_HZ * 2 ** (1 / 6)])
    levels = [power[a:b].sum() + 1e-9 for a, b in edges.T]
    return np.asarray(10.0 * np.log10(levels))


def spoiled(session: Session, number: int, rng: np.random.Generator) -> Scene | None:
    """A scene with one clash; every third is a lead that is 10 dB too soft, if there is one."""
    scene_ = Scene(session, dict(session.stems))
    leads = [n for n in session.stems if read_name(n).role == "vocals"]
    if number % 3 == 2 and leads:
        scene_.spoil(leads[0], 0.3 * session.stems[leads[0]], "clash", -10.5, stems=(leads[0], ""))
        return scene_
    able = [n for n in session.stems if can_carry(scene_, n, "clash")]
    if able:
        PLANS["clash"](scene_, str(rng.choice(able)), rng)
        if number % 2 and scene_.planted:
            _for_a_while(scene_, rng)
    return scene_ if scene_.planted else None


def _for_a_while(scene_: Scene, rng: np.random.Generator) -> None:
    """Keep what was planted for 6 to 12 seconds only, somewhere in the middle."""
    fault, clean = scene_.planted[0], scene_.session.stems[scene_.planted[0].stems[1]]
    rate, seconds = scene_.session.rate, len(clean) / scene_.session.rate
    length = float(rng.uniform(6.0, 12.0))
    start = float(rng.uniform(2.0, seconds - length - 2.0))
    inside = slice(round(start * rate), round((start + length) * rate))
    samples = clean.copy()
    samples[inside] = scene_.stems[fault.stems[1]][inside]
    scene_.stems[fault.stems[1]] = samples
    scene_.planted[0] = replace(fault, start_s=start, end_s=start + length)


def listened(session: Session, stems: Mapping[str, Samples], with_mix: bool) -> Outcome:
    """What the tool says of stems, beside the clean sum or alone."""
    mix = Track("mix", MemorySource(session.mix, session.rate)) if with_mix else None
    material = Material(session.rate, stems=tuple(tracks(stems, session.rate)), mix=mix)
    return TOOL.run(Job(), material, TOOL.settings())


def count(session: Session, scene_: Scene, with_mix: bool, into: Counts) -> None:
    """Hear a scene and add it up."""
    outcome = listened(session, scene_.stems, with_mix)
    rate, (hidden, hider) = session.rate, scene_.planted[0].stems
    all_said = [f for f in outcome.findings if f.kind == "clash"]
    all_right = [f for f in all_said if f.stems[1] == hider or (not hider and f.stems[0] == hidden)]
    said, right = ([f for f in fs if f.severity != "could"] for fs in (all_said, all_right))
    named = [f for f in right if f.stems[0] == hidden]
    into.remarked += bool(all_right)
    into.said += len(all_said)
    into.said_right += len(all_right)
    into.planted += 1
    into.pair += bool(named)
    into.hider += bool(right)
    into.findings += len(said)
    into.explained += len(right)
    fault = scene_.planted[0]
    for finding in right[:1] if fault.start_s > 0.0 else []:
        into.edges_s += [abs(finding.start_s - fault.start_s), abs(finding.end_s - fault.end_s)]
    for finding in (named or right)[:1]:
        move = next((m for m in outcome.moves if finding.id in m.because), None)
        if move is None:
            continue
        then = after(scene_.stems, rate, move)
        gain = audibility_db(audible(then, rate, finding), audible(scene_.stems, rate, finding))
        into.gains_db.append(gain)
        into.changes_db.append(largest_change_db(scene_.stems, then, rate, finding))


@click.command()
@click.option("--half", type=click.Choice(list(HALVES)), default="report")
@click.option("--rounds", default=3, help="Scenes a song, with and without a mix each.")
def main(half: str, rounds: int) -> None:
    """Print the table."""
    counts = {True: Counts(), False: Counts()}
    untouched: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for place, name in enumerate(HALVES[half]):
        session = load(name)
        rng = np.random.default_rng([place, 7])
        for with_mix, severities in untouched.items():
            found = listened(session, session.stems, with_mix).findings
            severities.update(f.severity.value for f in found)
        for number in range(rounds):
            scene_ = spoiled(session, number, rng)
            if scene_ is None:
                continue
            for with_mix in (True, False):
                count(session, scene_, with_mix, counts[with_mix])
    for with_mix, c in counts.items():
        enough = [g >= ENOUGH_DB for g in c.gains_db]
        kept = [x <= MOST_CHANGE_DB for x in c.changes_db]
        print(
            f"{half} half, {'with' if with_mix else 'without'} a mix: {c.planted} planted, "
            f"pair named {c.pair}, hider named {c.hider}, findings {c.findings} of which caused "
            f"by the planted stem {c.explained}; ends of short clashes off by "
            f"{np.median(c.edges_s or [0]):.1f} s (median of {len(c.edges_s)}); "
            f"moves rendered {len(enough)}, +3 dB or more {sum(enough)}, "
            f"rest within 0.5 dB {sum(kept)}, median gain {np.median(c.gains_db or [0]):.1f} dB; "
            f"with remarks: hider named {c.remarked}, said {c.said} of which caused by the "
            f"planted stem {c.said_right}; {len(HALVES[half])} songs untouched: "
            f"{untouched[with_mix]['must']} musts, {untouched[with_mix]['should']} shoulds, "
            f"{untouched[with_mix]['could']} remarks"
        )


if __name__ == "__main__":
    main()
