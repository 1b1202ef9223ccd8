"""Disclosure: per element what was human, assisted, generated, with the lines that say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studiohand.core.audio import Role
from studiohand.core.effect import JsonValue
from studiohand.rights.account import Account, Operation, Part
from studiohand.rights.origin import Origin

VOCAL_ROLES = (Role.VOCALS, Role.BACKING_VOCALS)
_SHARE = {
    Origin.RECORDED: "human",
    Origin.PROGRAMMED: "human",
    Origin.SEPARATED: "assisted",
    Origin.GENERATED: "generated",
    Origin.UNKNOWN: "unanswered",
}


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing known of an element.

    Parameters
    ----------
    share : str
        ``"human"``, ``"assisted"``, ``"generated"`` or ``"unanswered"``.
    what : str
    basis : str
        ``"ledger"``, ``"manifest"``, ``"mark"``, ``"declared"`` or ``"unknown"``.
    seconds : float
    stems : tuple of str
    lines : tuple of int
        Lines of the ledger.
    """

    share: str
    what: str
    basis: str
    seconds: float = 0.0
    stems: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Element:
    """An element of the song and all that is known of it."""

    name: str
    statements: tuple[Statement, ...]

    @property
    def shares(self) -> frozenset[str]:
        """Every share that occurs in it."""
        return frozenset(statement.share for statement in self.statements)

    @property
    def wholly_generated(self) -> bool:
        """Nothing in it but generated."""
        return self.shares == {"generated"}


@dataclass(frozen=True, slots=True)
class Disclosure:
    """All elements, and the questions only a person can answer."""

    elements: tuple[Element, ...]
    questions: tuple[str, ...]
    contradictions: tuple[str, ...]

    def element(self, name: str) -> Element:
        """An element by its name."""
        return next(e for e in self.elements if e.name == name)

    def to_json(self) -> dict[str, JsonValue]:
        """The disclosure as plain data."""
        return {
            "elements": {
                e.name: [
                    {"share": s.share, "what": s.what, "basis": s.basis, "seconds": s.seconds,
                     "stems": list(s.stems), "lines": list(s.lines)}
                    for s in e.statements
                ]
                for e in self.elements
            },
            "questions": list(self.questions),
            "contradictions": list(self.contradictions),
        }  # fmt: skip


def disclose(known: Account) -> Disclosure:
    """Derive the disclosure of a song from its account."""
    vocals = [part for part in known.parts if part.role in VOCAL_ROLES]
    others = [part for part in known.parts if part.role not in VOCAL_ROLES]
    elements = (
        _declared_element(known, "composition"),
        _declared_element(known, "lyrics"),
        _played_element(known, "vocals", vocals),
        _played_element(known, "instruments", others),
        _production(known),
        _declared_element(known, "artwork"),
    )
    return Disclosure(elements, _questions(elements), _contradictions(known))


def _declared_element(known: Account, name: str) -> Element:
    answer = known.declared(name)
    if answer is None:
        return Element(name, (Statement("unanswered", f"Nobody has said who made the {name}.",
                                        "unknown"),))  # fmt: skip
    what = f"{answer.by} declares: {answer.answer}" + (f" ({answer.detail})" * bool(answer.detail))
    return Element(name, (Statement(answer.answer, what, "declared", lines=(answer.line,)),))


def _played_element(known: Account, name: str, parts: Sequence[Part]) -> Element:
    """Vocals or instruments: each stem by its own origin; a declaration covers the unknown."""
    answer = known.declared(name)
    statements = [_part_statement(part) for part in parts if part.origin is not Origin.UNKNOWN]
    unknown = [part for part in parts if part.origin is Origin.UNKNOWN]
    stems = tuple(part.name for part in unknown)
    seconds = max((part.seconds for part in unknown), default=0.0)
    if answer is not None and (unknown or not parts):
        what = f"{answer.by} declares: {answer.answer}"
        statements.append(
            Statement(answer.answer, what, "declared", seconds, stems, (answer.line,))
        )
    elif unknown:
        what = f"Nobody has said how {', '.join(stems)} came to be."
        statements.append(Statement("unanswered", what, "unknown", seconds, stems))
    elif not parts:
        statements.append(Statement("human", f"There are no {name} in the song.", "ledger"))
    return Element(name, tuple(statements))


def _part_statement(part: Part) -> Statement:
    how = part.origin.value + (f" with {part.detail}" if part.detail else "")
    by = f", says {part.by}" if part.by else ""
    return Statement(
        share=_SHARE[part.origin],
        what=f"{part.name}: {how} ({part.basis}{by})",
        basis=part.basis,
        seconds=part.seconds,
        stems=(part.name,),
        lines=part.lines,
    )


def _production(known: Account) -> Element:
    """Mixing: moves a person accepted are assistance, never generation."""
    counted = [
        deed for deed in known.deeds if deed.counts and deed.verdict in ("accepted", "amended")
    ]
    statements = [
        Statement("assisted", f"{operation.value}: {len(deeds)} moves a person accepted", "ledger",
                  max(d.seconds for d in deeds), tuple(sorted({s for d in deeds for s in d.stems})),
                  tuple(d.line for d in deeds))
        for operation in Operation
        if (deeds := [d for d in counted if d.operation is operation])
    ]  # fmt: skip
    answer = known.declared("production")
    if answer is not None:
        what = f"{answer.by} declares: {answer.answer}"
        statements.append(Statement(answer.answer, what, "declared", lines=(answer.line,)))
    elif not statements:
        statements.append(
            Statement("unanswered", "No move was accepted here; what else was used, nobody has "
                      "said.", "unknown")
        )  # fmt: skip
    return Element("production", tuple(statements))


def _questions(elements: Sequence[Element]) -> tuple[str, ...]:
    return tuple(
        f"{element.name}: {statement.what}"
        for element in elements
        for statement in element.statements
        if statement.share == "unanswered"
    )


def _contradictions(known: Account) -> tuple[str, ...]:
    return tuple(
        f"“{part.name}” was declared otherwise than its file says ({part.origin.value}, "
        f"{part.basis}); the file's word is used."
        for part in known.parts
        if part.contradicted
    )
