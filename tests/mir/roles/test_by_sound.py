"""Families by sound alone, on real music; the bar is 85 % of main families."""

from __future__ import annotations

from pathlib import Path

from bench.intake import DRY, WHOLE_BAND

from studiohand.io.audiofile import open_audio
from studiohand.mir.roles.by_name import read_name
from studiohand.mir.roles.by_sound import FAMILY_OF_ROLE, Family, read_sound
from studiohand.mir.timing.stem_profile import profile_of, stem_profile


def test_most_real_stems_are_told_by_their_sound(corpus: Path) -> None:
    files = [
        (path, FAMILY_OF_ROLE.get(read_name(path.stem).role, Family.INSTRUMENT))
        for path in sorted((corpus / "multitrack").glob("*/*.flac"))
        if path.stem not in ("mix", WHOLE_BAND)
    ]
    files += [(p, DRY[p.stem.split("_")[0]]) for p in sorted((corpus / "dry").iterdir())]
    told = []
    for path, family in files:
        reading = read_sound(profile_of(stem_profile(open_audio(path))))
        assert reading is not None
        told.append(reading.family is family)
    assert sum(told) / len(told) >= 0.85
