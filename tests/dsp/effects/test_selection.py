import numpy as np
import pytest

from studiohand.core.audio import Block
from studiohand.core.effect import step_from_json, step_to_json
from studiohand.core.errors import BadSetting
from studiohand.dsp.cleaning.denoise import Denoise
from studiohand.dsp.effects.selection import Selection
from studiohand.dsp.effects.simple import Gain
from tests import signals

RATE = 8000


def run(effect: Selection, sound: Block, size: int = 100000) -> Block:
    processor = effect.start(RATE, sound.shape[1])
    out = [processor.process(sound[at : at + size]) for at in range(0, len(sound), size)]
    return np.concatenate([*out, processor.flush()])


def test_only_the_selection_changes_and_it_changes_wholly(rng: np.random.Generator) -> None:
    sound = signals.noise(rng, 3.0, RATE, 2, -20.0)
    for inner in (Gain(-6.0), Denoise((20.0, 4000.0), (-60.0, -60.0))):
        effect = Selection(1.0, 2.0, step_to_json(inner))
        out = run(effect, sound)
        assert np.array_equal(out[:RATE], sound[:RATE])
        assert np.array_equal(out[2 * RATE :], sound[2 * RATE :])
        processor = inner.start(RATE, 2)
        whole = np.concatenate([processor.process(sound), processor.flush()])
        inside = slice(RATE + 100, 2 * RATE - 100)
        assert np.allclose(out[inside], whole[inside], atol=1e-15)
        assert np.array_equal(run(effect, sound, 777), out)
        assert np.array_equal(run(effect.scaled(0.0), sound), sound)


def test_a_selection_comes_back_from_json_with_the_step_inside() -> None:
    effect = Selection(0.5, 1.5, step_to_json(Gain(-3.0)))
    assert step_from_json(step_to_json(effect)) == effect
    assert effect.effect == Gain(-3.0)


@pytest.mark.parametrize(
    ("start_s", "end_s", "of"),
    [
        (2.0, 1.0, {"do": "gain", "db": 0.0}),
        (0.0, 1.0, {"do": "nonsense"}),
        (0.0, 1.0, {"do": "declare_rate", "hz": 48000}),
        (0.0, 1.0, 5),
    ],
)
def test_what_is_no_selection_is_refused(start_s: float, end_s: float, of: object) -> None:
    with pytest.raises(BadSetting):
        Selection(start_s, end_s, of)
