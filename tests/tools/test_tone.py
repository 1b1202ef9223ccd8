"""The tone tool: against the rough mix, and in mono."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studiohand.compose.faults import with_bell
from studiohand.core.audio import Block, Material, MemorySource, Role, Track
from studiohand.core.job import Job
from studiohand.core.outcome import Outcome, Severity
from studiohand.dsp.effects.eq import Eq
from studiohand.dsp.effects.width import Width
from studiohand.dsp.meters.folddown import mono_loss_db
from studiohand.dsp.meters.tonecurves import tone_curves
from studiohand.io.audiofile import open_audio
from studiohand.tools.tone import TOOL
from tests.mir.parts import RATE, band, bell, part, total, track, tracks


def run(parts: dict[str, Block], mix: Block | None = None) -> Outcome:
    given = track("mix", mix) if mix is not None else None
    material = Material(RATE, stems=tuple(tracks(parts)), mix=given)
    return TOOL.run(Job(), material, TOOL.settings())


@pytest.mark.parametrize(("hz", "db", "q"), [(500.0, 14.0, 10.0), (1700.0, 14.0, 12.0)])
def test_a_resonance_against_the_mix_is_found_at_its_frequency(
    rng: np.random.Generator, hz: float, db: float, q: float
) -> None:
    parts = band(rng, 8.0)
    outcome = run(dict(parts, vocals=bell(parts["vocals"], hz, db, q)), total(parts))
    assert [(f.kind, f.stems) for f in outcome.findings] == [("resonance", ("vocals",))]
    assert abs(np.log2(outcome.findings[0].evidence["centre_hz"] / hz)) < 1 / 6
    step = outcome.moves[0].steps[0]
    assert isinstance(step, Eq)
    assert step.bands[0].db < -3.0


def ringing(corpus: Path, hz: float) -> Material:
    source = open_audio(corpus / "multitrack" / "evr_rubidium" / "drums_other.flac")
    clean = np.concatenate(list(source.blocks(stop_frame=20 * source.rate)))
    spoiled = MemorySource(with_bell(clean, source.rate, hz, 14.0, 9.0), source.rate)
    return Material(source.rate, stems=(Track("Drum Loop", spoiled, Role.DRUMS),))


def test_a_resonance_is_heard_in_a_stem_by_itself_and_cut_there(corpus: Path) -> None:
    outcome = TOOL.run(Job(), ringing(corpus, 800.0), TOOL.settings())
    (finding,), (move,) = outcome.findings, outcome.moves
    assert (finding.kind, finding.stems, finding.severity) == (
        "resonance", ("Drum Loop",), Severity.COULD,
    )  # fmt: skip
    assert finding.evidence["held_against"] == "ear"
    assert abs(np.log2(finding.evidence["centre_hz"] / 800.0)) < 1 / 6
    (step,) = move.steps
    assert isinstance(step, Eq)
    assert step.bands[0].hz == finding.evidence["centre_hz"]
    assert -9.0 <= step.bands[0].db <= -4.0


def test_what_a_song_forbids_does_not_listen(corpus: Path) -> None:
    job = Job(may_run=lambda name: name != "resonances")
    assert TOOL.run(job, ringing(corpus, 800.0), TOOL.settings()) == Outcome()


@pytest.mark.parametrize(
    ("hz", "db", "kind"), [(200.0, 8.0, "boomy"), (3500.0, 8.0, "harsh"), (4500.0, -8.0, "dull")]
)
def test_a_broad_difference_is_named_by_its_place(
    rng: np.random.Generator, hz: float, db: float, kind: str
) -> None:
    parts = dict(band(rng, 8.0), vocals=part(rng, 80, 10000, 8.0, -18))
    outcome = run(dict(parts, vocals=bell(parts["vocals"], hz, db, 0.8)), total(parts))
    assert [(f.kind, f.stems) for f in outcome.findings] == [(kind, ("vocals",))]
    assert outcome.findings[0].value == pytest.approx(db, abs=1.5)


def test_a_broad_rise_in_the_middle_is_left_to_the_clash(rng: np.random.Generator) -> None:
    parts = dict(band(rng, 8.0), vocals=part(rng, 80, 10000, 8.0, -18))
    assert (
        run(dict(parts, vocals=bell(parts["vocals"], 900.0, 8.0, 0.9)), total(parts)) == Outcome()
    )


def test_clean_stems_have_nothing_to_say(rng: np.random.Generator) -> None:
    parts = band(rng, 8.0)
    assert run(parts, total(parts)) == Outcome()
    assert run(parts) == Outcome()


def test_one_inverted_side_is_a_loss_in_mono(rng: np.random.Generator) -> None:
    parts = band(rng, 4.0)
    same = np.repeat(parts["guitar"][:, :1], 2, axis=1)
    parts["guitar"] = same * np.array([1.0, -1.0])
    found = run(parts).findings
    assert [(f.kind, f.stems, f.severity) for f in found] == [
        ("mono_loss", ("guitar",), Severity.MUST)
    ]


def test_one_inverted_side_is_put_back_by_the_first_move(rng: np.random.Generator) -> None:
    parts = band(rng, 4.0)
    whole = np.repeat(parts["guitar"][:, :1], 2, axis=1)
    parts["guitar"] = whole * np.array([1.0, -1.0])
    move = run(parts).moves[0]
    assert move.predicted["mono_loss_db"] == pytest.approx(0.0, abs=0.1)
    (effect,) = move.steps
    after = effect.start(RATE, 2).process(parts["guitar"])  # type: ignore[attr-defined]
    np.testing.assert_array_equal(after, whole)


def test_a_stem_that_is_too_wide_is_made_narrower_until_it_holds_in_mono(
    rng: np.random.Generator,
) -> None:
    parts = band(rng, 4.0)
    middle, side = part(rng, 200, 4000, 4.0)[:, :1], part(rng, 200, 4000, 4.0, -15)[:, :1]
    parts["guitar"] = np.hstack([0.9 * middle + side, 0.9 * middle - side])
    outcome = run(parts)
    assert [f.kind for f in outcome.findings] == ["mono_loss"]
    widths = [m for m in outcome.moves if isinstance(m.steps[0], Width)]
    assert len(widths) == 1
    promised = widths[0].predicted["mono_loss_db"]
    assert promised <= 3.0
    (effect,) = widths[0].steps
    after = effect.start(RATE, 2).process(parts["guitar"])  # type: ignore[attr-defined]
    folded = tone_curves(MemorySource(after, RATE))
    sides, shared = (np.asarray(folded[name]).sum() for name in ("sides", "shared"))
    assert mono_loss_db(sides, shared) == pytest.approx(promised, abs=0.4)


def test_loss_in_mono_of_a_centred_an_unrelated_and_an_opposite_pair(
    rng: np.random.Generator,
) -> None:
    one, two = rng.standard_normal((2, RATE * 4))
    for pair, expected in (((one, one), 0.0), ((one, two), 3.0), ((one, -one), 60.0)):
        result = tone_curves(MemorySource(np.stack(pair, axis=1), RATE))
        sides, shared = (np.asarray(result[n], dtype=np.float64) for n in ("sides", "shared"))
        assert mono_loss_db(sides.sum(), shared.sum()) == pytest.approx(expected, abs=0.3)


def test_mono_and_very_short_sources_lose_nothing() -> None:
    mono = tone_curves(MemorySource(np.ones((5000, 1)), RATE))
    assert not np.asarray(mono["sides"]).any()
    short = tone_curves(MemorySource(np.ones((3, 2)), RATE))
    assert np.isfinite(np.asarray(short["sides"], dtype=np.float64)).all()
