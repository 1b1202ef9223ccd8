"""Planted against found."""

from __future__ import annotations

from typing import Any

from studiohand.compose.verdict import Planted, error_of, judge
from studiohand.core.outcome import Finding, Severity


def _found(kind: str, *stems: str, **more: Any) -> dict[str, Any]:
    return Finding(tool="t", kind=kind, stems=stems, text="", **more).to_json()


def test_a_fault_is_found_by_its_kind_on_its_stem() -> None:
    verdict = judge([Planted("hum", ("gtr",))], [_found("hum", "gtr")])
    assert len(verdict.found) == 1
    assert not verdict.missed
    assert not verdict.invented


def test_the_right_kind_on_another_stem_is_an_invention_and_a_miss() -> None:
    verdict = judge([Planted("hum", ("gtr",))], [_found("hum", "bass")])
    assert [fault.stems for fault in verdict.missed] == [("gtr",)]
    assert [finding["stems"] for finding in verdict.invented] == [["bass"]]


def test_a_duplicate_needs_both_names_in_any_order() -> None:
    fault = Planted("duplicate", ("keys 2", "keys"))
    assert judge([fault], [_found("duplicate", "keys", "keys 2")]).found
    assert judge([fault], [_found("duplicate", "keys", "pad")]).missed


def test_a_clash_needs_hidden_and_hider_in_their_order() -> None:
    fault = Planted("clash", ("vox", "pad"))
    assert judge([fault], [_found("clash", "vox", "pad")]).found
    assert judge([fault], [_found("clash", "pad", "vox")]).missed


def test_a_fault_found_twice_invents_nothing_and_the_better_place_counts() -> None:
    fault = Planted("clicks", ("gtr",), start_s=10.0, end_s=12.0)
    far = _found("clicks", "gtr", start_s=1.0, end_s=2.0)
    near = _found("clicks", "gtr", start_s=10.0, end_s=11.0)
    verdict = judge([fault], [far, near])
    assert verdict.found == ((fault, near),)
    assert not verdict.invented


def test_a_copy_has_its_originals_faults_too() -> None:
    planted = [Planted("duplicate", ("keys 2", "keys")), Planted("clicks", ("keys",))]
    found = [_found("duplicate", "keys 2", "keys"), _found("clicks", "keys 2")]
    verdict = judge(planted, found)
    assert not verdict.invented
    assert [fault.kind for fault in verdict.missed] == ["clicks"]


def test_a_stem_at_a_wrong_level_may_clash_and_others_may_not() -> None:
    planted = [Planted("level", ("hat",))]
    found = [_found("clash", "room", "hat"), _found("clash", "vox", "pad")]
    assert [f["stems"] for f in judge(planted, found).invented] == [["vox", "pad"]]


def test_inventions_are_told_by_weight() -> None:
    verdict = judge([], [_found("hum", "a", severity=Severity.MUST), _found("hum", "b")])
    assert [f["stems"] for f in verdict.invented_as("must")] == [["a"]]


def test_the_error_is_in_the_faults_own_unit() -> None:
    fault = Planted("late", ("a",), value=411.0, unit="frames")
    assert error_of(fault, _found("late", "a", value=409.0, unit="frames")) == 2.0
    assert error_of(fault, _found("late", "a", value=9.0, unit="ms")) is None
    assert error_of(Planted("polarity", ("a",)), _found("polarity", "a", value=1.0)) is None


def test_the_manifest_brings_the_same_fault_back() -> None:
    fault = Planted("clicks", ("a",), "ticks", 2.0, "clicks", (1.5, 2.5), 1.0, 3.0)
    assert Planted.from_json(fault.to_json()) == fault
