"""Listening: every listening tool on a song; findings ranked, written to the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from studiohand.core.audio import Material
from studiohand.core.effect import JsonValue
from studiohand.core.job import Job
from studiohand.core.outcome import Finding, Move, Outcome, Severity
from studiohand.run.songs.guarding import guarded
from studiohand.run.songs.material import song_material
from studiohand.run.songs.repaired import repaired_material
from studiohand.song.decisions import heard, moves_with_state
from studiohand.song.folder import Song
from studiohand.tools import listening_tools

_ORDER = {Severity.MUST: 0, Severity.SHOULD: 1, Severity.COULD: 2}


@dataclass(frozen=True, slots=True)
class Listening:
    """Findings as found, ranked; moves with their state, as the doors print them."""

    findings: tuple[Finding, ...]
    moves: tuple[JsonValue, ...]

    def to_json(self, title: str) -> dict[str, JsonValue]:
        """The document of `listen --json`."""
        return {
            "song": title,
            "findings": [finding.to_json() for finding in self.findings],
            "moves": list(self.moves),
        }


def listen(song: Song, job: Job) -> Listening:
    """Run the listening tools and write what they say to the ledger, if it is new.

    Raises
    ------
    CannotRead, Cancelled
    """
    material = song_material(song)
    said = outcomes_of(material, job)
    joined = Outcome(
        tuple(finding for outcome in said for finding in outcome.findings),
        tuple(move for outcome in said for move in outcome.moves),
    )
    outcomes = [guarded(joined, material, song.root, job)]
    findings = rank(outcomes)
    moves = _ranked_moves(outcomes, findings)
    body = {
        "findings": [finding.to_json() for finding in findings],
        "moves": [move.to_json() for move in moves],
    }
    entries = song.ledger.entries()
    if heard(entries) != (body["findings"], moves) or not any(
        e.kind == "listened" for e in entries
    ):
        song.record("listened", body)
    rows = moves_with_state(song.ledger.entries())
    return Listening(tuple(findings), tuple(row for row in rows if not _waits_elsewhere(row)))


def _waits_elsewhere(row: JsonValue) -> bool:
    """Whether a move is one of several sets to choose from: those are listed by `moves` only."""
    return bool(row.get("choice")) and row["state"] == "open"


def outcomes_of(material: Material, job: Job) -> list[Outcome]:
    """What the listening tools say: first of the files, then of the music with those repaired.

    A stem that is late or there twice would otherwise be blamed a second time, for its level and
    for what it hides.
    """
    tools = listening_tools()
    of_files = [t.run(job, material, t.settings()) for t in tools if not t.music]
    repaired = repaired_material(material, of_files)
    return of_files + [t.run(job, repaired, t.settings()) for t in tools if t.music]


def rank(outcomes: list[Outcome]) -> list[Finding]:
    """All findings: musts first, then by confidence, then in time."""
    findings = {f.id: f for outcome in outcomes for f in outcome.findings}.values()
    return sorted(findings, key=lambda f: (_ORDER[f.severity], -f.confidence, f.start_s, f.id))


def _ranked_moves(outcomes: list[Outcome], findings: list[Finding]) -> list[Move]:
    """Moves in the order of the findings they answer."""
    place = {finding.id: number for number, finding in enumerate(findings)}
    moves = {m.id: m for outcome in outcomes for m in outcome.moves}.values()
    return sorted(
        moves, key=lambda m: min((place.get(i, len(place)) for i in m.because), default=0)
    )
