"""The song page beyond the main job: lanes, spans, notes, history, monitoring, blind comparison."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from studiohand.song.decisions import accepted
from studiohand.song.notes import comments, written_intents

from .conftest import Running
from .test_screen import faults_of, undo_all

_PAGE = 'document.querySelector("sh-desk").renderRoot.querySelector("sh-song-page")'


def _of_page(page: Page, expression: str) -> Any:
    return page.evaluate(f"() => {{ const page = {_PAGE}; return {expression}; }}")


def test_keys_choose_a_lane_solo_and_mute_it(page: Page) -> None:
    page.keyboard.press("ArrowDown")
    expect(page.locator("footer")).to_contain_text("bass")
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Solo bass")).to_have_attribute("aria-pressed", "true")
    assert _of_page(page, "page.listening.hears.A") == "hear=original&only=0"
    page.keyboard.press("s")
    page.keyboard.press("m")
    assert _of_page(page, "page.listening.hears.A") == "hear=original&only=1,2"
    page.keyboard.press("S")
    assert _of_page(page, "page.listening.hears.A") == "hear=original"


def test_a_lane_is_a_spectrogram_on_demand(page: Page) -> None:
    with page.expect_response(re.compile("tiles/spectrogram")) as answer:
        page.get_by_role("button", name="Spectrogram of bass").click()
    assert answer.value.ok


def test_a_span_is_dragged_and_looped_and_forgotten(page: Page) -> None:
    box = page.locator("sh-timeline .field").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 150)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 150, steps=4)
    page.mouse.up()
    start, stop = _of_page(page, "page.region")
    assert abs(start - 1.0) < 0.05
    assert abs(stop - 2.0) < 0.05
    page.keyboard.press("l")
    loop = _of_page(page, "page.listening.player.loop")
    assert loop == {"start": round(start * 48000), "stop": round(stop * 48000)}
    page.keyboard.press("Escape")
    assert _of_page(page, "page.region") is None
    assert _of_page(page, "page.listening.player.loop") is None


def test_a_finding_loops_with_pre_roll(page: Page) -> None:
    page.keyboard.press("l")
    loop = _of_page(page, "page.listening.player.loop")
    assert loop == {"start": 0, "stop": 3 * 48000}


def test_zooming_keeps_the_playhead_where_it_is(page: Page) -> None:
    view = 'page.renderRoot.querySelector("sh-timeline").view'
    page.keyboard.press("ArrowRight")
    before = _of_page(page, f"{view}.x(48000)")
    page.keyboard.press("+")
    assert _of_page(page, f"{view}.span") == 2 * 48000
    assert abs(float(_of_page(page, f"{view}.x(48000)")) - float(before)) < 1


def test_an_intent_is_written_and_locked_by_keys_and_then_blocks(
    page: Page, running: Running
) -> None:
    page.keyboard.press("i")
    page.get_by_role("textbox", name="Words").fill("the bass stays")
    page.get_by_role("checkbox", name="bass").check()
    page.get_by_role("checkbox", name="Locked").check()
    assert not faults_of(Axe().run(page))
    page.get_by_role("button", name="Save").click()
    expect(page.locator("sh-note-list")).to_contain_text("the bass stays")
    (intent,) = written_intents(running.song.ledger.entries()).values()
    assert (intent.stems, intent.locked) == (("bass",), True)
    page.keyboard.press("Enter")
    expect(page.locator("footer")).to_contain_text("touches what you locked")
    page.get_by_role("button", name="Change “the bass stays”").click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("sh-note-list")).to_have_count(0)


def test_a_comment_stands_where_the_playhead_was(page: Page, running: Running) -> None:
    page.keyboard.press("ArrowRight")
    page.keyboard.press("c")
    page.get_by_role("textbox", name="Words").fill("too dry here")
    page.get_by_role("textbox", name="Words").press("Tab")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("sh-note-list")).to_contain_text("too dry here")
    (comment,) = comments(running.song.ledger.entries()).values()
    assert comment.at_s == pytest.approx(1.0, abs=0.11)


def test_one_goes_to_the_state_after_a_decision_and_back(page: Page, running: Running) -> None:
    def texts() -> list[str]:
        return [move.text for move in accepted(running.song.ledger.entries())]

    page.keyboard.press("Enter")
    expect(page.locator("sh-history-list")).to_contain_text("Turn the bass down")
    page.keyboard.press("]")
    page.keyboard.press("Enter")
    expect(page.locator("sh-history-list")).to_contain_text("Move the keys 96 frames earlier")
    both = texts()
    page.get_by_role("button", name="Go to the beginning").click()
    expect(page.locator("sh-history-list")).to_contain_text("went to the beginning")
    assert texts() == []
    page.get_by_role("button", name="Take the jump back").click()
    expect(page.locator("sh-history-list")).to_contain_text("taken back")
    assert texts() == both
    undo_all(page)


def test_blind_comparison_tells_nothing_before_the_end(page: Page) -> None:
    page.keyboard.press("x")
    expect(page.locator("footer")).to_contain_text("A and B are the same now")
    page.get_by_role("button", name="Hear with it").click()
    expect(page.locator("sh-transport")).to_contain_text("the move under trial")
    page.keyboard.press("x")
    shown = page.locator("sh-blind-test")
    for turn in range(4):
        page.get_by_role("button", name="X is A" if turn % 2 else "X is B").click()
    expect(shown).to_contain_text("4 answered")
    expect(shown).not_to_contain_text("right")
    expect(page.get_by_role("button", name="A: the original")).to_be_disabled()
    assert not faults_of(Axe().run(page))
    page.get_by_role("button", name="End and show").click()
    expect(shown).to_contain_text("of 4 right")
    expect(shown.locator("li")).to_have_count(4)
    page.get_by_role("button", name="Close").click()


@pytest.mark.parametrize(
    ("right", "n", "p"),
    [(0, 0, 1.0), (8, 8, 1 / 256), (9, 10, 11 / 1024), (5, 10, 638 / 1024), (12, 16, 2517 / 65536)],
)
def test_the_p_value_is_the_exact_binomial_tail(page: Page, right: int, n: int, p: float) -> None:
    found = page.evaluate(
        """async ([right, n]) => (await import("/static/audio/blind.js")).chanceOf(right, n)""",
        [right, n],
    )
    assert found == pytest.approx(p, rel=1e-12)


def test_settings_are_copied_as_text_any_plug_in_takes(page: Page) -> None:
    text = page.evaluate(
        """async () => {
          const { moveText } = await import("/static/lib/step-text.js");
          const steps = [
            { do: "eq", channel: "stereo", bands: [
              { type: "bell", hz: 250, db: -3.2, q: 1.4, slope: 12 },
              { type: "high_pass", hz: 3200, db: 0, q: 0.7, slope: 24 }] },
            { do: "compressor", threshold_db: -18, ratio: 3, attack_ms: 10, release_ms: 120,
              knee_db: 6, makeup_db: 1.5, band_hz: null, key: null },
            { do: "gain", db: -4.5 }, { do: "pan", position: -0.3 },
            { do: "offset", frames: -96 }];
          return moveText({ targets: ["Lead Vox"] }, steps, 80, 48000);
        }"""
    )
    assert text.splitlines() == [
        "Lead Vox (at 80 %)",
        "EQ  Bell  250 Hz  −3.2 dB  Q 1.4",
        "EQ  High pass  3.20 kHz  24 dB/octave",
        "Compressor  threshold −18.0 dB  ratio 3:1  attack 10 ms  release 120 ms  knee +6.0 dB"
        "  make-up +1.5 dB",
        "Fader  −4.5 dB",
        "Pan  30 % left",
        "Move  96 samples (2.00 ms) earlier",
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [("3.2k", 3200), ("−4,5 dB", -4.5), ("250 Hz", 250), ("1.5 kHz", 1500), ("+2 dB", 2),
     ("4 : 1", 4)],
)  # fmt: skip
def test_a_value_is_typed_with_its_unit(page: Page, text: str, value: float) -> None:
    script = """async ([text]) => (await import("/static/lib/step-text.js")).typed(text)"""
    assert page.evaluate(script, [text]) == pytest.approx(value)


def test_the_compressor_curve_is_the_processors_own(page: Page) -> None:
    import numpy as np

    from studiohand.dsp.effects.compressor import Compressor

    step: dict[str, Any] = {"threshold_db": -20.0, "ratio": 4.0, "knee_db": 10.0, "makeup_db": 2.0}
    levels = [-50.0, -24.0, -20.0, -16.0, -5.0]
    drawn = page.evaluate(
        """async ([step, levels]) => {
          const { outputDb } = await import("/static/parts/compressor-picture.js");
          return levels.map((level) => outputDb(step, level));
        }""",
        [step, levels],
    )
    for level, shown in zip(levels, drawn, strict=True):
        running = Compressor(**step, attack_ms=0.0, release_ms=0.0, detector="peak").start(48000, 1)
        out = running.process(np.full((4800, 1), 10.0 ** (level / 20.0)))
        assert 20 * np.log10(out[-1, 0]) == pytest.approx(shown, abs=0.01)


def test_every_way_of_monitoring_can_be_chosen(page: Page) -> None:
    for way in ("mono", "left", "right", "side", "stereo"):
        page.keyboard.press("n")
        assert _of_page(page, "page.listening.way") == way
    page.get_by_label("Band").select_option(label="mid 600 Hz–2.00 kHz")
    assert _of_page(page, "page.listening.band") == [600, 2000]


def test_a_move_alone_is_heard_beside_and_matched(page: Page) -> None:
    page.get_by_label("Beside A and B").select_option(label="Move 1 alone")
    expect(page.get_by_role("button", name="V: what is chosen")).to_have_attribute(
        "aria-pressed", "true"
    )
    assert str(_of_page(page, "page.listening.player.decks.C.hear")).startswith("hear=move%3A")


def test_ctrl_z_takes_back_and_ctrl_alone_means_nothing(page: Page) -> None:
    page.keyboard.press("Enter")
    expect(page.locator("sh-history-list")).to_contain_text("accepted")
    before = _of_page(page, "page.listening.mode")
    page.keyboard.press("Control+b")
    assert _of_page(page, "page.listening.mode") == before
    page.keyboard.press("Control+z")
    expect(page.locator("sh-history-list li.undone").last).to_be_visible()


def test_a_desk_that_is_gone_says_so(page: Page) -> None:
    page.context.set_offline(True)
    page.keyboard.press("ArrowRight")
    expect(page.locator("footer")).to_contain_text("The desk does not answer")
    page.context.set_offline(False)


def test_sections_and_their_loudness_stand_as_text(page: Page) -> None:
    expect(page.locator("sh-timeline .facts")).to_contain_text(re.compile(r"A: .* LUFS"))


def test_no_key_means_two_things(page: Page) -> None:
    keys = page.evaluate(
        """async () => (await import("/static/lib/shortcuts.js")).SHORTCUTS
          .map((entry) => [entry.shift, entry.ctrl, entry.key].join())"""
    )
    assert len(keys) == len(set(keys))
