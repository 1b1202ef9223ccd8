"""A song from stems to a take: neutral, reversible, safe."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from studiohand.cli.main import studiohand
from studiohand.core.audio import Block
from studiohand.core.errors import BadSetting, Cancelled, CannotRead, Corrupt, NotAllowed
from studiohand.core.job import Job
from studiohand.core.outcome import Move
from studiohand.dsp.effects.simple import Gain, Offset, Pan, Polarity
from studiohand.run.songs import deciding
from studiohand.run.songs.collect import new_song
from studiohand.run.songs.rendering import render
from studiohand.song.decisions import moves_with_state
from studiohand.song.folder import Song, open_song

RATE = 48000


@pytest.fixture
def stems(tmp_path: Path, rng: np.random.Generator) -> Path:
    """Three 24-bit stems, one of them mono and shorter."""
    folder = tmp_path / "bounces"
    folder.mkdir()
    for name, frames, channels in [("kick", 70000, 1), ("bass", 90001, 2), ("Vox 🎤", 90001, 2)]:
        samples = 0.2 * rng.standard_normal((frames, channels))
        soundfile.write(folder / f"{name}.wav", samples, RATE, subtype="PCM_24")
    return folder


@pytest.fixture
def song(tmp_path: Path, stems: Path) -> Song:
    return new_song(tmp_path / "My Song", [stems])


def _propose(song: Song, *moves: Move) -> None:
    song.record("listened", {"findings": [], "moves": [move.to_json() for move in moves]})


def _expected_sum(stems: Path) -> Block:
    total = np.zeros((90001, 2))
    for path in sorted(stems.glob("*.wav")):
        samples = soundfile.read(path, always_2d=True)[0]
        total[: len(samples)] += samples
    return total


def _bytes(song: Song) -> dict[str, bytes]:
    folder, _ = render(song, Job())
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*.wav"))}


def test_with_nothing_accepted_the_take_is_the_sample_exact_sum(song: Song, stems: Path) -> None:
    folder, _ = render(song, Job())
    mix = soundfile.read(folder / "mix.wav", dtype="float32")[0]
    assert np.array_equal(mix, _expected_sum(stems).astype(np.float32))
    for path in stems.glob("*.wav"):
        original = soundfile.read(path, dtype="float32")[0]
        assert np.array_equal(
            soundfile.read(folder / "stems" / path.name, dtype="float32")[0], original
        )


def test_accept_then_undo_gives_the_same_bytes_in_any_order(song: Song) -> None:
    before = _bytes(song)
    first = Move("t", (), ("bass",), (Gain(-3.0),), "down")
    second = Move("t", (), ("kick", "mix"), (Polarity(), Offset(-7)), "flip")
    _propose(song, first, second)
    deciding.accept(song, [first.id, second.id])
    assert _bytes(song) != before
    deciding.undo(song, 1)
    deciding.undo(song)
    assert _bytes(song) == before


def test_a_move_at_zero_percent_changes_no_bit(song: Song) -> None:
    before = _bytes(song)
    move = Move("t", (), ("bass", "mix"), (Gain(-3.0), Pan(0.4)), "down")
    _propose(song, move)
    deciding.accept(song, [move.id], amount_percent=0.0)
    assert _bytes(song) == before


def test_an_accepted_gain_is_heard_in_its_stem_and_in_the_mix(song: Song, stems: Path) -> None:
    move = Move("t", (), ("bass",), (Gain(-6.0),), "down")
    _propose(song, move)
    deciding.accept(song, [move.id], amount_percent=50.0)
    folder, body = render(song, Job())
    bass = soundfile.read(stems / "bass.wav")[0]
    rendered = soundfile.read(folder / "stems" / "bass.wav")[0]
    assert np.allclose(rendered, bass * 10 ** (-3 / 20), atol=1e-7)
    mix = soundfile.read(folder / "mix.wav")[0]
    assert np.allclose(mix, _expected_sum(stems) + rendered - bass, atol=1e-6)
    assert body["moves"][0]["amount_percent"] == 50.0


def test_a_mono_stem_that_is_panned_becomes_stereo(song: Song) -> None:
    move = Move("t", (), ("kick",), (Pan(-1.0),), "left")
    _propose(song, move)
    deciding.accept(song, [move.id])
    folder, _ = render(song, Job())
    kick = soundfile.read(folder / "stems" / "kick.wav")[0]
    assert kick.shape[1] == 2
    assert np.abs(kick[:, 0]).max() > 0.1
    assert np.abs(kick[:, 1]).max() < 1e-9


def test_states_follow_the_ledger(song: Song) -> None:
    kept, left = (Move("t", (), ("bass",), (Gain(db),), "x") for db in (-1.0, -2.0))
    _propose(song, kept, left)
    deciding.accept(song, [kept.id], settings={"db": "-1.5"})
    deciding.refuse(song, [left.id], "I like it loud")
    states = {m["id"]: m["state"] for m in moves_with_state(song.ledger.entries())}
    assert states == {kept.id: "amended", left.id: "refused"}
    deciding.undo(song, 1)
    states = {m["id"]: m["state"] for m in moves_with_state(song.ledger.entries())}
    assert states == {kept.id: "open", left.id: "refused"}


def test_a_locked_intent_stops_a_move_and_says_so(song: Song) -> None:
    move = Move("t", (), ("bass",), (Gain(-1.0),), "x")
    _propose(song, move)
    with (song.root / "song.toml").open("a") as file:
        file.write('\n[[intents]]\nwords = "leave my bass"\nstems = ["bass"]\nlocked = true\n')
    with pytest.raises(NotAllowed, match="leave my bass"):
        deciding.accept(song, [move.id])


def test_accepting_one_good_and_one_unknown_move_accepts_none(song: Song) -> None:
    move = Move("t", (), ("bass",), (Gain(-1.0),), "x")
    _propose(song, move)
    with pytest.raises(BadSetting, match="no move"):
        deciding.accept(song, [move.id, "m0000000"])
    assert moves_with_state(song.ledger.entries())[0]["state"] == "open"


def test_undo_says_what_stands_when_an_earlier_decision_comes_back(song: Song) -> None:
    move = Move("t", (), ("bass",), (Gain(-1.0),), "x")
    _propose(song, move)
    deciding.accept(song, [move.id])
    deciding.accept(song, [move.id], 50.0)
    told = [CliRunner().invoke(studiohand, ["undo", str(song.root)]).output for _ in range(2)]
    assert "is accepted, by decision 1" in told[0]
    assert "is open again" in told[1]


def test_undo_without_a_decision_says_so(song: Song) -> None:
    with pytest.raises(BadSetting, match="no decision to undo"):
        deciding.undo(song)


def test_verify_finds_an_altered_original_and_an_altered_take(song: Song) -> None:
    folder, _ = render(song, Job())
    assert len(song.verify()) == 3
    take = folder / "mix.wav"
    content = bytearray(take.read_bytes())
    content[-1] ^= 1
    take.write_bytes(bytes(content))
    with pytest.raises(Corrupt, match=r"0001/mix\.wav” was altered"):
        song.verify()
    take.unlink()
    original = song.root / "originals" / "bass.wav"
    original.chmod(0o644)
    original.write_bytes(original.read_bytes()[:-1] + b"!")
    with pytest.raises(Corrupt, match=r"bass\.wav” was altered"):
        song.verify()


def test_a_render_that_is_stopped_leaves_no_take(song: Song) -> None:
    with pytest.raises(Cancelled):
        render(song, Job(cancelled=lambda: True))
    assert not list((song.root / "takes").iterdir())


def test_stems_whose_names_begin_alike_keep_files_of_their_own(tmp_path: Path) -> None:
    folder = tmp_path / "long"
    folder.mkdir()
    for number in (1, 2):
        soundfile.write(folder / f"{'n' * 205}{number}.wav", np.full((9, 1), 0.1 * number), RATE)
    out, body = render(new_song(tmp_path / "Song", [folder]), Job())
    assert len(body["files"]) == 3
    heard = {float(soundfile.read(path)[0][0].round(2)) for path in (out / "stems").iterdir()}
    assert heard == {0.1, 0.2}


def test_a_lone_mix_called_mix_gets_what_is_on_the_bus_once(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "mix.wav", np.full((100, 2), 0.5), RATE, subtype="PCM_24")
    song = new_song(tmp_path / "Song", [], mix=tmp_path / "mix.wav")
    move = Move("t", (), ("mix",), (Gain(-6.0),), "down")
    _propose(song, move)
    deciding.accept(song, [move.id])
    heard = soundfile.read(render(song, Job())[0] / "mix.wav")[0]
    assert heard[50, 0] == pytest.approx(0.5 * 10 ** (-6 / 20), rel=1e-6)


def test_a_stem_cannot_be_called_as_the_mix_bus(tmp_path: Path) -> None:
    for name in ("mix", "bass"):
        soundfile.write(tmp_path / f"{name}.wav", np.full((100, 2), 0.1), RATE)
    song = new_song(tmp_path / "Song", [tmp_path / "mix.wav", tmp_path / "bass.wav"])
    assert [asset.name for asset in song.assets("stem")] == ["mix (2)", "bass"]


def test_a_file_named_as_the_mix_is_taken_as_the_mix(tmp_path: Path, stems: Path) -> None:
    soundfile.write(stems / "My Song roughmix_02.wav", np.zeros((500, 2)), RATE)
    song = new_song(tmp_path / "s", [stems])
    assert [a.name for a in song.assets("mix")] == ["My Song roughmix_02"]
    assert len(song.assets("stem")) == 3


def test_two_stems_of_one_name_both_stay(tmp_path: Path, stems: Path) -> None:
    (stems / "sub").mkdir()
    soundfile.write(stems / "sub" / "Bass.flac", np.zeros((500, 1)), RATE)
    song = new_song(tmp_path / "s", [stems])
    assert sorted(a.name for a in song.assets()) == ["Bass (2)", "Vox 🎤", "bass", "kick"]


def test_a_folder_with_a_file_that_is_not_audio_makes_no_song(tmp_path: Path, stems: Path) -> None:
    (stems / "notes.wav").write_bytes(b"%PDF-1.7 " * 500)
    with pytest.raises(CannotRead, match=r"notes\.wav"):
        new_song(tmp_path / "s", [stems])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bounces"]


def test_a_render_into_the_session_the_stems_came_from_is_refused(
    tmp_path: Path, stems: Path
) -> None:
    session = tmp_path / "session"
    session.mkdir()
    stems = stems.rename(session / "stems")
    song = new_song(tmp_path / "Song", [stems])
    before = {path: path.read_bytes() for path in stems.iterdir()}
    with pytest.raises(BadSetting, match="would replace the original"):
        render(song, Job(), out=session)
    assert {path: path.read_bytes() for path in stems.iterdir()} == before
    assert not (session / "mix.wav").exists()


def test_an_existing_folder_is_never_written_over(tmp_path: Path, stems: Path) -> None:
    with pytest.raises(BadSetting, match="exists already"):
        new_song(stems, [stems])


def test_a_folder_that_links_to_itself_is_read_once(tmp_path: Path, stems: Path) -> None:
    (stems / "loop").symlink_to(stems, target_is_directory=True)
    assert len(new_song(tmp_path / "s", [stems]).assets()) == 3


def test_stems_of_two_rates_are_not_summed_in_silence(tmp_path: Path, stems: Path) -> None:
    soundfile.write(stems / "odd.wav", np.zeros((500, 1)), 44100)
    song = new_song(tmp_path / "s", [stems])
    assert song.rate == RATE
    with pytest.raises(BadSetting, match="odd” is at 44100 Hz"):
        render(song, Job())
    assert not any((song.root / "takes").iterdir())


def test_a_killed_render_leaves_a_song_that_opens_and_verifies(song: Song) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from studiohand.core.job import Job; from studiohand.run.songs.rendering import render\n"
        "from studiohand.song.folder import Song\n"
        "def slow(what, share):\n print('at', share, flush=True); time.sleep(0.3)\n"
        "render(Song(Path(sys.argv[1])), Job(on_progress=slow))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(song.root)], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": "src"},
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert list(song.root.rglob("*.part"))
    reopened = open_song(song.root)
    assert not list(song.root.rglob("*.part"))
    reopened.verify()
    render(reopened, Job())
    reopened.verify()


def test_a_running_render_keeps_its_half_written_files_when_another_opens_the_song(
    song: Song,
) -> None:
    mine = song.root / "takes" / f"x.{os.getpid()}.part"
    mine.write_bytes(b"x")
    open_song(song.root)
    assert mine.exists()
