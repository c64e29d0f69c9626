"""Groups of commands that import a command only to run it, so that help loads nothing of the engine."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

import click

Table = Mapping[str, tuple[str, str]]
"""For each command: its module (and ``:attribute``, where that is not the command's name), and one line of help."""


class LazyGroup(click.Group):
    """A group that knows its commands from a table.

    Args:
        table: the commands, in the order in which help lists them.
    """

    def __init__(self, *args: Any, table: Table, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._table = table

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; when its reader has gone (``lift … | head``), end as quietly as any filter does."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # Here and not in main(), because click would turn it into exit code 1. What is still
            # buffered goes nowhere, so that its flush at exit is quiet too.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 128 + signal.SIGPIPE

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of ``cmd_name``."""
        if cmd_name not in self._table:
            return None
        module, _, attribute = self._table[cmd_name][0].partition(":")
        return getattr(importlib.import_module(module), attribute or cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, help_text) in self._table.items()])
