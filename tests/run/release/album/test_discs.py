"""Discs: what fits, how songs are divided, and the cue sheet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiohand.core.errors import BadSetting
from studiohand.run.release.album.discs import CueTrack, cue_sheet, discs, discs_named, sides

LP, CD = discs()["vinyl-12-33"], discs()["cd"]
FREE = ("",) * 20


def test_songs_are_divided_as_evenly_as_their_order_allows() -> None:
    minutes = [5.0, 4.0, 6.0, 3.0, 4.0, 8.0]
    halves = sides(LP, [60.0 * m for m in minutes], FREE[:6])
    assert halves == [("A", range(3)), ("B", range(3, 6))]


def test_what_is_too_long_for_two_sides_goes_on_four() -> None:
    named = sides(LP, [600.0] * 7, FREE[:7])
    assert [name for name, _ in named] == ["A", "B", "C", "D"]
    assert all(600.0 * len(span) <= 60.0 * LP.longest_minutes for _, span in named)


@given(st.lists(st.floats(1.0, 900.0), min_size=1, max_size=20))
def test_every_song_is_on_one_side_in_order(seconds: list[float]) -> None:
    spans = [span for _, span in sides(LP, seconds, FREE[: len(seconds)])]
    assert [n for span in spans for n in span] == list(range(len(seconds)))


def test_a_cd_has_one_side() -> None:
    assert sides(CD, [100.0, 200.0], FREE[:2]) == [("", range(2))]


def test_the_producers_own_sides_are_kept() -> None:
    assert sides(LP, [60.0] * 3, ["A", "B", "B"]) == [("A", range(1)), ("B", range(1, 3))]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [(["A", "", "B"], "others do not"), (["A", "B", "A"], "comes again")],
)
def test_sides_that_make_no_sense_are_refused(wanted: list[str], words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        sides(LP, [60.0] * 3, wanted)


def test_an_unknown_disc_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(BadSetting, match="vinyl-12-33"):
        discs_named(["shellac"])


def test_the_cue_sheet_counts_in_sectors_and_keeps_pauses() -> None:
    tracks = [
        CueTrack("One", "", "USABC2600001", 0.0),
        CueTrack('Say "Two"', "Guest", "", 62.0 + 10 / 75, 60.0 + 5 / 75),
    ]
    assert cue_sheet("album.wav", "Both", "Me", "036000291452", tracks).split("\r\n") == [
        "CATALOG 0036000291452",
        'PERFORMER "Me"',
        'TITLE "Both"',
        'FILE "album.wav" WAVE',
        "  TRACK 01 AUDIO",
        '    TITLE "One"',
        "    ISRC USABC2600001",
        "    INDEX 01 00:00:00",
        "  TRACK 02 AUDIO",
        "    TITLE \"Say 'Two'\"",
        '    PERFORMER "Guest"',
        "    INDEX 00 01:00:05",
        "    INDEX 01 01:02:10",
        "",
    ]


def test_every_fact_names_its_source() -> None:
    assert all(disc.source for disc in discs().values())
    assert all(d.recommended_minutes <= d.longest_minutes for d in discs().values())
