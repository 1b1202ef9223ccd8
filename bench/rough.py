"""Rough mixes: how far the makers' own levels are restored when every gain is thrown away.

    python -m bench.rough
    python -m bench.rough --seconds 10 --song evr_lithium

Every stem of a multitrack gets a random gain within 12 dB. The natural mix, equal loudness (by
BS.1770) and equal RMS each set gains again; a stem's error is how far its gain then lies from the
mean of all stems', for the makers' own balance is equal gains. The natural mix is made twice: with
the shipped table of role levels, which was set knowing some of these songs, and with a table
fitted to the other songs only (leave one song out; a role nobody else has gets the mean). Printed
too: the true peak of each of the three mixes as rendered with all of its moves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from unittest.mock import patch

import click
import numpy as np

from bench.balance import cut
from bench.sessions import HALVES, Session, load
from studiohand.compose.faults import louder
from studiohand.core.audio import Material, MemorySource, Role, Track
from studiohand.core.job import Job
from studiohand.core.outcome import Move, Outcome
from studiohand.dsp.effects.chain import SummedSource
from studiohand.dsp.effects.simple import Gain
from studiohand.dsp.hearing.earbands import ear_bands
from studiohand.dsp.meters.loudness import LoudnessMeter
from studiohand.dsp.meters.peak import PeakMeter
from studiohand.mir.mix.audibility import scene
from studiohand.mir.mix.instruments import instruments
from studiohand.mir.roles.by_name import role_from_name
from studiohand.mir.roles.rolelevels import USUAL, Usual
from studiohand.run.songs.rendering import mix_effects, processed_stems
from studiohand.tools.rough import MIX, TOOL

SONGS = tuple(name for half in HALVES.values() for name in half if name != "demo")
RANDOM_DB = 12.0
_SHRINK = 2.0
"""Songs' worth of faith in "as loud as the others" before a role has been seen."""


def tracks(session: Session, gains_db: Sequence[float] | None = None) -> tuple[Track, ...]:
    """Stems at random gains."""
    gains = gains_db if gains_db is not None else [0.0] * len(session.stems)
    return tuple(
        Track(name, MemorySource(louder(x, db), session.rate), role_from_name(name))
        for (name, x), db in zip(session.stems.items(), gains, strict=True)
    )


def role_levels(session: Session) -> dict[Role, list[float]]:
    """What the makers did: level of each instrument against the mean of the song's."""
    stems = tracks(session)
    parts = instruments(scene(stems, Job().analyse(ear_bands, stems, "")))
    mean = np.mean([part.level_db for part in parts])
    out: dict[Role, list[float]] = {}
    for part in parts:
        out.setdefault(part.role, []).append(part.level_db - float(mean))
    return out


def fitted(known: Sequence[Mapping[Role, list[float]]]) -> dict[Role, Usual]:
    """A table of role levels from some songs."""
    table = {}
    for role in USUAL:
        seen = [db for song in known for db in song.get(role, [])]
        table[role] = Usual(sum(seen) / (len(seen) + _SHRINK), 4.0)
    return table


def gains_of(moves: Sequence[Move], names: Sequence[str]) -> list[float]:
    """All gain of the moves on each stem."""
    return [
        sum(s.db for m in moves if name in m.targets for s in m.steps if isinstance(s, Gain))
        for name in names
    ]


def error_db(gains: Sequence[float]) -> float:
    """Mean distance from equal gains."""
    away = np.asarray(gains) - np.mean(gains)
    return float(np.abs(away).mean())


def _lufs(track: Track) -> float:
    meter = LoudnessMeter(track.source.rate, track.source.channels)
    for block in track.source.blocks():
        meter.update(block)
    return meter.integrated_lufs() or -70.0


def _rms_db(track: Track) -> float:
    power = [np.mean(np.square(block)) for block in track.source.blocks()]
    return float(10.0 * np.log10(np.mean(power) + 1e-12))


def _peak_dbtp(stems: Sequence[Track], moves: Sequence[Move]) -> float:
    """True peak of the mix through the moves, as the runner renders it."""
    through = processed_stems(stems, moves)
    total = SummedSource(tuple(t.source for t in through), stems[0].source.rate)
    meter = PeakMeter(total.rate, total.channels)
    bus = [effect.start(total.rate, total.channels) for effect in mix_effects(moves)]
    for block in total.blocks():
        for processor in bus:
            block = processor.process(block)
        meter.update(block)
    return meter.true_peak_dbtp() or -200.0


def heard(stems: tuple[Track, ...], table: Mapping[Role, Usual] | None = None) -> Outcome:
    """The tool's three mixes, with the shipped table or another."""
    with patch.dict(USUAL, table or {}):
        return TOOL.run(Job(), Material(stems[0].source.rate, stems=stems), TOOL.settings())


def natural(outcome: Outcome) -> list[Move]:
    return [m for m in outcome.moves if m.choice == "natural" and m.targets != (MIX,)]


def song_row(name: str, seconds: float, known: Sequence[Mapping[Role, list[float]]]) -> list[float]:
    """Errors of natural, natural left out, equal loudness and equal RMS; prints the peaks."""
    session = cut(load(name), seconds)
    rng = np.random.default_rng(SONGS.index(name))
    random = rng.uniform(-RANDOM_DB, RANDOM_DB, len(session.stems))
    stems = tracks(session, random)
    names = [t.name for t in stems]
    shipped = heard(stems)
    ways = [
        gains_of(natural(shipped), names),
        gains_of(natural(heard(stems, fitted(known))), names),
        [-_lufs(t) for t in stems],
        [-_rms_db(t) for t in stems],
    ]
    row = [error_db(random + np.asarray(gains)) for gains in ways]
    peaks = [
        _peak_dbtp(stems, [m for m in shipped.moves if m.choice == character["name"]])
        for character in shipped.facts["characters"]
    ]
    print(f"{name:20}" + "".join(f"{error:12.2f}" for error in row)
          + "   " + " / ".join(f"{peak:.2f}" for peak in peaks))  # fmt: skip
    return row


@click.command(help=__doc__)
@click.option("--seconds", default=20.0, help="How much of each song.")
@click.option("--song", "songs", multiple=True, help="Only these songs.")
def main(seconds: float, songs: tuple[str, ...]) -> None:
    made = {name: role_levels(cut(load(name), seconds)) for name in SONGS}
    print(f"{'mean error, dB':20}{'natural':>12}{'left out':>12}{'loudness':>12}{'RMS':>12}"
          "   true peaks of the three mixes, dBTP")  # fmt: skip
    rows = [
        song_row(name, seconds, [levels for other, levels in made.items() if other != name])
        for name in songs or SONGS
    ]
    print(f"{'all songs':20}" + "".join(f"{e:12.2f}" for e in np.mean(rows, axis=0)))


if __name__ == "__main__":
    main()
