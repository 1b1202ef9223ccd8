"""What we can do: one tool, one file.

A module here with a `TOOL` is a tool; other packages add theirs by the entry point group
``studiohand.tools``.
"""

from __future__ import annotations

import os
import pkgutil
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from studiohand.core.tool import Tool

AnyTool = Tool[Any]


def find_tools() -> dict[str, AnyTool]:
    """Every tool by its name, built-in ones first; a plug-in cannot take a built-in's name.

    ``STUDIOHAND_PLUGINS=none`` leaves plug-ins out.
    """
    found: dict[str, AnyTool] = {}
    for module in pkgutil.iter_modules(__path__):
        candidate = getattr(import_module(f"{__name__}.{module.name}"), "TOOL", None)
        if isinstance(candidate, Tool):
            found[candidate.name] = candidate
    if os.environ.get("STUDIOHAND_PLUGINS") != "none":
        for point in entry_points(group="studiohand.tools"):
            plugin = point.load()
            if isinstance(plugin, Tool):
                found.setdefault(plugin.name, plugin)
    return found


def listening_tools() -> list[AnyTool]:
    """The tools `listen` runs, by name."""
    return sorted((t for t in find_tools().values() if t.listens), key=lambda t: t.name)
