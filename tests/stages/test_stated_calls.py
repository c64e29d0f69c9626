"""Examples that a request writes out."""

from __future__ import annotations

import pytest

from engine.stages.draft_repair import to_ir
from engine.stages.request_stub import stub_in
from engine.stages.short_wire import expanded, grammar_for, shown
from engine.stages.stated_calls import most_called, stated_calls, without
from engine.stages.stated_examples import with_stated_examples


def read(request: str, name: str = "f", *parameters: str) -> list[tuple[str, str]]:
    return [(call.args, call.result) for call in stated_calls(request, name, parameters)]


@pytest.mark.parametrize(
    ("text", "args", "result"),
    [
        ("f(2) == 4", "2", "4"),
        ("f('a b', [1, 2]) -> {'a': 1}", "'a b', [1, 2]", "{'a': 1}"),
        ("f([[]]) ➞ []", "[[]]", "[]"),
        ('f("(") => "open (" ', '"("', '"open ("'),
        ("f(1, 2) ==> (1, 2)", "1, 2", "(1, 2)"),
        ("f(-3.5) = -1", "-3.5", "-1"),
        ("f(4) => true", "4", "True"),
        ("f('x') returns null, and so on.", "'x'", "None"),
        ("So f('x') should return the list ['x'].", "'x'", "['x']"),
        ("`f(7)` gives `'0007'`.", "7", "'0007'"),
        ("f(2) is 4 (two squared).", "2", "4"),
        ("f(2) -> 4  # two squared", "2", "4"),
        ("f(-1) raises ValueError.", "-1", "ValueError"),
        ("f(-1) should raise a ValueError if", "-1", "ValueError"),
        (">>> f(2)\n4", "2", "4"),
        (">>> f([1])  # one\n    [\n     1]\n", "[1]", "[      1]"),
        (">>> f(2) == 4", "2", "4"),
        (">>> f([])\n\n>>> g(1)\n2", "[]", "None"),
        (">>> f([])", "[]", "None"),
        ("f(n=2, base=3) == '2'", "n=2, base=3", "'2'"),
        (">>> f()\n4", "", "4"),
        (
            ">>> f(Decimal('1.5'), [date(2024, 1, 2)])\nDecimal('3')",
            "Decimal('1.5'), [date(2024, 1, 2)]",
            "Decimal('3')",
        ),
        ("f([]) == set()", "[]", "set()"),
        ("f({}) -> {'a': frozenset()}", "{}", "{'a': frozenset()}"),
    ],
)
def test_a_call_and_its_result(text: str, args: str, result: str) -> None:
    assert read(text) == [(args, result)]


@pytest.mark.parametrize(
    "text",
    [
        "f(4) returns 2 more than f(2)",
        "f(2) = 1 + (2 / 2) = 2",
        "f(n) -> f(n-1) + f(n-2)",
        "f(a) => False",
        'f(["a"]) == ""a"',
        "f(2)",
        "f(2)\n4",
        "f() == 4",
        "f(*[1]) == 4",
        "f(**{'n': 1}) == 4",
        "f(open('a')) == 4",
        "f(2) == eval('4')",
        "f(2 == 4",
        "f(2) == [4",
        "pdf(2) == 4",
        "x.f(2) == 4",
        "g(2) == 4",
        "f(2) -> 3.5.1",
        "",
    ],
)
def test_what_states_no_example(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "parameters", "found"),
    [
        ("For n = 2 the output should be 4", ["n"], [("2", "4")]),
        ("For s = 'ab' and k = 2, the result is 'b'.", ["s", "k"], [("'ab', 2", "'b'")]),
        ("Input: k = 1, arr = [3, 1]\n  Output: [3]\nInput: k = 0, arr = []\nOutput: []", ["arr", "k"],
         [("[3, 1], 1", "[3]"), ("[], 0", "[]")]),
        ("Input: [4, 2]\nOutput: [2, 1]\nExplanation: 2 is even", ["tree"], [("[4, 2]", "[2, 1]")]),
        ("Input: 'a', 2\nExpected output: 'aa'", ["s", "n"], [("'a', 2", "'aa'")]),
        ("For n = 2 the output should be 4", ["n", "m"], []),
        ("Input: [4, 2]\nOutput: [2, 1]", ["a", "b"], []),
        ("If n = 0, raise an error. Otherwise 4.", ["n"], []),
        ("Suppose n = 3 and m = 4", ["n", "m"], []),
    ],
)  # fmt: skip
def test_parameters_and_a_result(text: str, parameters: list[str], found: list[tuple[str, str]]) -> None:
    assert read(text, "f", *parameters) == found


def test_an_example_is_read_once() -> None:
    assert read("f(n=2) == 4, f(2) == 4 and again f(2) == 4.", "f", "n") == [("n=2", "4"), ("2", "4")]


def test_the_rest_of_the_request() -> None:
    request = "Square it: f(2) == 4, f(3) == 9."
    assert without(request, stated_calls(request, "f")) == "Square it: , ."


def test_which_function_most_are_of() -> None:
    assert most_called("f(2) == 4, f(3) == 9 and g(1) == 1, but h(x) == 0 and len('ab') == 2, len('') == 0") == ("f", 2)
    assert most_called("len('ab') == 2") == ("", 0)
    assert most_called("Nothing.") == ("", 0)


def test_the_function_is_called_as_its_examples_call_it() -> None:
    draft = '{"sig":"square(n: int) -> int"}'
    assert expanded(draft, "Square it: sq(2) == 4").name == "sq"
    assert shown({"sig": "square(n: int) -> int", "x": 1}, "Square it: sq(2) == 4")["name"] == "sq"
    assert expanded(draft, "Square it.").name == "square"


SQUARE = "Write a function sq. sq(2) == 4, sq(3) == 9, sq(-1) == 1."


def test_enough_of_them_and_the_draft_has_no_place_for_others() -> None:
    assert "examples" not in grammar_for(SQUARE).to_gbnf()
    assert "examples" in grammar_for("Square it: sq(2) == 4").to_gbnf()


def test_a_draft_has_them_as_the_persons() -> None:
    ir = with_stated_examples(to_ir(expanded('{"sig":"sq(n: int) -> int"}', SQUARE)), SQUARE)
    assert [(e.call, e.result, e.provenance and e.provenance.source) for e in ir.examples] == [
        ("sq(2)", "4", "human"),
        ("sq(3)", "9", "human"),
        ("sq(-1)", "1", "human"),
    ]


def test_the_words_of_a_docstring_are_what_no_example_says() -> None:
    stub = stub_in(
        'def f(n):\n    """Square it:\n    1. Always\n    positive.\n    2. Exact.\n\n    Examples:\n'
        '    f(2) ➞ 4\n    For n = 3 the output should be 9.\n    """'
    )
    assert stub is not None
    assert stub.words == "Square it:\n1. Always positive.\n2. Exact."
    assert [(e.args, e.result) for e in stub.examples] == [("2", "4"), ("3", "9")]


def test_in_parentheses_a_result_is_a_tuple_where_others_are() -> None:
    assert read("f(1) == ('a', 'b'), f(2) == ('c')") == [("1", "('a', 'b')"), ("2", "('c',)")]
    assert read("f(1) == 'a', f(2) == ('c')") == [("1", "'a'"), ("2", "('c')")]
