"""``lift doctor``: what this machine has, and what to do about the rest."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import shutil
import sys
from pathlib import Path

import click

from tui.options import store_option


@click.command()
@store_option
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(db: Path | None, *, as_json: bool) -> int:
    """Check this machine and say what to do."""
    return asyncio.run(_report(db, as_json=as_json))


async def _report(db: Path | None, *, as_json: bool) -> int:
    from engine.doctor import Finding, examine
    from engine.sessions.store import default_db_path

    terminal = sys.stdout.isatty()
    size = shutil.get_terminal_size()
    findings: list[Finding] = []
    async for finding in examine(db or default_db_path(), terminal=terminal, size=(size.columns, size.lines)):
        findings.append(finding)
        if not as_json:
            _print(finding.name, finding.ok, finding.required, finding.detail, finding.todo)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(finding) for finding in findings], indent=2))
    return 0 if all(finding.ok or not finding.required for finding in findings) else 1


def _print(name: str, ok: bool, required: bool, detail: str, todo: str) -> None:
    word, colour = ("ok", "green") if ok else ("TO DO", "red") if required else ("note", "yellow")
    click.echo(f"{click.style(f'{word:<6}', fg=colour)} {name:<16} {detail}")
    if todo:
        click.echo(f"{'':24}{todo}")
