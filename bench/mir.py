"""Tempo, beats and key against the corpus's annotations.

Run it with ``python -m bench.mir``; it needs ``../shared/corpus``. Files are split in two halves:
constants were chosen on ``dev`` only. A tempo is right within 1 %; octaves are counted apart.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from studiohand.io.audiofile import open_audio
from studiohand.mir.music.front import MusicListener
from studiohand.mir.music.key import Key, estimate_key
from studiohand.mir.music.tempo import Tempo, estimate_tempo

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus"
DEV = {"evr_lithium", "evr_rubidium", "fof_metal_madness", "chorale_bwv269",
       "hiphop_groove6_87bpm_4-4_drummer1"}  # fmt: skip
BEAT_TOLERANCE_S = 0.07
"""Window of the F-measure usual in beat tracking."""


@dataclass(frozen=True, slots=True)
class Row:
    """One annotated file and what was heard."""

    name: str
    facts: dict[str, Any]
    tempo: Tempo
    key: Key

    @property
    def half(self) -> str:
        return "dev" if self.name in DEV else "report"


def main() -> None:
    """Print every file and a summary of each half."""
    if not CORPUS.is_dir():
        print("SKIPPED: ../shared/corpus is not here.")
        return
    rows = [_heard(name, facts, path) for name, facts in sorted(_annotations().items())
            if (path := _file(name)) is not None]  # fmt: skip
    print(f"{'file':36s} {'half':7s} {'bpm':>7s} {'heard':>8s} {'conf':>5s} {'beats F':>7s} "
          f"{'key':>9s} {'heard':>9s} {'conf':>5s}")  # fmt: skip
    for row in rows:
        print(f"{row.name[:36]:36s} {row.half:7s} {row.facts.get('bpm', ''):>7} "
              f"{row.tempo.bpm or 0:8.2f} {row.tempo.confidence:5.2f} {_beats(row):>7s} "
              f"{_key(row.facts):>9s} {row.key.name or '':>9s} "
              f"{row.key.confidence:5.2f}")  # fmt: skip
    for half in ("dev", "report"):
        _summary(half, [row for row in rows if row.half == half])


def _annotations() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads((CORPUS / "annotations.json").read_text())
    return {name: facts for name, facts in found.items() if "bpm" in facts or "key" in facts}


def _file(name: str) -> Path | None:
    """The recording of an annotation; those of scores alone have none."""
    patterns = (f"*/{name}.*", f"multitrack/{name}/mix.flac", f"*/{name}_render.flac",
                f"*/{name}_piano.flac")  # fmt: skip
    found = [path for pattern in patterns for path in sorted(CORPUS.glob(pattern))
             if path.suffix in (".flac", ".ogg", ".mp3")]  # fmt: skip
    return found[0] if found else None


def _heard(name: str, facts: dict[str, Any], path: Path) -> Row:
    source = open_audio(path)
    listener = MusicListener(source.rate, source.channels)
    for block in source.blocks():
        listener.update(block)
    features = listener.finish()
    tempo = estimate_tempo(features.onsets, features.hop_s)
    return Row(name, facts, tempo, estimate_key(features.classes))


def _beats(row: Row) -> str:
    truth = np.array(row.facts.get("beats_s", []))
    ours = np.array(row.tempo.beats_s)
    if not len(truth) or not len(ours):
        return ""
    hits = int((np.abs(ours[:, None] - truth).min(axis=0) <= BEAT_TOLERANCE_S).sum())
    return f"{2 * hits / (len(truth) + len(ours)):.2f}"


def _key(facts: dict[str, Any]) -> str:
    return str(facts["key"]) if "key" in facts and facts.get("key_reliable", True) else ""


def _summary(half: str, rows: list[Row]) -> None:
    timed = [row for row in rows if "bpm" in row.facts and row.tempo.bpm]
    ratios = np.array([(row.tempo.bpm or 1.0) / row.facts["bpm"] for row in timed])
    near = np.abs(ratios - 1) < 0.01
    octave = near | (np.abs(ratios - 2) < 0.02) | (np.abs(ratios - 0.5) < 0.005)
    keyed = [row for row in rows if _key(row.facts)]
    keys = sum((row.key.name or "").startswith(_key(row.facts)) for row in keyed)
    print(f"{half:7s} tempo right {near.sum()}/{len(timed)}, within an octave {octave.sum()}"
          f"/{len(timed)}; key right {keys}/{len(keyed)}")  # fmt: skip


if __name__ == "__main__":
    main()
