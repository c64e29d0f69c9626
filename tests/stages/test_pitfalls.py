"""Traps of the language are avoided, and nothing else is touched."""

from __future__ import annotations

import pytest

from engine.stages.assemble import assemble
from engine.stages.pitfalls import without_pitfalls

MASK = "Replace all characters but the last `visible` ones."
KINDS = "Return 'number' for an int or float; booleans count as 'other'."


def function(*lines: str, parameters: str = "items, n") -> str:
    return "\n".join([f"def f({parameters}):", *(f"    {line}" for line in lines), ""])


def result(code: str, *arguments: object) -> object:
    names: dict[str, object] = {}
    exec(code, names)
    return names["f"](*arguments)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("line", "arguments", "wanted"),
    [
        ("return items[-n:]", ([1, 2, 3], 0), []),
        ("return items[-n:]", ([1, 2, 3], 2), [2, 3]),
        ("return items[-n:]", ([1, 2, 3], 5), [1, 2, 3]),
        ("return items[:-n]", ([1, 2, 3], 0), [1, 2, 3]),
        ("return items[:-n]", ([1, 2, 3], 1), [1, 2]),
        ("return items[:-n]", ([1, 2, 3], 5), []),
        ("return '*' * (len(items) - n) + items[-n:]", ("abc", 0), "***"),
    ],
)
def test_the_last_none_are_none(line: str, arguments: tuple[object, ...], wanted: object) -> None:
    code = without_pitfalls(function(line), MASK)
    assert code != function(line)
    assert result(code, *arguments) == wanted


@pytest.mark.parametrize(
    "lines",
    [
        ["return items[-n:] + items[:-n]"],
        ["if n == 0:", "    return []", "return items[-n:]"],
        ["if not n:", "    return []", "return items[-n:]"],
        ["return items[-n:] if n else []"],
        ["n = n or 1", "return items[-n:]"],
        ["return items[-1:]"],
        ["k = 2", "return items[-k:]"],
        ["return items[-n::2]"],
        ["return items"],
        ["return isinstance(items, int)"],
        ["return items.isdigit()"],
    ],
)
def test_what_is_right_or_has_been_thought_of_stays(lines: list[str]) -> None:
    assert without_pitfalls(function(*lines), MASK) == function(*lines)


def test_a_bool_is_no_number_where_the_request_tells_them_apart() -> None:
    code = function("return isinstance(value, (int, float))", parameters="value")
    assert [result(code, value) for value in (1, 2.5, True)] == [True, True, True]
    told_apart = without_pitfalls(code, KINDS)
    assert [result(told_apart, value) for value in (1, 2.5, True)] == [True, True, False]
    assert without_pitfalls(code, "Return whether a value is a number.") == code
    assert without_pitfalls(code, "Tell numbers; booleans are numbers, too.") == code
    known = function("return isinstance(value, int) and not isinstance(value, bool)", parameters="value")
    assert without_pitfalls(known, KINDS) == known
    several = function("x = isinstance(value, int) or 'é' and isinstance(value, int)", "return x", parameters="value")
    assert without_pitfalls(several, KINDS).count("bool") == 2


def test_decimals_are_numbers_where_a_float_is_made_of_them() -> None:
    lines = "if not text.isdigit():", "    raise ValueError(text)", "return float(text)"
    code = function(*lines, parameters="text")
    with pytest.raises(ValueError, match=r"12\.5"):
        result(code, "12.5")
    avoided = without_pitfalls(code, "")
    assert [result(avoided, text) for text in ("12.5", "-3", "7")] == [12.5, -3.0, 7.0]
    with pytest.raises(ValueError, match="a"):
        result(avoided, "a")


def test_the_assembled_module_is_free_of_them() -> None:
    code = function("return [x for x in items if isinstance(x, int)]", parameters="items")
    assert "bool" not in assemble(code)
    assert "not isinstance(x, bool)" in assemble(code, KINDS)
    assert without_pitfalls(function("return f'{items[-n:]}'"), "") in (
        function("return f'{items[-n:]}'"),
        function("return f'{items[max(len(items) - n, 0):]}'"),
    )
    with pytest.raises(SyntaxError):
        without_pitfalls("def f(:\n", "")


@pytest.mark.parametrize("kind", ["(list, None)", "None", "(None, list)"])
def test_none_is_no_type(kind: str) -> None:
    code = without_pitfalls(function(f"return isinstance(items, {kind})"), "Is it None?")
    assert result(code, None, 0) is True
    assert result(code, "a", 0) is False


def test_other_nones_stay() -> None:
    code = function("return isinstance(items, list) or items is None")
    assert without_pitfalls(code, "Is it None?") == code


@pytest.mark.parametrize(
    ("request_text", "apart"),
    [
        ("Add the numbers. Booleans do not count.", True),
        ("Add the integers, but no bools.", True),
        ("A bool raises TypeError.", True),
        ("Booleans count as 'other'.", True),
        ("An int and a bool are different types.", True),
        ("Booleans stay as they are, and an integer is True unless it is 0.", False),
        ("Given a weight and a boolean that says whether it is express.", False),
        ("Turn it into a bool.", False),
    ],
)
def test_booleans_are_told_apart_where_the_request_does(request_text: str, apart: bool) -> None:
    code = function("return isinstance(items, int)")
    assert result(without_pitfalls(code, request_text), True, 0) is not apart
