"""A generated part is told of in every file it reaches."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from studiohand.cli.main import run
from studiohand.core.audio import MemorySource
from studiohand.core.job import Job
from studiohand.io.audiofile import open_audio
from studiohand.rights.account import account, declare_part
from studiohand.rights.credentials import manifest_of, sign
from studiohand.rights.keys import signing_key
from studiohand.rights.marks import marks_in
from studiohand.rights.origin import Mark, Origin, mark_text, read_marks, without_marks
from studiohand.run.files.single import write_file
from studiohand.run.songs.collect import new_song
from studiohand.run.songs.rendering import render
from studiohand.song.folder import Song

MARKS = st.lists(
    st.builds(
        Mark, st.text(max_size=20), st.sampled_from(Origin), st.text(max_size=8),
        st.text(max_size=20), st.booleans(),
    ),
    max_size=4,
)  # fmt: skip


@given(
    marks=MARKS, before=st.text("abc \n[]{}", max_size=20), after=st.text("xyz \n]", max_size=20)
)
def test_marks_come_back_from_any_comment(marks: list[Mark], before: str, after: str) -> None:
    text = mark_text(marks)
    assert set(read_marks(f"{before} {text} {after}")) == set(marks)
    if text:
        assert without_marks(f"{before} {text}") == before.strip()


def test_a_damaged_mark_is_told_as_unknown_and_never_dropped() -> None:
    assert read_marks('studiohand-origin:[{"part":"pad"')[0].origin is Origin.UNKNOWN


@pytest.fixture
def tainted(song: Song) -> Song:
    declare_part(song, "ai pad", "generated", "Ada Artist", "SomeService v4")
    return song


def _generated(path: Path) -> bool:
    return any(m.origin is Origin.GENERATED and m.part == "ai pad" for m in marks_in(path))


def test_a_take_says_so_in_its_mix_and_in_that_stem_alone(tainted: Song) -> None:
    folder, _ = render(tainted, Job())
    assert _generated(folder / "mix.wav")
    assert _generated(folder / "stems" / "ai pad.wav")
    assert marks_in(folder / "stems" / "bass.wav") == ()


def test_a_take_without_generated_parts_has_no_mark(song: Song) -> None:
    (song.root / "originals" / "guide guitar.wav").chmod(0o644)
    folder, _ = render(song, Job())
    assert marks_in(folder / "stems" / "drums.wav") == ()
    assert not any(m.origin is Origin.GENERATED for m in marks_in(folder / "mix.wav"))


def test_our_own_render_brought_in_again_is_still_generated(tainted: Song, tmp_path: Path) -> None:
    folder, _ = render(tainted, Job())
    again = new_song(tmp_path / "again", [folder / "mix.wav", folder / "stems" / "bass.wav"])
    found = {part.name: part for part in account(again).parts}
    assert found["mix (2)"].origin is Origin.GENERATED
    assert "SomeService v4" in found["mix (2)"].detail
    assert found["bass"].origin is Origin.UNKNOWN


@pytest.mark.parametrize(
    "kind", ["wav24", "bare24", "flac", "mp3", "aac", "opus", "aiff", "alac", "vorbis"]
)
def test_every_conversion_carries_the_mark(tainted: Song, tmp_path: Path, kind: str) -> None:
    folder, _ = render(tainted, Job())
    out = tmp_path / "converted"
    assert run(["convert", str(folder / "mix.wav"), "--out", str(out), "--to", kind, "--rate",
                "48000"]) == 0  # fmt: skip
    made = [p for p in out.iterdir() if p.is_file() and p.suffix not in (".json", ".txt")]
    assert made
    assert all(_generated(path) for path in made)


def test_a_processed_file_carries_the_mark(tainted: Song, tmp_path: Path) -> None:
    folder, _ = render(tainted, Job())
    out = tmp_path / "matched.wav"
    write_file(MemorySource(np.zeros((100, 2)), 8000), folder / "mix.wav", out, Job())
    assert _generated(out)


def test_separated_stems_say_which_model_and_keep_what_the_mix_said(
    tainted: Song, tmp_path: Path
) -> None:
    folder, _ = render(tainted, Job())
    out = tmp_path / "separated"
    assert run(["separate", str(folder / "mix.wav"), "--out", str(out), "--model", "sketch"]) == 0
    for path in out.glob("*.wav"):
        origins = {mark.origin for mark in marks_in(path)}
        assert origins >= {Origin.GENERATED, Origin.SEPARATED}


def test_a_guide_is_marked_in_the_mix(song: Song) -> None:
    folder, _ = render(song, Job())
    assert [m.part for m in marks_in(folder / "mix.wav") if m.guide] == ["guide guitar"]


def test_a_file_that_says_nothing_has_no_mark(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.flac", np.zeros((100, 1)), 8000)
    assert marks_in(tmp_path / "x.flac") == ()
    assert open_audio(tmp_path / "x.flac").frames == 100


def test_a_master_for_a_place_asks_about_a_guide_and_carries_every_mark(
    tainted: Song, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = render(tainted, Job())
    mix, out = str(folder / "mix.wav"), tmp_path / "master"
    assert run(["master", mix, "--for", "spotify", "--for", "bandcamp", "--out", str(out)]) == 3
    assert "holds a guide (guide guitar)" in capsys.readouterr().err
    assert not out.exists()
    arguments = ["master", mix, "--for", "spotify", "--for", "bandcamp", "--with-guide"]
    assert run([*arguments, "--out", str(out)]) in (0, 1)
    audio = [p for p in out.rglob("*") if p.suffix in (".wav", ".flac", ".mp3", ".m4a")]
    assert len(audio) >= 3
    assert all(_generated(path) for path in audio)


def test_a_generated_file_known_by_its_credentials_stays_marked_without_them(
    session: Song, tmp_path: Path, rng: np.random.Generator
) -> None:
    pytest.importorskip("c2pa")
    bare, signed = tmp_path / "pad.wav", tmp_path / "signed.wav"
    soundfile.write(bare, 0.1 * rng.standard_normal((48000, 2)), 48000)
    sign(bare, manifest_of(account(session)), signing_key(tmp_path / "keys", "Ada"), signed)
    song = new_song(tmp_path / "brought in", [signed])
    assert account(song).parts[0].origin is Origin.GENERATED
    out = tmp_path / "converted"
    assert run(["convert", str(signed), "--out", str(out), "--to", "flac"]) == 0
    assert any(m.origin is Origin.GENERATED for m in marks_in(out / "signed.flac"))
