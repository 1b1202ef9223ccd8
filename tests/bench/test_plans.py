"""The planted-fault bench plants what it writes down."""

from __future__ import annotations

import numpy as np
import pytest
from bench.plans import PLANS, Scene, can_carry
from bench.planted import scenes
from bench.sessions import HALVES, Session

RATE = 48000


@pytest.fixture
def session(rng: np.random.Generator) -> Session:
    at = np.arange(6 * RATE) / RATE
    stems = {
        name: np.stack(
            [
                0.2 * np.sin(2 * np.pi * hz * at) * (np.sin(2 * np.pi * 2 * at) > 0)
                + 0.02 * rng.standard_normal(len(at))
                for _ in range(2)
            ],
            axis=1,
        )
        for name, hz in (("Bass", 80.0), ("Keys", 700.0), ("Lead Vox", 900.0))
    }
    return Session("test", RATE, stems, sum(stems.values(), np.zeros((6 * RATE, 2))))


@pytest.mark.parametrize("kind", PLANS)
def test_a_plan_changes_the_files_and_writes_one_truth(
    kind: str, session: Session, rng: np.random.Generator
) -> None:
    scene = Scene(session, dict(session.stems))
    assert can_carry(scene, "Keys", kind)
    PLANS[kind](scene, "Keys", rng)
    (planted,) = scene.planted
    assert planted.kind == kind
    assert planted.stems[0] in scene.stems
    changed = {n for n, s in scene.stems.items() if s is not session.stems.get(n)}
    assert changed
    assert changed <= set(planted.stems)
    assert not can_carry(scene, "Keys", kind)


def test_scenes_plant_each_kind_once_a_round_and_level_only_with_a_mix(session: Session) -> None:
    rounds = list(scenes(session, list(PLANS), 2, np.random.default_rng(1)))
    kinds = [(p.kind, mix) for scene, mix in rounds for p in scene.planted]
    assert sorted(kinds) == sorted(
        [(k, True) for k in PLANS] + [(k, False) for k in PLANS if k != "level"]
    )
    for scene, _ in rounds:
        stems = [s for p in scene.planted for s in p.stems]
        assert len(stems) == len(set(stems))


def test_no_song_is_in_both_halves() -> None:
    assert not set(HALVES["tuning"]) & set(HALVES["report"])
