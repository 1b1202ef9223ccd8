"""A brief for the player who is still to come: what to play, over what, in which range."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from studiohand.core.audio import Block, Source, Span, Track
from studiohand.core.errors import BadSetting
from studiohand.core.job import Job
from studiohand.dsp.effects.chain import SummedSource
from studiohand.io.atomic import write_bytes
from studiohand.io.audiofile import create_audio
from studiohand.mir.music.chords import Chord, estimate_chords
from studiohand.mir.music.front import MusicListener
from studiohand.mir.music.key import Key, estimate_key
from studiohand.mir.music.pitch_range import note_range
from studiohand.mir.music.tempo import Tempo, estimate_tempo
from studiohand.rights.account import parts
from studiohand.rights.marks import mark_chunks, mark_of_part
from studiohand.rights.origin import Mark
from studiohand.run.files.folders import make_folder
from studiohand.run.songs.material import song_material
from studiohand.song.folder import Song

_CLICK_HZ, _DOWNBEAT_HZ, _CLICK_S = 1000.0, 1500.0, 0.03
_REFERENCE_BARS = 2
_PLAIN_BAR_S = 4.0
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}
ol{display:grid;grid-template-columns:repeat(4,1fr);gap:2px;list-style:none;padding:0}
li{border-left:2px solid #888;padding:0.2rem 0.6rem;min-height:2.4rem}
small{color:#555;display:block}dt{font-weight:600}
"""


@dataclass(frozen=True, slots=True)
class Brief:
    """What the page says."""

    title: str
    stem: str
    tempo: Tempo
    key: Key
    bars: tuple[tuple[float, str], ...]
    notes: tuple[str, str] | None
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Marks:
    """Chunks with the marks of the guide, and of everything else."""

    guide: list[tuple[bytes, bytes]]
    rest: list[tuple[bytes, bytes]]


def write_brief(song: Song, stem: str, out: Path, job: Job) -> Brief:
    """Write brief.html, click.wav, guide.wav, without.wav and reference.wav into a folder.

    Raises
    ------
    BadSetting
        The song has no such stem.
    CannotRead, CannotWrite, Cancelled
    """
    material = song_material(song)
    guide = next((t for t in material.stems if t.name == stem), None)
    if guide is None:
        names = ", ".join(track.name for track in material.stems)
        raise BadSetting(f"“{stem}” is no stem of this song.", todo=f"It has: {names}.")
    rest = SummedSource(tuple(t.source for t in material.stems if t.name != stem), material.rate)
    listener = MusicListener(rest.rate, rest.channels)
    for block in job.read(rest, "listen to the song"):
        listener.update(block)
    heard = listener.finish()
    tempo, key = estimate_tempo(heard.onsets, heard.hop_s), estimate_key(heard.classes)
    edges = _bar_edges(tempo, rest.frames / rest.rate)
    hop_s = rest.frames / rest.rate / max(len(heard.classes), 1)
    halves = _halved(edges)
    chords = estimate_chords(heard.classes, hop_s, halves, key.tuning_cents or 0.0)
    make_folder(out)
    files = _write_sounds(out, guide, rest, tempo, edges, _marks(song, stem), job)
    brief = Brief(
        song.title, stem, tempo, key, _bars(edges, chords), note_range(guide.source), files
    )
    write_bytes(out / "brief.html", _page(brief).encode())
    return brief


def _bar_edges(tempo: Tempo, seconds: float) -> list[float]:
    """Where bars begin; spans of four seconds where there is no pulse."""
    if len(tempo.downbeats_s) > 1:
        return [*tempo.downbeats_s, seconds]
    return [*np.arange(0.0, seconds, _PLAIN_BAR_S).tolist(), seconds]


def _halved(edges: Sequence[float]) -> list[float]:
    middles = [(a + b) / 2 for a, b in pairwise(edges)]
    return sorted([*edges, *middles])


def _bars(edges: Sequence[float], chords: Sequence[Chord]) -> tuple[tuple[float, str], ...]:
    """Start and chords of each bar; a chord that stays is written once."""
    bars = []
    for start, end in pairwise(edges):
        names = [c.name for c in chords if start - 1e-6 <= c.start_s < end - 1e-6]
        bars.append((start, "  ".join(dict.fromkeys(names)) or "N.C."))
    return tuple(bars)


def _marks(song: Song, stem: str) -> _Marks:
    """What must be said of the guide, and of the song without it."""
    known = parts(song, measured=False)
    guide = next(part for part in known if part.name == stem)
    said = Mark(guide.name, guide.origin, guide.role, guide.detail, guide=True)
    rest = [mark for part in known if part.name != stem for mark in mark_of_part(part)]
    return _Marks(mark_chunks([said]), mark_chunks(rest))


def _write_sounds(
    out: Path,
    guide: Track,
    rest: Source,
    tempo: Tempo,
    edges: Sequence[float],
    marks: _Marks,
    job: Job,
) -> tuple[str, ...]:
    _write(out / "guide.wav", guide.source, job, marks.guide)
    _write(out / "without.wav", rest, job, marks.rest)
    with create_audio(out / "click.wav", rest.rate, 1, "PCM_16") as sink:
        sink.write(_click(tempo, rest.frames, rest.rate))
    start, stop = _loudest_bars(rest, edges)
    _write(out / "reference.wav", Span(rest, start, stop), job, marks.rest)
    return ("guide.wav", "without.wav", "click.wav", "reference.wav")


def _write(path: Path, source: Source, job: Job, chunks: list[tuple[bytes, bytes]]) -> None:
    with create_audio(path, source.rate, source.channels, chunks=chunks) as sink:
        for block in job.read(source, f"write {path.name}"):
            sink.write(block)


def _click(tempo: Tempo, frames: int, rate: int) -> Block:
    """A click at each beat, higher on the first of a bar, shape (frames, 1)."""
    track = np.zeros((frames, 1))
    t = np.arange(round(_CLICK_S * rate)) / rate
    first = set(tempo.downbeats_s)
    for beat in tempo.beats_s:
        hz = _DOWNBEAT_HZ if beat in first else _CLICK_HZ
        at = max(round(beat * rate), 0)
        sound = 0.5 * np.sin(2 * np.pi * hz * t) * np.exp(-t * 120)
        track[at : at + len(sound), 0] += sound[: max(frames - at, 0)]
    return track


def _loudest_bars(rest: Source, edges: Sequence[float]) -> tuple[int, int]:
    """Frames of the loudest two bars: how the song feels where it is fullest."""
    if len(edges) <= _REFERENCE_BARS:
        return 0, rest.frames
    frames = [round(edge * rest.rate) for edge in edges]
    power = np.zeros(len(frames) - 1)
    at = 0
    for block in rest.blocks():
        loud = np.concatenate([[0.0], np.cumsum(np.sum(block**2, axis=1))])
        for bar in range(len(power)):
            a, b = (min(max(edge - at, 0), len(block)) for edge in frames[bar : bar + 2])
            power[bar] += loud[b] - loud[a]
        at += len(block)
    pairs = power[:-1] + power[1:]
    best = int(np.argmax(pairs))
    return frames[best], frames[best + _REFERENCE_BARS]


def _page(brief: Brief) -> str:
    tempo, key = brief.tempo, brief.key
    facts = [
        ("Tempo", f"{tempo.bpm:.1f} BPM, {tempo.beats_per_bar} in a bar" if tempo.bpm else "free"),
        ("Key", f"{key.name or 'not clear'} (confidence {key.confidence:.0%})"),
        ("Range of the guide", " to ".join(brief.notes) if brief.notes else "no melody found"),
        ("Files", ", ".join(brief.files)),
    ]
    rows = "".join(f"<dt>{_safe(n)}</dt><dd>{_safe(v)}</dd>" for n, v in facts)
    bars = "".join(
        f"<li>{_safe(names)}<small>{n}. {start:.1f} s</small></li>"
        for n, (start, names) in enumerate(brief.bars, start=1)
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Brief: '
        f"{_safe(brief.title)}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{_safe(brief.title)}: {_safe(brief.stem)}</h1><p>The guide stands in for you: it "
        f"shows the idea, not the performance. Chords are computed and may be wrong; trust your "
        f"ears.</p><dl>{rows}</dl><h2>Chart</h2><ol>{bars}</ol></main></body></html>\n"
    )


def _safe(text: str) -> str:
    return html.escape(text)
