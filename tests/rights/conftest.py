"""A scripted session of thirty steps on a small song."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from studiohand.core.job import Job
from studiohand.core.outcome import Move
from studiohand.dsp.effects.simple import Gain, Offset, Polarity
from studiohand.models.store import card
from studiohand.rights import account
from studiohand.rights.policy import record_use
from studiohand.run.songs import deciding
from studiohand.run.songs.collect import new_song
from studiohand.run.songs.rendering import render
from studiohand.song.folder import Song

RATE = 8000
STEMS = {"lead vocal": 1.0, "drums": 2.0, "bass": 2.0, "ai pad": 1.5, "guide guitar": 1.0}


@pytest.fixture
def song(tmp_path: Path, rng: np.random.Generator) -> Song:
    """Five stems: one generated elsewhere, one guide."""
    folder = tmp_path / "stems"
    folder.mkdir()
    for name, seconds in STEMS.items():
        samples = np.zeros((2 * RATE, 2))
        samples[: int(seconds * RATE)] = 0.1 * rng.standard_normal((int(seconds * RATE), 2))
        soundfile.write(folder / f"{name}.wav", samples, RATE, subtype="PCM_16")
    return new_song(tmp_path / "song", [folder], title="Night Drive", artist="Ada Artist")


@pytest.fixture
def session(song: Song) -> Song:
    """Thirty steps: listening, decisions of every kind, undone ones, origins, takes."""
    moves = [
        Move("level", (), ("bass",), (Gain(-1.0 - n),), f"bass down by {n + 1} dB")
        for n in range(6)
    ]
    moves += [
        Move("timing", (), ("drums",), (Offset(-9),), "drums 9 frames earlier"),
        Move("timing", (), ("lead vocal",), (Polarity(),), "lead vocal inverted"),
        Move("level", (), ("mix",), (Gain(-0.5),), "mix down by 0.5 dB"),
    ]
    song.record("listened", {"findings": [], "moves": [m.to_json() for m in moves]})
    deciding.accept(song, [m.id for m in moves[:4]])
    deciding.accept(song, [moves[4].id], amount_percent=60.0)
    deciding.accept(song, [moves[6].id], settings={"frames": "-8"})
    deciding.refuse(song, [moves[5].id], "the bass is the song")
    deciding.refuse(song, [moves[7].id])
    deciding.undo(song, 2)
    deciding.undo(song, 3)
    account.declare_part(song, "ai pad", "generated", "Ada Artist", "SomeService v4")
    account.declare_part(song, "lead vocal", "recorded", "Ada Artist")
    account.declare_part(song, "drums", "recorded", "Ben Beat")
    account.declare(song, "vocals", "human", "Ada Artist")
    account.declare(song, "production", "human", "Ada Artist", "mixed by hand")
    account.declare_part(song, "bass", "programmed", "Ada Artist")
    account.declare_part(song, "guide guitar", "programmed", "Ada Artist")
    account.declare(song, "composition", "human", "Ada Artist")
    account.declare(song, "lyrics", "assisted", "Ada Artist", "rhymes looked up")
    account.declare(song, "artwork", "human", "Cy Cover")
    account.credit(song, "Ada Artist", "Vocalist", "lead vocal", ipi="00014107338")
    account.credit(song, "Ben Beat", "AssociatedPerformer", "drums")
    account.credit(song, "Ada Artist", "Mixer")
    account.identify(song, isrc="USS1Z9900001", iswc="T-034.524.680-1")
    render(song, Job())
    deciding.accept(song, [moves[8].id])
    record_use(song, card("sketch"), "separated the rough mix", ["vocals", "drums"])
    account.declare_part(song, "drums", "separated", "Ben Beat", "sketch")
    render(song, Job())
    acts = [e for e in song.ledger.entries() if e.kind not in ("created", "added")]
    assert len(acts) >= 30
    return song
