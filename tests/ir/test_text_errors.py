import pytest

from engine.errors import SpecSyntaxError
from engine.ir.models import Assertion, Example, Intent, Parameter
from engine.ir.text import parse, parse_located

HEADER = 'def f(x: int, low: int) -> int:\n    """Do it."""\n'


@pytest.mark.parametrize(
    ("text", "line", "column", "what", "todo"),
    [
        ("", 1, 1, "no function", "def name"),
        ("x = 1\n", 1, 1, "code beside the function", "Remove"),
        ("class A: pass\n", 1, 1, "classes", "def"),
        ('async def f():\n    """A."""\n', 1, 1, "async", "without async"),
        (HEADER + "\n" + HEADER.replace("f(", "g("), 4, 1, "a second function, g", "line 1"),
        ("def f():\n    requires(True)\n", 1, 1, "f has no docstring", '"""'),
        ("def f():\n    pass\n", 1, 1, "f has no docstring", '"""'),
        (HEADER + '    intent("again")\n', 3, 5, "said twice", "not both"),
        (HEADER + "    requires()\n", 3, 5, "requires has no predicate", "requires(low <= high"),
        (HEADER + "    ensures(rationale='x')\n", 3, 5, "ensures has no predicate", "ensures(result"),
        (HEADER + "    requires(x = low)\n", 3, 14, "`x = low` does not compare", "x == low"),
        (HEADER + "    requires(x.y = low)\n", 3, 14, "not valid Python", '"=="'),
        (HEADER + "    requires(x, 3)\n", 3, 17, "rationale is not a plain string", '"3"'),
        (HEADER + "    requires(x, 'a', low)\n", 3, 22, "too many arguments", "and"),
        (HEADER + "    requires(y > 0 for y in x)\n", 3, 13, "always true", "all("),
        (HEADER + "    requires(*x)\n", 3, 14, "starred", "Write them out"),
        (HEADER + "    requires(**x)\n", 3, 14, "**", "Write them out"),
        (HEADER + "    requires(x, rationalle='a')\n", 3, 17, "no argument rationalle", "rationale"),
        (HEADER + "    requires(x, predicate=low)\n", 3, 17, "two values for predicate", "Remove"),
        (HEADER + "    require(x)\n", 3, 5, "require is no clause", "requires("),
        (HEADER + "    print(x)\n", 3, 5, "print is no clause", "requires"),
        (HEADER + "    assert x > 0\n", 3, 5, "assert is code", "requires(x > 0)"),
        (HEADER + "    return x\n", 3, 5, "code in a specification", "not how"),
        (HEADER + "    'again'\n", 3, 5, "a string stands alone", "docstring"),
        (HEADER + "    effect(none)\n", 3, 12, "not a plain string", '"none"'),
        (HEADER + "    effect(f'{x}')\n", 3, 12, "not a plain string", "quotes"),
        (HEADER + "    example(f(1, 2))\n", 3, 13, "an example says what a call gives", "example(call, result)"),
        (HEADER + "    example(f(1, 2) < 3)\n", 3, 13, "an example says what a call gives", "=="),
        (HEADER + "    example(f(1, 2) == 3 == 4)\n", 3, 13, "one comparison", "example(call, result)"),
        (HEADER + "    hole()\n", 3, 5, "hole has no identifier", 'hole("nan"'),
        (HEADER + '    hole("a", kind="sig")\n', 3, 20, '"sig" is no kind', "signature"),
        (HEADER + '    hole("a", options="yes")\n', 3, 23, "options is not a list", '["yes", "no"]'),
        (HEADER + '    hole("a", option=["yes"])\n', 3, 15, "no argument option", "options"),
        (HEADER + '    param(lo, "low")\n', 3, 5, "the header has no lo", "low"),
        (HEADER + '    param(other, "x")\n', 3, 5, "the header has no other", "Add other"),
        (HEADER + '    param("x", "x")\n', 3, 11, "begins with a name", "param(value"),
        ('def f(x=1):\n    """A."""\n    param(x, default=2)\n', 3, 5, "two defaults", "header"),
        ('def f(*xs):\n    """A."""\n', 1, 8, "*xs", "list"),
        ('def f(**xs):\n    """A."""\n', 1, 9, "**xs", "dict"),
        ('def f(a, /):\n    """A."""\n', 1, 7, "positional-only", '"/"'),
        ('def f(*, a):\n    """A."""\n', 1, 10, "keyword-only", '"*"'),
        ('@cache\ndef f():\n    """A."""\n', 1, 2, "decorators", "Remove"),
        ("def f(x)\n    pass\n", 1, 9, "expected ':'", "colon"),
        ("def f(x):\n", 1, 10, "indented block", "docstring"),
        ("def f(x:\n", 1, 6, "never closed", "Close the bracket"),
        ("def f():\n    'abc\n", 2, 5, "unterminated string", "quote"),
        ("def f():\n  '''a'''\n requires(x)\n", 3, 13, "unindent", "same indentation"),
        ("def f(a=1, b): pass\n", 1, 12, "default", "move it before"),
        ("def f(x: array of int): pass\n", 1, 10, "comma", "quotes"),
        ("\n\n  ab\0c", 3, 5, "null bytes", "Remove"),
        ("(" * 20000, 1, 1, "", ""),
    ],
)
def test_errors_name_the_place_and_the_fix(text: str, line: int, column: int, what: str, todo: str) -> None:
    with pytest.raises(SpecSyntaxError) as caught:
        parse(text)
    error = caught.value
    assert what in error.what
    assert todo in error.todo
    if what:
        assert (error.line, error.column) == (line, column)


def test_columns_count_characters() -> None:
    with pytest.raises(SpecSyntaxError) as caught:
        parse('def f(é: int) -> int:\n    """É."""\n    requires("é👩", é)\n')
    assert (caught.value.line, caught.value.column) == (3, 20)


def test_a_persons_formatting_is_tolerated() -> None:
    ir = parse(
        "\ufeff'''My file.'''\r\n"
        "from lift import *\r\n"
        "import math\r\n"
        "\r\n"
        "# the function\r\n"
        "def f(\r\n"
        "    x,  # anything\r\n"
        "    y: 'Node' = (1 +  2),\r\n"
        "):\r\n"
        '    """\r\n'
        "    Do it\r\n"
        "    all.\r\n"
        "\r\n"
        "    Because:\r\n"
        "      - yes\r\n"
        '    """\r\n'
        "\r\n"
        "    ...\r\n"
        "    requires(  # first\r\n"
        "        x > 0  # positive\r\n"
        "        and y  <  0xFF,\r\n"
        '        rationale="so "\r\n'
        '        "there",\r\n'
        "    )\r\n"
        "    example(\r\n"
        "        f(1,\r\n"
        "          2)\r\n"
        "        == None\r\n"
        "    )\r\n"
        "    example((f(1, 3)) is None)\r\n"
        "    pass\r\n"
    )
    assert ir.intent == Intent(summary="Do it all.", rationale="Because:\n  - yes")
    assert ir.signature.parameters == [
        Parameter(name="x"),
        Parameter(name="y", type_hint="Node", default="(1 +  2)"),
    ]
    assert ir.signature.returns == "Any"
    assert ir.requires == [Assertion(predicate="x > 0 and y  <  0xFF", rationale="so there")]
    assert ir.examples == [Example(call="f(1, 2)", result="None"), Example(call="(f(1, 3))", result="None")]


def test_locations() -> None:
    text = (
        'def f(x: int, low: "Lo w" = 3) -> list[int]:\n'
        '    """Do it."""\n'
        '    ensures("x y")\n'
        "    ensures((x > 0))\n"
        "    example(f(1, 2) == 3)\n"
        '    hole("h", type=bool)\n'
    )
    assert parse_located(text).locations == {
        "signature": (1, 5),
        "signature.parameters[0]": (1, 7),
        "signature.parameters[0].type_hint": (1, 10),
        "signature.parameters[1]": (1, 15),
        "signature.parameters[1].default": (1, 29),
        "signature.returns": (1, 35),
        "intent": (2, 5),
        "ensures[0]": (3, 5),
        "ensures[1]": (4, 5),
        "ensures[1].predicate": (4, 13),
        "examples[0]": (5, 5),
        "examples[0].call": (5, 13),
        "examples[0].result": (5, 24),
        "holes[0]": (6, 5),
        "holes[0].type_hint": (6, 20),
    }
