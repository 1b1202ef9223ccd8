"""Attribution: the stem that an excess over the references comes from."""

from __future__ import annotations

import numpy as np
import pytest

from studiohand.core.audio import Block, Material
from studiohand.core.job import Job
from studiohand.core.outcome import NOT_HEARD, Outcome, Severity
from studiohand.dsp.effects.eq import Eq
from studiohand.dsp.effects.simple import Gain
from studiohand.mir.mix.attribution import cut_for
from studiohand.tools.attribute import TOOL
from tests.mir.parts import RATE, band, bell, part, total, track, tracks


def run(parts: dict[str, Block], *references: Block) -> Outcome:
    given = tuple(track(f"reference {n}", x) for n, x in enumerate(references))
    material = Material(RATE, stems=tuple(tracks(parts)), references=given)
    return TOOL.run(Job(), material, TOOL.settings())


@pytest.mark.parametrize(("name", "hz"), [("vocals", 1500.0), ("bass", 120.0), ("drums", 9000.0)])
def test_a_boosted_band_is_laid_to_its_stem_with_a_cut_of_its_size(
    rng: np.random.Generator, name: str, hz: float
) -> None:
    parts = band(rng, 8.0)
    reference = 0.5 * total(parts)
    outcome = run(dict(parts, **{name: bell(parts[name], hz, 6.0, 1.0)}), reference)
    finding, move = outcome.findings[0], outcome.moves[0]
    assert (finding.kind, finding.stems) == ("tone", (name,))
    low_hz, high_hz = finding.band_hz or (0.0, 0.0)
    assert low_hz / 1.3 < hz < high_hz * 1.3
    assert 1.0 <= (finding.value or 0.0) < 6.5
    assert move.targets == (name,)
    assert move.because == (finding.id,)
    step = move.steps[0]
    cut = step.bands[0].db if isinstance(step, Eq) else step.db if isinstance(step, Gain) else 0.0
    assert -6.5 < cut < -1.0
    assert move.predicted["sum_change_db"] == pytest.approx(-(finding.value or 0.0), abs=0.3)


def test_the_song_against_itself_at_another_level_says_nothing(rng: np.random.Generator) -> None:
    parts = band(rng, 8.0)
    assert run(parts, 0.3 * total(parts)) == Outcome()


def test_without_references_it_says_that_it_has_not_looked(rng: np.random.Generator) -> None:
    outcome = run(band(rng, 4.0))
    assert (outcome.findings, outcome.moves) == ((), ())
    assert "no references" in outcome.facts[NOT_HEARD]


def test_what_the_reference_does_not_play_is_arrangement_and_left_alone(
    rng: np.random.Generator,
) -> None:
    parts = band(rng, 8.0)
    without = total({n: x for n, x in parts.items() if n in ("vocals", "guitar")})
    outcome = run(parts, without)
    bass = next(f for f in outcome.findings if f.stems == ("bass",))
    assert bass.evidence["arrangement"] is True
    assert "arrangement" in bass.text
    assert bass.severity is Severity.COULD
    assert not [m for m in outcome.moves if bass.id in m.because]


def test_what_several_references_agree_on_weighs_more_than_one(rng: np.random.Generator) -> None:
    parts = band(rng, 8.0)
    others = [total(band(rng, 8.0)) for _ in range(3)]
    boosted = dict(parts, vocals=bell(parts["vocals"], 1500.0, 8.0, 0.8))
    agreed, alone = run(boosted, *others).findings[0], run(boosted, others[0]).findings[0]
    assert agreed.stems == alone.stems == ("vocals",)
    assert agreed.severity is Severity.SHOULD
    assert alone.severity is Severity.COULD
    assert agreed.confidence > alone.confidence


def test_loud_parts_are_compared_with_loud_parts(rng: np.random.Generator) -> None:
    parts = band(rng, 12.0)
    verse = 0.2 * part(rng, 2000, 12000, 12.0, -20)
    reference = np.concatenate([total(parts), verse])
    assert run(parts, reference) == Outcome()


def test_the_cut_for_an_excess() -> None:
    assert cut_for(3.0, 1.0) == pytest.approx(3.0)
    assert cut_for(2.0, 0.6) > 2.0
    assert cut_for(6.0, 0.3) == 12.0
