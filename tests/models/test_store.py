"""Cards, checksums and the written yes."""

from __future__ import annotations

import ast
import dataclasses
import hashlib
from collections.abc import Iterable
from pathlib import Path

import pytest

from studiohand.core.cards import FREE_TO_RUN, Consent, ModelCard, Weights
from studiohand.core.errors import BadSetting, Corrupt, MissingPart, NotAllowed
from studiohand.models import store
from studiohand.models.onnx import Session
from studiohand.models.separation import LOADERS, open_model

WEIGHTS = Path(store.__file__).parent / "weights"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STUDIOHAND_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def a_card(consent: Consent = Consent.UNDOCUMENTED, content: bytes = b"weights") -> ModelCard:
    digest = hashlib.sha256(content).hexdigest()
    return dataclasses.replace(
        store.card(store.DEFAULT),
        name="stranger",
        consent=consent,
        shipped=False,
        files=(Weights(file="net.onnx", sha256=digest, place="https://example.org/net.onnx"),),
    )


def _unaccounted(cards: Iterable[ModelCard]) -> list[str]:
    """Shipped files that no card names with their checksum, and a default without a card."""
    known = list(cards)
    on_cards = {(item.file, item.sha256) for card in known if card.shipped for item in card.files}
    shipped = [path for path in WEIGHTS.iterdir() if path.suffix != ".py"]
    missing = [p.name for p in shipped if (p.name, store.digest(p)) not in on_cards]
    return missing + ([] if store.DEFAULT in {card.name for card in known} else [store.DEFAULT])


def test_every_shipped_file_is_on_a_card_with_its_checksum() -> None:
    assert _unaccounted(store.cards().values()) == []
    assert all(path.stat().st_size <= 16_000_000 for path in WEIGHTS.iterdir())


def test_a_removed_or_stale_card_fails_that_check() -> None:
    others = [card for card in store.cards().values() if card.name != store.DEFAULT]
    default = store.card(store.DEFAULT)
    assert _unaccounted(others) == [default.files[0].file, store.DEFAULT]
    stale = dataclasses.replace(
        default, files=(dataclasses.replace(default.files[0], sha256="0" * 64),)
    )
    assert _unaccounted([*others, stale]) == [default.files[0].file]


def test_the_default_runs_unasked_and_says_what_it_learnt_from() -> None:
    card = store.card(store.DEFAULT)
    assert card.shipped
    assert card.consent in FREE_TO_RUN
    assert card.training_data
    assert card.measured
    assert card.limits
    assert set(store.verified(card)) == {item.file for item in card.files}


@pytest.mark.parametrize("card", store.cards().values(), ids=lambda card: card.name)
def test_each_card_is_whole(card: ModelCard) -> None:
    assert (card.loader in LOADERS) == bool(card.stems)
    assert card.consent_text
    assert card.weights_licence.stated
    assert card.proven in ("real weights", "real music", "tiny checkpoint")
    assert all(len(item.sha256) == 64 for item in card.files)
    assert card.shipped or card.consent not in FREE_TO_RUN or card.package


def test_undocumented_consent_needs_a_written_yes(own_home: Path) -> None:
    stranger = a_card()
    with pytest.raises(NotAllowed, match="studiohand models allow stranger"):
        store.require_allowed(stranger)
    record = store.allow(stranger)
    store.require_allowed(stranger)
    assert record.parent == own_home
    assert "undocumented" in record.read_text(encoding="utf-8")


def test_a_yes_is_for_those_files_only() -> None:
    store.allow(a_card())
    assert not store.is_allowed(a_card(content=b"other weights"))


def test_a_second_yes_keeps_the_first() -> None:
    store.allow(a_card())
    store.allow(a_card(content=b"other weights"))
    assert store.is_allowed(a_card())


def test_documented_consent_needs_no_yes() -> None:
    store.require_allowed(a_card(Consent.EXPLICIT))


def test_a_missing_file_says_how_to_get_it() -> None:
    with pytest.raises(MissingPart, match="studiohand models get stranger"):
        store.verified(a_card())


def test_an_altered_or_truncated_file_is_not_opened() -> None:
    card = a_card()
    folder = store.folder_of(card)
    folder.mkdir(parents=True)
    (folder / "net.onnx").write_bytes(b"weight")
    with pytest.raises(Corrupt, match="SHA-256"):
        store.verified(card)


@pytest.mark.parametrize("name", ["net.pt", "net.pth", "net.th", "net.ckpt", "net.pkl", "net.bin"])
def test_pickles_are_never_opened(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"weights")
    with pytest.raises(NotAllowed, match="pickle"):
        store.check_file(tmp_path / name, a_card().files[0], a_card())


def test_a_pickle_under_an_honest_name_is_never_run(tmp_path: Path) -> None:
    payload = b"cbuiltins\nopen\n(V" + str(tmp_path / "ran").encode() + b"\nVw\ntR."
    place = tmp_path / "net.onnx"
    place.write_bytes(payload)
    with pytest.raises(Corrupt, match="cannot be loaded"):
        Session(place)
    assert not (tmp_path / "ran").exists()


def test_nothing_here_can_open_a_pickle() -> None:
    source = Path(store.__file__).resolve().parents[1]
    words = ("pickle", "torch", "joblib", "dill", "cloudpickle", "shelve")
    imported = {
        f"{path.name}: {alias}"
        for path in source.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for alias in _imported(node)
        if alias.partition(".")[0] in words
    }
    assert imported == set()


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []


def test_no_card_names_a_pickle_to_open() -> None:
    names = [item.file for card in store.cards().values() for item in card.files]
    assert not [name for name in names if name.endswith(store._PICKLES)]


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(BadSetting, match=store.DEFAULT):
        open_model("nonsense")


def test_a_broken_record_is_not_taken_for_a_yes(own_home: Path) -> None:
    own_home.mkdir()
    (own_home / "allowed.jsonl").write_text("{", encoding="utf-8")
    with pytest.raises(Corrupt, match="record"):
        store.is_allowed(a_card())


def test_shipped_weights_say_nothing_of_the_machine_they_were_made_on() -> None:
    for path in WEIGHTS.iterdir():
        content = path.read_bytes()
        assert b".py" not in content
        assert b"/home/" not in content


def test_a_model_that_does_not_separate_is_not_opened_for_it() -> None:
    with pytest.raises(BadSetting, match="does not separate"):
        open_model("deepfilternet3")


def test_a_file_in_the_installed_package_that_carries_it_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = dataclasses.replace(
        a_card(),
        package="carrier==1",
        files=(dataclasses.replace(a_card().files[0], member="inside/net.onnx"),),
    )
    info = tmp_path / "carrier-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: carrier\nVersion: 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert not store.is_here(card)
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "net.onnx").write_bytes(b"weights")
    assert store.verified(card) == {"net.onnx": tmp_path / "inside" / "net.onnx"}
    (tmp_path / "inside" / "net.onnx").write_bytes(b"changed")
    with pytest.raises(Corrupt):
        store.verified(card)
