"""Tasks in HumanEval's shape (Chen et al. 2021, arXiv:2107.03374): a stub as the prompt, and ``check(candidate)``.

::

    {"task_id": "HumanEval/0", "prompt": "from typing import List\\n\\ndef f(…):\\n    \\"\\"\\"…\\"\\"\\"\\n",
     "entry_point": "f", "canonical_solution": "…", "test": "def check(candidate):\\n    assert candidate(…) == …"}

Its harness runs prompt, completion and test as one module. Here the test runs in the process that judges, and
calls the generated function in the process that runs it; both have what else the prompt defines, which are
imports and, in a few tasks, helper functions.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from engine.ir.source import NOT_PYTHON, parse_python
from engine.stages.check_header import parse_module

LIMIT_S = 30.0
"""Seconds that ``check`` may take: it makes many calls. HumanEval's own harness allows 3, on a faster machine."""


class Check(BaseModel):
    """The hidden tests of a task.

    Attributes:
        entry_point: what the prompt calls the function.
        test: Python that defines ``check(candidate)``.
        preamble: Python that the prompt defines before and beside the function.
    """

    model_config = ConfigDict(frozen=True)

    entry_point: str
    test: str
    preamble: str = ""


def is_humaneval(fields: Mapping[str, Any]) -> bool:
    """Whether the fields of a line have HumanEval's shape."""
    return "entry_point" in fields and "test" in fields


def fields_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a :class:`~engine.bench.tasks.Task`.

    Raises:
        ValueError: ``test`` does not define ``check``, or a field is not text.
    """
    given = {key: fields.get(key) for key in ("prompt", "entry_point", "test")}
    for key, value in given.items():
        if not isinstance(value, str):
            raise ValueError(f"{key} is not text")
    prompt, entry_point, test = (str(value) for value in given.values())
    if not entry_point.isidentifier():
        raise ValueError(f"entry_point: {entry_point!r} is not a name")
    name = str(fields.get("task_id") or fields.get("name") or entry_point)
    return {
        "name": name,
        "category": fields.get("category") or name.partition("/")[0],
        "prompt": prompt,
        "limit_s": fields.get("limit_s", LIMIT_S),
        "holes": fields.get("holes", ()),
        "check": Check(entry_point=entry_point, test=_explained(test), preamble=_preamble(prompt, entry_point)),
    }


def _explained(test: str) -> str:
    """``test`` whose assertions say what they are about when they fail.

    Raises:
        ValueError: it is not Python, or does not define ``check``.
    """
    try:
        tree = parse_python(test)
    except NOT_PYTHON as error:
        raise ValueError(f"test is not Python: {error}") from error
    if not any(isinstance(node, ast.FunctionDef) and node.name == "check" for node in tree.body):
        raise ValueError("test does not define check(candidate)")
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            node.msg = ast.Constant(ast.unparse(node.test))
    return ast.unparse(ast.fix_missing_locations(tree))


def _preamble(prompt: str, entry_point: str) -> str:
    """What a stub defines beside the function that it asks for; nothing where the prompt is plain English."""
    tree, _ = parse_module(prompt)
    if tree is None:
        return ""
    kept = [node for node in tree.body if not (isinstance(node, ast.FunctionDef) and node.name == entry_point)]
    if not all(
        isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.Assign | ast.ClassDef) for node in kept
    ):
        return ""  # words that happen to be Python
    return "\n".join(ast.unparse(node) for node in kept)
