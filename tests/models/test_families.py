"""What the shipped network hears in single stems."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studiohand.core.audio import MemorySource
from studiohand.io.audiofile import open_audio
from studiohand.models.families import OUTPUTS, family_shares


@pytest.mark.parametrize(
    ("file", "family"),
    [
        ("multitrack/evr_rubidium/vocals_lead.flac", "vocals"),
        ("multitrack/trk_pekka_song01/drums.flac", "drums"),
        ("multitrack/lmms_final_step/bass.flac", "bass"),
        ("multitrack/fof_armygeddon/guitar.flac", "other"),
    ],
)
def test_most_of_a_stem_goes_to_its_own_output(corpus: Path, file: str, family: str) -> None:
    shares = family_shares(open_audio(corpus / file))["shares"]
    assert shares.sum() == pytest.approx(1.0)
    assert OUTPUTS[int(shares.argmax())] == family


def test_silence_and_a_scrap_of_sound_are_no_trouble(rng: np.random.Generator) -> None:
    assert family_shares(MemorySource(np.zeros((96000, 2)), 48000))["shares"].size == 0
    scrap = MemorySource(0.1 * rng.standard_normal((100, 1)), 22050)
    assert family_shares(scrap)["shares"].shape == (4,)
