"""From the measurements of `mir.recording.faults` to findings a producer can hear and judge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import VOICES, Role, Track
from studiohand.core.effect import JsonValue, Step
from studiohand.core.job import Arrays
from studiohand.core.outcome import Finding, Move, Severity
from studiohand.core.units import gain_to_db, power_to_db
from studiohand.dsp.cleaning.declick import Declick
from studiohand.dsp.cleaning.declip import Declip
from studiohand.dsp.cleaning.deess import Deess
from studiohand.dsp.cleaning.dehum import Dehum
from studiohand.dsp.cleaning.denoise import MOST_DB, Denoise
from studiohand.dsp.cleaning.deplosive import Deplosive
from studiohand.dsp.cleaning.dereverb import Dereverb
from studiohand.dsp.damage.clicks import SURE
from studiohand.dsp.effects.centre import Centre

Floats = npt.NDArray[np.float64]

HUM_LIMIT_DBFS = -70.0
HUM_BELOW_MUSIC_DB = 60.0
NOISE_LIMIT_DBFS = -70.0
NOISE_SHOULD_DBFS, NOISE_SHOULD_BELOW_DB = -60.0, 45.0
NOISE_BELOW_MUSIC_DB = 62.0
SURE_CLICKS, MANY_CLICKS, CLICKS_PER_MINUTE = 4, 6, 6.0
CERTAIN = 10.0  # times `SURE`: one is enough; on clean records single ones reach 7
CLIPPED_RUNS = 3
CLIPPED_SHARE = 0.5  # more of its sounding time at the ceiling is a square wave, no accident
HEADROOM_DB = 6.0  # above the clipping level, for what is restored
DC_LIMIT = 0.002  # -54 dBFS
DC_SURE = 5.0  # times its uncertainty
ROOM_LIMIT_S = 0.6
SIBILANCE_LIMIT_DB, SIBILANCE_HEARD_DBFS = -5.0, -60.0
PLOSIVE_HEARD_DBFS = -60.0
_SHORT_SOUNDS = (
    *VOICES, Role.DRUMS, Role.KICK, Role.SNARE, Role.HATS, Role.PERCUSSION,
)  # fmt: skip
"""Notes of other instruments ring like a room by themselves: taking a room away harms them."""
_PLACES = 100  # named in the evidence
_AROUND_S = 0.5


@dataclass(frozen=True, slots=True)
class Fault:
    """A finding and the step that mends it, where there is one."""

    finding: Finding
    step: Step | None = None
    mend: str = ""
    """What the step does, one sentence."""

    def move(self, target: str) -> Move | None:
        """The move on a target, or None where nothing can be done."""
        if self.step is None:
            return None
        return Move(self.finding.tool, (self.finding.id,), (target,), (self.step,), self.mend)


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the findings of one track share."""

    tool: str
    track: Track
    measured: Arrays
    asked: frozenset[str] = frozenset()
    from_s: float = 0.0

    @property
    def voice(self) -> bool:
        return self.track.role in VOICES

    def numbers(self, name: str) -> Floats:
        return np.asarray(self.measured[name], float)

    @property
    def seconds(self) -> float:
        return float(self.numbers("seconds")[0])

    @property
    def sounding_s(self) -> float:
        return float(self.numbers("seconds")[1])

    @property
    def loud_dbfs(self) -> float:
        loud = self.numbers("loud_dbfs")
        return float(loud[0]) if loud.size else -200.0

    def finding(
        self, kind: str, text: str, value: float, unit: str, limit: float | None,
        severity: Severity, span_s: tuple[float, float] | None = None, confidence: float = 1.0,
        band_hz: tuple[float, float] | None = None, **evidence: JsonValue,
    ) -> Finding:  # fmt: skip
        first_s, last_s = self.from_s, self.from_s + self.seconds
        start_s, end_s = span_s or (first_s, last_s)
        return Finding(
            tool=self.tool, kind=kind, stems=(self.track.name,), text=text, value=value,
            unit=unit, limit=limit, start_s=max(start_s, first_s), end_s=min(end_s, last_s),
            band_hz=band_hz, severity=severity, confidence=confidence,
            evidence={"solo": [self.track.name], **evidence},
        )  # fmt: skip


def faults_of(
    tool: str, track: Track, measured: Arrays, asked: frozenset[str] = frozenset(),
    from_s: float = 0.0,
) -> list[Fault]:  # fmt: skip
    """Everything that is wrong with one recording, as `analyse_faults` measured it.

    Parameters
    ----------
    asked : frozenset of str
        Kinds the producer asked for by name: ``room``, ``sibilance`` and ``plosives`` are then
        looked for in anything, not only in what is known to be a voice.
    from_s : float
        Where the track begins, in seconds of the file it is a part of.
    """
    heard = _Heard(tool, track, measured, asked, from_s)
    return [fault for make in _MAKERS for fault in make(heard)]


def noise_step(hz: Floats, db: Floats) -> Denoise:
    """The step for a noise profile."""
    return Denoise(
        tuple(round(float(f), 1) for f in hz), tuple(round(float(level), 1) for level in db)
    )


def _hum(heard: _Heard) -> Iterator[Fault]:
    if not heard.numbers("hum").size:
        return
    mains_hz, level_dbfs, drift_hz, confidence = map(float, heard.numbers("hum"))
    if level_dbfs < HUM_LIMIT_DBFS or heard.loud_dbfs - level_dbfs > HUM_BELOW_MUSIC_DB:
        return
    levels = heard.numbers("hum_harmonics_dbfs")
    present = [int(i) + 1 for i in np.flatnonzero(levels > -199.0)]
    text = (
        f"“{heard.track.name}” hums at {mains_hz:.2f} Hz, {level_dbfs:.0f} dBFS, with harmonics "
        f"{', '.join(map(str, present))}; the mains drift over {drift_hz:.2f} Hz."
    )
    yield Fault(
        heard.finding(
            "hum", text, round(mains_hz, 3), "Hz", None, Severity.SHOULD, confidence=confidence,
            band_hz=(mains_hz * present[0] - 2.0, mains_hz * present[-1] + 2.0),
            level_dbfs=round(level_dbfs, 1), drift_hz=round(drift_hz, 3), harmonics=present,
            harmonics_dbfs=[round(float(levels[h - 1]), 1) for h in present],
        ),
        Dehum(round(mains_hz, 3)),
        f"Subtract the hum of {mains_hz:.2f} Hz with its harmonics; it is tracked as it drifts.",
    )  # fmt: skip


def _noise(heard: _Heard) -> Iterator[Fault]:
    if not heard.numbers("noise").size:
        return
    level_dbfs, below_db, start_s, end_s, alone, confidence = map(float, heard.numbers("noise"))
    start_s, end_s = start_s + heard.from_s, end_s + heard.from_s
    if level_dbfs < NOISE_LIMIT_DBFS or below_db > NOISE_BELOW_MUSIC_DB:
        return
    loud = level_dbfs > NOISE_SHOULD_DBFS or below_db < NOISE_SHOULD_BELOW_DB
    where = f"heard alone from {start_s:.1f} s" if alone else "under the music all along"
    yield Fault(
        heard.finding(
            "noise",
            f"“{heard.track.name}” has a steady noise floor of {level_dbfs:.0f} dBFS, "
            f"{below_db:.0f} dB under the music; {where}.",
            round(level_dbfs, 1), "dBFS", NOISE_LIMIT_DBFS,
            Severity.SHOULD if loud else Severity.COULD, (start_s, end_s), confidence,
            below_music_db=round(below_db, 1), heard_alone=bool(alone), loop_s=[start_s, end_s],
        ),
        noise_step(heard.numbers("noise_hz"), heard.numbers("noise_db")),
        f"Take the steady noise down by up to {MOST_DB:.0f} dB, by its own profile.",
    )  # fmt: skip


def _clicks(heard: _Heard) -> Iterator[Fault]:
    clicks = heard.numbers("clicks")
    minutes = heard.seconds / 60.0
    sure = int((clicks[:, 2] > SURE).sum())
    many = len(clicks) >= MANY_CLICKS and len(clicks) / minutes > CLICKS_PER_MINUTE
    certain = bool((clicks[:, 2] > CERTAIN * SURE).any())
    if sure < SURE_CLICKS and not many and not certain:
        return
    times_s = clicks[:, 0] / heard.track.source.rate + heard.from_s
    loudest = float(times_s[np.argmax(clicks[:, 1])])
    per_minute = len(clicks) / minutes
    single = len(clicks) == 1
    how_many = (
        f"a click at {loudest:.2f} s"
        if single
        else (
            f"{len(clicks)} clicks ({per_minute:.0f} a minute); the loudest is at {loudest:.2f} s"
        )
    )
    yield Fault(
        heard.finding(
            "clicks",
            f"“{heard.track.name}” has {how_many}.",
            float(len(clicks)), "clicks", 0.0, Severity.SHOULD,
            (float(times_s[0]) - 0.05, float(times_s[-1]) + 0.05),
            confidence=min(0.95, 0.5 + 0.05 * len(clicks)),
            at_s=[round(float(t), 4) for t in times_s[:_PLACES]],
            per_minute=round(per_minute, 2),
            loop_s=[loudest - _AROUND_S, loudest + _AROUND_S],
        ),
        Declick(),
        f"Fill {'it' if single else f'the {len(clicks)} clicks'} by what is around; "
        "nothing else changes.",
    )  # fmt: skip


def _clipped(heard: _Heard) -> Iterator[Fault]:
    runs, count = heard.numbers("clipped"), int(heard.numbers("clipped_count")[0])
    rate = heard.track.source.rate
    known = count / max(len(runs), 1)  # the first few thousand stand for all
    covered_s = known * float(runs[:, 1].sum()) / rate / heard.track.source.channels
    if count < CLIPPED_RUNS or covered_s > CLIPPED_SHARE * heard.sounding_s:
        return
    level_dbfs = gain_to_db(float(np.abs(runs[:, 3]).max()))
    longest = runs[np.argmax(runs[:, 1])]
    times_s = runs[:, 0] / rate + heard.from_s
    at_s = float(longest[0]) / rate + heard.from_s
    yield Fault(
        heard.finding(
            "clipped",
            f"“{heard.track.name}” is clipped at {level_dbfs:.1f} dBFS: {count} flat tops, the "
            f"longest of {int(longest[1])} samples at {at_s:.2f} s.",
            float(count), "runs", 0.0, Severity.SHOULD,
            (float(times_s[0]), float(times_s[-1] + runs[-1, 1] / rate)),
            confidence=min(0.99, 0.6 + 0.02 * count),
            level_dbfs=round(level_dbfs, 2), longest_frames=int(longest[1]),
            at_s=[round(float(t), 4) for t in times_s[:_PLACES]],
            loop_s=[at_s - _AROUND_S, at_s + _AROUND_S],
        ),
        Declip(_ceilings(runs, heard.track.source.channels), round(level_dbfs + HEADROOM_DB, 1)),
        f"Restore the {count} flat tops, none higher than {level_dbfs + HEADROOM_DB:+.1f} dBFS.",
    )  # fmt: skip


def _ceilings(runs: Floats, channels: int) -> tuple[float, ...]:
    """Clipping level of each channel; 0 where it is not clipped."""
    return tuple(
        round(float(np.median(np.abs(of[:, 3]))), 6) if len(of := runs[runs[:, 2] == c]) else 0.0
        for c in range(channels)
    )


def _dc(heard: _Heard) -> Iterator[Fault]:
    offsets, errors = heard.numbers("dc"), heard.numbers("dc_error")
    if not offsets.size:
        return
    worst = int(np.argmax(np.abs(offsets)))
    offset = float(offsets[worst])
    if abs(offset) < DC_LIMIT or abs(offset) < DC_SURE * float(errors[worst]):
        return
    yield Fault(
        heard.finding(
            "dc",
            f"“{heard.track.name}” is off centre by {100.0 * offset:+.2f} % of full scale "
            f"({gain_to_db(abs(offset)):.0f} dBFS): it costs headroom and clicks at cuts.",
            round(offset, 6), "of full scale", DC_LIMIT, Severity.COULD, confidence=0.95,
            band_hz=(0.0, 5.0), channels=[round(float(o), 6) for o in offsets],
        ),
        Centre(tuple(round(float(o), 9) for o in offsets)),
        "Take the offset from zero away.",
    )  # fmt: skip


def _ceiling(heard: _Heard) -> Iterator[Fault]:
    if not heard.numbers("ceiling").size or (heard.track.facts and heard.track.facts.lossy):
        return
    from studiohand.dsp.damage.ceiling import usual_codec

    hz, drop_db = map(float, heard.numbers("ceiling"))
    yield Fault(
        heard.finding(
            "codec_ceiling",
            f"“{heard.track.name}” ends at a wall at {hz / 1000.0:.1f} kHz ({drop_db:.0f} dB), as "
            f"{usual_codec(hz)} leaves it: ask for the original.",
            round(hz, 0), "Hz", None, Severity.COULD,
            confidence=min(0.95, 0.5 + drop_db / 100.0),
            band_hz=(hz, heard.track.source.rate / 2.0), drop_db=round(drop_db, 1),
        )
    )  # fmt: skip


def _room(heard: _Heard) -> Iterator[Fault]:
    if not heard.numbers("room").size or not (heard.voice or "room" in heard.asked):
        return
    decay_s, decays, start_s, end_s = map(float, heard.numbers("room"))
    start_s, end_s = start_s + heard.from_s, end_s + heard.from_s
    if decay_s < ROOM_LIMIT_S:
        return
    yield Fault(
        heard.finding(
            "room",
            f"“{heard.track.name}” carries a room: nothing in it dies away faster than "
            f"{decay_s:.1f} s for 60 dB.",
            round(decay_s, 2), "s", ROOM_LIMIT_S, Severity.COULD, (start_s, end_s),
            confidence=min(0.8, 0.4 + decays / 200.0), band_hz=(500.0, 4000.0),
            decays=int(decays), loop_s=[start_s, end_s],
        ),
        Dereverb(round(min(decay_s, 10.0), 2)) if heard.track.role in _SHORT_SOUNDS else None,
        f"Turn the late part of the room ({decay_s:.1f} s) down; the early part stays.",
    )  # fmt: skip


def _sibilance(heard: _Heard) -> Iterator[Fault]:
    if not heard.numbers("sibilance").size or not (heard.voice or "sibilance" in heard.asked):
        return
    over_db, per_minute, threshold_db, start_s, end_s = map(float, heard.numbers("sibilance"))
    start_s, end_s = start_s + heard.from_s, end_s + heard.from_s
    if over_db < SIBILANCE_LIMIT_DB or threshold_db < SIBILANCE_HEARD_DBFS:
        return
    yield Fault(
        heard.finding(
            "sibilance",
            f"The sibilants of “{heard.track.name}” reach {over_db:+.1f} dB against its vowels.",
            round(over_db, 1), "dB", SIBILANCE_LIMIT_DB, Severity.COULD, (start_s, end_s),
            confidence=0.6, band_hz=(5000.0, 11000.0),
            seconds_per_minute=round(per_minute, 1), loop_s=[start_s, end_s],
        ),
        Deess(round(min(threshold_db, 0.0), 1)),
        f"Turn sibilants over {threshold_db:.0f} dBFS down by 3:1 between 5 and 11 kHz.",
    )  # fmt: skip


def _plosives(heard: _Heard) -> Iterator[Fault]:
    pops = heard.numbers("plosives")
    if not pops.size or not (heard.voice or "plosives" in heard.asked):
        return
    over_db, threshold_db = map(float, pops[:2])
    starts_s = (pops[2:] + heard.from_s).tolist()
    if threshold_db < PLOSIVE_HEARD_DBFS:
        return
    loop_s = [starts_s[0] - _AROUND_S, starts_s[0] + _AROUND_S]
    yield Fault(
        heard.finding(
            "plosives",
            f"“{heard.track.name}” has {len(starts_s)} plosives, the loudest {over_db:.0f} dB over "
            "what the voice usually reaches below 140 Hz.",
            round(over_db, 1), "dB", 0.0, Severity.COULD,
            (starts_s[0], starts_s[-1] + _AROUND_S), confidence=0.6, band_hz=(25.0, 140.0),
            at_s=[round(at, 3) for at in starts_s[:_PLACES]], loop_s=loop_s,
        ),
        Deplosive(round(min(threshold_db, 0.0), 1)),
        f"Turn the {len(starts_s)} bursts below 140 Hz over {threshold_db:.0f} dBFS down by 8:1.",
    )  # fmt: skip


def chosen_noise(
    tool: str, track: Track, seconds: float, noise: Denoise, span_s: tuple[float, float]
) -> Fault:
    """The noise a producer pointed at: heard alone in a span they chose."""
    level_dbfs = power_to_db(noise.mean_power(track.source.rate))
    heard = _Heard(tool, track, {"seconds": np.array([seconds])})
    return Fault(
        heard.finding(
            "noise",
            f"The noise of “{track.name}” between {span_s[0]:g} and {span_s[1]:g} s has "
            f"{level_dbfs:.0f} dBFS and {len(noise.tones_hz)} steady tones.",
            round(level_dbfs, 1), "dBFS", None, Severity.COULD, span_s,
            heard_alone=True, loop_s=list(span_s),
        ),
        noise,
        f"Take that noise down by up to {MOST_DB:.0f} dB, by its own profile.",
    )  # fmt: skip


_MAKERS: tuple[Callable[[_Heard], Iterator[Fault]], ...] = (
    _hum, _noise, _clicks, _clipped, _dc, _ceiling, _room, _sibilance, _plosives,
)  # fmt: skip
