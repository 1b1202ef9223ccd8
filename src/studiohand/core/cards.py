"""What is known of a learned model, its rights included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum

from studiohand.core.effect import JsonValue
from studiohand.core.errors import Corrupt


class Consent(StrEnum):
    """Whether those whose sound a model learnt from agreed, as far as it is documented."""

    NONE_NEEDED = "none-needed"
    EXPLICIT = "explicit"
    LICENSED = "licensed"
    RESEARCH_ONLY = "research-only"
    UNDOCUMENTED = "undocumented"


FREE_TO_RUN = (Consent.NONE_NEEDED, Consent.EXPLICIT, Consent.LICENSED)
"""Consent with which a model runs unasked; any other needs a written yes."""


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence and where it is stated.

    Parameters
    ----------
    name : str
        SPDX identifier, or ``"not stated"``.
    stated : str
        The sentence, and where it stands.
    """

    name: str
    stated: str


@dataclass(frozen=True, slots=True)
class Weights:
    """One file a model is made of.

    Parameters
    ----------
    file : str
        Name in the model's folder.
    sha256 : str
        Lower-case hex digest; checked before the file is opened.
    size_bytes : int
        0: not known.
    place : str
        Official address, for people; nothing is fetched from it unasked.
    member : str
        Path inside the archive or wheel at `place` when the file is part of one.
    """

    file: str
    sha256: str
    size_bytes: int = 0
    place: str = ""
    member: str = ""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The card of a model; one TOML file each in `studiohand/models/cards`.

    Parameters
    ----------
    name, title, version : str
        Command-line name, readable name, version.
    owner : str
        Who made the weights.
    loader : str
        The code that runs it: for a model that separates a name in
        `studiohand.models.separation.LOADERS`.
    stems : tuple of str
        What it separates, in the order of its outputs; none: it does something else.
    code, weights_licence : Licence
    training_data : tuple of str
        What it learnt from, one work or set an item.
    consent : Consent
    consent_text : str
        What is documented about it.
    commercial_use, redistribution : str
        ``"yes"``, ``"no"`` or ``"unclear"``.
    checked : str
        ISO date on which the above was looked up.
    files : tuple of Weights
    shipped : bool
        Whether the files are inside the package.
    package : str
        Registry package, with version, that carries the files; empty: none.
    measured, limits : mapping, tuple of str
        Figures with their unit in the name; what it is known to do badly.
    trust : tuple of float
        The line of `studiohand.models.trust`; empty: not calibrated.
    loader_settings : mapping
        What the loader needs to know about this model's signal format.
    proven : str
        On what the loader was run: ``"real weights"`` or ``"tiny checkpoint"``.
    """

    name: str
    title: str
    version: str
    owner: str
    loader: str
    stems: tuple[str, ...]
    code: Licence
    weights_licence: Licence
    training_data: tuple[str, ...]
    consent: Consent
    consent_text: str
    commercial_use: str
    redistribution: str
    checked: str
    files: tuple[Weights, ...] = ()
    shipped: bool = False
    package: str = ""
    measured: Mapping[str, JsonValue] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    trust: tuple[float, ...] = ()
    loader_settings: Mapping[str, JsonValue] = field(default_factory=dict)
    proven: str = ""

    @property
    def needs_yes(self) -> bool:
        """Whether a person must allow it in writing before it runs."""
        return self.consent not in FREE_TO_RUN

    def to_json(self) -> dict[str, JsonValue]:
        """The card as the doors print it."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)} | {
            "needs_yes": self.needs_yes
        }


def card_from(data: Mapping[str, JsonValue]) -> ModelCard:
    """A card from the content of its TOML file.

    Raises
    ------
    Corrupt
        Something required is missing or unknown.
    """
    try:
        given = dict(data)
        given["code"] = Licence(**given["code"])
        given["weights_licence"] = Licence(**given["weights_licence"])
        given["consent"] = Consent(given["consent"])
        given["files"] = tuple(Weights(**item) for item in given.get("files", ()))
        for name in ("stems", "training_data", "limits", "trust"):
            given[name] = tuple(given.get(name, ()))
        return ModelCard(**given)
    except (KeyError, TypeError, ValueError) as error:
        raise Corrupt(
            f"The model card “{data.get('name', '?')}” is incomplete: {error}."
        ) from error


def _plain(value: JsonValue) -> JsonValue:
    if isinstance(value, Licence | Weights):
        return {f.name: getattr(value, f.name) for f in fields(value)}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return dict(value) if isinstance(value, Mapping) else value
