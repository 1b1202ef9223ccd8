"""Effects in a row: the samples do not depend on which thread made them."""

from __future__ import annotations

import numpy as np
import pytest

from studiohand.core.audio import MemorySource, read_all
from studiohand.core.effect import Effect
from studiohand.dsp.effects.chain import Chain, ProcessedSource, unfolded
from studiohand.dsp.effects.compressor import Compressor
from studiohand.dsp.effects.eq import Band, Eq
from studiohand.dsp.effects.limiter import Limiter
from tests.signals import pink

RATE = 44100
EQ = Eq((Band("bell", 200.0, 6.0, 1.0),))
CHAIN: tuple[Effect, ...] = (EQ, Compressor(-30.0, 3.0), Limiter(-1.0, 12.0))


@pytest.mark.parametrize("span", [(0, None), (30_000, 90_000)])
def test_a_limiter_beside_the_rest_gives_the_same_samples(
    span: tuple[int, int | None], rng: np.random.Generator
) -> None:
    sound = pink(rng, 5.0, RATE, db=-15.0)
    chain = Chain(CHAIN, RATE, 2)
    plain = np.concatenate([chain.process(sound), chain.flush()])[span[0] : span[1]]
    made = read_all(ProcessedSource(MemorySource(sound, RATE), CHAIN), *span)
    assert np.array_equal(made, plain)


def test_a_source_heard_through_sources_unfolds_to_all_effects() -> None:
    source = MemorySource(np.zeros((10, 2)), RATE)
    heard = ProcessedSource(ProcessedSource(source, CHAIN[:1]), CHAIN[1:])
    assert unfolded(heard)[0] is source
    assert unfolded(heard)[1] == CHAIN
    assert unfolded(source)[1] == ()
