"""What is generated from the code is fresh, and the README keeps its promises."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES: dict[Path, str] = runpy.run_path(str(ROOT / "docs" / "make.py"))["pages"]()


@pytest.mark.parametrize("path", list(PAGES), ids=lambda path: path.name)
def test_generated_pages_are_fresh(path: Path) -> None:
    assert path.read_text("utf-8") == PAGES[path], "run: python docs/make.py"


def test_every_source_file_says_what_it_is_for() -> None:
    assert not re.findall(r"^- `[^`]+`: *$", PAGES[ROOT / "MAP.md"], re.MULTILINE)


def test_the_readme_holds_exactly_two_set_up_commands() -> None:
    assert len(re.findall(r"^\$ ", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)) == 2
