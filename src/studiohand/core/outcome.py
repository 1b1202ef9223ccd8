"""What a tool returns: findings, moves, facts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from studiohand.core.effect import JsonValue, Step, step_from_json, step_to_json

NOT_HEARD = "not_heard"
"""Fact of an outcome whose tool had nothing to work on: the sentence that says why."""


class Severity(StrEnum):
    """How much a finding matters to the release."""

    MUST = "must"
    SHOULD = "should"
    COULD = "could"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something measured that may matter: a number with a unit, a limit and a place to hear.

    Parameters
    ----------
    tool : str
        Name of the tool that found it.
    kind : str
        One of the finding kinds of the design, for example ``"late"``.
    stems : tuple of str
        Stems concerned; order has meaning for some kinds (clash: hidden, hider).
    start_s, end_s : float
        Span in seconds from the song's start.
    band_hz : (float, float) or None
        Lowest and highest frequency concerned.
    value, unit, limit : float or None, str, float or None
        What was measured and what it was held against.
    severity : Severity
    confidence : float
        0 to 1.
    text : str
        One sentence for a producer.
    evidence : mapping
        What to solo, loop or draw; JSON values only.
    """

    tool: str
    kind: str
    stems: tuple[str, ...]
    text: str
    value: float | None = None
    unit: str = ""
    limit: float | None = None
    start_s: float = 0.0
    end_s: float = 0.0
    band_hz: tuple[float, float] | None = None
    severity: Severity = Severity.SHOULD
    confidence: float = 1.0
    evidence: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Short name, the same for the same finding in every run."""
        place = [self.tool, self.kind, self.stems, round(self.start_s, 2), self.band_hz]
        return "f" + _digest(place)

    def to_json(self) -> dict[str, JsonValue]:
        """The finding as the doors print it."""
        return {
            "id": self.id, "tool": self.tool, "kind": self.kind, "stems": list(self.stems),
            "start_s": round(self.start_s, 6), "end_s": round(self.end_s, 6),
            "band_hz": list(self.band_hz) if self.band_hz else None,
            "value": self.value, "unit": self.unit, "limit": self.limit,
            "severity": self.severity.value, "confidence": round(self.confidence, 3),
            "text": self.text, "evidence": dict(self.evidence),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Move:
    """The smallest reversible change: steps on targets, because of findings.

    Parameters
    ----------
    tool : str
    because : tuple of str
        Ids of the findings it answers.
    targets : tuple of str
        Stem names; ``"mix"`` is the mix bus; ``"file"`` the one file of a single-file tool.
    steps : tuple of Step
        Applied in order to each target.
    text : str
        One sentence for a producer, with the settings in plug-in units.
    predicted : mapping
        Expected effect as named numbers with their unit in the name; JSON values only.
    amount_percent : float
        Amount the tool proposes, 0 to 150.
    choice : str
        Name of the set it belongs to where a tool offers several to choose from; moves of two
        sets that do the same thing to the same target cannot both be accepted.
    """

    tool: str
    because: tuple[str, ...]
    targets: tuple[str, ...]
    steps: tuple[Step, ...]
    text: str
    predicted: Mapping[str, JsonValue] = field(default_factory=dict)
    amount_percent: float = 100.0
    choice: str = ""

    @property
    def id(self) -> str:
        """Short name, the same for the same move in every run."""
        content = [self.tool, self.targets, [step_to_json(s) for s in self.steps]]
        return "m" + _digest([*content, self.choice] if self.choice else content)

    def to_json(self, state: str = "open") -> dict[str, JsonValue]:
        """The move as the doors print it."""
        return {
            "id": self.id, "tool": self.tool, "because": list(self.because),
            "targets": list(self.targets), "steps": [step_to_json(s) for s in self.steps],
            "amount_percent": self.amount_percent, "state": state,
            "predicted": dict(self.predicted), "text": self.text,
            **({"choice": self.choice} if self.choice else {}),
        }  # fmt: skip

    @staticmethod
    def from_json(data: Mapping[str, JsonValue]) -> Move:
        """Rebuild a move from `to_json`'s result (its state is not part of it)."""
        return Move(
            tool=data["tool"],
            because=tuple(data["because"]),
            targets=tuple(data["targets"]),
            steps=tuple(step_from_json(s) for s in data["steps"]),
            text=data["text"],
            predicted=data["predicted"],
            amount_percent=data["amount_percent"],
            choice=data.get("choice", ""),
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a tool has to say.

    Parameters
    ----------
    findings : tuple of Finding
    moves : tuple of Move
    facts : mapping
        Plain measurements with their unit in the name (what `measure` prints); JSON values only.
    """

    findings: tuple[Finding, ...] = ()
    moves: tuple[Move, ...] = ()
    facts: Mapping[str, JsonValue] = field(default_factory=dict)

    def to_json(self) -> dict[str, JsonValue]:
        """All of it as the doors print it; moves as open ones."""
        return {
            "findings": [finding.to_json() for finding in self.findings],
            "moves": [move.to_json() for move in self.moves],
            "facts": dict(self.facts),
        }


def _digest(content: object) -> str:
    import hashlib  # OpenSSL behind it takes long to load, and a measurement has no need of it

    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:7]
