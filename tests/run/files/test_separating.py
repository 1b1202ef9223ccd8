"""`separate`: stems and residual add up to the file, at its rate, length and layout."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studiohand.cli.main import run
from studiohand.core.audio import MemorySource
from studiohand.core.errors import BadSetting, Cancelled, CannotRead
from studiohand.core.job import Job
from studiohand.io.audiofile import open_audio
from studiohand.run.files.separating import separate
from studiohand.run.files.separating_many import separate_many
from tests.signals import noise, sine


def write(path: Path, samples: np.ndarray, rate: int, subtype: str) -> Path:
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


@pytest.mark.parametrize(
    ("rate", "channels", "subtype"),
    [(44100, 2, "PCM_16"), (48000, 1, "PCM_24"), (96000, 2, "FLOAT"), (44100, 3, "PCM_24")],
)
def test_stems_and_residual_are_the_mix(
    rate: int, channels: int, subtype: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    samples = noise(rng, 1.3, rate, channels) + sine(220.0, 1.3, rate, -12.0, channels)
    mix = write(tmp_path / "mix.wav", samples, rate, subtype)
    assert run(["separate", str(mix), "--out", str(tmp_path / "out"), "--json"]) == 0
    wanted, _ = soundfile.read(mix, always_2d=True)
    total = np.zeros_like(wanted)
    for name in ("vocals", "drums", "bass", "other", "residual"):
        part, part_rate = soundfile.read(tmp_path / "out" / f"{name}.wav", always_2d=True)
        assert part_rate == rate
        assert soundfile.info(tmp_path / "out" / f"{name}.wav").subtype == "FLOAT"
        total += part
    assert np.abs(total - wanted).max() < 1e-6


def test_what_is_loud_stays_loud_and_is_not_clipped(tmp_path: Path) -> None:
    source = MemorySource(sine(100.0, 1.0, 44100, 9.0, 2), 44100)
    separate(source, tmp_path, "studio4", (), Job())
    total = sum(
        soundfile.read(tmp_path / f"{name}.wav")[0]
        for name in ("vocals", "drums", "bass", "other", "residual")
    )
    assert np.abs(total).max() > 2.7


def test_only_the_asked_stems_are_written_and_the_rest_is_the_residual(
    tmp_path: Path, rng: np.random.Generator, capsys: pytest.CaptureFixture[str]
) -> None:
    mix = write(tmp_path / "mix.wav", noise(rng, 1.0, 44100), 44100, "PCM_24")
    out = tmp_path / "out"
    assert (
        run(
            [
                "separate",
                str(mix),
                "--out",
                str(out),
                "--stems",
                "drums",
                "--model",
                "sketch",
                "--json",
            ]
        )
        == 0
    )
    assert sorted(path.name for path in out.iterdir()) == ["drums.wav", "residual.wav"]
    document = json.loads(capsys.readouterr().out)
    assert [row["stem"] for row in document["stems"]] == ["drums"]
    assert document["null_dbfs"] < -120.0
    assert document["memory_estimate_mb"] > 0


def test_a_remix_is_the_mix_with_one_stem_moved(tmp_path: Path, rng: np.random.Generator) -> None:
    samples = noise(rng, 1.0, 44100)
    mix = write(tmp_path / "mix.wav", samples, 44100, "FLOAT")
    out = tmp_path / "out"
    arguments = ["separate", str(mix), "--out", str(out), "--model", "sketch", "--json"]
    assert run([*arguments, "--remix", "drums=-6,vocals=0"]) == 0
    drums, remix = (soundfile.read(out / f"{n}.wav")[0] for n in ("drums", "remix"))
    wanted = samples + (10 ** (-6 / 20) - 1) * drums
    assert np.abs(remix - wanted).max() < 1e-6
    assert run([*arguments, "--remix", "kazoo=1"]) == 2
    assert run([*arguments, "--remix", "drums=loud"]) == 2


def test_the_same_file_gives_the_same_bytes(tmp_path: Path, rng: np.random.Generator) -> None:
    source = MemorySource(noise(rng, 1.0, 44100), 44100)
    for name in ("one", "two"):
        separate(source, tmp_path / name, "studio4", ("vocals",), Job())
    first, second = ((tmp_path / n / "vocals.wav").read_bytes() for n in ("one", "two"))
    assert first == second


def test_stopping_leaves_no_file(tmp_path: Path, rng: np.random.Generator) -> None:
    asked = iter([False, False, True])
    job = Job(cancelled=lambda: next(asked))
    with pytest.raises(Cancelled):
        separate(MemorySource(noise(rng, 9.0, 44100), 44100), tmp_path, "sketch", (), job)
    assert not list(tmp_path.iterdir())


def test_a_killed_run_leaves_no_half_file_and_the_next_is_as_if_nothing_happened(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    mix = write(tmp_path / "mix.wav", noise(rng, 30.0, 44100), 44100, "PCM_16")
    out = tmp_path / "out"
    code = f"from studiohand.cli.main import run; run(['separate', {str(mix)!r}, '--out', "
    code += f"{str(out)!r}, '--model', 'sketch', '--json'])"
    killed = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL)
    while not [p for p in out.glob("*.part") if p.stat().st_size > 100_000]:
        assert killed.poll() is None
        time.sleep(0.02)
    killed.kill()
    killed.wait()
    assert not list(out.glob("*.wav"))
    separate(open_audio(mix), out, "sketch", (), Job())
    separate(open_audio(mix), tmp_path / "other", "sketch", (), Job())
    assert sorted(p.name for p in out.iterdir()) == sorted(
        p.name for p in (tmp_path / "other").iterdir()
    )
    assert all(p.read_bytes() == (tmp_path / "other" / p.name).read_bytes() for p in out.iterdir())


def test_a_queue_goes_on_where_it_was_stopped(
    tmp_path: Path, rng: np.random.Generator, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [write(tmp_path / f"{n}.wav", noise(rng, 0.5, 44100), 44100, "PCM_24") for n in "ab"]
    calls: list[str] = []
    stopping = Job(
        on_progress=lambda what, share: calls.append(what),
        cancelled=lambda: any(call.startswith("2 of 2") for call in calls),
    )
    with pytest.raises(Cancelled):
        separate_many(files, tmp_path / "out", "sketch", (), stopping)
    assert not list((tmp_path / "out" / "b").glob("*"))
    names = [str(file) for file in files]
    again = ["separate", *names, "--out", str(tmp_path / "out"), "--model", "sketch", "--json"]
    assert run(again) == 0
    reports = json.loads(capsys.readouterr().out)["files"]
    assert [report["kept"] for report in reports] == [True, False]
    files[0].write_bytes(files[1].read_bytes())
    assert run(again) == 0
    reports = json.loads(capsys.readouterr().out)["files"]
    assert [report["kept"] for report in reports] == [False, True]


def test_a_file_that_cannot_be_read_stops_no_other_in_the_queue(
    tmp_path: Path, rng: np.random.Generator, capsys: pytest.CaptureFixture[str]
) -> None:
    bill, song = tmp_path / "bill.wav", tmp_path / "song.wav"
    bill.write_bytes(b"%PDF-1.7")
    write(song, noise(rng, 0.5, 44100), 44100, "PCM_24")
    asked = ["separate", str(bill), str(song), "--out", str(tmp_path / "out"), "--model", "sketch"]
    assert run([*asked, "--json"]) == 3
    said = capsys.readouterr()
    first, second = json.loads(said.out)["files"]
    assert "bill.wav" in first["error"]
    assert "bill.wav" in said.err
    assert second["null_dbfs"] < -120.0
    assert (tmp_path / "out" / "song" / "vocals.wav").is_file()


def test_the_source_is_never_written_over(tmp_path: Path, rng: np.random.Generator) -> None:
    mix = write(tmp_path / "vocals.wav", noise(rng, 0.3, 44100), 44100, "PCM_24")
    before = mix.read_bytes()
    assert run(["separate", str(mix), "--out", str(tmp_path), "--model", "sketch"]) == 2
    assert mix.read_bytes() == before


def test_not_a_number_is_refused(tmp_path: Path) -> None:
    samples = np.full((4000, 2), np.nan)
    with pytest.raises(CannotRead, match="not numbers"):
        separate(MemorySource(samples, 44100), tmp_path, "sketch", (), Job())


def test_silence_is_silence(tmp_path: Path) -> None:
    made = separate(MemorySource(np.zeros((5000, 2)), 48000), tmp_path, "studio4", (), Job())
    assert not any(row["found"] for row in made["stems"])
    assert not soundfile.read(tmp_path / "other.wav")[0].any()


def test_a_stem_the_model_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="kazoo"):
        separate(MemorySource(np.ones((50, 1)), 48000), tmp_path, "studio4", ("kazoo",), Job())


def test_models_are_listed_with_their_consent(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "list", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["models"]}
    assert rows["studio4"]["consent"] == "explicit"
    assert rows["studio4"]["here"]
