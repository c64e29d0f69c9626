"""A type check of the generated module, by ``ty``'s command line.

The checker reads the code and runs none of it. It takes about 20 ms a module; why it is this one says
ARCHITECTURE.md.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections import OrderedDict
from pathlib import Path
from typing import Any

from engine.errors import CheckToolFailed
from engine.sandbox.trial import printable
from engine.stages.check_results import PASSED, Judged

_KEPT = 64
"""Modules that are remembered."""

_TIMEOUT_S = 20.0
_MAX_TOLD = 3

_UNDEFINED = "unresolved-reference"

_CERTAIN = frozenset(
    {
        _UNDEFINED,
        "call-non-callable",
        "import-not-found",
        "invalid-syntax",
        "missing-argument",
        "missing-attribute",
        "not-iterable",
        "too-many-positional-arguments",
        "unknown-argument",
        "unresolved-attribute",
        "unresolved-import",
    }
)
"""Rules whose findings fail when the line is reached. Other findings (a ``None`` that cannot come, a variable
that changes its type) are as often the annotations' fault; they are told, and do not count against the code."""


class TypeChecker:
    """Checks modules, each text once."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()

    async def judge(self, code: str) -> Judged:
        """The verdict on the types in ``code``; a checker that cannot be run makes it ``skipped``."""
        try:
            return _judged(await self._findings(code))
        except CheckToolFailed as error:
            return Judged("skipped", error.what)

    async def undefined_lines(self, code: str) -> frozenset[int]:
        """The lines of ``code``, from 1, that read a name which is not defined when they are reached.

        Raises:
            CheckToolFailed: the checker cannot be run.
        """
        findings = await self._findings(code)
        return frozenset(_line(finding) for finding in findings if finding["check_name"] == _UNDEFINED)

    async def _findings(self, code: str) -> list[dict[str, Any]]:
        if code in self._known:
            self._known.move_to_end(code)
            return self._known[code]
        found = await _findings(code)
        self._known[code] = found
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return found


def _judged(findings: list[dict[str, Any]]) -> Judged:
    if not findings:
        return PASSED
    certain = [finding for finding in findings if finding["check_name"] in _CERTAIN]
    told = (certain or findings)[:_MAX_TOLD]
    status = "failed" if certain else "skipped"
    return Judged(status, printable("; ".join(map(_tell, told))), line=_line(told[0]))


def _tell(finding: dict[str, Any]) -> str:
    what = finding["description"].removeprefix(f"{finding['check_name']}: ")
    return f"line {_line(finding)}: {what}"


def _line(finding: dict[str, Any]) -> int:
    return finding["location"]["positions"]["begin"]["line"]


async def _findings(code: str) -> list[dict[str, Any]]:
    """What the checker says of ``code``, in the form of GitLab's code quality reports.

    Raises:
        CheckToolFailed: it is not installed, does not answer, or answers something else.
    """
    with tempfile.TemporaryDirectory(prefix="lift-types-") as folder:
        await asyncio.to_thread(Path(folder, "generated.py").write_text, code, "utf-8", "surrogatepass")
        process = await asyncio.create_subprocess_exec(
            *(_binary(), "check", "--output-format", "gitlab", "--exit-zero"),
            *("--python-version", f"{sys.version_info.major}.{sys.version_info.minor}", "generated.py"),
            cwd=folder,
            # Settings of the user's own are for the user's projects.
            env={**os.environ, "XDG_CONFIG_HOME": folder, "VIRTUAL_ENV": ""},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
        )
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                output, complaint = await process.communicate()
        except TimeoutError:
            raise CheckToolFailed(f"The type checker did not answer within {_TIMEOUT_S:g} s.") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    try:
        return json.loads(output)
    except ValueError:
        told = complaint.decode(errors="replace").strip().rpartition("\n")[2]
        raise CheckToolFailed(f"The type checker broke down: {printable(told)}") from None


def _binary() -> str:
    """Where the checker is.

    Raises:
        CheckToolFailed: it is not installed.
    """
    try:
        from ty import find_ty_bin

        return os.fspath(find_ty_bin())
    except (ImportError, FileNotFoundError):
        raise CheckToolFailed("The type checker `ty` is not installed.") from None
