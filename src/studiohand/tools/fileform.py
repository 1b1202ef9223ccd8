"""File form: empty stems and holes, lengths, rates, and stereo files that are mono."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt

from studiohand.core.audio import Material, Track
from studiohand.core.effect import Step
from studiohand.core.job import Job
from studiohand.core.outcome import Finding, Move, Outcome, Severity
from studiohand.core.tool import Needs, Settings, number, tool
from studiohand.core.units import gain_to_db, power_to_db
from studiohand.dsp.effects.filesteps import DeclareRate, Resample
from studiohand.mir.timing.lengths import SAME_LENGTH_S, common_length, speed_by_length
from studiohand.mir.timing.spans import one_channel
from studiohand.mir.timing.stem_profile import LEVELS_PER_SECOND, Profile, profiles

_SIDE_EMPTY_DB = -80.0
_SAME_SIDES_DB = -55.0
_OPPOSITE = -0.98
_CUT_DB = 25.0
_EDGE_DB = 20.0
_MOST_HOLES = 3
_AROUND_S, _EDGE_S = 0.02, 0.0003
_SMALL_JUMP, _JUMP = 0.05, 0.15

Said = tuple[Finding, tuple[Step, ...], str]


class FileFormSettings(Settings):
    """When a stem counts as empty."""

    silent_dbfs: Annotated[
        float, number(-120, -20, "dBFS", "A stem whose highest peak is lower counts as empty.")
    ] = -70.0


@tool("fileform", FileFormSettings, needs=Needs.SONG, listens=True)
def fileform(job: Job, material: Material, settings: FileFormSettings) -> Outcome:
    """Find empty stems, holes, odd lengths, wrong rates, and stereo files that are mono.

    Lengths and rates are held against what most stems of the song have.
    """
    known = profiles(job, material.stems)
    lengths_s = [profile.frames / profile.rate for profile in known]
    if material.mix is not None:
        lengths_s.append(material.mix.source.frames / material.mix.source.rate)
    common_s = common_length(lengths_s)
    findings, moves = [], []
    for stem, profile in zip(material.stems, known, strict=True):
        for finding, steps, text in _all_said(stem, profile, material.rate, common_s, settings):
            findings.append(finding)
            if steps:
                moves.append(Move("fileform", (finding.id,), (stem.name,), steps, text))
    job.found(*findings)
    return Outcome(tuple(findings), tuple(moves))


def _all_said(
    stem: Track, profile: Profile, rate: int, common_s: float | None, settings: FileFormSettings
) -> list[Said]:
    speed = _rate(stem, profile, rate, common_s)
    if gain_to_db(profile.peak) < settings.silent_dbfs:
        return [*speed, _silent(stem, profile, settings)]
    said = [*speed, *_holes(stem, profile), *_sides(stem, profile)]
    if not speed and common_s is not None:
        said += _length(stem, profile, rate, common_s)
    return said


def _silent(stem: Track, profile: Profile, settings: FileFormSettings) -> Said:
    finding = Finding(
        "fileform", "silent", (stem.name,),
        f"“{stem.name}” is empty from start to end.",
        value=round(gain_to_db(profile.peak), 1), unit="dBFS", limit=settings.silent_dbfs,
        end_s=profile.frames / profile.rate, evidence={"solo": [stem.name]},
    )  # fmt: skip
    return finding, (), ""


def _holes(stem: Track, profile: Profile) -> list[Said]:
    """Digital silence in the middle of sound, cut in at both ends; many of them are an effect."""
    loudness = profile.levels.astype(np.float32).max(axis=1)
    loud = float(np.percentile(loudness, 95.0))
    holes = [
        (start / profile.rate, stop / profile.rate)
        for start, stop in profile.gaps.tolist()
        if start > 0
        and stop < profile.frames
        and _level(loudness, start / profile.rate - 0.04) > loud - _EDGE_DB
        and _level(loudness, stop / profile.rate) > loud - _EDGE_DB
    ]
    if len(holes) > _MOST_HOLES:
        return []
    return [(_hole(stem, *hole), (), "") for hole in holes if _is_cut(stem, *hole)]


def _is_cut(stem: Track, start_s: float, stop_s: float) -> bool:
    """Whether the sound jumps to and from silence: a note that ends by itself fades first."""
    rate = stem.source.rate
    around, edge = round(_AROUND_S * rate), round(_EDGE_S * rate)
    before = np.abs(one_channel(stem.source, round(start_s * rate) - around, around, rate))
    after = np.abs(one_channel(stem.source, round(stop_s * rate), around, rate))
    jumps = (
        float(before[-edge:].max()) / (float(before.max()) + 1e-9),
        float(after[:edge].max()) / (float(after.max()) + 1e-9),
    )
    return min(jumps) >= _SMALL_JUMP and max(jumps) >= _JUMP


def _level(loudness: npt.NDArray[np.float32], start_s: float) -> float:
    at = max(round(start_s * LEVELS_PER_SECOND), 0)
    return float(loudness[at : at + 3].max(initial=-200.0))


def _hole(stem: Track, start_s: float, stop_s: float) -> Finding:
    return Finding(
        "fileform", "silent", (stem.name,),
        f"“{stem.name}” breaks off for {stop_s - start_s:.2f} s and comes back as if cut.",
        value=round(stop_s - start_s, 4), unit="s", limit=0.0, start_s=start_s, end_s=stop_s,
        confidence=0.8,
        evidence={"solo": [stem.name], "loop_s": [max(start_s - 1.0, 0.0), stop_s + 1.0]},
    )  # fmt: skip


def _sides(stem: Track, profile: Profile) -> list[Said]:
    """A stereo file with one sound on both sides, on one side only, or one side inverted."""
    if profile.channels != 2:
        return []
    left, right, both = profile.products[0, 0], profile.products[1, 1], profile.products[0, 1]
    power = float(left + right)
    difference_db = power_to_db(max(float(left - 2.0 * both + right) / power, 0.0))
    quieter_db = power_to_db(float(min(left, right)) / power)
    if quieter_db < _SIDE_EMPTY_DB:
        side = "left" if left < right else "right"
        text = f"The {side} side of “{stem.name}” is empty."
        return [_side_said(stem, profile, "silent", text, quieter_db, _SIDE_EMPTY_DB, "could")]
    if difference_db < _SAME_SIDES_DB:
        text = f"“{stem.name}” is a stereo file with the same mono sound on both sides."
        return [
            _side_said(stem, profile, "dual_mono", text, difference_db, _SAME_SIDES_DB, "could")
        ]
    alike = float(both) / float(np.sqrt(left * right))
    if alike < _OPPOSITE:
        text = f"The two sides of “{stem.name}” are inverted: it all but vanishes in mono."
        return [_side_said(stem, profile, "polarity", text, alike, _OPPOSITE, "should")]
    return []


def _side_said(
    stem: Track, profile: Profile, kind: str, text: str, value: float, limit: float, severity: str
) -> Said:
    finding = Finding(
        "fileform", kind, (stem.name,), text, value=round(value, 2),
        unit="" if kind == "polarity" else "dB", limit=limit,
        end_s=profile.frames / profile.rate, severity=Severity(severity),
        evidence={"solo": [stem.name], "listen_in": "mono"},
    )  # fmt: skip
    return finding, (), ""


def _length(stem: Track, profile: Profile, rate: int, common_s: float) -> list[Said]:
    length_s = profile.frames / profile.rate
    if abs(length_s - common_s) <= SAME_LENGTH_S:
        return []
    cut = length_s < common_s and _ends_in_sound(profile)
    more = round((length_s - common_s) * rate)
    finding = Finding(
        "fileform", "length", (stem.name,),
        f"“{stem.name}” is {abs(length_s - common_s):.2f} s "
        f"{'longer' if more > 0 else 'shorter'} than the other stems"
        f"{' and stops in the middle of a sound' if cut else ''}.",
        value=float(more), unit="frames", limit=0.0,
        start_s=max(min(length_s, common_s) - 2.0, 0.0), end_s=max(length_s, common_s),
        severity=Severity.SHOULD if cut else Severity.COULD, confidence=0.9,
        evidence={"seconds": round(length_s, 4), "others_seconds": round(common_s, 4)},
    )  # fmt: skip
    return [(finding, (), "")]


def _ends_in_sound(profile: Profile) -> bool:
    loudness = profile.levels.astype(np.float32).max(axis=1)
    if len(loudness) < LEVELS_PER_SECOND:
        return False
    loud = float(np.percentile(loudness, 90.0))
    return float(loudness[-6:-2].max()) > loud - _CUT_DB


def _rate(stem: Track, profile: Profile, rate: int, common_s: float | None) -> list[Said]:
    """A header that disagrees with the song, or a length that only another rate explains."""
    length_s = profile.frames / profile.rate
    fits = common_s is not None and abs(length_s - common_s) <= SAME_LENGTH_S
    if profile.rate != rate:
        frames_fit = common_s is not None and abs(profile.frames / rate - common_s) < SAME_LENGTH_S
        wrong_header = frames_fit and not fits
        true_hz = rate if wrong_header else profile.rate
        text = f"“{stem.name}” says {profile.rate} Hz, the song is at {rate} Hz"
        steps: tuple[Step, ...]
        if wrong_header:
            text += "; its length says that the header is wrong and the samples are right."
            steps, move = (DeclareRate(rate),), f"Read “{stem.name}” as {rate} Hz."
        else:
            text += "."
            steps, move = (Resample(rate),), f"Resample “{stem.name}” to {rate} Hz."
        return [(_rate_finding(stem, profile, true_hz, rate, text, 0.95), steps, move)]
    speed = speed_by_length(length_s, common_s)
    if speed is None:
        return []
    true_hz = round(rate * speed)
    text = (
        f"“{stem.name}” says {rate} Hz but is as long as a file at {true_hz} Hz would be:"
        " it plays at the wrong speed and pitch."
    )
    steps = (DeclareRate(true_hz), Resample(rate))
    move = f"Read “{stem.name}” as {true_hz} Hz and resample it to {rate} Hz."
    return [(_rate_finding(stem, profile, true_hz, rate, text, 0.9), steps, move)]


def _rate_finding(
    stem: Track, profile: Profile, true_hz: int, rate: int, text: str, confidence: float
) -> Finding:
    return Finding(
        "fileform", "rate", (stem.name,), text, value=float(true_hz), unit="Hz",
        limit=float(rate), end_s=profile.frames / profile.rate, severity=Severity.MUST,
        confidence=confidence,
        evidence={"header_hz": profile.rate, "frames": profile.frames, "solo": [stem.name]},
    )  # fmt: skip


TOOL = fileform
