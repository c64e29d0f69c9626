import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SpecSyntaxError
from engine.ir.models import IR, Assertion, Example, Intent, Parameter, Signature
from engine.ir.text import parse, render
from tests.ir.strategies import expressions, irs, prose

CLAMP = '''\
def clamp(value: int, low: int, high: int) -> int:
    """Clamp a value between a minimum and a maximum, both inclusive."""
    requires(low <= high)
    ensures(low <= result <= high, "the result lies in the range")
    raises(ValueError, low > high)
    effect("none")
    example(clamp(15, 0, 10) == 10)
    hole("nan", kind="signature", type=bool, ask="Should NaN be rejected?", options=["yes", "no"])
'''


def _ir(**fields: object) -> IR:
    data = {"intent": Intent(summary="Does it."), "signature": Signature(name="f"), **fields}
    return IR.model_validate(data)


@given(irs)
def test_parse_is_the_inverse_of_render(ir: IR) -> None:
    text = render(ir)
    ast.parse(text)
    assert parse(text) == ir.content()
    assert render(parse(text)) == text


@given(expressions(), expressions(), prose)
def test_odd_expressions_survive(left: str, right: str, words: str) -> None:
    ir = _ir(
        signature=Signature(name="f", parameters=[Parameter(name="x", type_hint=left, default=right)]),
        ensures=[Assertion(predicate=left, rationale=words)],
        examples=[Example(call=left, result=right), Example(call=right, result=left)],
    )
    assert parse(render(ir)) == ir


@given(st.text(alphabet="abf=,()[]'\"\\# \n\t\x0c\r:lmd*", max_size=12))
def test_texts_of_syntax_survive(text: str) -> None:
    ir = _ir(
        intent=Intent(summary=text, rationale=text),
        requires=[Assertion(predicate=text)],
        examples=[Example(call=text, result="1")],
    )
    assert parse(render(ir)) == ir


@given(st.data())
def test_any_edit_of_a_text_parses_or_names_the_place(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(CLAMP)))
    end = data.draw(st.integers(start, min(len(CLAMP), start + 8)))
    text = CLAMP[:start] + data.draw(prose) + CLAMP[end:]
    try:
        ir = parse(text)
    except SpecSyntaxError as caught:
        error = caught
    else:
        assert parse(render(ir)) == ir
        return
    assert 1 <= error.line <= text.count("\n") + text.count("\r") + 1
    assert error.column >= 1
    assert error.todo


def test_the_documented_example_is_canonical() -> None:
    assert render(parse(CLAMP)) == CLAMP


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("low <= high", "requires(low <= high)"),
        ("(low <= high)", "requires((low <= high))"),
        ("low  <=  high", "requires(low  <=  high)"),
        ("x == y == z", "requires(x == y == z)"),
        ("lambda a, b=1: a", "requires(lambda a, b=1: a)"),
        ("all(x > 0 for x in xs)", "requires(all(x > 0 for x in xs))"),
        ("a, b", 'requires("a, b")'),
        ("a := b", 'requires("a := b")'),
        ("x for x in y", 'requires("x for x in y")'),
        ("*x", 'requires("*x")'),
        ("low <= high # sure", 'requires("low <= high # sure")'),
        ("low <=\nhigh", 'requires("low <=\\nhigh")'),
        ("'text'", "requires(\"'text'\")"),
        ("low is smaller than high", 'requires("low is smaller than high")'),
        ("", 'requires("")'),
        ("'\u202e' in x", "requires(\"'\\u202e' in x\")"),
    ],
)
def test_expressions_are_shown_as_they_are_or_quoted(text: str, shown: str) -> None:
    ir = _ir(requires=[Assertion(predicate=text)])
    assert shown in render(ir).splitlines()[2]
    assert parse(render(ir)) == ir


@pytest.mark.parametrize(
    ("call", "result", "shown"),
    [
        ("f(1)", "2", "example(f(1) == 2)"),
        ("f('a')", "'A'", "example(f('a') == 'A')"),
        ("f(1)", "a == b", "example(f(1), a == b)"),
        ("f(1) == 2", "True", "example(f(1) == 2, True)"),
        ("f(1)", "not x", "example(f(1), not x)"),
        ("f(1)", "a if b else c", "example(f(1), a if b else c)"),
        ("f(1)", "lambda: 0", "example(f(1), lambda: 0)"),
        ("f(1)", "a or b", "example(f(1), a or b)"),
        ("f(1)", "a < b", "example(f(1), a < b)"),
        ("f(1)", "-1", "example(f(1) == -1)"),
        ("f(1)", "a list", 'example(f(1), "a list")'),
        ("f(1)", "(x for x in y)", "example(f(1) == (x for x in y))"),
        ("f(1", "2", 'example("f(1", 2)'),
    ],
)
def test_examples_are_split_exactly(call: str, result: str, shown: str) -> None:
    ir = _ir(examples=[Example(call=call, result=result)])
    assert render(ir).splitlines()[2].strip() == shown
    assert parse(render(ir)) == ir


def test_names_that_python_does_not_allow_get_aliases() -> None:
    names = ["class", "", "x", "x", "ﬁ", "class_", "my name", "2nd"]
    ir = _ir(
        signature=Signature(
            name="import", parameters=[Parameter(name=name, description=f"the {name}") for name in names]
        )
    )
    text = render(ir)
    assert 'named(class_2, "class")' in text
    assert 'named(my_name, "my name")' in text
    assert 'named(_2nd, "2nd")' in text
    assert 'named(import_, "import")' in text
    assert 'param(class_, "the class_")' in text
    assert parse(text) == ir


def test_defaults_that_python_does_not_allow_in_the_header_move_out() -> None:
    parameters = [
        Parameter(name="a", default="1"),
        Parameter(name="b"),
        Parameter(name="c", default="','"),
        Parameter(name="d", default="not python("),
        Parameter(name="e", default="5"),
    ]
    ir = _ir(signature=Signature(name="f", parameters=parameters))
    text = render(ir)
    assert "e: Any = 5)" in text
    assert "param(c, default=',')" in text
    assert 'param(d, default_source="not python(")' in text
    assert parse(text) == ir


def test_long_headers_are_broken() -> None:
    parameters = [Parameter(name=f"a_rather_long_name_{index}", type_hint="int") for index in range(6)]
    ir = _ir(signature=Signature(name="f", parameters=parameters, returns="int"))
    text = render(ir)
    assert text.startswith("def f(\n    a_rather_long_name_0: int,\n")
    assert max(map(len, text.splitlines())) < 60
    assert parse(text) == ir


def test_rationale_is_prose_below_the_summary() -> None:
    ir = _ir(intent=Intent(summary="Sort.", rationale="Callers rely on it.\n\n  - always"))
    assert '    """Sort.\n\n    Callers rely on it.\n\n      - always\n    """\n' in render(ir)
    assert parse(render(ir)) == ir


@pytest.mark.parametrize("text", ["-" * 9000 + "1", "(" * 150 + ")" * 150, "1" + "+1" * 5000, "9" * 5000])
def test_absurd_expressions_are_quoted_not_fatal(text: str) -> None:
    ir = _ir(requires=[Assertion(predicate=text)])
    assert parse(render(ir)) == ir


def test_other_parts_of_an_ir_are_left_out() -> None:
    ir = IR.model_validate(
        {
            "intent": {"summary": "x", "provenance": {"source": "agent"}, "mood": "good"},
            "signature": {"name": "f", "parameters": [{"name": "a", "unit": "m"}]},
            "constraints": ["fast"],
            "metadata": {"origin": "me"},
        }
    )
    content = parse(render(ir))
    assert content == ir.content()
    assert content.intent.model_extra == {}
    assert content.signature.parameters[0].model_extra == {}
    assert content.constraints == []
    assert ir.intent.provenance is not None
