"""Clicks one by one: how many of those planted are found, and how many that nobody planted.

    python -m bench.clicks                  both halves, every stem of every song
    python -m bench.clicks --half report    only the songs nothing was tuned on
    python -m bench.clicks --details        each click that was missed or invented

Ticks of 1 to 8 samples, at the sizes that `bench/plans.py` draws, go into single stems; each is
found when a click is told within `NEAR_S` of it. The same stem without them gives the false alarms.
Ticks nobody can hear are planted and found like all others; they are also counted apart, by
Zwicker's criterion for just noticeable changes: they raise the level in no critical band by 1 dB
(E. Zwicker, H. Fastl, "Psychoacoustics", section 7.5), taken over 10 ms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt
import soundfile

from bench.plans import rms_dbfs
from bench.sessions import CORPUS, HALVES, load
from studiohand.compose import faults
from studiohand.compose.faults import Samples
from studiohand.core.units import hz_to_erb_number
from studiohand.dsp.damage.clicks import ClickMeter

NEAR_S = 0.001
QUIETEST_DBFS = -50.0  # as in the planted-fault bench: stems below are left alone
RAISED_DB = 1.0
WINDOW_S = 0.01
GAPS_S = 1.2  # one tick in so many seconds, on average
TRAINING = CORPUS.parent / "training"

SINGLE = {
    "tuning": {
        "dry": ("dry/guit_em9.flac", "dry/loop_compus.flac", "dry/piano_leaving_millie.mp3",
                "dry/voice_evr_sodium_lead.flac", "groove/funk_117bpm_4-4_drummer1_render.flac",
                "chords/chorale_bwv153_1_piano.flac"),
        "lithium (whole)": ("evr_lithium",), "sodium (whole)": ("evr_sodium",),
    },
    "report": {
        "dry": ("dry/loop_tabla.flac", "dry/trumpet_loop_f_90bpm.ogg",
                "dry/speech_librispeech_5703.ogg", "dry/voice_vocadito_10.flac",
                "groove/hiphop_groove6_87bpm_4-4_drummer1_render.flac",
                "chords/chorale_bwv269_piano.flac"),
        "rubidium (whole)": ("evr_rubidium",),
    },
}  # fmt: skip
"""Recordings beside the multitracks; whole songs are stems of `training`, where it is there."""


@dataclass(slots=True)
class Tally:
    """Counts over the stems of one song."""

    planted: int = 0
    found: int = 0
    hidden: int = 0
    hidden_found: int = 0
    invented: int = 0
    untouched: int = 0
    minutes: float = 0.0
    told: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.planted += other.planted
        self.found += other.found
        self.hidden += other.hidden
        self.hidden_found += other.hidden_found
        self.invented += other.invented
        self.untouched += other.untouched
        self.minutes += other.minutes
        self.told += other.told


def recordings(half: str, songs: tuple[str, ...]) -> Iterator[tuple[str, str, int, Samples]]:
    """Song, stem, rate and samples of everything a half holds."""
    for song in HALVES[half]:
        if not songs or song in songs:
            session = load(song)
            for name, samples in session.stems.items():
                yield song, name, session.rate, samples
    for group, names in SINGLE[half].items():
        if not songs or group in songs:
            for name in names:
                for path in _files(name):
                    samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
                    yield group, path.stem, rate, samples


def _files(name: str) -> list[Path]:
    return [CORPUS / name] if "/" in name else sorted(TRAINING.glob(f"{name}_*.opus"))


def found_in(samples: Samples) -> npt.NDArray[np.int64]:
    """Frames of the clicks that are told of some samples."""
    meter = ClickMeter(samples.shape[1])
    for at in range(0, len(samples), 1 << 16):
        meter.update(samples[at : at + (1 << 16)])
    return np.array([found.frame for found in meter.clicks()], int)


def try_one(name: str, rate: int, clean: Samples, rng: np.random.Generator) -> Tally:
    """Ticks planted in one recording, and what is found of them."""
    seconds = len(clean) / rate
    times = faults.places(int(seconds / GAPS_S), seconds - 1.0, rng)
    tally, spoiled = Tally(minutes=seconds / 60.0), clean
    for some in np.array_split(np.array(times), max(len(times) // 8, 1)):
        spoiled = faults.with_clicks(spoiled, rate, some, rng, float(rng.uniform(0.15, 0.6)))
    said, near = found_in(spoiled), round(NEAR_S * rate)
    explained = np.zeros(len(said), bool)
    for time in times:
        hits = np.abs(said - int(time * rate)) <= near
        explained |= hits
        hidden = raised_db(clean, spoiled, rate, int(time * rate)) < RAISED_DB
        tally.planted += 1
        tally.found += int(hits.any())
        tally.hidden += int(hidden)
        tally.hidden_found += int(hidden and hits.any())
        if not hits.any():
            tally.told.append(f"missed{' (not heard)' * hidden} {name} {time:.4f} s")
    tally.invented = int((~explained).sum())
    tally.told += [f"invented {name} {frame / rate:.4f} s" for frame in said[~explained]]
    tally.untouched = len(found_in(clean))
    return tally


def raised_db(clean: Samples, spoiled: Samples, rate: int, frame: int) -> float:
    """By how much the tick at a frame raises the level of the critical band it raises most."""
    start = max(frame - round(WINDOW_S * rate / 2), 0)
    span = slice(start, start + round(WINDOW_S * rate))
    before, after = _bands(clean[span], rate), _bands(spoiled[span], rate)
    return float(10.0 * np.log10(np.max(after / before)))


def _bands(samples: Samples, rate: int) -> npt.NDArray[np.float64]:
    """Energy in bands of one Cam, the louder channel of each, over the quiet of -100 dBFS."""
    size = len(samples)
    power = np.abs(np.fft.rfft(samples * np.hanning(size)[:, None], axis=0)) ** 2 / size
    cams = [hz_to_erb_number(hz) for hz in np.fft.rfftfreq(size, 1.0 / rate)]
    number = np.minimum(np.array(cams), hz_to_erb_number(min(16000.0, rate / 2))).astype(int)
    sums = [np.bincount(number, power[:, channel]) for channel in range(power.shape[1])]
    return np.asarray(np.maximum.reduce(sums) + 1e-10)


def report(half: str, tallies: dict[str, Tally], detailed: bool) -> None:
    """Print the table of one half."""
    print(f"\n{half} half\n{'song':20} {'planted':>8} {'found':>7} {'of those heard':>15} "
          f"{'false a minute':>15} {'untouched':>10}")  # fmt: skip
    whole = Tally()
    for tally in tallies.values():
        whole.add(tally)
    for song, tally in [*tallies.items(), ("all", whole)]:
        heard = tally.planted - tally.hidden
        print(f"{song:20} {tally.planted:8} {_share(tally.found, tally.planted)} "
              f"{_share(tally.found - tally.hidden_found, heard):>15} "
              f"{tally.invented / tally.minutes:15.2f} "
              f"{tally.untouched / tally.minutes:10.2f}")  # fmt: skip
    if detailed:
        print("\n".join(whole.told))


def _share(found: int, planted: int) -> str:
    return f"{found / planted:7.1%}" if planted else "      –"


@click.command(help=__doc__)
@click.option("--half", "halves", multiple=True, type=click.Choice(list(HALVES)))
@click.option("--song", "songs", multiple=True, help="Only these songs or groups.")
@click.option("--details", "detailed", is_flag=True, help="List misses and inventions.")
def main(halves: tuple[str, ...], songs: tuple[str, ...], detailed: bool) -> None:
    for half in halves or tuple(HALVES):
        tallies: dict[str, Tally] = defaultdict(Tally)
        for number, (song, name, rate, samples) in enumerate(recordings(half, songs)):
            if rms_dbfs(samples) >= QUIETEST_DBFS:
                rng = np.random.default_rng([number, len(half)])
                tallies[song].add(try_one(f"{song} {name}", rate, samples, rng))
        report(half, tallies, detailed)


if __name__ == "__main__":
    main()
