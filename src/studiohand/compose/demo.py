"""The demo song's session: stems with known faults, a rough mix, and the list of what is wrong.

The story: some faults were there when the stems were recorded, so the rough mix has them too;
the others happened when the stems were exported for somebody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from studiohand.compose import faults, render
from studiohand.compose.faults import Samples
from studiohand.compose.score import LENGTH_S, TITLE, seconds, section
from studiohand.compose.sound import RATE, dice
from studiohand.compose.verdict import Planted
from studiohand.core.audio import read_all
from studiohand.core.job import Job
from studiohand.io.audiofile import open_audio
from studiohand.io.wav import create_audio

__all__ = ["TITLE", "Session", "make"]

_EXPORT_RATE = 44100
_CLICK_TIMES = faults.places(7, seconds(section("chorus").start), dice("click times"))


@dataclass(frozen=True, slots=True)
class _Fault:
    """A planted fault and the function that plants it in the stem `of`."""

    planted: Planted
    of: str
    spoil: Callable[[Samples], Samples]
    rate: int = RATE
    besides: bool = False  # the stem is also there without it


_RECORDED = (
    _Fault(
        Planted("hum", ("E Gtr L",), "A bad earth: mains hum under the left guitar.", 49.97, "Hz"),
        "E Gtr L",
        partial(faults.with_hum, rate=RATE, mains_hz=49.97, level_dbfs=-58.0),
    ),
    _Fault(
        Planted("noise", ("E Gtr R",), "The right amplifier hisses.", -60.0, "dBFS"),
        "E Gtr R",
        lambda samples: faults.with_noise(samples, -60.0, dice("hiss")),
    ),
    _Fault(
        Planted("clicks", ("Rhodes",), "A bad cable ticks.", 7.0, "clicks", _CLICK_TIMES),
        "Rhodes",
        lambda samples: faults.with_clicks(samples, RATE, _CLICK_TIMES, dice("clicks")),
    ),
    _Fault(
        Planted("clipped", ("BVs",), "The backing voices were recorded too hot.", 5.0, "dB"),
        "BVs",
        partial(faults.clipped, depth_db=5.0),
    ),
    _Fault(
        Planted("dc", ("Synth Arp",), "The synthesiser's output sits off the line.", 0.02, ""),
        "Synth Arp",
        partial(faults.with_dc, offset=0.02),
    ),
)
_EXPORTED = (
    _Fault(
        Planted("late", ("Bass Amp",), "The amplifier track starts late.", 411.0, "frames"),
        "Bass Amp",
        partial(faults.late, frames=411),
    ),
    _Fault(
        Planted("polarity", ("Snare Bot",), "The microphone under the snare is upside down."),
        "Snare Bot",
        faults.inverted,
    ),
    _Fault(
        Planted("duplicate", ("Keys 2", "Rhodes"), "The piano a second time, 3 dB down."),
        "Rhodes",
        partial(faults.louder, db=-3.0),
        besides=True,
    ),
    _Fault(
        Planted("mislabelled", ("Sub Bass",), "The shaker and tambourine, under a wrong name."),
        "Shaker Tamb",
        np.copy,
    ),
    _Fault(
        Planted("rate", ("FX Riser",), "Exported at another rate.", float(_EXPORT_RATE), "Hz"),
        "FX Riser",
        partial(faults.at_wrong_rate, recorded_hz=_EXPORT_RATE, labelled_hz=RATE),
        rate=_EXPORT_RATE,
    ),
    _Fault(
        Planted("codec_ceiling", ("OH",), "This WAV was made from a small MP3."),
        "OH",
        partial(faults.lossy, rate=RATE, codec="mp3", quality=0.6),
    ),
    _Fault(
        Planted("dual_mono", ("Kick In",), "One microphone, exported as stereo."),
        "Kick In",
        partial(np.repeat, repeats=2, axis=1),
    ),
    _Fault(
        Planted("level", ("Hi-Hat",), "12 dB above its place in the rough mix.", 12.0, "dB"),
        "Hi-Hat",
        partial(faults.louder, db=12.0),
    ),
    _Fault(
        Planted("silent", ("Gtr Solo",), "An empty track, exported by mistake."),
        "E Gtr L",
        faults.silent,
        besides=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Session:
    """What was made.

    Parameters
    ----------
    stems : tuple of Path
    mix : Path
    planted : tuple of Planted
        Everything that is wrong with it.
    """

    stems: tuple[Path, ...]
    mix: Path
    planted: tuple[Planted, ...]


def make(folder: Path, job: Job, *, spoiled: bool = True) -> Session:
    """Play the song, spoil it, and write stems (24-bit WAV) and a rough mix into a folder.

    Parameters
    ----------
    folder : Path
        Exists and is empty.
    spoiled : bool
        False: nothing is planted.

    Raises
    ------
    CannotWrite, Cancelled
    """
    clean = folder / "clean"
    clean.mkdir()
    groups = [(number, clean) for number in range(len(render.PLAYERS))]
    names = [
        name for group in job.map(_write_group, groups, "playing the demo song") for name in group
    ]
    mix = np.zeros((render.COUNT, 2))
    stems: list[Path] = []
    for place, name in enumerate(names):
        job.progress("planting faults", place / len(names))
        samples = read_all(open_audio(clean / f"{name}.wav"))
        (clean / f"{name}.wav").unlink()
        for fault in _RECORDED if spoiled else ():
            samples = fault.spoil(samples) if fault.of == name else samples
        mix += samples
        stems += [_write(folder, *file) for file in _exports(name, samples, spoiled)]
    clean.rmdir()
    rough = _write(folder, "rough mix", mix, RATE, "FLOAT")
    return Session(tuple(stems), rough, _planted() if spoiled else ())


def _write_group(group: tuple[int, Path]) -> list[str]:
    number, folder = group
    return [_write(folder, stem.name, stem.samples, RATE).stem for stem in render.played_by(number)]


def _exports(name: str, samples: Samples, spoiled: bool) -> Iterator[tuple[str, Samples, int]]:
    """(name, samples, rate) of every file that one stem is exported as."""
    mine = [fault for fault in _EXPORTED if fault.of == name] if spoiled else []
    if all(fault.besides for fault in mine):
        yield name, samples, RATE
    for fault in mine:
        yield fault.planted.stems[0], fault.spoil(samples), fault.rate


def _write(folder: Path, name: str, samples: Samples, rate: int, kind: str = "PCM_24") -> Path:
    path = folder / f"{name}.wav"
    with create_audio(path, rate, samples.shape[1], kind) as sink:
        sink.write(np.ascontiguousarray(samples))
    return path


def _planted() -> tuple[Planted, ...]:
    return tuple(
        replace(fault.planted, end_s=fault.planted.end_s or LENGTH_S)
        for fault in (*_RECORDED, *_EXPORTED)
    )
