"""Standard MIDI files as stems: read (SMF 1.0) and played through the sound font, by channel."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from training import soundfont
from training.effects import Audio

NOTE_ON, PROGRAM, PRESSURE, DRUM_CHANNEL = 9, 12, 13, 9
META, SYSEX, TEMPO = 0xFF, (0xF0, 0xF7), 0x51
BASSES = range(32, 40)
"""General MIDI programs 33 to 40: acoustic, electric and synth basses."""


@dataclass(frozen=True)
class Event:
    """A channel message: seconds from the start, its kind (upper four bits), channel, two data."""

    at_s: float
    kind: int
    channel: int
    first: int
    second: int


def read(content: bytes) -> list[Event]:
    """All channel messages of a file in order, tempo changes applied."""
    ticks_a_beat = struct.unpack(">H", content[12:14])[0]
    raw = [item for track in _tracks(content) for item in _messages(track)]
    raw.sort(key=lambda item: item[0])
    events, now_s, last, beat_s = [], 0.0, 0, 0.5
    for tick, kind, channel, first, second in raw:
        now_s += (tick - last) / ticks_a_beat * beat_s
        last = tick
        if kind == META:
            beat_s = first / 1e6
        else:
            events.append(Event(now_s, kind, channel, first, second))
    return events


def stem_of(events: list[Event]) -> dict[int, str]:
    """The stem of each sounding channel: channel 10 drums, bass programs bass, the rest other."""
    programs = dict.fromkeys(range(16), 0)
    heard: dict[int, Counter[int]] = {}
    for event in events:
        if event.kind == PROGRAM:
            programs[event.channel] = event.first
        elif event.kind == NOTE_ON and event.second:
            heard.setdefault(event.channel, Counter())[programs[event.channel]] += 1
    return {
        channel: "drums"
        if channel == DRUM_CHANNEL
        else ("bass" if count.most_common(1)[0][0] in BASSES else "other")
        for channel, count in heard.items()
    }


def stems(content: bytes, start: float, seconds: float) -> dict[str, Audio]:
    """The sounding stems of `seconds` from part `start` (0 to 1) of the piece."""
    events = read(content)
    return _played(events, stem_of(events), start, seconds)


def _played(
    events: list[Event], places: dict[int, str], start: float, seconds: float
) -> dict[str, Audio]:
    """Each group of channels that sounds, by the name it is given."""
    start_s = events[-1].at_s * start if events else 0.0
    out = {}
    for stem in sorted(set(places.values())):
        own = [event for event in events if places.get(event.channel) == stem]
        sound = soundfont.play_messages(
            [(e.at_s - start_s, e.kind, e.channel, e.first, e.second) for e in own], seconds
        )
        if np.abs(sound).max() > 1e-3:
            out[stem] = sound
    return out


def parts(content: bytes, start: float, seconds: float) -> dict[str, Audio]:
    """Like `stems`, one for the drums and one for each General MIDI family of programs."""
    events = read(content)
    family = {channel: f"program{first // 8}" for channel, first in first_programs(events).items()}
    family[DRUM_CHANNEL] = "drums"
    return _played(events, family, start, seconds)


def first_programs(events: list[Event]) -> dict[int, int]:
    """The program each sounding channel plays its first note with."""
    now = dict.fromkeys(range(16), 0)
    out: dict[int, int] = {}
    for event in events:
        if event.kind == PROGRAM:
            now[event.channel] = event.first
        elif event.kind == NOTE_ON and event.second:
            out.setdefault(event.channel, now[event.channel])
    return out


def lumps(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and content of the MIDI pieces in a WAD file (Doom's archive)."""
    count, at = struct.unpack("<ii", content[4:12])
    for entry in range(at, at + 16 * count, 16):
        start, size, name = struct.unpack("<ii8s", content[entry : entry + 16])
        piece = content[start : start + size]
        if piece[:4] == b"MThd":
            yield name.rstrip(b"\0").decode("ascii"), piece


def _tracks(content: bytes) -> Iterator[bytes]:
    at = 14
    while at + 8 <= len(content):
        size = struct.unpack(">I", content[at + 4 : at + 8])[0]
        if content[at : at + 4] == b"MTrk":
            yield content[at + 8 : at + 8 + size]
        at += 8 + size


def _messages(track: bytes) -> Iterator[tuple[int, int, int, int, int]]:
    """(tick, kind, channel, first, second); a tempo is (tick, META, 0, microseconds a beat, 0)."""
    at, tick, running = 0, 0, 0
    while at < len(track):
        wait, at = _number(track, at)
        tick += wait
        if track[at] >= 0x80:
            status, at = track[at], at + 1
        else:
            status = running
        if status == META:
            kind = track[at]
            size, at = _number(track, at + 1)
            if kind == TEMPO:
                yield tick, META, 0, int.from_bytes(track[at : at + size], "big"), 0
            at += size
        elif status in SYSEX:
            size, at = _number(track, at)
            at += size
        else:
            running = status
            short = status >> 4 in (PROGRAM, PRESSURE)
            yield tick, status >> 4, status & 15, track[at], 0 if short else track[at + 1]
            at += 1 if short else 2


def _number(track: bytes, at: int) -> tuple[int, int]:
    """A variable-length number and where it ends."""
    value = 0
    while True:
        value = value << 7 | track[at] & 0x7F
        at += 1
        if track[at - 1] < 0x80:
            return value, at
