"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def endpoint_options(command: F) -> F:
    """Which endpoint and model to ask, and how tokens are chosen."""
    for option in reversed(
        (
            click.option("--endpoint", metavar="NAME|URL", help="An endpoint's name or URL; default: the current one."),
            click.option("--model", metavar="NAME", help="A model other than the endpoint's own."),
            click.option("--seed", type=int, help="Seed of the sampler, for temperatures above 0."),
            click.option(
                "--temperature",
                type=click.FloatRange(0, 2),
                default=0.0,
                show_default=True,
                help="0 always takes the likeliest token.",
            ),
            click.option(
                "--max-tokens",
                type=click.IntRange(1, 32768),
                default=1024,
                show_default=True,
                help="Longest answer of a stage, in tokens.",
            ),
        )
    ):
        command = option(command)
    return command


def store_option(command: F) -> F:
    """Which session database to use."""
    path = click.Path(dir_okay=False, path_type=Path)
    return click.option("--db", type=path, metavar="PATH", help="Session database; $LIFT_DB is the default.")(command)
