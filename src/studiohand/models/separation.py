"""Separation models by name: card, consent, checksum, loader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from studiohand.core.cards import ModelCard
from studiohand.core.errors import BadSetting
from studiohand.models.masks import BandMasks
from studiohand.models.onnx import Session
from studiohand.models.protocol import SeparationModel
from studiohand.models.sketch import Sketch
from studiohand.models.spectral import MagnitudeNets, SpectralNet, Transform
from studiohand.models.spleeter import Cascade, Spleeter, read_checkpoint
from studiohand.models.store import DEFAULT, card, require_allowed, verified
from studiohand.models.waveform import MdxNet, WaveformNet

Loader = Callable[[ModelCard, dict[str, Path]], SeparationModel]


def open_model(name: str) -> SeparationModel:
    """A model that may run and whose files were checked.

    Raises
    ------
    BadSetting
        The name is unknown, or that of a model that does not separate.
    NotAllowed
        Consent is not documented and nobody said yes.
    MissingPart, Corrupt
        Its files are not here, or not the ones on the card.
    """
    chosen = card(name)
    if not chosen.stems:
        raise BadSetting(
            f"“{name}” does not separate.", todo="`studiohand models list` says which do."
        )
    require_allowed(chosen)
    return LOADERS[chosen.loader](chosen, verified(chosen))


def load_bands(chosen: ModelCard, files: dict[str, Path]) -> SeparationModel:
    """The shipped network and others of its form."""
    session = Session(files[chosen.files[0].file])
    blend = float(chosen.loader_settings.get("blend", 0.0))
    return BandMasks(chosen.name, chosen.stems, session, blend)


def load_sketch(chosen: ModelCard, files: dict[str, Path]) -> SeparationModel:
    """Model-free separation."""
    return Sketch()


def load_spleeter(chosen: ModelCard, files: dict[str, Path]) -> SeparationModel:
    """Spleeter's checkpoints; the two-stem one hands its accompaniment to the shipped network."""
    settings = chosen.loader_settings
    nets = tuple(settings["nets"])
    net = Spleeter(chosen.name, nets, read_checkpoint(files), settings["activation"])
    if nets == ("vocals", "accompaniment"):
        return Cascade(chosen.name, net, open_model(DEFAULT))
    return net


def load_waveform(chosen: ModelCard, files: dict[str, Path]) -> SeparationModel:
    """ONNX exports from samples to samples."""
    settings = chosen.loader_settings
    return WaveformNet(
        chosen.name,
        chosen.stems,
        Session(files[chosen.files[0].file]),
        rate=settings["rate"],
        window_frames=settings["window_frames"],
        memory_mb=settings["memory_mb"],
    )


def load_mdx(chosen: ModelCard, files: dict[str, Path]) -> SeparationModel:
    """MDX-Net exports."""
    settings = chosen.loader_settings
    return MdxNet(
        chosen.name,
        chosen.stems,
        Session(files[chosen.files[0].file]),
        rate=settings["rate"],
        window=settings["window"],
        hop=settings["hop"],
        gain=settings["gain"],
        memory_mb=settings["memory_mb"],
    )


def load_magnitudes(chosen: ModelCard, files: dict[str, Path]) -> SeparationModel:
    """Open-Unmix exports: one file a stem."""
    settings = chosen.loader_settings
    return MagnitudeNets(
        chosen.name,
        chosen.stems,
        [Session(files[item.file]) for item in chosen.files],
        _transform(chosen),
        rate=settings["rate"],
        memory_mb=settings["memory_mb"],
    )


def load_spectra(chosen: ModelCard, files: dict[str, Path]) -> SeparationModel:
    """RoFormer exports."""
    settings = chosen.loader_settings
    return SpectralNet(
        chosen.name,
        chosen.stems,
        Session(files[chosen.files[0].file]),
        _transform(chosen),
        rate=settings["rate"],
        memory_mb=settings["memory_mb"],
    )


def _transform(chosen: ModelCard) -> Transform:
    settings = chosen.loader_settings
    return Transform(settings["window"], settings["hop"], settings["frames"])


LOADERS: dict[str, Loader] = {
    "bands": load_bands,
    "sketch": load_sketch,
    "spleeter": load_spleeter,
    "waveform": load_waveform,
    "mdx": load_mdx,
    "magnitudes": load_magnitudes,
    "spectra": load_spectra,
}
"""Every loader that a card with stems may name."""
