"""Results of analyses kept beside the song; may be deleted at any time."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import numpy as np

from studiohand.core.errors import StudiohandError
from studiohand.core.job import Arrays
from studiohand.io.atomic import writing


class FolderCache:
    """One file of plain arrays for each result; never pickled objects.

    Parameters
    ----------
    folder : Path
        Made when first needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> Arrays | None:
        """Arrays kept under a key; a damaged file counts as nothing kept."""
        path = self._path(key)
        if not path.exists():
            return None
        try:
            with np.load(path, allow_pickle=False) as kept:
                return {name: kept[name] for name in kept.files}
        except (ValueError, OSError, zipfile.BadZipFile, KeyError):
            return None

    def put(self, key: str, arrays: Arrays) -> None:
        """Keep arrays; a song that cannot be written to simply keeps nothing."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with writing(self._path(key)) as part, part.open("wb") as file:
                np.savez(file, **arrays)  # type: ignore[arg-type]
        except (OSError, StudiohandError):
            return

    def _path(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.npz"
