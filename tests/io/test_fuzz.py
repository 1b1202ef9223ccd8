"""Damaged files: a reader either tells or gives exactly the frames it promised; never a crash."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studiohand.io.formats import TARGETS
from studiohand.io.metadata import Marker, Metadata
from studiohand.io.write import create_target
from tests.signals import noise

KINDS = {
    "a.wav": ("WAV", "PCM_24"),
    "f.wav": ("WAV", "FLOAT"),
    "a.rf64": ("RF64", "PCM_16"),
    "a.aiff": ("AIFF", "PCM_24"),
    "a.flac": ("FLAC", "PCM_24"),
    "a.ogg": ("OGG", "VORBIS"),
    "a.opus": ("OGG", "OPUS"),
    "a.mp3": ("MP3", "MPEG_LAYER_III"),
}

# In a process of its own: a decoder that crashes must not take the test run with it.
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "12")
"""Damaged copies of each file; FUZZ_EXAMPLES=2000 for a long look."""

CHILD = """
import sys
from pathlib import Path
from hypothesis import HealthCheck, given, settings, strategies as st
from studiohand.core.errors import StudiohandError
from studiohand.io.audiofile import open_audio
from studiohand.io.tags import read_metadata

good = Path(sys.argv[1]).read_bytes()
bad = Path(sys.argv[1]).with_suffix(".bad")
places = st.one_of(st.integers(0, 200), st.integers(0, len(good) - 1))
flips = st.lists(st.tuples(places, st.integers(0, 255)), max_size=12)

@settings(max_examples=int(sys.argv[2]), deadline=None, derandomize=True, database=None,
          suppress_health_check=list(HealthCheck))
@given(st.one_of(st.just(len(good)), st.integers(0, len(good))), flips)
def damaged(keep, changes):
    raw = bytearray(good)
    for place, value in changes:
        raw[place] = value
    bad.write_bytes(raw[:keep])
    read_metadata(bad)
    try:
        source = open_audio(bad)
        got = 0
        for block in source.blocks():
            got += len(block)
            if got > 3_000_000:
                return
        assert got == source.frames
    except StudiohandError as error:
        assert error.what and error.todo

damaged()
print("survived")
"""


@pytest.mark.parametrize("name", KINDS)
def test_a_damaged_file_is_told_or_read_as_promised(
    name: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    kind, subtype = KINDS[name]
    with soundfile.SoundFile(tmp_path / name, "w", 48_000, 2, format=kind, subtype=subtype) as file:
        file.write(noise(rng, 0.06))
    survives(tmp_path / name)


@pytest.mark.parametrize("name", ["alac", "aac", "wav24", "aiff24", "flac", "mp3", "opus"])
def test_a_damaged_file_with_tags_is_told_or_read_as_promised(
    name: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    target = TARGETS[name]
    said = Metadata({"title": "A", "mood": "B"}, (Marker(0, "x"), Marker(900, "y")))
    with create_target(tmp_path / "a", target, 48_000, 2, 0 if target.lossy else 24, said) as sink:
        block = noise(rng, 0.06)
        if target.lossy:
            sink.write(block)
        else:
            sink.write_integers((block * 2**20).astype(np.int32))
    survives(tmp_path / "a")


def survives(path: Path) -> None:
    """Damage a file many times in a process of its own and read it."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), EXAMPLES],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "survived"), done.stderr[-3000:]
    assert not done.stderr.strip(), "a decoder wrote to the terminal"
