"""The disclosure in the words of each place: one rule, one function, source and date with it.

A projection never says more than the rule asks: processing, separation and analysis are not
generation (DistroKid's credit rule, YouTube's production-assistance rule, IPTC's
``algorithmicallyEnhanced``, EU AI Act Art. 50(2)). Where the disclosure is unanswered, the
projection is too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from studiohand.core.effect import JsonValue
from studiohand.rights.account import Account
from studiohand.rights.disclosure import Disclosure, Element
from studiohand.rights.origin import Origin

UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Projection:
    """What one place is told.

    Parameters
    ----------
    place : str
    rule : str
        The rule it follows, in one sentence.
    source : str
        Where the rule stands.
    checked : str
        When it was read, year-month.
    fields : mapping
        The answers; ``"unanswered"`` where only a person can say.
    """

    place: str
    rule: str
    source: str
    checked: str
    fields: dict[str, JsonValue]

    def to_json(self) -> dict[str, JsonValue]:
        """The projection as plain data."""
        return {"rule": self.rule, "source": self.source, "checked": self.checked,
                "fields": self.fields}  # fmt: skip


def projections(known: Account, said: Disclosure) -> dict[str, Projection]:
    """Every projection by its name."""
    return {name: project(known, said) for name, project in _PLACES.items()}


def apple(known: Account, said: Disclosure) -> Projection:
    """Apple Music Transparency Tags: flag where AI made a material portion."""
    track = _either(_generated(said.element("vocals")), _generated(said.element("instruments")))
    words = _either(_generated(said.element("composition")), _generated(said.element("lyrics")))
    fields = {
        "artwork": _generated(said.element("artwork")),
        "track": track,
        "composition": words,
        "music_video": "not part of this song",
        "generated_seconds": UNANSWERED if track == UNANSWERED else _generated_seconds(known),
    }
    return Projection(
        "Apple Music", "Flag each of four fields where AI generated a material portion of it.",
        "Apple Music Transparency Tags, announced 4 March 2026 (reported)", "2026-11", fields,
    )  # fmt: skip


def spotify(known: Account, said: Disclosure) -> Projection:
    """Spotify AI credits by role, as DistroKid asks for them."""
    fields: dict[str, JsonValue] = {
        "Lyricist": _generated(said.element("lyrics")),
        "Composer": _generated(said.element("composition")),
        "Vocalist": _generated(said.element("vocals")),
        "Instrumentalist": _generated(said.element("instruments")),
        "Producer": _declared_generated(said.element("production")),
    }
    return Projection(
        "Spotify via DistroKid",
        "Credit AI for a role it generated; no credit for AI-assisted mixing, mastering or "
        "pitch correction.",
        "DistroKid help 50784235803411; Spotify provider support, AI credits", "2026-11", fields,
    )  # fmt: skip


def youtube(known: Account, said: Disclosure) -> Projection:
    """YouTube's question about altered or synthetic content."""
    return Projection(
        "YouTube",
        "Disclose realistic synthetic content; production assistance and audio repair need none.",
        "YouTube Help 14328491", "2026-11",
        {"altered_or_synthetic": _generated(said.element("vocals"))},
    )  # fmt: skip


def bandcamp(known: Account, said: Disclosure) -> Projection:
    """Bandcamp: music generated wholly or in substantial part is not permitted."""
    sung, played = said.element("vocals"), said.element("instruments")
    generated = _either(_generated(sung), _generated(played))
    share = UNANSWERED if generated == UNANSWERED else _generated_share(known)
    verdicts = {"yes": "a person must judge: generated sound is in it", "no": "permitted"}
    if sung.wholly_generated or played.wholly_generated:
        verdict = "not permitted"
    else:
        verdict = verdicts.get(generated, UNANSWERED)
    return Projection(
        "Bandcamp", "Music generated wholly or in substantial part by AI is not permitted.",
        "Keeping Bandcamp Human, January 2026", "2026-11",
        {"verdict": verdict, "generated_share_of_sound": share},
    )  # fmt: skip


def ddex(known: Account, said: Disclosure) -> Projection:
    """DDEX ERN 4.3.2: ContainsAI, and contributors with AiContribution."""
    elements = [said.element(n) for n in ("composition", "lyrics", "vocals", "instruments")]
    shares = {share for element in elements for share in element.shares}
    if UNANSWERED in shares and "generated" not in shares:
        contains = UNANSWERED
    elif shares == {"generated"}:
        contains = "All"
    else:
        contains = "Partly" if "generated" in shares else "None"
    artwork = _generated(said.element("artwork"))
    return Projection(
        "DDEX ERN 4.3.2",
        "ContainsAI says whether content was created using generative AI; a GenerativeAI "
        "contributor stands for each generated role.",
        "ERN 4.3.2 schema, namespace http://ddex.net/xml/ern/432", "2026-11",
        {
            "ContainsAI": contains,
            "special_contributors": _ddex_contributors(said),
            "artwork_ContainsAI": {"yes": "All", "no": "None"}.get(artwork, UNANSWERED),
        },
    )  # fmt: skip


def copyright_office(known: Account, said: Disclosure) -> Projection:
    """A statement of human and machine material for a US registration."""
    human = [e.name for e in said.elements if e.shares & {"human", "assisted"}]
    machine = [e.name for e in said.elements if "generated" in e.shares]
    open_ones = [e.name for e in said.elements if UNANSWERED in e.shares]
    return Projection(
        "US Copyright Office",
        "Disclose and disclaim material that AI generated, where it is more than de minimis; "
        "AI used as a tool is not disclaimed.",
        "88 FR 16190 (16 March 2023); Copyright and AI, Part 2 (January 2025)", "2026-11",
        {"author_created": human, "excluded_as_generated": machine, "unanswered": open_ones},
    )  # fmt: skip


_PLACES: dict[str, Callable[[Account, Disclosure], Projection]] = {
    "apple": apple,
    "spotify": spotify,
    "youtube": youtube,
    "bandcamp": bandcamp,
    "ddex": ddex,
    "us_copyright": copyright_office,
}

_DDEX_ROLES = {
    "composition": "Composer",
    "lyrics": "Lyricist",
    "vocals": "Vocalist",
    "instruments": "AssociatedPerformer",
}


def _ddex_contributors(said: Disclosure) -> list[dict[str, str]]:
    return [
        {"contributor": "GenerativeAI", "role": role, "AiContribution": "All"}
        for name, role in _DDEX_ROLES.items()
        if "generated" in said.element(name).shares
    ]


def _generated(element: Element) -> str:
    if "generated" in element.shares:
        return "yes"
    return UNANSWERED if UNANSWERED in element.shares else "no"


def _declared_generated(element: Element) -> str:
    """Production: only a person's word can make it generated; silence is no AI credit."""
    return "yes" if "generated" in element.shares else "no"


def _either(*answers: str) -> str:
    if "yes" in answers:
        return "yes"
    return UNANSWERED if UNANSWERED in answers else "no"


def _generated_seconds(known: Account) -> float:
    return max((p.seconds for p in known.parts if p.origin is Origin.GENERATED), default=0.0)


def _generated_share(known: Account) -> float:
    total = sum(part.seconds for part in known.parts)
    made = sum(part.seconds for part in known.parts if part.origin is Origin.GENERATED)
    return round(made / total, 3) if total else 0.0
