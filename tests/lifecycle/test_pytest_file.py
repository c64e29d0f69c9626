"""The exported pytest file, run by pytest."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given

from engine.errors import LiftError
from engine.ir.source import parse_python
from engine.ir.text import parse
from engine.lifecycle.creating import create
from engine.lifecycle.exporting import export
from engine.lifecycle.material import Material
from engine.lifecycle.pytest_file import pytest_file, spec_in
from tests.ir.strategies import irs

CLAMP = '''def clamp(value: float, low: float, high: float) -> float:
    """Clamp a value, "safely" \\\\ always."""
    requires(not math.isnan(value))
    ensures(low <= result <= high, "in the range")
    ensures(result in (value, low, high))
    raises(ValueError, low > high)
    example(clamp(15, 0, 10) == 10)
    example(clamp(0.1 + 0.2, 0, 1) == 0.3)
    example(clamp(1, 5, 0) == ValueError)
    example(-clamp(5, 0, 3) == -3)
'''
CLAMP_CODE = """def clamp(value: float, low: float, high: float) -> float:
    if low > high:
        raise ValueError("low is above high")
    return max(low, min(value, high))
"""
CHUNK = '''def copy(items: list[Any], size: int = 2) -> Iterator[list[Any]]:
    """Split into chunks."""
    requires(size > 0 or not items)
    ensures(sum(len(chunk) for chunk in result) == len(items))
    ensures(all(isinstance(chunk, list) for chunk in result))
    raises(BadSize, size < 1)
    example(copy([1, 2, 3]) == [[1, 2], [3]])
    example(copy([], size=1) == [])
    example(copy([1], 0) == BadSize("no"))
    example(copy(list(range(3)), 2) == [[0, 1], [2]])
'''
CHUNK_CODE = """from collections.abc import Iterator
from typing import Any


class BadSize(Exception):
    pass


def copy(items: list[Any], size: int = 2) -> Iterator[list[Any]]:
    if size < 1:
        raise BadSize(size)
    return (items[start : start + size] for start in range(0, len(items), size))
"""
POP = '''def test_take(items: list[int], when: Decimal) -> tuple[int, bool]:
    """Take the first item out."""
    ensures(len(items) > 0)
    ensures(result[0] == items[0] and when > Decimal(0))
    example(test_take([3, 4], Decimal("1.5")) == (3, True))
    example(test_take([], Decimal(1)) == IndexError)
'''
POP_CODE = """from decimal import Decimal

def test_take(items: list[int], when: Decimal) -> tuple[int, bool]:
    return items.pop(0), True
"""
PLAIN = 'def hello() -> None:\n    """Say hello."""\n'
PLAIN_CODE = "def hello() -> None:\n    pass\n"


def run_pytest(folder: Path) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder]
    plain = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # a stranger's pytest has none of our plugins
    done = subprocess.run(command, cwd=folder, env=plain, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def write(store, folder: Path, spec: str, code: str) -> list[str]:
    session = create(store, Material("json", ir=parse(spec), code=code)).id
    files = export(store, session, "python")
    for file in files:
        (folder / file.name).write_text(file.text)
    return [file.name for file in files]


@pytest.mark.parametrize(
    ("spec", "code", "names", "passed"),
    [
        (CLAMP, CLAMP_CODE, ["clamp.py", "test_clamp.py"], 3 + 1 + 2 + 4 + 3),
        (CHUNK, CHUNK_CODE, ["copy_.py", "test_copy_.py"], 3 + 1 + 3 + 6 + 4),
        (POP, POP_CODE, ["_test_take.py", "test__test_take.py"], 1 + 1 + 2),
        (PLAIN, PLAIN_CODE, ["hello.py", "test_hello.py"], 1),
    ],
)
def test_correct_code_passes(store, tmp_path, spec, code, names, passed):
    assert write(store, tmp_path, spec, code) == names
    returncode, out = run_pytest(tmp_path)
    assert returncode == 0, out
    assert f"{passed} passed" in out


@pytest.mark.parametrize(
    ("old", "new", "failing"),
    [
        ("max(low, min(value, high))", "min(value, high)", None),
        ("max(low, min(value, high))", "value", "test_example"),
        ("max(low, min(value, high))", "high + 1", "test_postcondition"),
        ("raise ValueError", "raise KeyError", "test_exception"),
        ("if low > high", "if low > high + 100", "test_raises"),
        ("max(low, min(value, high))", "value == 15 or max(low, min(value, high))", "test_example"),
    ],
)
def test_wrong_code_fails(store, tmp_path, old, new, failing):
    write(store, tmp_path, CLAMP, CLAMP_CODE.replace(old, new))
    returncode, out = run_pytest(tmp_path)
    assert (returncode == 0) is (failing is None), out
    assert failing is None or f"{failing}[" in out


def test_a_specification_that_contradicts_itself_is_told(store, tmp_path):
    write(store, tmp_path, CLAMP.replace("not math.isnan(value)", "value < 15"), CLAMP_CODE)
    _, out = run_pytest(tmp_path)
    assert "test_precondition[" in out


def test_the_specification_can_be_read_back():
    text = pytest_file(parse(CLAMP), CLAMP_CODE)
    assert parse(spec_in(text)).content() == parse(CLAMP).content()
    assert spec_in("# nothing\n") == ""


@given(ir=irs)
def test_whatever_the_specification_says_the_file_is_python(ir):
    try:
        text = pytest_file(ir, "x = 1\n", about="From a session.")
    except LiftError:
        return
    parse_python(text)
    assert parse(spec_in(text)).content() == ir.content()
