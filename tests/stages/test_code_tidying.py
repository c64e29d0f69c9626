"""What becomes of the model's code: comments, imports, hidden builtins, and functions among prose."""

from __future__ import annotations

import pytest

from engine.errors import ContractBroken
from engine.grammar import Policy, Verifier, python_function
from engine.stages.assemble import assemble, without_comments
from engine.stages.free_code import function_in
from engine.stages.likely_imports import likely_imports, without_unused
from engine.stages.unshadow import unshadow

HEADER = "def f(value: int, max: int) -> int:"


def test_comments_go_and_strings_stay() -> None:
    code = "def f(x):\n    # why\n    y = '# no'  # what\n\n    return y\n    # end\n"
    assert without_comments(code) == "def f(x):\n    y = '# no'\n\n    return y\n"
    assert assemble("    # only\n  broken") == "    # only\n  broken\n"


def test_imports_that_nothing_uses_go() -> None:
    code = "import json\nfrom datetime import datetime, timedelta\n\n\ndef f(x):\n    return datetime.now()\n"
    assert assemble(code) == "from datetime import datetime\n\n\ndef f(x):\n    return datetime.now()\n"
    assert without_unused("import json\n\n\ndef f():\n    import json\n    return json\n") == (
        "def f():\n    import json\n    return json\n"
    )
    assert assemble("import re\n\n\ndef f(x):\n    return re.sub('a', 'b', x) + str(math.pi)\n").startswith(
        "import math\nimport re\n\n\ndef f"
    )


def test_likely_imports_are_among_the_allowed() -> None:
    allowed = Policy().imports
    assert likely_imports("Days between two dates as JSON.", allowed) == [
        "from datetime import datetime, timedelta",
        "import json",
    ]
    assert likely_imports("A random word.", allowed) == []
    assert likely_imports("A random word.", Policy.for_effects(["uses random numbers"]).imports) == ["import random"]
    assert likely_imports("Add two numbers.", allowed) == []
    assert likely_imports("The host of a URL.", allowed) == ["from urllib.parse import urlparse"]
    assert likely_imports("It finds all whole numbers in a text.", allowed) == ["import re"]
    assert likely_imports("1 for every started kilogram; others are rounded up.", allowed) == ["import math"]


def test_a_hidden_builtin_is_called_all_the_same() -> None:
    code = assemble(f"{HEADER}\n    é = 'é' + str(max(value, 0))\n    return min(max(1, value), max)\n")
    assert code.startswith("from builtins import max as builtin_max\n\n\ndef f(")
    space: dict[str, object] = {}
    exec(code, space)
    assert space["f"](5, 3) == 3  # type: ignore[operator]


@pytest.mark.parametrize(
    "code",
    [
        "def f(key: Callable[[int], int]):\n    return key(1)\n",
        "def f(max: Callable[[int], int]):\n    return max(1)\n",
        "def f(max: int):\n    max = abs\n    return max(1)\n",
        "def f(x: int):\n    return max(x, 1)\n",
    ],
)
def test_what_may_be_called_is_left_alone(code: str) -> None:
    assert unshadow(code) == code


@pytest.mark.parametrize(
    "answer",
    [
        f"Here it is:\n```python\nimport math\n\n{HEADER}\n    '''Doc.'''\n    return math.floor(value)\n```\nDone.",
        f"import math\n{HEADER}\n    return math.floor(value)\n\nprint(f(1, 2))\n",
        "import math\ndef f(value, max):\n    return math.floor(value)\ndef test_f():\n    assert f(1, 2)\n",
    ],
)
def test_the_function_is_taken_out_of_an_answer_and_keeps_the_grammar(answer: str) -> None:
    code = function_in(answer, HEADER)
    assert code == f"import math\n{HEADER}\n    return math.floor(value)\n"
    verifier = Verifier(python_function(HEADER, Policy()))
    verifier.accept(code)
    verifier.finish()


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("I cannot do that.", "no Python function f"),
        ("def g(value, max): return 1", "no Python function f"),
        ("def f(max, value): return 1", "does not have the header"),
    ],
)
def test_an_answer_without_the_function_breaks_the_contract(answer: str, why: str) -> None:
    with pytest.raises(ContractBroken, match=why):
        function_in(answer, HEADER)
