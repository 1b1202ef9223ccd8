"""The network that hears what rings or bulges in one stem."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studiohand.compose.faults import with_bell
from studiohand.core.audio import Block, MemorySource
from studiohand.core.errors import NotAllowed
from studiohand.dsp.meters.tonecurves import tone_curves
from studiohand.io.audiofile import open_audio
from studiohand.models import resonances
from studiohand.models.resonances import Bulge, bulge

VOICE = "multitrack/evr_rubidium/vocals_lead.flac"
DRUMS = "multitrack/evr_rubidium/drums_other.flac"
GUITAR = "multitrack/fof_armygeddon/guitar.flac"


def sound(corpus: Path, file: str) -> tuple[Block, int]:
    source = open_audio(corpus / file)
    return np.concatenate(list(source.blocks(stop_frame=25 * source.rate))), source.rate


def heard(samples: Block, rate: int) -> Bulge:
    found = bulge(tone_curves(MemorySource(samples, rate)))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("file", "hz"), [(VOICE, 500.0), (VOICE, 1600.0), (DRUMS, 800.0), (GUITAR, 2500.0)]
)
def test_a_ringing_band_in_a_real_stem_is_found_at_its_frequency(
    corpus: Path, file: str, hz: float
) -> None:
    samples, rate = sound(corpus, file)
    found = heard(with_bell(samples, rate, hz, 16.0, 9.0), rate)
    assert not found.wide
    assert abs(np.log2(found.hz / hz)) < 1.0 / 6.0
    assert found.db == pytest.approx(16.0, abs=5.0)
    assert found.chance > 0.62


@pytest.mark.parametrize("file", [VOICE, DRUMS])
def test_a_clean_stem_hardly_seems_to_ring(corpus: Path, file: str) -> None:
    assert heard(*sound(corpus, file)).chance < 0.62


def test_the_level_and_the_channels_of_a_stem_do_not_matter(corpus: Path) -> None:
    samples, rate = sound(corpus, GUITAR)
    ringing = with_bell(samples, rate, 700.0, 15.0, 8.0)
    whole, soft = heard(ringing, rate), heard(0.1 * ringing, rate)
    one, two = heard(ringing[:, :1], rate), heard(np.repeat(ringing[:, :1], 2, axis=1), rate)
    for a, b in ((whole, soft), (one, two)):
        assert a.hz == pytest.approx(b.hz, rel=0.01)
        assert a.chance == pytest.approx(b.chance, abs=0.02)


def test_of_a_stem_that_hardly_sounds_nothing_is_said(rng: np.random.Generator) -> None:
    for samples in (np.zeros((44100 * 20, 1)), 0.1 * rng.standard_normal((44100 * 4, 1))):
        assert bulge(tone_curves(MemorySource(samples, 44100))) is None


def test_without_its_weights_or_leave_nothing_is_said(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(chosen: object) -> None:
        raise NotAllowed("no", todo="say yes")

    samples, rate = sound(corpus, VOICE)
    monkeypatch.setattr(resonances, "require_allowed", refused)
    resonances._network.cache_clear()
    assert bulge(tone_curves(MemorySource(samples, rate))) is None
    resonances._network.cache_clear()
