"""Generated code gets the imports that its names need, and no others."""

from __future__ import annotations

import ast

import pytest

from engine.ir.text import parse
from engine.stages.assemble import assemble, header


def imports(body, head="def f(x):"):
    code = assemble(f"{head}\n    {body}\n")
    return [ast.unparse(node) for node in ast.parse(code).body if isinstance(node, ast.Import | ast.ImportFrom)]


@pytest.mark.parametrize(
    ("body", "needed"),
    [
        ("return x", []),
        ("return len(sorted(x))", []),
        ("return re.sub('a', 'b', x)", ["import re"]),
        ("return Counter(x)", ["from collections import Counter"]),
        ("return collections.Counter(x)", ["import collections"]),
        ("return math.sqrt(x) + math.pi", ["import math"]),
        ("return datetime.now()", ["from datetime import datetime"]),
        ("return datetime.datetime.now()", ["import datetime"]),
        (
            "return datetime.strptime(x, '%Y') - timedelta(1)",
            ["from datetime import datetime", "from datetime import timedelta"],
        ),
        ("return reduce(lambda a, b: a * b, x)", ["from functools import reduce"]),
        ("import re\n    return re.sub('a', 'b', x)", []),
        ("from math import sqrt\n    return sqrt(x)", []),
        ("re = x\n    return re.pattern", []),
        ("return [math for math in x]", []),
        ("return (lambda re: re)(x)", []),
        ("return unknown_name(x)", []),
        ("return x.re.math", []),
        ("return 're.sub'", []),
    ],
)
def test_names_of_the_standard_library(body, needed):
    assert imports(body) == needed


@pytest.mark.parametrize(
    ("head", "needed"),
    [
        ("def f(x: Any) -> Optional[int]:", ["from typing import Any", "from typing import Optional"]),
        ("def f(x: Iterable[int]) -> None:", ["from collections.abc import Iterable"]),
        ("def f(x: Decimal = Decimal('1')) -> Path:", ["from decimal import Decimal", "from pathlib import Path"]),
        ("def f(x: list[int]) -> dict[str, bool]:", []),
        ("def f(math: int, re: str) -> int:", []),
    ],
)
def test_names_of_the_header(head, needed):
    assert imports("return math and re" if "math" in head else "return x", head) == needed


def test_parameters_hide_modules():
    assert imports("return math.x + re.y", "def f(math, re):") == []


def test_the_result_runs():
    code = assemble("def f(x: Sequence[float]) -> float:\n    return math.fsum(x) / len(x)\n")
    scope: dict[str, object] = {}
    exec(code, scope)
    assert scope["f"]([1.0, 2.0]) == 1.5


def test_what_does_not_parse_is_left_as_it_is():
    assert assemble("\ndef f(:\n") == "def f(:\n"


def test_code_without_needs_is_only_trimmed():
    assert assemble("\n\ndef f():\n    return 1\n\n\n") == "def f():\n    return 1\n"


@pytest.mark.parametrize(
    "text",
    [
        "def f() -> None:",
        "def clamp(value: int, low: int = 0, high: int = 10) -> int:",
        "def f(items: list[dict[str, Any]], key: str | None = None) -> Callable[[int], str]:",
    ],
)
def test_the_header_is_the_signatures(text):
    assert header(parse(f'{text}\n    """Do it."""\n')) == text
