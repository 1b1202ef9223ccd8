"""How long it still takes: nothing said too early, and what is said is right."""

from __future__ import annotations

from playwright.sync_api import Page

_ASK = """async (steps) => {
    const { Remaining } = await import("/static/lib/remaining.js");
    const left = new Remaining();
    return steps.map(([what, share, ms]) => left.of(what, share, ms));
}"""


def _said(page: Page, *steps: tuple[str, float, int]) -> list[str]:
    answers: list[str] = page.evaluate(_ASK, [list(step) for step in steps])
    return answers


def test_nothing_is_said_before_anybody_can_know(page: Page) -> None:
    assert _said(page, ("mix", 0.0, 0), ("mix", 0.5, 1000), ("mix", 0.01, 9000)) == ["", "", ""]


def test_a_quarter_in_ten_seconds_leaves_thirty(page: Page) -> None:
    assert _said(page, ("mix", 0.0, 0), ("mix", 0.25, 10_000))[-1] == "about 30 s left"


def test_minutes_are_said_in_minutes_and_a_new_part_begins_anew(page: Page) -> None:
    said = _said(page, ("mix", 0.0, 0), ("mix", 0.1, 20_000), ("land", 0.1, 21_000))
    assert said == ["", "about 3 min left", ""]
