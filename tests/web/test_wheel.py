"""The wheel alone, with no Node on the path, serves the desk and does the main job."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from studiohand.song.decisions import moves_with_state

from .conftest import Running, opened_page, served, small_song

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is in the wheel, and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as held:
        held.extractall(folder / "site")
    return folder / "site"


@pytest.fixture(scope="module")
def desk(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("from-wheel")
    bare = {"PYTHONPATH": str(unpacked), "PATH": "/nowhere"}
    yield from served(folder, small_song(folder), bare)


@pytest.fixture
def page(browser: Browser, desk: Running) -> Iterator[Page]:
    yield from opened_page(browser, desk)


def test_every_file_of_the_page_is_in_the_wheel(unpacked: Path) -> None:
    static = Path("studiohand/web/static")
    ours = {p.relative_to(ROOT / "src") for p in (ROOT / "src" / static).rglob("*") if p.is_file()}
    theirs = {p.relative_to(unpacked) for p in (unpacked / static).rglob("*") if p.is_file()}
    assert theirs == ours


def test_the_main_job_by_keyboard_from_the_wheel_alone(page: Page, desk: Running) -> None:
    page.keyboard.press("]")
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    expect(page.locator("sh-history-list")).to_contain_text("accepted at 100 %")
    page.keyboard.press("r")
    expect(page.locator("sh-desk footer")).to_contain_text("is rendered")
    states = [row["state"] for row in moves_with_state(desk.song.ledger.entries())]
    assert states.count("accepted") == 1
    desk.song.verify()


def test_a_master_is_proposed_from_the_wheel_alone(page: Page) -> None:
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="master").click()
    page.get_by_role("button", name="Propose a master").click()
    expect(page.locator("sh-master-page sh-move-card").last).to_be_visible()
