import numpy as np
import pytest

from studiohand.core.audio import Material, MemorySource, Track
from studiohand.core.job import Job
from studiohand.core.outcome import Finding
from studiohand.tools import listening_tools
from studiohand.tools.faults import TOOL, FaultsSettings
from tests import signals
from tests.dsp.damage.test_floor import phrases
from tests.dsp.damage.test_hum import planted

RATE = 48000


def test_it_listens_to_songs() -> None:
    assert TOOL.name in [tool.name for tool in listening_tools()]


def test_faults_name_their_stem_and_clean_stems_are_left_alone() -> None:
    clean = Track("piano", MemorySource(phrases(10.0), RATE))
    humming = Track("voice", MemorySource(phrases(10.0) + planted(60.0, 10.0, -45.0), RATE))
    shown: list[Finding] = []
    outcome = TOOL.run(
        Job(on_found=shown.append), Material(RATE, stems=(clean, humming)), FaultsSettings()
    )
    assert [(f.kind, f.stems) for f in outcome.findings] == [("hum", ("voice",))]
    assert shown == list(outcome.findings)


def test_without_stems_the_mix_is_heard() -> None:
    mix = Track("rough", MemorySource(phrases(10.0) + planted(50.0, 10.0, -45.0), RATE))
    outcome = TOOL.run(Job(), Material(RATE, mix=mix), FaultsSettings())
    assert [f.kind for f in outcome.findings] == ["hum"]
    assert TOOL.run(Job(), Material(RATE), FaultsSettings()).findings == ()


def test_noise_beside_a_hum_is_measured_without_it(rng: np.random.Generator) -> None:
    noisy = phrases(10.0) + signals.noise(rng, 10.0, RATE, 1, -50.0)
    humming = noisy + planted(50.03, 10.0, -40.0)
    stems = tuple(
        Track(name, MemorySource(samples, RATE))
        for name, samples in (("noisy", noisy), ("humming", humming))
    )
    found = TOOL.run(Job(), Material(RATE, stems=stems), FaultsSettings()).findings
    noise = {f.stems[0]: f.value for f in found if f.kind == "noise"}
    assert noise["humming"] == pytest.approx(noise["noisy"], abs=0.5)
