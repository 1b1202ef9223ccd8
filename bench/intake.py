"""The intake on real music: stems moved and inverted against every kind of rough mix, and roles.

    python -m bench.intake             everything, about three minutes
    python -m bench.intake --roles     only the roles by sound, stem by stem
    python -m bench.intake --rounds 4  more plants in each song

Reads the multitracks and dry sounds of ../shared/corpus. Each song is reported by itself: the
weights of the evidence are written by hand, so nothing is fitted to any song, but they were
chosen while looking at sounds of this kind. The network whose shares join it has learned from
Lithium and Sodium; figures without them are printed too.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import soundfile

from bench import plant
from studiohand.core.audio import Material, MemorySource, Track
from studiohand.core.job import Job
from studiohand.core.outcome import Severity
from studiohand.io.audiofile import open_audio
from studiohand.mir.roles.by_name import read_name
from studiohand.mir.roles.by_sound import FAMILY_OF_ROLE, Family, read_sound
from studiohand.mir.timing.stem_profile import profile_of, stem_profile
from studiohand.models.families import family_shares
from studiohand.tools.timing import TimingSettings, timing

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus"
KINDS = ("sum", "levels", "processed", "mastered", "mp3")
SHIFTS = (37, -37, 100, -500, 1500, -4000, 9000, -20000, 20000)
DRY = {
    "voice": Family.VOCALS, "speech": Family.VOCALS, "loop": Family.DRUMS,
    "piano": Family.INSTRUMENT, "trumpet": Family.INSTRUMENT, "guit": Family.INSTRUMENT,
}  # fmt: skip
"""Families of the dry sounds by the first word of their file names."""
LEARNT = ("lithium", "sodium")
WHOLE_BAND = "backing"
"""The two metal songs' second stem is the rest of the band and has no family."""

Stems = dict[str, np.ndarray[tuple[int, int], np.dtype[np.float64]]]


def songs() -> Iterator[tuple[str, Stems, int]]:
    """Name, stems and rate of each multitrack."""
    for folder in sorted((CORPUS / "multitrack").iterdir()):
        stems: Stems = {}
        rate = 0
        for path in sorted(folder.glob("*.flac")):
            if path.stem != "mix":
                stems[path.stem], rate = soundfile.read(path, always_2d=True)
        yield folder.name, stems, rate


def heard(stems: Stems, mix: Track, rate: int) -> dict[str, tuple[float, bool, Severity]]:
    """Lateness, inversion and severity that the timing tool tells, by stem."""
    tracks = tuple(Track(name, MemorySource(x, rate)) for name, x in stems.items())
    found: dict[str, tuple[float, bool, Severity]] = {}
    for finding in timing.run(
        Job(), Material(rate, stems=tracks, mix=mix), TimingSettings()
    ).findings:
        late, inverted, _ = found.get(finding.stems[0], (0.0, False, finding.severity))
        late = float(finding.value or 0.0) if finding.kind == "late" else late
        found[finding.stems[0]] = (late, inverted or finding.kind == "polarity", finding.severity)
    return found


def against_mixes(rounds: int) -> None:
    """Plant shifts and inversions in one or two stems of each song, mixed in five ways."""
    rng = np.random.default_rng(5)
    print(f"{'song':20} {'mix':10} {'planted':>8} {'to 1 frame':>11} {'missed':>7} {'wrong':>6} "
          f"{'clean must':>11} {'clean all':>10}")  # fmt: skip
    for name, stems, rate in songs():
        for kind in KINDS:
            mix = Track("mix", MemorySource(plant.mixed(stems, rate, rng, kind), rate))
            clean = heard(stems, mix, rate)
            planted = right = missed = wrong = 0
            for number in range(rounds):
                chosen = rng.choice(list(stems), min(1 + number % 2, len(stems) - 1), False)
                spoiled, truth = dict(stems), {}
                for stem in map(str, chosen):
                    frames, sign = int(rng.choice(SHIFTS)), int(rng.choice([-1, 1]))
                    spoiled[stem] = sign * plant.late(stems[stem], frames)
                    truth[stem] = (frames, sign < 0)
                found = heard(spoiled, mix, rate)
                for stem in stems:
                    late, inverted = truth.get(stem, (0, False))
                    told = found.get(stem, (0.0, False, Severity.COULD))
                    exact = abs(told[0] - late) <= 1 and told[1] == inverted
                    planted += stem in truth
                    right += stem in truth and exact
                    missed += stem in truth and stem not in found
                    wrong += stem in found and not exact
            musts = sum(told[2] is Severity.MUST for told in clean.values())
            print(f"{name:20} {kind:10} {planted:8} {right:11} {missed:7} {wrong:6} {musts:11} "
                  f"{len(clean):10}")  # fmt: skip


def roles() -> None:
    """Families by sound alone, song by song."""
    right = total = unheard = right_unheard = 0
    print(f"{'song':22} {'stem':26} {'is':11} {'sounds like':12} {'confidence':>10}")
    for song, path, truth in _stems_with_family():
        source = open_audio(path)
        shares = family_shares(source)["shares"].tolist()
        reading = read_sound(profile_of(stem_profile(source)), shares)
        if reading is None:
            continue
        total += 1
        right += reading.family is truth
        new = not any(known in str(path) for known in LEARNT)
        unheard, right_unheard = unheard + new, right_unheard + (new and reading.family is truth)
        mark = "" if reading.family is truth else "   wrong"
        print(f"{song:22} {path.stem[:26]:26} {truth.value:11} {reading.family.value:12} "
              f"{reading.confidence:10.2f}{mark}")  # fmt: skip
    print(f"roles by sound alone: {right} of {total} ({right / max(total, 1):.0%}); "
          f"{right_unheard} of {unheard} in music the network has not learned from")  # fmt: skip


def _stems_with_family() -> Iterator[tuple[str, Path, Family]]:
    for path in sorted((CORPUS / "multitrack").glob("*/*.flac")):
        if path.stem in ("mix", WHOLE_BAND):
            continue
        role = read_name(path.stem).role
        yield path.parent.name, path, FAMILY_OF_ROLE.get(role, Family.INSTRUMENT)
    for path in sorted((CORPUS / "dry").iterdir()):
        yield "dry", path, DRY[path.stem.split("_")[0]]
    for path in sorted((CORPUS / "groove").glob("*.flac")):
        yield "groove", path, Family.DRUMS
    for path in sorted((CORPUS / "chords").glob("*.flac")):
        yield "chords", path, Family.INSTRUMENT


def speed() -> None:
    """Cost of the profile of one stem, against the stem's length."""
    rng = np.random.default_rng(1)
    source = MemorySource(0.1 * rng.standard_normal((120 * 48000, 2)), 48000)
    stem_profile(source)
    start = time.process_time()
    stem_profile(source)
    took = time.process_time() - start
    print(f"profile of a stereo stem: {120 / took:.0f} times real time on one core")


@click.command(help=__doc__)
@click.option("--rounds", default=2, help="How often stems are spoiled in each song and mix.")
@click.option("--roles", "only_roles", is_flag=True, help="Only the roles by sound.")
def main(rounds: int, only_roles: bool) -> None:
    roles()
    if not only_roles:
        speed()
        against_mixes(rounds)


if __name__ == "__main__":
    main()
