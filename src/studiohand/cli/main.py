"""The `studiohand` command: finds commands, turns errors into sentences and exit codes.

Exit codes: 0 done, 1 done and something is over a limit the caller set, 2 wrong use, 3 could
not, 130 stopped.
"""

from __future__ import annotations

import gc
import os
import pkgutil
import sys
from importlib import import_module

import click

from studiohand import __version__
from studiohand.cli import commands, show
from studiohand.core.errors import BadSetting, Cancelled, StudiohandError

WRONG_USE, COULD_NOT, STOPPED = 2, 3, 130


SECTIONS = {
    "The song": (
        "new", "add", "listen", "moves", "accept", "refuse", "undo", "render", "verify", "open",
        "demo",
    ),
    "Single files": ("measure", "clean", "separate", "match", "master", "preview", "convert"),
    "The release": ("alternates", "album", "vinyl", "brief", "tag"),
    "Where it comes from": (
        "disclose", "declare", "credit", "models", "sign", "credentials", "evidence", "ern",
    ),
}  # fmt: skip
"""Commands as the help lists them; every other one is a single tool that works on a song."""
OTHERS = "One tool alone on a song"
_HELP_CHARACTERS = 160


class Commands(click.Group):
    """Hand-written commands by module name, then one for each tool."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help by what a person wants to do."""
        left = dict.fromkeys(self.list_commands(ctx))
        sections = {
            title: [name for name in names if name in left] for title, names in SECTIONS.items()
        }
        listed = {name for names in sections.values() for name in names}
        sections[OTHERS] = [name for name in left if name not in listed]
        for title, names in sections.items():
            with formatter.section(title):
                formatter.write_dl([(name, self._said(ctx, name)) for name in names])

    def _said(self, ctx: click.Context, name: str) -> str:
        command = self.get_command(ctx, name)
        return command.get_short_help_str(_HELP_CHARACTERS) if command else ""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from studiohand.tools import find_tools

        written = {module.name for module in pkgutil.iter_modules(commands.__path__)}
        return sorted(written | set(find_tools()))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        written = {module.name for module in pkgutil.iter_modules(commands.__path__)}
        if cmd_name in written:
            module = import_module(f"{commands.__name__}.{cmd_name}")
            command: click.Command = module.COMMAND
            return command
        from studiohand.cli.from_tool import command_from_tool
        from studiohand.tools import find_tools

        tool = find_tools().get(cmd_name)
        return command_from_tool(tool) if tool else None


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="studiohand")
@click.option("--debug", is_flag=True, help="Show the full trace of an error.")
@click.pass_context
def studiohand(context: click.Context, debug: bool) -> None:
    """Listen to a song, see what is wrong and why, decide, and take it back.

    Without a command the desk opens on the songs folder.
    """
    if context.invoked_subcommand is None:
        context.invoke(import_module(f"{commands.__name__}.open").COMMAND)


def main() -> None:
    """Run the command line and exit."""
    gc.set_threshold(100_000)  # a command makes many objects and little garbage
    code = run(sys.argv[1:])
    gc.freeze()  # what is left goes with the process: no need to look through it once more
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run the command line.

    Returns
    -------
    int
        The exit code.
    """
    try:
        result = studiohand.main(arguments, prog_name="studiohand", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.UsageError as error:
        show.complain(error.format_message(), hint=_usage_hint(error))
        return WRONG_USE
    except BadSetting as error:
        show.complain(str(error))
        return WRONG_USE
    except StudiohandError as error:
        show.complain(str(error))
        return COULD_NOT
    except (KeyboardInterrupt, click.Abort, Cancelled):
        show.complain("Stopped. Your files are untouched and nothing half-made is left.")
        return STOPPED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _fault(error, "--debug" in arguments)


def _usage_hint(error: click.UsageError) -> str:
    return f"Try `{error.ctx.command_path} --help`." if error.ctx else ""


def _fault(error: Exception, debug: bool) -> int:
    """A fault of ours: one line, and the whole trace only when asked for."""
    if debug:
        import traceback

        traceback.print_exception(error)
    if isinstance(error, OSError):
        show.complain(
            f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}.",
            hint="Your originals are untouched. Check the disk and the folder, then try again.",
        )
    elif isinstance(error, MemoryError):
        show.complain("The memory is full.", hint="Close other programs and try again.")
    else:
        show.complain(
            f"A fault in studiohand: {type(error).__name__}: {error}.",
            hint="Your originals are untouched. Run it again with `studiohand --debug …` "
            "and report what it prints.",
        )
    return COULD_NOT
