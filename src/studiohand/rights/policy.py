"""Which models a song lets run, and the ledger lines that say which did.

The producer sets ``models`` in ``song.toml``: ``"documented"`` (those they learnt from agreed, or
nobody had to be asked), ``"licensed"`` (also licensed data), or ``"anything"`` (whatever the
producer has said yes to in writing). Without a word it is ``"anything"``.
"""

from __future__ import annotations

from collections.abc import Sequence

from studiohand.core.cards import Consent, ModelCard
from studiohand.core.errors import BadSetting, NotAllowed
from studiohand.core.outcome import Move
from studiohand.models.store import card, fingerprint, require_allowed
from studiohand.song.folder import Song

_DOCUMENTED = (Consent.NONE_NEEDED, Consent.EXPLICIT)
POLICIES: dict[str, tuple[Consent, ...]] = {
    "documented": _DOCUMENTED,
    "licensed": (*_DOCUMENTED, Consent.LICENSED),
    "anything": tuple(Consent),
}
SEPARATED, PROCESSED = "separation", "processing"
"""What a model that ran did to the song, in the words of the account."""


def policy_of(song: Song) -> str:
    """The song's policy.

    Raises
    ------
    BadSetting
        ``song.toml`` names one that does not exist.
    """
    policy = str(song.settings.get("models", "anything"))
    if policy not in POLICIES:
        raise BadSetting(
            f"song.toml asks for models “{policy}”.", todo=f"Choose: {', '.join(POLICIES)}."
        )
    return policy


def lets_run(song: Song, model: ModelCard) -> bool:
    """Whether the song's policy lets a model run; the person's written yes is another matter.

    Raises
    ------
    BadSetting
    """
    return model.consent in POLICIES[policy_of(song)]


def require(song: Song, model: ModelCard) -> None:
    """Raise unless the song's policy and the person's written yes let a model run.

    Raises
    ------
    NotAllowed, BadSetting
    """
    if not lets_run(song, model):
        raise NotAllowed(
            f"“{model.name}” was not run: this song allows “{policy_of(song)}” models, and "
            f"consent to what it learnt from is {model.consent.value}.",
            todo='Choose another model, or set `models = "anything"` in song.toml if you mean it.',
        )
    require_allowed(model)


def require_for(song: Song, moves: Sequence[Move]) -> None:
    """Raise when a move runs a model in its effects that this song does not allow.

    Raises
    ------
    NotAllowed
    """
    for name in _models_of(moves):
        require(song, card(name))


def record_uses(song: Song, moves: Sequence[Move]) -> None:
    """Write to the song's ledger which models ran in the effects of moves, each use once."""
    for name, targets in _models_of(moves).items():
        model, what = card(name), f"processed {', '.join(targets)}"
        if not use_is_recorded(song, model, what):
            record_use(song, model, what, targets, PROCESSED)


def _models_of(moves: Sequence[Move]) -> dict[str, list[str]]:
    """Models that process steps of moves run, with the targets they run on."""
    found: dict[str, list[str]] = {}
    for move in moves:
        for step in move.steps:
            name = str(getattr(step, "runs_model", ""))
            if name and move.amount_percent > 0.0:
                found.setdefault(name, []).extend(move.targets)
    return {name: sorted(set(targets)) for name, targets in found.items()}


def record_allowed(song: Song, model: ModelCard) -> None:
    """Write a person's yes to a model to the song's ledger."""
    song.record("allowed", _card_body(model))


def record_use(
    song: Song, model: ModelCard, what: str, stems: Sequence[str], operation: str = SEPARATED
) -> None:
    """Write to the song's ledger that a model ran for it.

    Parameters
    ----------
    operation : str
        `SEPARATED` or `PROCESSED`: what the account counts it as.
    """
    body = {**_card_body(model), "what": what, "stems": list(stems), "operation": operation}
    song.record("model", body)


def use_is_recorded(song: Song, model: ModelCard, what: str) -> bool:
    """Whether the ledger says already that this model did this."""
    said = {**_card_body(model), "what": what}
    return any(said.items() <= e.body.items() for e in song.ledger.entries() if e.kind == "model")


def _card_body(model: ModelCard) -> dict[str, str]:
    return {
        "model": model.name,
        "version": model.version,
        "consent": model.consent.value,
        "fingerprint": fingerprint(model),
    }
