"""The checks that run nothing: the header, word for word."""

from __future__ import annotations

import ast

import pytest

from engine.ir.models import IR
from engine.stages.check_header import check_signature, stub


def spec(name: str, returns: str, *parameters: tuple[str, str, str | None]) -> IR:
    listed = [{"name": name, "type_hint": hint, "default": default} for name, hint, default in parameters]
    signature = {"name": name, "parameters": listed, "returns": returns}
    return IR.model_validate({"intent": {"summary": ""}, "signature": signature})


CLAMP = spec("clamp", "int", ("value", "int", None), ("low", "int", None), ("high", "int", "10"))


def test_the_same_header_passes() -> None:
    code = "def clamp(value: int, low: int, high: int = 10) -> int: ..."
    assert check_signature(ast.parse(code), CLAMP).status == "passed"


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("def clamp(value: int, low: int) -> int", "the parameters are (value, low), not (value, low, high)"),
        ("def clamp(low: int, value: int, high: int = 10) -> int", "not (value, low, high)"),
        ("def clamp(value: int, low: int, high: int = 9) -> int", "the default of high is 9, not 10"),
        ("def clamp(value: int, low: int, high: int) -> int", "the default of high is missing, not 10"),
        ("def clamp(value: int, low: int = 1, high: int = 10) -> int", "the default of low is 1, not absent"),
        ("def clamp(value: int, low: float, high: int = 10) -> int", "low is annotated float, not int"),
        ("def clamp(value: int, low, high: int = 10) -> int", "low is annotated nothing, not int"),
        ("def clamp(value: int, low: int, high: int = 10)", "annotated to return nothing, not int"),
        ("def clamp(value: int, low: int, high: int = 10) -> float", "annotated to return float, not int"),
        ("def clamp(value: int, low: int, *, high: int = 10) -> int", "(value, low, *, high)"),
        ("def clamp(value: int, low: int, /, high: int = 10) -> int", "(value, low, /, high)"),
        ("def clamp(*value: int, **high: int) -> int", "(*value, **high)"),
        ("async def clamp(value: int, low: int, high: int = 10) -> int", "async"),
    ],
)
def test_another_header_fails(header: str, message: str) -> None:
    result = check_signature(ast.parse(f"{header}: ..."), CLAMP)
    assert result.status == "failed"
    assert message in result.detail


def test_annotations_are_compared_as_python_not_as_text() -> None:
    ir = spec("f", "Literal['a']", ("x", "dict[ str,int ]|None", "None"))
    code = 'def f(x: dict[str, int] | None = None) -> Literal["a"]: ...'
    assert check_signature(ast.parse(code), ir).status == "passed"


def test_the_last_definition_counts() -> None:
    code = "def f() -> int: ...\ndef f() -> str: ..."
    assert check_signature(ast.parse(code), spec("f", "str")).status == "passed"


def test_a_parameter_of_any_type_needs_no_annotation() -> None:
    assert check_signature(ast.parse("def f(x) -> int: ..."), spec("f", "int", ("x", "Any", None))).status == "passed"


def test_the_stub_has_defaults_and_no_annotations() -> None:
    assert stub(CLAMP) == "def clamp(value, low, high=10):\n    ..."
    assert stub(spec("f", "a type")) == "def f(*args, **kwargs): ..."
