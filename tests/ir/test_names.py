import importlib

import pytest

from engine.ir.names import (
    IMPORTABLE,
    PURE_MODULES,
    closest_exception,
    closest_type,
    free_names,
    imports_for,
    is_legal_name,
    legal_name,
    missing_imports,
)


def test_every_name_is_where_the_table_says() -> None:
    for name, module in IMPORTABLE.items():
        assert hasattr(importlib.import_module(module), name), f"{module}.{name}"
    for module in PURE_MODULES:
        importlib.import_module(module)


@pytest.mark.parametrize(
    ("names", "statements"),
    [
        ({"Any", "Sequence", "int", "unheard_of"}, ["from collections.abc import Sequence", "from typing import Any"]),
        ({"Decimal", "math"}, ["import math", "from decimal import Decimal"]),
        ({"math.sqrt", "re.match"}, ["import math", "import re"]),
        ({"datetime"}, ["from datetime import datetime"]),
        ({"datetime.now"}, ["from datetime import datetime"]),
        ({"datetime.datetime.now"}, ["import datetime"]),
        ({"time.sleep"}, ["import time"]),
        ({"time"}, ["from datetime import time"]),
        ({"Counter.most_common"}, ["from collections import Counter"]),
        ({"collections.abc.Mapping"}, ["import collections.abc"]),
        ({"collections.deque"}, ["import collections"]),
        (set(), []),
    ],
)
def test_imports_for(names: set[str], statements: list[str]) -> None:
    assert imports_for(names) == statements


def test_missing_imports_are_those_of_names_never_bound() -> None:
    code = (
        "import json\n"
        "def mean(values: Sequence[float], date: str) -> Decimal:\n"
        "    deque = 1\n"
        "    total = math.fsum(values) + deque\n"
        "    when = datetime.now()\n"
        "    return Decimal(json.dumps(total)) + len(date) + sum(pi for pi in values)\n"
    )
    assert missing_imports(code) == [
        "import math",
        "from collections.abc import Sequence",
        "from datetime import datetime",
        "from decimal import Decimal",
    ]


def test_free_names() -> None:
    assert free_names("[x + y for x in values if (n := x)] + [n]") == {"y", "values"}
    assert free_names("(lambda a, b=c: a + b + d)(1)") == {"c", "d"}


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("strng", "str"), ("integer", "int"), ("array", "list"), ("any", "Any"), ("STRING", "str"), ("qqq", None)],
)
def test_closest_type(wrong: str, right: str | None) -> None:
    assert closest_type(wrong) == right


@pytest.mark.parametrize(("wrong", "right"), [("ValueErorr", "ValueError"), ("Value", "ValueError"), ("q", None)])
def test_closest_exception(wrong: str, right: str | None) -> None:
    assert closest_exception(wrong) == right


@pytest.mark.parametrize("name", ["class", "", "2nd", "my name", "ﬁ", "None", "a.b", "*", "é-è"])
def test_legal_names_for_illegal_ones(name: str) -> None:
    assert not is_legal_name(name)
    assert is_legal_name(legal_name(name))
