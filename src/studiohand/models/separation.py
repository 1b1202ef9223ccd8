"""Separation models by name: card, consent, checksum, loader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from studiohand.core.cards import ModelCard
from studiohand.models.masks import BandMasks
from studiohand.models.onnx import Session
from studiohand.models.protocol import SeparationModel
from studiohand.models.sketch import Sketch
from studiohand.models.store import card, require_allowed, verified

Loader = Callable[[ModelCard, dict[str, Path]], SeparationModel]


def open_model(name: str) -> SeparationModel:
    """A model that may run and whose files were checked.

    Raises
    ------
    BadSetting
        The name is unknown.
    NotAllowed
        Consent is not documented and nobody said yes.
    MissingPart, Corrupt
        Its files are not here, or not the ones on the card.
    """
    chosen = card(name)
    require_allowed(chosen)
    return LOADERS[chosen.loader](chosen, verified(chosen))


def load_bands(chosen: ModelCard, files: dict[str, Path]) -> SeparationModel:
    """The shipped network and others of its form."""
    return BandMasks(chosen.name, chosen.stems, Session(files[chosen.files[0].file]))


def load_sketch(chosen: ModelCard, files: dict[str, Path]) -> SeparationModel:
    """Model-free separation."""
    return Sketch()


LOADERS: dict[str, Loader] = {
    "bands": load_bands,
    "sketch": load_sketch,
}
"""Every loader a card may name."""
