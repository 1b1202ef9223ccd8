"""The desk as a person uses it: by pointer, by keyboard, by screen reader."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe, AxeResults
from playwright.sync_api import Page, expect

from studiohand.song.decisions import moves_with_state

from .conftest import Running


def _states(running: Running) -> dict[str, str]:
    rows = moves_with_state(running.song.ledger.entries())
    return {row["text"]: row["state"] for row in rows}


def faults_of(found: AxeResults) -> list[str]:
    """What axe found, one line each."""
    return [
        f"{fault['id']}: {node['html']}"
        for fault in found.response["violations"]
        for node in fault["nodes"]
    ]


def undo_all(page: Page) -> None:
    """Undo every decision that stands."""
    undone = page.locator("sh-history-list li.undone")
    standing = page.locator("sh-history-list").get_by_role("button", name=re.compile("^Undo"))
    while standing.count():
        before = undone.count()
        standing.first.click()
        expect(undone).to_have_count(before + 1)


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_no_accessibility_fault_on_the_song_page(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.wait_for_selector("sh-move-card")
    found = Axe().run(page)
    assert not faults_of(found)


def test_no_accessibility_fault_on_the_song_list_and_the_help(page: Page) -> None:
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    assert not faults_of(Axe().run(page))
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Songs").click()
    page.wait_for_selector("sh-song-list")
    found = Axe().run(page)
    assert not faults_of(found)


def test_turn_accept_render_and_verify_with_the_pointer(page: Page, running: Running) -> None:
    page.locator("sh-finding-list").get_by_role("button", name="The bass is 6 dB above").click()
    page.get_by_label("gain", exact=True).fill("-4,5 dB")
    page.get_by_label("gain", exact=True).press("Tab")
    expect(page.locator("sh-transport")).to_contain_text("the move under trial")
    page.get_by_role("button", name="Accept").click()
    expect(page.locator("sh-history-list")).to_contain_text("amended at 100 %")
    page.get_by_role("button", name="Render").click()
    expect(page.locator("footer")).to_contain_text("is rendered")
    (amended,) = (text for text, state in _states(running).items() if state == "amended")
    assert amended.startswith("Turn the bass down by 6 dB.")
    assert "4.5" in amended
    running.song.verify()
    undo_all(page)
    assert set(_states(running).values()) == {"open"}


def test_the_same_by_keyboard_alone(page: Page, running: Running) -> None:
    page.keyboard.press("]")
    expect(page.locator("footer")).to_contain_text("The keys are 96 frames late.")
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    expect(page.locator("sh-history-list")).to_contain_text("accepted at 100 %")
    page.keyboard.press("[")
    page.keyboard.press("Backspace")
    expect(page.locator("sh-history-list")).to_contain_text("refused")
    page.keyboard.press("r")
    expect(page.locator("footer")).to_contain_text("is rendered")
    states = _states(running)
    assert states["Move the keys 96 frames earlier."] == "accepted"
    assert states["Turn the bass down by 6 dB."] == "refused"
    running.song.verify()
    undo_all(page)


def test_space_plays_and_a_b_d_choose_what_is_heard(page: Page) -> None:
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    for key, shown in (("b", "B: with"), ("d", "Δ: the"), ("a", "A: the")):
        page.keyboard.press(key)
        expect(page.get_by_role("button", name=shown)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_a_second_tab_sees_a_decision_made_in_the_first(page: Page, running: Running) -> None:
    second = page.context.new_page()
    second.goto(page.url)
    second.wait_for_selector("sh-finding-list button")
    page.keyboard.press("Enter")
    expect(second.locator("sh-history-list")).to_contain_text("accepted")
    undo_all(second)
    expect(page.locator("sh-history-list li.undone").last).to_be_visible()
    second.close()


def test_chosen_files_become_a_song_that_is_listened_to(page: Page, running: Running) -> None:
    page.get_by_role("button", name="Songs").click()
    page.get_by_label("Title").fill("From the page")
    stems = sorted((running.folder / "stems").glob("*.wav"))
    page.get_by_label("Stems").set_input_files([str(path) for path in stems])
    expect(page.get_by_role("heading", name="From the page")).to_be_visible(timeout=30000)
    expect(page.get_by_text("3 stems")).to_be_visible()
    made = running.folder / "songs" / "From the page"
    assert sorted(p.name for p in (made / "originals").iterdir()) == [p.name for p in stems]


def test_a_file_that_is_not_audio_gets_a_sentence(
    page: Page, running: Running, tmp_path: Path
) -> None:
    bad = tmp_path / "invoice.wav"
    bad.write_bytes(b"%PDF-1.7 " * 100)
    page.get_by_role("button", name="Songs").click()
    page.get_by_label("Title").fill("Never made")
    page.get_by_label("Stems").set_input_files(str(bad))
    expect(page.locator("footer")).to_contain_text("invoice.wav")
    assert not (running.folder / "songs" / "Never made").exists()
