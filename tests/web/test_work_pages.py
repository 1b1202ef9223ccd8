"""Match, master, compare, tools and files as a person uses them, in real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from studiohand.song.decisions import moves_with_state
from studiohand.song.folder import Song
from tests.signals import pink

from .conftest import RATE, Running, opened_page, served, small_song

PAGES = ("match", "master", "compare", "tools", "files")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("work")
    rng = np.random.default_rng(440)
    for name, db in (("bright record", -12.0), ("quiet record", -26.0)):
        sound = np.clip(pink(rng, 6.0, RATE, 2, db), -1.0, 1.0)
        soundfile.write(folder / f"{name}.wav", sound, RATE)
    yield from served(folder, small_song(folder))


@pytest.fixture
def page(browser: Browser, desk: Running) -> Iterator[Page]:
    yield from opened_page(browser, desk)


def _go(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Pages").get_by_role("link", name=name).click()
    page.wait_for_selector(f"sh-{name}-page .page")


def _song(desk: Running) -> Song:
    return Song(desk.song.root)


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("name", PAGES)
def test_no_accessibility_fault_on_any_page(page: Page, name: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    _go(page, name)
    if name in ("match", "master", "tools"):
        page.wait_for_selector(f"sh-{name}-page sh-tool-form form")
    found = Axe().run(page).response["violations"]
    assert not [(fault["id"], node["html"]) for fault in found for node in fault["nodes"]]


def _matched(page: Page, desk: Running) -> None:
    """Bring two references, look, and accept half of the tone."""
    _go(page, "match")
    chosen = page.get_by_label("Add references")
    chosen.set_input_files([str(path) for path in sorted(desk.folder.glob("*record.wav"))])
    expect(page.locator("sh-reference-list li")).to_have_count(2)
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("sh-records-table tbody tr")).to_have_count(3)
    expect(page.get_by_role("img", name="Spectra of the loud parts")).to_be_visible()
    page.get_by_role("button", name="quiet parts").click()
    expect(page.locator("sh-records-table caption")).to_contain_text("quiet parts")
    page.get_by_label("loudness").fill("0")
    page.get_by_role("button", name="Propose moves").click()
    tone = page.locator("sh-match-page sh-move-card").first
    tone.locator(".head").click()
    tone.get_by_label("amount").first.fill("50")
    tone.get_by_label("amount").first.press("Tab")
    tone.get_by_role("button", name="Accept").click()
    expect(tone).to_contain_text("amended")
    page.get_by_role("button", name="Hear bright record").click()
    beside = page.get_by_role("button", name="V: bright record")
    expect(beside).to_have_attribute("aria-pressed", "true")


def _mastered(page: Page) -> None:
    """Accept the whole master and write the files of a place."""
    _go(page, "master")
    page.get_by_label("loudness").fill("-16")
    page.get_by_role("button", name="Propose a master").click()
    expect(page.locator("sh-master-page sh-move-card").last).to_be_visible()
    for card in page.locator("sh-master-page sh-move-card").all():
        card.locator(".head").click()
        card.get_by_role("button", name="Accept").click()
        expect(card).to_contain_text("accepted")
    page.get_by_label("Bandcamp").check()
    page.get_by_role("button", name="Write the files").click()
    expect(page.get_by_role("link", name="report.html")).to_be_visible()


def test_match_and_master_a_mix_with_two_references(page: Page, desk: Running) -> None:
    _matched(page, desk)
    assert not [fault["id"] for fault in Axe().run(page).response["violations"]]
    _mastered(page)
    assert not [fault["id"] for fault in Axe().run(page).response["violations"]]
    _go(page, "files")
    with page.expect_download() as saved:
        page.get_by_role("link", name=".flac").click()
    heard, rate = soundfile.read(Path(saved.value.path()))
    assert rate == RATE
    assert len(heard) == 4 * RATE
    song = _song(desk)
    song.verify()
    states = [(m["tool"], m["state"]) for m in moves_with_state(song.ledger.entries())]
    assert ("match", "amended") in states
    assert ("master", "accepted") in states
    assert [e.kind for e in song.ledger.entries()].count("delivered") == 1


def test_a_wrong_setting_is_a_sentence_and_changes_nothing(page: Page, desk: Running) -> None:
    _go(page, "master")
    lines = len(_song(desk).ledger.entries())
    page.get_by_label("leave out").fill("everything, at, all")
    page.get_by_label("ceiling").evaluate("e => { e.removeAttribute('max'); }")
    page.get_by_label("ceiling").fill("7")
    page.get_by_role("button", name="Propose a master").click()
    expect(page.locator("sh-desk footer")).to_contain_text("ceiling")
    assert len(_song(desk).ledger.entries()) == lines


def test_every_tool_has_a_form_from_its_settings(page: Page) -> None:
    _go(page, "tools")
    for name in ("vinyl", "clean", "clash"):
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.get_by_role("form", name=f"Settings of {name}")).to_be_visible()


def test_the_keys_of_the_player_work_on_the_pages_too(page: Page) -> None:
    _go(page, "compare")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press("b")
    expect(page.get_by_role("button", name="B: with the moves")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
