"""Write what is read off the code: MAP.md and docs/reference/.

Run it with ``python docs/make.py``; a test fails when its result is stale.
"""

from __future__ import annotations

import ast
from itertools import groupby
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parents[1]

ROOMS = {
    "core": "the words everybody else speaks; knows nobody",
    "dsp": "arrays in, arrays out",
    "io": "files in, files out",
    "models": "learned understanding: cards, store, runner",
    "mir": "computed understanding of music",
    "compose": "the demo song: notes, instruments, faults to plant",
    "tools": "what we can do: one tool, one file",
    "song": "what we remember: folder, ledger, decisions",
    "rights": "where it comes from and what to say about it",
    "run": "runs tools: material, workers, rendering, delivery",
    "web": "the desk: a local page and its server",
    "cli": "the command line; the only room that prints and exits",
}


def main() -> None:
    """Write every generated page."""
    for path, text in pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def pages() -> dict[Path, str]:
    """Every generated page by its path."""
    return {
        ROOT / "MAP.md": map_page(),
        ROOT / "docs" / "reference" / "commands.md": commands_page(),
        ROOT / "docs" / "reference" / "steps.md": steps_page(),
        ROOT / "docs" / "reference" / "tools.md": tools_page(),
    }


def map_page() -> str:
    """The tree, one line a file, from the first line of each docstring."""
    lines = [
        "# The map",
        "",
        "Imports go down this list reversed: `core` knows nobody, `cli` knows all. "
        "Made by `python docs/make.py` from the files themselves.",
        "",
    ]
    package = ROOT / "src" / "studiohand"
    for room, what in ROOMS.items():
        if not (package / room).is_dir():
            continue
        lines += [f"## src/studiohand/{room}: {what}", ""]
        lines += _listed(package / room)
    for folder, what in [
        ("bench", "commands that print the figures"),
        ("training", "how the model we ship is made; not in the wheel"),
        ("docs", "what is explained, and the script that makes this page"),
    ]:
        if (ROOT / folder).is_dir():
            lines += [f"## {folder}: {what}", ""]
            lines += _listed(ROOT / folder)
    lines += ["## tests", "", "The same rooms as the source; `tests/signals.py` makes signals.", ""]
    return "\n".join(lines)


def commands_page() -> str:
    """Every command with its arguments and options."""
    from studiohand.cli.main import studiohand

    context = click.Context(studiohand, info_name="studiohand")
    lines = ["# Commands", "", "Made by `python docs/make.py` from the commands themselves.", ""]
    for name in studiohand.list_commands(context):
        command = studiohand.get_command(context, name)
        if command is not None:
            lines += [f"## {name}", "", " ".join((command.help or "").split()), ""]
            lines += [_option(parameter) for parameter in command.params] + [""]
    return "\n".join(lines)


def _option(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Option):
        return f"- `{', '.join([*parameter.opts, *parameter.secondary_opts])}`: {parameter.help}"
    return f"- `{(parameter.metavar or parameter.name or '').strip('[]').upper()}`"


def steps_page() -> str:
    """Every step of a move with its settings."""
    import studiohand.dsp.effects.families
    import studiohand.models.voicenoise  # noqa: F401  the same
    from studiohand.core.effect import STEPS
    from studiohand.tools import find_tools

    find_tools()
    ours = {name: cls for name, cls in STEPS.items() if cls.__module__.startswith("studiohand.")}
    lines = [
        "# Steps of moves",
        "",
        "Every step as it stands in JSON under `do`, with what its settings mean. "
        "Made by `python docs/make.py`.",
        "",
    ]
    for name, cls in sorted(ours.items()):
        lines += [f"## {name} ({cls.kind})", "", "```text", (cls.__doc__ or "").strip(), "```", ""]
    return "\n".join(lines)


def tools_page() -> str:
    """Every tool with its settings: default, range, unit and sentence."""
    from studiohand.tools import find_tools

    lines = [
        "# Tools",
        "",
        "What each tool needs and can be told, read off its definition by `python docs/make.py`. "
        "The same settings are the options of its command and the fields of its form.",
        "",
    ]
    for name, tool in sorted(find_tools().items()):
        listens = "; `listen` runs it" if tool.listens else ""
        lines += [f"## {name}", "", f"{tool.summary} Works on: {tool.needs.value}{listens}.", ""]
        rows = [_setting(key, field) for key, field in tool.schema().get("properties", {}).items()]
        if rows:
            lines += ["| setting | default | range | what |", "|---|---|---|---|", *rows, ""]
    return "\n".join(lines)


def _setting(name: str, field: dict[str, Any]) -> str:
    bounds = [field.get("minimum"), field.get("maximum")]
    span = f"{bounds[0]:g} to {bounds[1]:g} {field.get('unit', '')}" if None not in bounds else ""
    default = "" if field.get("default") is None else f"`{field['default']}`"
    return f"| `{name}` | {default} | {span.strip()} | {field.get('description', '')} |"


def _listed(folder: Path) -> list[str]:
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in {".py", ".js", ".css", ".html", ".md", ".toml"}
        and path.name != "__init__.py"
        and "__pycache__" not in path.parts
        and "reference" not in path.parts
        and "vendor" not in path.parts
    )
    files.sort(key=lambda path: (path.parent != folder, path.parent, path.name))
    rows = []
    for within, group in groupby(files, key=lambda path: path.parent):
        says = within / "__init__.py"
        if within != folder and says.exists():
            name = within.relative_to(folder.parent).as_posix()
            rows += ["", f"### {name}: {_first_line(says)}", ""]
        rows += [f"- `{path.relative_to(folder)}`: {_first_line(path)}" for path in group]
    return [*rows, ""]


def _first_line(path: Path) -> str:
    text = path.read_text("utf-8")
    if path.suffix == ".py":
        return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0].rstrip(".")
    first = next((line for line in text.splitlines() if line.strip(" /*#<!-")), "")
    return first.strip(" /*#<!->").rstrip(".")


if __name__ == "__main__":
    main()
