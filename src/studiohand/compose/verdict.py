"""What was planted against what was found: found, missed, invented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from studiohand.core.effect import JsonValue


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault somebody knows to be there.

    Parameters
    ----------
    kind : str
        The finding kind that names it best.
    stems : tuple of str
        Where it sits. A duplicate: the copy and its original. A clash: the hidden, the hider.
    text : str
        One sentence.
    value, unit : float or None, str
        Its true size: frames for ``late``, Hz for ``hum``, dB for levels, and so on.
    times_s : tuple of float
        Single events (clicks), in seconds.
    start_s, end_s : float
        Its span in seconds; an end of 0 means the whole song.
    """

    kind: str
    stems: tuple[str, ...]
    text: str = ""
    value: float | None = None
    unit: str = ""
    times_s: tuple[float, ...] = ()
    start_s: float = 0.0
    end_s: float = 0.0

    def to_json(self) -> dict[str, JsonValue]:
        """The fault as the manifest keeps it."""
        return {
            "kind": self.kind, "stems": list(self.stems), "text": self.text, "value": self.value,
            "unit": self.unit, "times_s": list(self.times_s),
            "start_s": self.start_s, "end_s": self.end_s,
        }  # fmt: skip

    @staticmethod
    def from_json(data: Mapping[str, JsonValue]) -> Planted:
        """Rebuild a fault from `to_json`'s result."""
        lists = {name: tuple(data[name]) for name in ("stems", "times_s")}
        return Planted(**{**data, **lists})


ALSO_CALLED: Mapping[str, frozenset[str]] = {
    "eq": frozenset({"resonance", "harsh", "boomy", "dull", "tone"}),
    "resonance": frozenset({"resonance", "harsh", "boomy"}),
    "mono_loss": frozenset({"mono_loss", "polarity", "width"}),
}
"""Kinds of finding that name a planted fault just as well as its own kind."""


_OF_COPIES = frozenset({"late", "polarity", "level"})
LOUDER = frozenset({"level", "eq", "resonance", "clash"})
"""Faults that make one stem stand where it hides another: a clash with it is no invention."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who was right.

    Parameters
    ----------
    found : tuple of (Planted, finding)
        Each planted fault that was found, with the finding that says it best.
    missed : tuple of Planted
    invented : tuple of finding
        Findings that name nothing that was planted.
    """

    found: tuple[tuple[Planted, Mapping[str, JsonValue]], ...]
    missed: tuple[Planted, ...]
    invented: tuple[Mapping[str, JsonValue], ...]

    def invented_as(self, *severities: str) -> list[Mapping[str, JsonValue]]:
        """Inventions of the given severities."""
        return [f for f in self.invented if f["severity"] in severities]


def judge(planted: Sequence[Planted], findings: Sequence[Mapping[str, JsonValue]]) -> Verdict:
    """Hold findings, as `listen --json` prints them, against what was planted.

    A fault is found when a finding of its kind names its stem: for a duplicate both stems in any
    order, for a clash the hidden and the hider in their order. What follows from a fault is not
    invented: a copy has the faults of its original, a stem at a wrong level clashes.
    """
    found, missed = [], []
    explained = {f["id"] for f in findings if any(_follows(p, f, planted) for p in planted)}
    for fault in planted:
        names = [f for f in findings if _names(fault, f)]
        explained |= {f["id"] for f in names}
        if names:
            found.append((fault, max(names, key=lambda f: _overlap(fault, f))))
        else:
            missed.append(fault)
    invented = tuple(f for f in findings if f["id"] not in explained)
    return Verdict(tuple(found), tuple(missed), invented)


def error_of(fault: Planted, finding: Mapping[str, JsonValue]) -> float | None:
    """How far the finding's value is from the truth; None where units differ or one has none."""
    if fault.value is None or finding["value"] is None or fault.unit != finding["unit"]:
        return None
    return abs(float(finding["value"]) - fault.value)


def _names(fault: Planted, finding: Mapping[str, JsonValue]) -> bool:
    if finding["kind"] not in ALSO_CALLED.get(fault.kind, {fault.kind}):
        return False
    stems = tuple(finding["stems"])
    if fault.kind == "duplicate":
        return set(fault.stems) <= set(stems)
    if fault.kind == "clash":
        return stems[:2] == fault.stems
    return fault.stems[0] in stems


def _follows(fault: Planted, finding: Mapping[str, JsonValue], planted: Sequence[Planted]) -> bool:
    stems = set(finding["stems"])
    if finding["kind"] == "clash":
        return fault.kind in LOUDER and bool(stems & set(fault.stems))
    if fault.kind == "duplicate":
        return finding["kind"] in _OF_COPIES and fault.stems[0] in stems
    copies = {p.stems[0] for p in planted if p.kind == "duplicate" and p.stems[1] in fault.stems}
    return finding["kind"] == fault.kind and bool(stems & copies)


def _overlap(fault: Planted, finding: Mapping[str, JsonValue]) -> tuple[float, float]:
    """Seconds shared, then confidence."""
    end = fault.end_s or float("inf")
    shared = min(end, finding["end_s"]) - max(fault.start_s, finding["start_s"])
    return shared, finding["confidence"]
