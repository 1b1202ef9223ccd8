"""Standard MIDI files become stems: right times, right stems."""

from __future__ import annotations

import struct

from training.midifile import NOTE_ON, read, stem_of

TEMPO_120 = b"\x00\xff\x51\x03" + (500_000).to_bytes(3, "big")
TEMPO_60 = b"\xff\x51\x03" + (1_000_000).to_bytes(3, "big")
END = b"\x00\xff\x2f\x00"


def test_times_follow_every_tempo() -> None:
    track = TEMPO_120 + b"\x00\x90\x3c\x40" + b"\x60" + TEMPO_60 + b"\x60\x90\x3e\x40" + END
    starts = [event.at_s for event in read(_file(track)) if event.kind == NOTE_ON]
    assert starts == [0.0, 0.5 + 1.0]


def test_a_running_status_is_a_message_like_any_other() -> None:
    track = b"\x00\x90\x3c\x40\x10\x3e\x41\x10\x3c\x00" + END
    assert [(e.first, e.second) for e in read(_file(track))] == [(60, 64), (62, 65), (60, 0)]


def test_long_waits_take_more_than_one_byte() -> None:
    track = b"\x81\x40\x90\x3c\x40" + END
    assert read(_file(track))[0].at_s == (1 << 7 | 0x40) / 96 * 0.5


def test_channels_go_to_drums_bass_and_other() -> None:
    def played(channel: int, program: int) -> bytes:
        return bytes([0, 0xC0 | channel, program, 0, 0x90 | channel, 40, 90])

    track = played(9, 0) + played(1, 33) + played(2, 48) + END
    assert stem_of(read(_file(track))) == {9: "drums", 1: "bass", 2: "other"}


def test_a_channel_nobody_plays_is_no_stem() -> None:
    assert stem_of(read(_file(b"\x00\xc3\x21" + END))) == {}


def _file(track: bytes) -> bytes:
    head = b"MThd" + struct.pack(">IHHH", 6, 0, 1, 96)
    return head + b"MTrk" + struct.pack(">I", len(track)) + track
