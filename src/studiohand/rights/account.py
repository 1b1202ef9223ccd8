"""The account: what the ledger knows of a song's parts, operations and declarations.

Nothing is assumed: what no line says is ``unknown``. What a file itself says (a manifest, a
mark) is never overruled by a declaration; the contradiction is kept and shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from studiohand.core.audio import Role, Source
from studiohand.core.effect import STEPS, JsonValue
from studiohand.core.errors import BadSetting
from studiohand.io.audiofile import open_audio
from studiohand.rights.identifiers import CHECKS
from studiohand.rights.origin import Origin
from studiohand.song.decisions import Decision, decisions
from studiohand.song.folder import Asset, Song
from studiohand.song.ledger import Entry

ELEMENTS = ("composition", "lyrics", "vocals", "instruments", "production", "artwork")
ANSWERS = ("human", "assisted", "generated")
_SOUNDING_POWER = 1e-6
_WINDOW_S = 0.1


class Operation(StrEnum):
    """What a ledger line did to the song."""

    ANALYSIS = "analysis"
    PROCESSING = "processing"
    SEPARATION = "separation"
    WRITING = "rule-based writing"
    GENERATION = "generation"
    HUMAN = "human decision"


_BROUGHT_IN = {"generated": Operation.GENERATION, "separated": Operation.SEPARATION}
_PLAIN_DEEDS: dict[str, tuple[Operation, Callable[[Mapping[str, JsonValue]], str]]] = {
    "listened": (
        Operation.ANALYSIS,
        lambda body: (
            f"listened: {len(body['findings'])} findings, {len(body['moves'])} moves proposed"
        ),
    ),
    "proposed": (
        Operation.ANALYSIS,
        lambda body: (
            f"{body['tool']}: {len(body['findings'])} findings, {len(body['moves'])} moves proposed"
        ),
    ),
    "undone": (Operation.HUMAN, lambda body: f"decision of line {body['decision']} taken back"),
    "jumped": (Operation.HUMAN, lambda body: f"back to the state after line {body['to']}"),
    "intended": (Operation.HUMAN, lambda body: f"intent: {body['words']}"),
    "allowed": (
        Operation.HUMAN,
        lambda body: f"model allowed: {body['model']} ({body['consent']})",
    ),
    "rendered": (
        Operation.PROCESSING,
        lambda body: f"take rendered with {len(body['moves'])} moves",
    ),
    "delivered": (
        Operation.PROCESSING,
        lambda body: f"delivered for {', '.join(body['places'])}",
    ),
    "alternates": (
        Operation.PROCESSING,
        lambda body: f"versions written: {', '.join(v['version'] for v in body['versions'])}",
    ),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A stem and where it comes from.

    Parameters
    ----------
    name, role : str
    origin : Origin
    basis : str
        ``"manifest"``, ``"mark"``, ``"declared"`` or ``"unknown"``.
    detail, by : str
        The maker's name and who said so.
    seconds : float
        How long it sounds (above -60 dBFS in windows of 0.1 s).
    guide : bool
    lines : tuple of int
        Ledger lines that say so.
    contradicted : bool
        A person declared otherwise than the file itself says.
    """

    name: str
    role: str
    origin: Origin
    basis: str
    detail: str
    by: str
    seconds: float
    guide: bool
    lines: tuple[int, ...]
    contradicted: bool = False


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that was done to the song.

    Parameters
    ----------
    line : int
        Its line in the ledger.
    operation : Operation
    what : str
    stems, roles : tuple of str
    seconds : float
        Sounding seconds of the stems it touched.
    verdict : str
        ``"done"``, ``"accepted"``, ``"amended"``, ``"refused"`` or ``"undone"``.
    """

    line: int
    operation: Operation
    what: str
    stems: tuple[str, ...]
    roles: tuple[str, ...]
    seconds: float
    verdict: str

    @property
    def counts(self) -> bool:
        """Whether it is part of the song as it stands."""
        return self.verdict not in ("refused", "undone")


@dataclass(frozen=True, slots=True)
class Declaration:
    """A person's signed answer about an element."""

    element: str
    answer: str
    by: str
    detail: str
    line: int


@dataclass(frozen=True, slots=True)
class Credit:
    """Who did what; role by the DDEX vocabulary."""

    name: str
    role: str
    part: str
    codes: tuple[tuple[str, str], ...]
    line: int


@dataclass(frozen=True, slots=True)
class Account:
    """All that the ledger knows, in the order of its lines."""

    title: str
    artist: str
    parts: tuple[Part, ...]
    deeds: tuple[Deed, ...]
    declarations: tuple[Declaration, ...]
    credits: tuple[Credit, ...]
    codes: tuple[tuple[str, str], ...]
    ledger_hash: str
    ledger_lines: int

    def declared(self, element: str) -> Declaration | None:
        """The latest answer about an element."""
        answers = [d for d in self.declarations if d.element == element]
        return answers[-1] if answers else None


def account(song: Song) -> Account:
    """Read the account off a song's ledger.

    Raises
    ------
    Corrupt
        The ledger was altered.
    """
    entries = song.ledger.entries()
    found = parts(song, measured=True)
    settings = song.settings
    codes: dict[str, str] = {}
    for entry in entries:
        if entry.kind == "identified":
            codes.update(entry.body["codes"])
    return Account(
        title=song.title,
        artist=str(settings.get("artist", "")),
        parts=found,
        deeds=_deeds(entries, found),
        declarations=tuple(
            Declaration(**e.body, line=e.seq) for e in entries if e.kind == "declared"
        ),
        credits=tuple(_credit(e) for e in entries if e.kind == "credited"),
        codes=tuple(sorted(codes.items())),
        ledger_hash=entries[-1].hash if entries else "",
        ledger_lines=len(entries),
    )


def parts(song: Song, *, measured: bool) -> tuple[Part, ...]:
    """The stems and where they come from.

    Parameters
    ----------
    measured : bool
        Whether to read the audio for how long each sounds; 0 seconds where not.
    """
    entries = song.ledger.entries()
    return tuple(_part(song, asset, entries, measured) for asset in song.assets("stem"))


def declare(song: Song, element: str, answer: str, by: str, detail: str = "") -> None:
    """Write a person's answer about an element to the ledger.

    Raises
    ------
    BadSetting
        The element or the answer is unknown, or nobody signs.
    """
    _among("element", element, ELEMENTS)
    _among("answer", answer, ANSWERS)
    _signed(by)
    song.record("declared", {"element": element, "answer": answer, "by": by, "detail": detail})


def declare_part(song: Song, part: str, origin: str, by: str, detail: str = "") -> None:
    """Write how a stem came to be.

    Raises
    ------
    BadSetting
        The stem or the origin is unknown, or nobody signs.
    """
    _among("stem", part, [asset.name for asset in song.assets("stem")])
    _among("origin", origin, [o.value for o in Origin if o is not Origin.UNKNOWN])
    _signed(by)
    body = {"part": part, "origin": origin, "basis": "declared", "detail": detail, "by": by}
    song.record("origin", body)


def credit(song: Song, name: str, role: str, part: str = "", **codes: str) -> None:
    """Write who did what.

    Raises
    ------
    BadSetting
        A code's check digit does not fit, or the stem is unknown.
    """
    if part:
        _among("stem", part, [asset.name for asset in song.assets("stem")])
    checked = {kind: CHECKS[kind](code) for kind, code in codes.items() if code}
    song.record("credited", {"name": name, "role": role, "part": part, "codes": checked})


def identify(song: Song, **codes: str) -> dict[str, str]:
    """Write the song's own codes (``isrc``, ``iswc``, ``upc``) after checking them.

    Raises
    ------
    BadSetting
    """
    checked = {kind: CHECKS[kind](code) for kind, code in codes.items() if code}
    if checked:
        song.record("identified", {"codes": checked})
    return checked


def sounding_seconds(source: Source) -> float:
    """How long a source is above -60 dBFS RMS, in windows of 0.1 s."""
    window = max(1, round(_WINDOW_S * source.rate))
    windows = 0
    for block in source.blocks(window * 200):
        power = np.max(block**2, axis=1)
        starts = np.arange(0, len(power), window)
        means = np.add.reduceat(power, starts) / np.diff([*starts, len(power)])
        windows += int(np.count_nonzero(means > _SOUNDING_POWER))
    return round(min(windows * _WINDOW_S, source.frames / source.rate), 1)


def _part(song: Song, asset: Asset, entries: Sequence[Entry], measured: bool) -> Part:
    said = [e for e in entries if e.kind == "origin" and e.body["part"] == asset.name]
    by_file = [e for e in said if e.body["basis"] != "declared"]
    declared = [e for e in said if e.body["basis"] == "declared"]
    ruling = (by_file or declared)[-1:]
    origin = Origin(ruling[0].body["origin"]) if ruling else Origin.UNKNOWN
    return Part(
        name=asset.name,
        role=asset.role,
        origin=origin,
        basis=ruling[0].body["basis"] if ruling else "unknown",
        detail=ruling[0].body["detail"] if ruling else "",
        by=ruling[0].body["by"] if ruling else "",
        seconds=sounding_seconds(open_audio(song.path(asset))) if measured else 0.0,
        guide=asset.role == Role.GUIDE or any(e.body.get("guide") for e in said),
        lines=tuple(e.seq for e in said),
        contradicted=bool(by_file and declared and declared[-1].body["origin"] != origin),
    )


def _deeds(entries: Sequence[Entry], found: Sequence[Part]) -> tuple[Deed, ...]:
    by_line = {decision.seq: decision for decision in decisions(entries)}
    deeds = []
    for entry in entries:
        if entry.kind == "decided":
            deeds.append(_decided(entry, by_line[entry.seq], found))
        elif entry.kind == "model":
            ran = Operation(entry.body.get("operation", Operation.SEPARATION))
            what = f"{entry.body['what']} with {entry.body['model']} {entry.body['version']}"
            deeds.append(_deed(entry, ran, what, (), found, "done"))
        elif entry.kind in _PLAIN_DEEDS:
            operation, words = _PLAIN_DEEDS[entry.kind]
            deeds.append(_deed(entry, operation, words(entry.body), (), found, "done"))
        elif entry.kind == "origin" and entry.body["origin"] in _BROUGHT_IN:
            maker = entry.body["detail"] or "maker unknown"
            what = f"{entry.body['origin']} part brought in: {maker}"
            operation = _BROUGHT_IN[entry.body["origin"]]
            deeds.append(_deed(entry, operation, what, (entry.body["part"],), found, "done"))
    return tuple(deeds)


def _decided(entry: Entry, decision: Decision, parts: Sequence[Part]) -> Deed:
    verdict = "undone" if decision.undone else decision.verdict
    operation = _operation([step["do"] for step in entry.body["move"]["steps"]])
    return _deed(entry, operation, decision.move.text, decision.move.targets, parts, verdict)


def _operation(dos: Sequence[str]) -> Operation:
    kinds = {STEPS[do].kind if do in STEPS else "process" for do in dos}
    if "derive" in kinds:
        return Operation.SEPARATION
    return Operation.WRITING if "write" in kinds else Operation.PROCESSING


def _deed(
    entry: Entry,
    operation: Operation,
    what: str,
    stems: Sequence[str],
    parts: Sequence[Part],
    verdict: str,
) -> Deed:
    everywhere = not stems or "mix" in stems
    touched = [part for part in parts if everywhere or part.name in stems]
    return Deed(
        line=entry.seq,
        operation=operation,
        what=what,
        stems=tuple(stems),
        roles=tuple(sorted({part.role for part in touched})),
        seconds=round(max((part.seconds for part in touched), default=0.0), 1),
        verdict=verdict,
    )


def _credit(entry: Entry) -> Credit:
    body = entry.body
    codes = tuple(sorted(body["codes"].items()))
    return Credit(body["name"], body["role"], body["part"], codes, entry.seq)


def _among(what: str, given: str, known: Sequence[str]) -> None:
    if given not in known:
        raise BadSetting(f"“{given}” is no {what} here.", todo=f"Choose: {', '.join(known)}.")


def _signed(by: str) -> None:
    if not by.strip():
        raise BadSetting(
            "A declaration needs the name of the person who makes it.", todo="Add --by NAME."
        )
