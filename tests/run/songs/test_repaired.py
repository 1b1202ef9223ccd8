"""Tools that judge the music hear it without the files' own faults."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studiohand.core.audio import Material, MemorySource, Track, read_all
from studiohand.core.outcome import Finding, Move, Outcome, Severity
from studiohand.dsp.effects.simple import Gain, Offset, Polarity
from studiohand.run.songs.repaired import ShiftedSource, repaired_material

RAMP = np.arange(1.0, 101.0)[:, None]


def _track(name: str) -> Track:
    return Track(name, MemorySource(RAMP, 48000), sha256=name)


def _said(stem: str, step: Gain | Offset | Polarity, severity: Severity) -> Outcome:
    finding = Finding("t", "late", (stem,), "", severity=severity)
    return Outcome((finding,), (Move("t", (finding.id,), (stem,), (step,), ""),))


@given(st.integers(-130, 130), st.integers(0, 110), st.integers(0, 110), st.integers(1, 120))
def test_any_part_of_a_moved_source_is_that_part_of_the_whole(
    frames: int, start: int, stop: int, size: int
) -> None:
    moved = ShiftedSource(MemorySource(RAMP, 48000), frames, -1.0)
    whole = np.zeros((100, 1))
    for at in range(100):
        if 0 <= at - frames < 100:
            whole[at] = -RAMP[at - frames]
    blocks = list(moved.blocks(size, start, stop))
    assert all(0 < len(block) <= size for block in blocks)
    expected = whole[start : min(stop, 100)]
    got = np.concatenate(blocks) if blocks else np.zeros((0, 1))
    assert np.array_equal(got, expected)


def test_late_and_inverted_stems_are_put_right_and_get_another_key() -> None:
    material = Material(48000, stems=(_track("a"), _track("b"), _track("c")))
    outcomes = [
        _said("a", Offset(-7), Severity.MUST),
        _said("b", Polarity(), Severity.SHOULD),
    ]
    a, b, c = repaired_material(material, outcomes).stems
    assert np.array_equal(read_all(a.source)[:93], RAMP[7:])
    assert np.array_equal(read_all(b.source), -RAMP)
    assert a.sha256 != "a"
    assert c is material.stems[2]


def test_a_copy_is_left_out_and_a_mere_remark_changes_nothing() -> None:
    material = Material(48000, stems=(_track("a"), _track("b")))
    outcomes = [
        _said("a", Gain(-120.0), Severity.SHOULD),
        _said("b", Gain(-120.0), Severity.COULD),
    ]
    assert [track.name for track in repaired_material(material, outcomes).stems] == ["b"]


def test_gains_of_other_moves_are_not_applied() -> None:
    material = Material(48000, stems=(_track("a"),))
    outcomes = [_said("a", Gain(-6.0), Severity.MUST)]
    assert repaired_material(material, outcomes).stems == material.stems
