"""Playback facts and places: what they say, and that they say where it is from."""

from __future__ import annotations

import pytest

from studiohand.core.errors import BadSetting
from studiohand.io.formats import target_named
from studiohand.run.release.services import places, places_named, playback, services


def test_a_loud_track_is_turned_down_by_the_difference() -> None:
    fact = playback(services()["spotify"], -8.5, -0.5)
    assert fact["gain_db"] == -5.5
    assert fact["text"] == "Spotify: turned down by 5.5 dB"


def test_a_quiet_track_is_turned_up_only_as_far_as_its_peaks_allow() -> None:
    assert playback(services()["spotify"], -20.0, -4.0)["gain_db"] == 3.0
    assert playback(services()["spotify"], -20.0, -0.2)["gain_db"] == 0.0
    assert playback(services()["youtube"], -20.0, -9.0)["gain_db"] == 0.0


def test_silence_and_services_that_do_nothing_have_no_gain() -> None:
    assert playback(services()["spotify"], None, None)["gain_db"] is None
    assert playback(services()["bandcamp"], -8.0, 0.0)["gain_db"] is None


@pytest.mark.parametrize("name", list(services()))
def test_every_fact_has_a_source_a_date_and_real_codecs(name: str) -> None:
    service = services()[name]
    assert service.source
    assert service.date
    assert service.told in ("service", "measured", "reported")
    assert all(target_named(codec).lossy for codec in service.codecs)


@pytest.mark.parametrize("name", list(places()))
def test_every_place_names_files_that_can_be_made(name: str) -> None:
    assert [target_named(kind) for kind in places()[name].files]
    assert places()[name].source


def test_an_unknown_place_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(BadSetting, match="spotify"):
        places_named(["myspace"])
    assert [place.name for place in places_named(["CD", "cd", "spotify"])] == ["cd", "spotify"]
