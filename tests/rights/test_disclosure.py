"""The disclosure is derived: every operation counted, in the right column, never over-labelled."""

from __future__ import annotations

import dataclasses

import pytest

from studiohand.core.errors import BadSetting
from studiohand.rights.account import Operation, account, declare, declare_part
from studiohand.rights.disclosure import disclose
from studiohand.rights.projections import projections
from studiohand.song.folder import Song


def test_every_operation_of_the_session_is_in_the_account(session: Song) -> None:
    known = account(session)
    entries = session.ledger.entries()
    acts = ("listened", "decided", "undone", "rendered", "model")
    acted = [e.seq for e in entries if e.kind in acts]
    told = ("generated", "separated")
    brought_in = [e.seq for e in entries if e.kind == "origin" and e.body["origin"] in told]
    assert sorted(deed.line for deed in known.deeds) == sorted(acted + brought_in)
    verdicts = [deed.verdict for deed in known.deeds if deed.verdict != "done"]
    assert sorted(verdicts) == sorted(
        ["accepted"] * 3 + ["amended"] * 2 + ["refused"] * 2 + ["undone"] * 2
    )


def test_each_kind_of_operation_is_told_apart(session: Song) -> None:
    found = {deed.operation for deed in account(session).deeds}
    assert found == {
        Operation.ANALYSIS,
        Operation.PROCESSING,
        Operation.HUMAN,
        Operation.GENERATION,
        Operation.SEPARATION,
    }


def test_sounding_seconds_are_counted_for_each_part(session: Song) -> None:
    seconds = {part.name: part.seconds for part in account(session).parts}
    assert seconds == {
        "ai pad": 1.5, "bass": 2.0, "drums": 2.0, "guide guitar": 1.0, "lead vocal": 1.0
    }  # fmt: skip


GOLDEN = {
    ("apple", "artwork"): "no",
    ("apple", "track"): "yes",
    ("apple", "composition"): "no",
    ("apple", "generated_seconds"): 1.5,
    ("spotify", "Lyricist"): "no",
    ("spotify", "Composer"): "no",
    ("spotify", "Vocalist"): "no",
    ("spotify", "Instrumentalist"): "yes",
    ("spotify", "Producer"): "no",
    ("youtube", "altered_or_synthetic"): "no",
    ("bandcamp", "verdict"): "a person must judge: generated sound is in it",
    ("bandcamp", "generated_share_of_sound"): 0.2,
    ("ddex", "ContainsAI"): "Partly",
    ("ddex", "artwork_ContainsAI"): "None",
    ("us_copyright", "excluded_as_generated"): ["instruments"],
    ("us_copyright", "unanswered"): [],
}


@pytest.mark.parametrize("place_and_field", list(GOLDEN), ids=lambda key: ".".join(key))
def test_each_place_is_told_what_its_rule_asks(
    session: Song, place_and_field: tuple[str, str]
) -> None:
    known = account(session)
    place, field = place_and_field
    assert projections(known, disclose(known))[place].fields[field] == GOLDEN[place_and_field]


def test_the_ledger_lines_that_say_so_are_named(session: Song) -> None:
    known = account(session)
    kinds = {e.seq: e.kind for e in session.ledger.entries()}
    production = disclose(known).element("production").statements
    lines = [line for s in production for line in s.lines]
    assert len(lines) == 6
    assert {kinds[line] for line in lines} == {"decided", "declared"}


def test_mixing_moves_alone_are_never_called_ai_music(song: Song, session: Song) -> None:
    known = account(session)
    parts = tuple(p for p in known.parts if p.name != "ai pad")
    told = projections(human := dataclasses.replace(known, parts=parts), disclose(human))
    assert told["apple"].fields["track"] == "no"
    assert told["ddex"].fields["ContainsAI"] == "None"
    assert told["ddex"].fields["special_contributors"] == []
    assert set(disclose(human).element("production").shares) == {"assisted", "human"}


def test_what_nobody_said_is_asked_and_never_assumed(song: Song) -> None:
    known = account(song)
    said = disclose(known)
    told = projections(known, said)
    assert len(said.questions) == 6
    assert told["apple"].fields["track"] == "unanswered"
    assert told["ddex"].fields["ContainsAI"] == "unanswered"
    assert told["bandcamp"].fields["verdict"] == "unanswered"
    assert told["bandcamp"].fields["generated_share_of_sound"] == "unanswered"
    assert told["apple"].fields["generated_seconds"] == "unanswered"


def test_a_wholly_generated_song_is_not_permitted_on_bandcamp(song: Song) -> None:
    for asset in song.assets("stem"):
        declare_part(song, asset.name, "generated", "Ada Artist", "SomeService")
    for element in ("composition", "lyrics"):
        declare(song, element, "generated", "Ada Artist")
    known = account(song)
    told = projections(known, disclose(known))
    assert told["bandcamp"].fields["verdict"] == "not permitted"
    assert told["ddex"].fields["ContainsAI"] == "All"
    assert told["youtube"].fields["altered_or_synthetic"] == "yes"


def test_a_declaration_never_overrules_what_the_file_says(song: Song) -> None:
    song.record(
        "origin",
        {"part": "bass", "origin": "generated", "basis": "manifest", "detail": "X", "by": "file"},
    )
    declare_part(song, "bass", "recorded", "Ada Artist")
    known = account(song)
    bass = next(part for part in known.parts if part.name == "bass")
    assert bass.origin == "generated"
    assert "bass" in disclose(known).contradictions[0]


def test_nobody_declares_without_a_name(song: Song) -> None:
    with pytest.raises(BadSetting, match="needs the name"):
        declare(song, "lyrics", "human", "  ")
