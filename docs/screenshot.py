"""Make docs/desk.png: the desk on the demo song, as it looks.

Run it with ``python docs/screenshot.py [SONG]``; without a song the demo is made first. It needs
Chromium and the extra ``dev``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
STUDIOHAND = [sys.executable, "-m", "studiohand"]


def main() -> None:
    """Make the picture."""
    with tempfile.TemporaryDirectory() as folder:
        song = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "demo"
        if not song.exists():
            subprocess.run([*STUDIOHAND, "demo", str(song), "--no-open"], check=True)
        desk = subprocess.Popen(
            [*STUDIOHAND, "open", str(song), "--no-browser"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "STUDIOHAND_SONGS": folder},
        )
        try:
            shoot(re.search(r"http\S+", desk.stdout.readline()).group(0))
        finally:
            desk.terminate()


def shoot(address: str) -> None:
    """Open the desk, choose a finding with a curve if there is one, and take the picture."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="dark")
        page.goto(address)
        page.wait_for_selector("sh-finding-list button")
        clash = page.locator("sh-finding-list button", has_text="clash")
        (clash if clash.count() else page.locator("sh-finding-list button")).last.click()
        curve = page.locator("sh-move-card[open] sh-eq-curve")
        for _ in range(3):
            page.wait_for_timeout(1500)
            if curve.count():
                break
            page.keyboard.press("}")
        page.keyboard.press("h")
        page.wait_for_timeout(12_000)
        page.screenshot(path=ROOT / "docs" / "desk.png")
        browser.close()


if __name__ == "__main__":
    main()
