"""Conversion: exact where it can be, certified, resumable, and one bad file stops nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from studiohand.core.audio import Block, MemorySource, read_all
from studiohand.core.effect import JsonValue
from studiohand.core.errors import BadSetting, Cancelled
from studiohand.core.job import Job
from studiohand.io.audiofile import create_audio, open_audio
from studiohand.io.formats import target_named
from studiohand.run.files.certificates import sentence
from studiohand.run.files.conversion import Order, samples_sha256
from studiohand.run.files.converting import CERTIFICATES, Batch, convert_all, one_by_one, tried
from tests.signals import noise, sine

RATE = 48_000


def wav(path: Path, samples: Block, subtype: str = "PCM_24", rate: int = RATE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with create_audio(path, rate, samples.shape[1], subtype) as sink:
        sink.write(samples)
    return path


@pytest.fixture
def song(tmp_path: Path, rng: np.random.Generator) -> Path:
    """A 24-bit file that no 16-bit file can hold."""
    samples = (
        np.round((sine(440.0, 1.0, RATE, -6.0, 2) + noise(rng, 1.0, db=-50.0)) * 2**23) / 2**23
    )
    return wav(tmp_path / "in" / "a.wav", samples)


def converted(tmp_path: Path, *paths: Path, to: str, **more: object) -> list[dict[str, JsonValue]]:
    return convert_all(Job(), Batch(paths, tmp_path / "out", target_named(to), **more))  # type: ignore[arg-type]


@pytest.mark.parametrize("to", ["wav", "wav24", "wav32", "wav32f", "aiff", "flac", "alac"])
def test_a_change_of_container_keeps_every_sample(to: str, song: Path, tmp_path: Path) -> None:
    (certificate,) = converted(tmp_path, song, to=to)
    made = open_audio(Path(certificate["out"]))
    np.testing.assert_array_equal(read_all(made), read_all(open_audio(song)))
    assert certificate["exact"]
    assert certificate["samples_sha256_before"] == certificate["samples_sha256_after"]
    assert certificate["samples_sha256_after"] == samples_sha256(made)
    assert certificate["dither"] is None
    assert "bit for bit" in sentence(certificate)


def test_fewer_bits_get_dither_once_and_a_floor_where_it_belongs(
    song: Path, tmp_path: Path
) -> None:
    (certificate,) = converted(tmp_path, song, to="wav16")
    assert certificate["dither"]["kind"] == "TPDF"
    assert not certificate["exact"]
    assert certificate["null_rms_dbfs"] == pytest.approx(10 * np.log10(0.25 * 2.0**-30), abs=0.1)
    assert open_audio(Path(certificate["out"])).facts.bits == 16


def test_samples_that_fit_already_get_no_dither(tmp_path: Path, rng: np.random.Generator) -> None:
    samples = np.round(noise(rng, 0.5) * 2**15) / 2**15
    (certificate,) = converted(tmp_path, wav(tmp_path / "f.wav", samples, "FLOAT"), to="wav16")
    assert certificate["exact"]
    assert certificate["dither"] is None


def test_dither_differs_from_stem_to_stem_but_not_from_run_to_run(
    song: Path, tmp_path: Path
) -> None:
    other = wav(tmp_path / "in" / "b.wav", 0.9 * read_all(open_audio(song)), "FLOAT")
    one, two = converted(tmp_path, song, other, to="wav16")
    assert one["dither"]["seed"] != two["dither"]["seed"]
    (again,) = convert_all(Job(), Batch((song,), tmp_path / "again", target_named("wav16")))
    assert again["result"]["sha256"] == one["result"]["sha256"]


def test_noise_is_shaped_only_for_a_16_bit_master(song: Path, tmp_path: Path) -> None:
    (shaped,) = converted(tmp_path, song, to="wav16", dither="shaped")
    assert "shaped" in shaped["dither"]["kind"]
    (plain,) = converted(tmp_path, song, to="wav16", dither="none")
    assert plain["dither"] == {"kind": "none: rounded", "bits": 16, "seed": None}
    assert shaped["null_rms_dbfs"] > plain["null_rms_dbfs"] + 6.0
    (refused,) = convert_all(
        Job(), Batch((song,), tmp_path / "x", target_named("flac24"), dither="shaped")
    )
    assert "16 bits" in refused["error"]


def test_over_full_scale_is_told_and_kept_in_float(tmp_path: Path) -> None:
    loud = wav(tmp_path / "l.wav", sine(100.0, 0.1, RATE, 6.0, 1), "FLOAT")
    (whole,) = converted(tmp_path, loud, to="wav24")
    assert whole["clipped_samples"] > 1000
    assert "clipped" in sentence(whole)
    (floating,) = convert_all(Job(), Batch((loud,), tmp_path / "f", target_named("wav32f")))
    assert floating["exact"]


def test_a_rate_is_changed_only_when_told(song: Path, tmp_path: Path) -> None:
    (certificate,) = converted(tmp_path, song, to="flac", rate=44_100)
    assert certificate["resampled"]["to"] == 44_100
    assert certificate["result"]["frames"] == round(RATE * 44_100 / RATE)
    assert certificate["null_rms_dbfs"] < -140.0
    (refused,) = convert_all(Job(), Batch((song,), tmp_path / "o", target_named("opus"), 44_100))
    assert refused["state"] == "failed"
    assert "--rate" in refused["error"]


def test_a_lossy_file_is_measured_after_its_codec(song: Path, tmp_path: Path) -> None:
    (certificate,) = converted(tmp_path, song, to="mp3-128")
    assert certificate["true_peak_before_dbtp"] == pytest.approx(-6.0, abs=0.3)
    assert certificate["true_peak_after_dbtp"] is not None
    assert -80.0 < certificate["null_rms_dbfs"] < -30.0


def test_folders_keep_their_shape_and_names_never_collide(song: Path, tmp_path: Path) -> None:
    samples = read_all(open_audio(song))
    wav(tmp_path / "in" / "deep" / "a.wav", samples)
    wav(tmp_path / "in" / "a.aiff.wav", samples)
    done = converted(tmp_path, tmp_path / "in", song, to="flac")
    outs = [str(Path(c["out"]).relative_to(tmp_path / "out")) for c in done]
    assert sorted(outs) == ["a-2.flac", "a.aiff.flac", "a.flac", "deep/a.flac"]
    kept = json.loads((tmp_path / "out" / CERTIFICATES / "deep" / "a.flac.json").read_text())
    assert kept["exact"]
    assert "bit for bit" in (tmp_path / "out" / "certificate.txt").read_text()


def test_names_follow_a_pattern(song: Path, tmp_path: Path) -> None:
    (done,) = converted(tmp_path, song, to="wav16", name="{number} {folder} {name} {target}")
    assert Path(done["out"]).name == "01 in a wav16.wav"
    with pytest.raises(BadSetting, match="not known"):
        converted(tmp_path, song, to="wav16", name="{colour}")
    with pytest.raises(BadSetting, match="file name"):
        converted(tmp_path, song, to="wav16", name="../{name}")


def test_what_is_done_is_skipped_and_what_has_changed_is_made_again(
    song: Path, tmp_path: Path
) -> None:
    assert converted(tmp_path, song, to="flac")[0]["state"] == "converted"
    assert converted(tmp_path, song, to="flac")[0]["state"] == "skipped"
    assert converted(tmp_path, song, to="flac16")[0]["state"] == "converted"
    (tmp_path / "out" / "a.flac").write_bytes(b"damaged")
    assert converted(tmp_path, song, to="flac16")[0]["state"] == "converted"
    wav(song, 0.5 * read_all(open_audio(song)))
    assert converted(tmp_path, song, to="flac16")[0]["state"] == "converted"


def test_a_dry_run_writes_nothing(song: Path, tmp_path: Path) -> None:
    (certificate,) = converted(tmp_path, song, to="flac", dry_run=True)
    assert certificate["state"] == "would be converted"
    assert not (tmp_path / "out").exists()


def test_nothing_of_others_is_replaced(song: Path, tmp_path: Path) -> None:
    before = song.read_bytes()
    (same,) = convert_all(Job(), Batch((song,), song.parent, target_named("wav24")))
    assert "would replace the original" in same["error"]
    assert song.read_bytes() == before
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.flac").write_bytes(b"somebody's")
    assert "in the way" in converted(tmp_path, song, to="flac")[0]["error"]
    assert (tmp_path / "out" / "a.flac").read_bytes() == b"somebody's"
    assert converted(tmp_path, song, to="flac", overwrite=True)[0]["state"] == "converted"


def test_one_bad_file_stops_nothing(song: Path, tmp_path: Path) -> None:
    bad = tmp_path / "in" / "b.wav"
    bad.write_bytes(b"%PDF-1.7")
    good, failed, last = converted(tmp_path, song, bad, song, to="flac")
    assert (good["state"], failed["state"], last["state"]) == ("converted", "failed", "converted")
    assert "PDF" in failed["error"]


def test_a_certificate_that_cannot_be_written_hides_nothing(song: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "certificate.txt").mkdir(parents=True)
    done, failed = converted(tmp_path, song, to="flac")
    assert done["state"] == "converted"
    assert failed["state"] == "failed"
    assert "certificate.txt" in failed["error"]


def test_a_source_that_breaks_off_leaves_no_file(song: Path, tmp_path: Path) -> None:
    samples = np.zeros((100_000, 1))
    samples[90_000] = np.nan
    bad = wav(tmp_path / "nan.wav", samples, "FLOAT")
    (failed,) = converted(tmp_path, bad, to="wav24")
    assert "not numbers" in failed["error"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "certificate.txt",
        CERTIFICATES,
    ]


def crashes_on_b(order: Order) -> dict[str, JsonValue]:
    """Stands for a decoder that takes its process with it."""
    if order.source.stem == "b":
        os._exit(139)
    return tried(order)


def test_a_crash_of_a_decoder_stops_only_its_own_file(song: Path, tmp_path: Path) -> None:
    orders = [
        Order(
            song.with_stem(stem),
            tmp_path / f"{stem}.flac",
            tmp_path / f"{stem}.json",
            target_named("flac"),
        )
        for stem in ("a", "b")
    ]
    good, failed = one_by_one(Job(), crashes_on_b, orders)
    assert good["state"] == "converted"
    assert "crash" in failed["error"]


def test_stopping_leaves_nothing_half_written(song: Path, tmp_path: Path) -> None:
    other = wav(song.with_stem("b"), read_all(open_audio(song)))
    half = tmp_path / "out" / "a.flac.4000000.part"

    class Stopping:
        def map(self, *asked: object) -> list[object]:
            half.write_bytes(b"half")
            raise Cancelled

    batch = Batch((song, other), tmp_path / "out", target_named("flac"))
    with pytest.raises(Cancelled):
        convert_all(Job(workers=Stopping()), batch)  # type: ignore[arg-type]
    assert not half.exists()


def test_minus_zero_counts_as_zero_in_the_hash_of_samples() -> None:
    one, other = np.zeros((8, 1)), np.full((8, 1), -0.0)
    assert samples_sha256(MemorySource(one, RATE)) == samples_sha256(MemorySource(other, RATE))
