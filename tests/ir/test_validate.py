import pytest
from hypothesis import given

from engine.ir.models import IR
from engine.ir.text import parse_located
from engine.ir.validate import Problem, validate
from tests.ir.strategies import irs

P0, P1 = "signature.parameters[0]", "signature.parameters[1]"
BODY = '    """Do it."""\n'
HEADER = "def f(x: int, low: int = 0) -> int:\n" + BODY


def _check(text: str) -> list[Problem]:
    spec = parse_located(text)
    return validate(spec.ir, spec.locations)


@pytest.mark.parametrize(
    ("text", "address", "line", "column", "message", "suggestion", "severity"),
    [
        # names
        ("def f_() -> int:\n" + BODY + '    named(f_, "class")\n', "signature", 1, 5, '"class"', "`class_`", "error"),
        ("def f_() -> int:\n" + BODY + '    named(f_, "my name")\n', "signature", 1, 5, "my name", "my_name", "error"),
        ("def sum() -> int:\n" + BODY, "signature", 1, 5, "`sum` hides", "`sum_`", "warning"),
        ('def f(a: int):\n    """A."""\n    named(a, "2nd")\n', P0, 1, 7, '"2nd"', "`_2nd`", "error"),
        ("def f(list: int):\n" + BODY, P0, 1, 7, "`list` hides", "`values`", "warning"),
        ("def f(a: int, str: int):\n" + BODY, P1, 1, 15, "`str` hides", "`text`", "warning"),
        ("def f(abs: int):\n" + BODY, P0, 1, 7, "`abs` hides", "`abs_`", "warning"),
        ("def f(result: int):\n" + BODY, P0, 1, 7, "returned value", "`value`", "error"),
        ("def f(a: int, a: int):\n" + BODY, P1, 1, 15, "second parameter `a`", "Rename", "error"),
        (
            'def f(a: int, b: int):\n    """A."""\n    param(a, default=1)\n',
            *(P1, 1, 15, "`b` has no default but follows `a`", "before `a`", "error"),
        ),
        # types
        ("def f(a: strng):\n" + BODY, P0, 1, 10, "`strng`", "`str`", "error"),
        ("def f(a: list[integer]):\n" + BODY, P0, 1, 15, "`integer`", "`int`", "error"),
        ("def f(a: array):\n" + BODY, P0, 1, 10, "`array`", "`list`", "error"),
        ("def f(a: any):\n" + BODY, P0, 1, 10, "`any`", "`Any`", "error"),
        ("def f(a: Sequnce[int]):\n" + BODY, P0, 1, 10, "`Sequnce`", "`Sequence`", "error"),
        ("def f(a: pd.Frame):\n" + BODY, P0, 1, 10, "`pd`", "built-in", "error"),
        ("def f(é: int, a: list(int)):\n" + BODY, P1, 1, 18, "not a type", "`list[int]`", "error"),
        ("def f(a: int or None):\n" + BODY, P0, 1, 10, "not a type", "`int | None`", "error"),
        ("def f(a: 'list of strings'):\n" + BODY, P0, 1, 7, "not a Python", "`list[str]`", "error"),
        ("def f(a: 'integer?'):\n" + BODY, P0, 1, 7, "not a Python", "`int | None`", "error"),
        ("def f(a: 5):\n" + BODY, P0, 1, 10, "not a type", "Write a type", "error"),
        ("def f() -> flaot:\n" + BODY, "signature", 1, 12, "`flaot`", "`float`", "error"),
        ("def f(a: int = b):\n" + BODY, P0, 1, 16, "`b`", "cannot use parameters", "error"),
        # intent
        ('def f():\n    """"""\n', "intent", 2, 5, "empty", "one sentence", "error"),
        # predicates
        (HEADER + "    requires(x < hihg)\n", "requires[0]", 3, 18, "`hihg`", "Known here: x, low.", "error"),
        (HEADER + "    requires(lo <= x)\n", "requires[0]", 3, 14, "`lo`", "`low`", "error"),
        (HEADER + "    requires(result > x)\n", "requires[0]", 3, 14, "`result`", "Move it to ensures", "error"),
        (HEADER + "    ensures(reslt > x)\n", "ensures[0]", 3, 13, "`reslt`", "`result`", "error"),
        (HEADER + "    ensures(result is true)\n", "ensures[0]", 3, 23, "`true`", "`True`", "error"),
        (HEADER + '    requires("x = low")\n', "requires[0]", 3, 5, "not a Python", "`x == low`", "error"),
        (HEADER + '    requires("x = 1 && !low")\n', "requires[0]", 3, 5, "not a", "`x == 1 and not low`", "error"),
        (HEADER + '    requires("x is very big")\n', "requires[0]", 3, 5, "not a Python", "Write a Python", "error"),
        (HEADER + '    requires("")\n', "requires[0]", 3, 5, "nothing", "Write a Python", "error"),
        # raises
        (HEADER + "    raises(ValueErorr)\n", "raises[0]", 3, 12, "`ValueErorr`", "`ValueError`", "error"),
        (HEADER + "    raises(int)\n", "raises[0]", 3, 12, "`int`", "", "error"),
        (HEADER + '    raises("when bad")\n', "raises[0]", 3, 5, "not a Python", "ValueError", "error"),
        (HEADER + "    raises(ValueError, y > 0)\n", "raises[0]", 3, 24, "`y`", "Known here", "error"),
        # examples
        (HEADER + '    example("f(", 2)\n', "examples[0]", 3, 5, "not a Python", "", "error"),
        (HEADER + "    example(g(1) == 2)\n", "examples[0]", 3, 5, "does not call f", "f(x, low=0)", "error"),
        (HEADER + "    example(f(1, 2, 3) == 2)\n", "examples[0]", 3, 5, "too many", "f(x, low=0)", "error"),
        (HEADER + "    example(f() == 2)\n", "examples[0]", 3, 5, "missing a required argument: 'x'", "f(x", "error"),
        (HEADER + "    example(f(1, lwo=2) == 2)\n", "examples[0]", 3, 5, "no parameter `lwo`", "`low`", "error"),
        (HEADER + "    example(f(1, x=2) == 2)\n", "examples[0]", 3, 5, "multiple values", "f(x", "error"),
        (HEADER + "    example(f(x) == 2)\n", "examples[0]", 3, 15, "`x`", "Write a value", "error"),
        (HEADER + "    example(f(1) == nul)\n", "examples[0]", 3, 21, "`nul`", "Write a value", "error"),
        (HEADER + '    example(f(1), "a list")\n', "examples[0]", 3, 5, "not a Python", "", "error"),
        (
            HEADER + "    example(f(1) == 'a')\n    example(f( 1 ) == 2)\n",
            *("examples[1]", 4, 5, "cannot give both", "Keep the right one", "error"),
        ),
        # holes
        (HEADER + '    hole("h")\n', "holes[0]", 3, 5, "hole without options", "options=", "warning"),
        (HEADER + '    hole("", options=["a"])\n', "holes[0]", 3, 5, "without identifier", "hole(", "error"),
        (HEADER + '    hole("h", options=["a"], type=strng)\n', "holes[0]", 3, 35, "`strng`", "`str`", "warning"),
        (
            HEADER + '    hole("h", options=["a"])\n    hole("h", options=["b"])\n',
            *("holes[1]", 4, 5, 'second hole "h"', "Rename", "error"),
        ),
    ],
)  # fmt: skip
def test_each_rule(
    text: str, address: str, line: int, column: int, message: str, suggestion: str, severity: str
) -> None:
    problems = [p for p in _check(text) if message in p.message]
    assert len(problems) == 1, _check(text)
    problem = problems[0]
    assert problem.address == address
    assert (problem.line, problem.column) == (line, column)
    assert suggestion in problem.suggestion
    assert problem.severity == severity


@pytest.mark.parametrize(
    "clause",
    [
        "requires(all(y > x for y in range(low)))",
        "requires((lambda a, b=x: a < b)(low))",
        "requires(math.isclose(x, low) or re.match('a', str(x)))",
        "requires([low := x] == [low])",
        "ensures(result == sorted(result) and f(result) == result)",
        "ensures(isinstance(result, Decimal) or (n := result) > 0)",
        "raises(ValueError, x < 0)",
        "raises((KeyError, json.JSONDecodeError), x < 0)",
        "raises(JSONDecodeError)",
        "example(f(1) == 2)",
        "example(f(1, low=Decimal('2')) == [y for y in range(3)])",
        "example(f(*[1, 2]) == 2)",
        "example(sorted([f(1)]) == [2])",
        "example(f(datetime.date(2026, 1, 1)) == 'é')",
        'hole("h", type=list[str], options=["yes"])',
    ],
)
def test_sound_clauses(clause: str) -> None:
    assert _check(HEADER + f"    {clause}\n") == []


@pytest.mark.parametrize(
    "hint",
    [
        "List[int]",
        "Callable[[int, str], bool]",
        "Callable[..., Any]",
        "dict[str, list[tuple[int, ...]]] | None",
        "Literal['a', -1]",
        "datetime.datetime",
        "collections.abc.Mapping[str, Path]",
        "Decimal | Fraction",
        "Enum",
        "None",
        "list['int']",
        "ValueError",
    ],
)
def test_known_types(hint: str) -> None:
    assert _check(f"def f(x: {hint}) -> {hint}:\n{BODY}") == []


def test_every_problem_is_reported_in_order() -> None:
    text = "def f(list: strng, b: array) -> intt:\n" + BODY + "    requires(c > d)\n    ensures(e)\n"
    problems = _check(text)
    assert [(p.line, p.column) for p in problems] == [
        (1, 7), (1, 13), (1, 23), (1, 33), (3, 14), (3, 18), (4, 13),
    ]  # fmt: skip


def test_places_refer_to_the_rendered_text_by_default() -> None:
    ir = IR.model_validate(
        {
            "intent": {"summary": "Do it."},
            "signature": {"name": "f", "parameters": [{"name": "x", "type_hint": "strng"}]},
            "ensures": [{"predicate": "y"}],
        }
    )
    places = [(problem.address, problem.line, problem.column) for problem in validate(ir)]
    assert places == [("signature.parameters[0]", 1, 10), ("ensures[0]", 3, 13)]


@given(irs)
def test_any_ir_can_be_validated(ir: IR) -> None:
    addresses = dict(ir.clauses())
    for problem in validate(ir):
        assert problem.address in addresses
        assert problem.message
        assert problem.line >= 1
        assert problem.column >= 1
