"""Results never take the place of what they are made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from studiohand.cli import main
from studiohand.core.errors import BadSetting
from studiohand.run.files.folders import spare


def test_a_file_is_known_under_any_name(tmp_path: Path) -> None:
    original = tmp_path / "mix.wav"
    original.write_bytes(b"sound")
    link = tmp_path / "link.wav"
    link.symlink_to(original)
    for name in (original, link, tmp_path / "." / "mix.wav"):
        with pytest.raises(BadSetting, match="would replace the original"):
            spare([original], [name])
    spare([original], [tmp_path / "other.wav"])
    spare([tmp_path / "gone.wav"], [tmp_path / "other.wav"])


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (["--out", "mix.wav"], "would replace the original"),
        (["--out", "a.wav", "--delta", "mix.wav"], "would replace the original"),
        (["--out", "a.wav", "--delta", "a.wav"], "name the same file"),
    ],
)
def test_a_cleaned_file_is_never_written_over_its_original(
    tmp_path: Path,
    rng: np.random.Generator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    written: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    soundfile.write("mix.wav", 0.1 * rng.standard_normal((4000, 2)), 8000, subtype="PCM_24")
    before = Path("mix.wav").read_bytes()
    assert main.run(["clean", "mix.wav", "--only", "dc", *written]) == main.WRONG_USE
    assert said in capsys.readouterr().err
    assert Path("mix.wav").read_bytes() == before
    assert not Path("a.wav").exists()
