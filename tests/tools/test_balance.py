"""The balance tool: levels against the rough mix."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studiohand.core.audio import Block, Material, MemorySource, Role, Track
from studiohand.core.job import Job
from studiohand.core.outcome import Finding, Outcome, Severity
from studiohand.dsp.effects.simple import Gain
from studiohand.tools.balance import TOOL
from tests.mir.parts import RATE, band, bell, part, total, track, tracks


def run(parts: dict[str, Block], mix: Block | None = None) -> Outcome:
    given = track("mix", mix) if mix is not None else None
    material = Material(RATE, stems=tuple(tracks(parts)), mix=given)
    return TOOL.run(Job(), material, TOOL.settings())


def heard(stems: list[Track]) -> tuple[Finding, ...]:
    return TOOL.run(Job(), Material(RATE, stems=tuple(stems)), TOOL.settings()).findings


@pytest.mark.parametrize("db", [-9.0, -4.0, 4.0, 9.0])
@pytest.mark.parametrize("name", ["vocals", "bass"])
def test_a_stem_at_the_wrong_level_is_found_with_its_size_and_its_move(
    rng: np.random.Generator, name: str, db: float
) -> None:
    parts = band(rng, 8.0)
    mix = total(parts)
    outcome = run(dict(parts, **{name: parts[name] * 10 ** (db / 20)}), mix)
    assert [(f.kind, f.stems) for f in outcome.findings] == [("level", (name,))]
    finding = outcome.findings[0]
    assert finding.value == pytest.approx(db, abs=0.2)
    assert finding.severity is (Severity.MUST if abs(db) > 6 else Severity.SHOULD)
    assert outcome.moves[0].targets == (name,)
    assert outcome.moves[0].because == (finding.id,)
    assert outcome.moves[0].steps == (Gain(-(finding.value or 0.0)),)


def test_stems_that_are_the_mix_are_balanced(rng: np.random.Generator) -> None:
    parts = band(rng, 8.0)
    assert run(parts, total(parts)) == Outcome()
    assert run(parts, 0.4 * total(parts)) == Outcome()


def test_an_equaliser_is_not_a_level(rng: np.random.Generator) -> None:
    parts = band(rng, 8.0)
    mix = total(parts)
    assert run(dict(parts, vocals=bell(parts["vocals"], 1000.0, 9.0, 1.4)), mix) == Outcome()


def test_where_all_differ_nothing_is_a_must(rng: np.random.Generator) -> None:
    parts = band(rng, 8.0)
    gains = {"vocals": 8.0, "guitar": -7.0, "bass": 5.0, "drums": -4.0}
    mix = total({n: x * 10 ** (gains[n] / 20) for n, x in parts.items()})
    found = run(parts, mix).findings
    relative = {f.stems[0]: f.value or 0.0 for f in found}
    assert len(found) >= 3
    assert {f.severity for f in found} == {Severity.COULD}
    assert relative["guitar"] - relative["vocals"] == pytest.approx(15.0, abs=0.5)


def test_without_a_mix_only_the_absurd_is_said_and_softly(rng: np.random.Generator) -> None:
    parts = band(rng, 8.0)
    assert run(parts) == Outcome()
    found = run(dict(parts, vocals=0.01 * parts["vocals"])).findings
    assert [f.stems for f in found] == [("vocals",)]
    assert found[0].severity is Severity.COULD
    assert found[0].confidence < 0.5


def test_one_microphone_of_a_kit_is_not_measured_as_its_bus(rng: np.random.Generator) -> None:
    parts = band(rng, 8.0)
    stems = [*tracks(parts), track("Kick", part(rng, 40, 120, 8.0, -24), Role.KICK)]
    quiet = [replace(t, source=MemorySource(0.01 * parts["drums"], RATE)) if t.name == "drums"
             else t for t in stems]  # fmt: skip
    bus = [t for t in quiet if t.name != "Kick"]
    assert [f.stems for f in heard(bus)] == [("drums",)]
    assert heard(quiet) == ()


def test_of_two_stems_both_are_named_where_either_may_have_moved(rng: np.random.Generator) -> None:
    whole = band(rng, 8.0)
    parts = {name: whole[name] for name in ("vocals", "bass")}
    outcome = run(dict(parts, vocals=1.6 * parts["vocals"]), 1.8 * total(parts))
    (finding,) = outcome.findings
    assert "vocals" in finding.text
    assert "bass" in finding.text
    assert finding.confidence < 0.8
    gains = {m.targets[0]: m.steps[0].db for m in outcome.moves if isinstance(m.steps[0], Gain)}
    assert gains == {"vocals": pytest.approx(-4.1, abs=0.2), "bass": pytest.approx(4.1, abs=0.2)}


def test_a_mix_of_another_song_says_nothing(rng: np.random.Generator) -> None:
    assert run(band(rng, 8.0), part(rng, 30, 12000, 8.0)) == Outcome()
