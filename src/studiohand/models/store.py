"""Where models lie, whether they are what they should be, and whether they may run.

Weights are opened only after their SHA-256 was compared, and never as pickles. Nothing here uses
the network. A yes to a model whose makers' consent is not documented is one line in a file.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from datetime import UTC, datetime
from importlib import metadata, resources
from pathlib import Path

from studiohand.core.cards import ModelCard, Weights, card_from
from studiohand.core.errors import BadSetting, CannotRead, Corrupt, MissingPart, NotAllowed

DEFAULT = "studio4"
"""The model used when none is named."""

_PICKLES = (".pt", ".pth", ".th", ".ckpt", ".pkl", ".pickle", ".bin")


def home() -> Path:
    """Folder of fetched models and of the record of what was allowed."""
    if given := os.environ.get("STUDIOHAND_HOME"):
        return Path(given)
    base = os.environ.get("XDG_DATA_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".local" / "share") / "studiohand"


def cards() -> dict[str, ModelCard]:
    """Every card of the package, by name."""
    folder = resources.files("studiohand.models") / "cards"
    found = [
        card_from(tomllib.loads(entry.read_text(encoding="utf-8")))
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    ]
    return {card.name: card for card in sorted(found, key=lambda card: card.name)}


def card(name: str) -> ModelCard:
    """The card of a model.

    Raises
    ------
    BadSetting
        There is none.
    """
    known = cards()
    if name not in known:
        raise BadSetting(f"No model is called “{name}”.", todo=f"There are: {', '.join(known)}.")
    return known[name]


def folder_of(model: ModelCard) -> Path:
    """Where the files of a model lie or would lie."""
    if model.shipped:
        return Path(str(resources.files("studiohand.models") / "weights"))
    return home() / "models" / model.name


def verified(model: ModelCard) -> dict[str, Path]:
    """Paths of a model's files by file name, each checked against its SHA-256.

    Raises
    ------
    MissingPart
        A file is not there; the message says how to get it.
    Corrupt
        A file is not the one on the card.
    """
    return {item.file: check_file(_place_of(item, model), item, model) for item in model.files}


def _place_of(item: Weights, model: ModelCard) -> Path:
    """Where a file lies: in the model's folder, or in the installed package that carries it."""
    path = folder_of(model) / item.file
    if path.is_file() or not model.package:
        return path
    try:
        carrier = metadata.distribution(model.package.partition("==")[0])
    except metadata.PackageNotFoundError:
        return path
    installed = Path(str(carrier.locate_file(item.member)))
    return installed if installed.is_file() else path


def check_file(path: Path, expected: Weights, model: ModelCard) -> Path:
    """The path, if its content is what the card says.

    Raises
    ------
    MissingPart, Corrupt, NotAllowed
    """
    if path.suffix in _PICKLES:
        raise NotAllowed(
            f"“{path.name}” is a pickle, which can run any program when it is opened.",
            todo="Export the model as ONNX or safetensors and use that.",
        )
    if not path.is_file():
        raise MissingPart(
            f"The model “{model.name}” is not here yet: “{expected.file}” is missing.",
            todo=f"Run `studiohand models get {model.name}`.",
        )
    if digest(path) != expected.sha256:
        raise Corrupt(
            f"“{path.name}” of the model “{model.name}” is damaged or not the original: "
            "its SHA-256 differs from the card's.",
            untouched="It was not opened.",
            todo=f"Delete {path} and run `studiohand models get {model.name}`.",
        )
    return path


def digest(path: Path) -> str:
    """SHA-256 of a file, lower-case hex."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CannotRead(f"“{path.name}” cannot be read: {error.strerror or error}.") from error


def fingerprint(model: ModelCard) -> str:
    """One digest for all files of a model and its consent: what a yes refers to."""
    text = json.dumps([model.consent.value, [item.sha256 for item in model.files]])
    return hashlib.sha256(text.encode()).hexdigest()


def is_allowed(model: ModelCard) -> bool:
    """Whether a model may run: its consent is documented, or a person said yes to these files."""
    if not model.needs_yes:
        return True
    return any(
        line.get("model") == model.name and line.get("fingerprint") == fingerprint(model)
        for line in allowed_lines()
    )


def require_allowed(model: ModelCard) -> None:
    """Raise `NotAllowed` unless the model may run."""
    if not is_allowed(model):
        raise NotAllowed(
            f"“{model.name}” was not run: consent to what it learnt from is "
            f"{model.consent.value}. {model.consent_text}",
            todo=f"Read `studiohand models show {model.name}`; if you accept that, run "
            f"`studiohand models allow {model.name}`. That yes is kept in writing.",
        )


def allow(model: ModelCard) -> Path:
    """Write down that a person allows a model; returns the record's path."""
    from studiohand.io.atomic import write_bytes

    record = home() / "allowed.jsonl"
    record.parent.mkdir(parents=True, exist_ok=True)
    line = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": model.name,
        "version": model.version,
        "consent": model.consent.value,
        "stated": model.consent_text,
        "fingerprint": fingerprint(model),
    }
    before = record.read_bytes() if record.exists() else b""
    write_bytes(record, before + json.dumps(line, ensure_ascii=False).encode() + b"\n")
    return record


def allowed_lines() -> list[dict[str, str]]:
    """What was allowed so far.

    Raises
    ------
    Corrupt
        The record cannot be read back.
    """
    record = home() / "allowed.jsonl"
    if not record.exists():
        return []
    try:
        return [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]
    except ValueError as error:
        raise Corrupt(
            f"The record of allowed models, {record}, cannot be read.",
            todo="Delete it and allow again what you accept.",
        ) from error


def is_here(model: ModelCard) -> bool:
    """Whether all files of a model are present (their content is checked when it is opened)."""
    return all(_place_of(item, model).is_file() for item in model.files)
