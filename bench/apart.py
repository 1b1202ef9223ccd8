"""Test songs of the separation bench: real music whose parts are known, none of it learnt from.

An LMMS project and a tracker module by their own tracks; a dry singer (vocadito, CC BY 4.0) laid
over finished instrumental records, and recorded drum loops laid over music without drums, both at
equal level. The album "Everything is Free" is left out: the shipped model learnt from two of its
songs and was watched on a third.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from studiohand.core.audio import Block

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus"
STEMS = ("vocals", "drums", "bass", "other")
BEDS = ("hiphop_ripper.mp3", "jazz_vibe_ace.ogg", "folk_world_tavern.ogg", "electronic_hell.ogg")
DRUMLESS = (("loop_compus.flac", "dry/piano_leaving_millie.mp3"),
            ("loop_tabla.flac", "mix/orchestral_brahms_hungarian5.ogg"))  # fmt: skip
BED_START_S = 10


@dataclass(frozen=True)
class Song:
    """A mixture and the true parts that can be told; their sum is the mixture."""

    name: str
    rate: int
    stems: dict[str, Block]
    mix: Block


def read(path: Path) -> tuple[Block, int]:
    """A file as float64 stereo."""
    samples, rate = soundfile.read(path, always_2d=True)
    return (np.repeat(samples, 2, axis=1) if samples.shape[1] == 1 else samples), rate


def songs() -> Iterator[Song]:
    """Every test song."""
    for name in ("lmms_final_step", "trk_pekka_song01"):
        yield _multitrack(name)
    voice, rate = read(CORPUS / "dry" / "voice_vocadito_10.flac")
    for bed in BEDS:
        yield _laid_over("vocals", voice, rate, CORPUS / "mix" / bed)
    for loop, bed in DRUMLESS:
        drums, rate = read(CORPUS / "dry" / loop)
        yield _laid_over("drums", drums, rate, CORPUS / bed, f"{loop.partition('.')[0]} over ")


def _multitrack(name: str) -> Song:
    stems: dict[str, Block] = {}
    rate = 0
    for path in sorted((CORPUS / "multitrack" / name).glob("*.flac")):
        role = path.stem.partition("_")[0]
        if role in STEMS:
            part, rate = read(path)
            stems[role] = stems.get(role, 0.0) + part
    return Song(name, rate, stems, np.sum(list(stems.values()), axis=0))


def _laid_over(stem: str, lead: Block, rate: int, place: Path, prefix: str = "voice over ") -> Song:
    """A part over a record, from its tenth second, at the record's level."""
    band, band_rate = read(place)
    if band_rate != rate:
        raise ValueError(f"{place.name} is at another rate than what goes over it")
    part = band[BED_START_S * rate :][: len(lead)]
    lead = lead[: len(part)] * np.sqrt(np.mean(part**2) / np.mean(lead[: len(part)] ** 2))
    name = prefix + place.name.partition(".")[0]
    return Song(name, rate, {stem: lead, f"not {stem}": part}, lead + part)
