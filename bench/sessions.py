"""The music the planted-fault bench works on, and how it is split.

Tuning half: thresholds may be set on these songs. Report half: the published figures; nothing
is ever tuned on them. The demo belongs to the tuning half, because everyone sees its result.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

from studiohand.compose import demo
from studiohand.compose.faults import Samples
from studiohand.core.audio import Material, MemorySource, Track
from studiohand.core.job import Job
from studiohand.core.outcome import Finding
from studiohand.mir.roles.by_name import role_from_name
from studiohand.tools import AnyTool

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus"

HALVES = {
    "tuning": ("evr_lithium", "fof_metal_madness", "trk_pekka_song01", "demo"),
    "report": ("evr_rubidium", "fof_armygeddon", "lmms_final_step"),
}

TRUE_OF_CORPUS = {
    "evr_lithium": frozenset({"codec_ceiling"}),
    "evr_rubidium": frozenset({"codec_ceiling"}),
    "fof_metal_madness": frozenset({"codec_ceiling"}),
    "fof_armygeddon": frozenset({"codec_ceiling"}),
}
"""Faults that the recordings truly have, by their makers' own word: decoded AAC and Vorbis."""

NAMES = {
    "vocals_lead": "Lead Vox", "vocals_backing": "Backing Vox", "drums": "Drums",
    "drums_kick": "Kick", "drums_other": "Drum Loop", "bass": "Bass", "guitar": "Gtr",
    "backing": "Band", "other": "Synths",
}  # fmt: skip
"""What a producer would call the corpus's stems."""


@dataclass(frozen=True, slots=True)
class Session:
    """A multitrack in memory.

    Parameters
    ----------
    name, rate : str, int
    stems : dict of str to ndarray
        Clean samples, shape (frames, channels).
    mix : ndarray
        Their sum, stereo.
    """

    name: str
    rate: int
    stems: dict[str, Samples] = field(repr=False)
    mix: Samples = field(repr=False)


def load(name: str) -> Session:
    """A session by its name: of the corpus, or the demo's."""
    return _demo() if name == "demo" else _multitrack(name)


def _multitrack(name: str) -> Session:
    stems: dict[str, Samples] = {}
    rate = 0
    for path in sorted((CORPUS / "multitrack" / name).glob("*.flac")):
        samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
        stems[NAMES.get(path.stem, path.stem)] = samples
    mix = stems.pop("mix")
    return Session(name, rate, stems, mix)


def _demo() -> Session:
    with tempfile.TemporaryDirectory() as folder:
        made = demo.make(Path(folder), Job(), spoiled=False)
        stems = {}
        rate = 0
        for path in made.stems:
            stems[path.stem], rate = soundfile.read(path, dtype="float64", always_2d=True)
        mix, _ = soundfile.read(made.mix, dtype="float64", always_2d=True)
    return Session("demo", rate, stems, mix)


def heard(
    tool: AnyTool, session: Session, stems: Mapping[str, Samples], mix: Samples | None
) -> list[Finding]:
    """What a tool says of these stems, with the roles their names give them."""
    tracks = tuple(
        Track(name, MemorySource(samples, session.rate), role_from_name(name))
        for name, samples in stems.items()
    )
    rough = Track("mix", MemorySource(mix, session.rate)) if mix is not None else None
    material = Material(session.rate, stems=tracks, mix=rough)
    return list(tool.run(Job(), material, tool.settings()).findings)


def stereo(samples: Samples) -> Samples:
    """As two channels."""
    return np.repeat(samples, 2, axis=1) if samples.shape[1] == 1 else samples
