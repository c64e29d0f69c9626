"""The search's child process: proposes inputs and makes failing ones smaller, with Hypothesis.

It only makes values and their source text. What is to be done with them is asked of the parent, one JSON
line out and one line back; see :mod:`engine.inputs.search`. Runs as ``python -m engine.inputs.child``.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import sys
from typing import Any, cast

from hypothesis import HealthCheck, Phase, Verbosity, assume, given, settings
from hypothesis import strategies as st

from engine.inputs.shapes import Shape
from engine.inputs.strategies import Constants, Strategies

_OMITTED = object()
_CONTAINERS = frozenset({list, tuple, set, frozenset, dict})


class Failed(Exception):
    """An input that the parent calls wrong; each reason is a subclass, so that each is made smaller by itself."""


class Caller:
    """Writes calls down, and asks the parent about them, about each once."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._plan = plan
        self._answers: dict[str, str] = {}
        self._kinds: dict[str, type[Failed]] = {}

    def try_out(self, values: tuple[Any, ...]) -> None:
        """Ask about the call with these arguments.

        Raises:
            Failed: the parent calls it wrong.
            UnsatisfiedAssumption: the arguments are not allowed.
        """
        call = self._call(values)
        if call not in self._answers:
            _send({"call": call})
            self._answers[call] = json.loads(sys.stdin.readline())["answer"]
        answer = self._answers[call]
        assume(answer != "rejected")
        if answer != "passed":
            raise self._kinds.setdefault(answer, type(answer, (Failed,), {}))

    def _call(self, values: tuple[Any, ...]) -> str:
        arguments: list[str] = []
        for parameter, value in zip(self._plan["parameters"], values, strict=True):
            if value is _OMITTED:
                continue
            if parameter["star"]:
                arguments += map(self._source, value)
            elif parameter["keyword"]:
                arguments.append(f"{parameter['name']}={self._source(value)}")
            else:
                arguments.append(self._source(value))
        return f"{self._plan['name']}({', '.join(arguments)})"

    def _source(self, value: Any) -> str:
        """``value`` as an expression; its repr is one, but for the module in front of dates."""
        text = repr(value)
        if type(value) in _CONTAINERS and "datetime." in text:
            return self._container(value)
        own = isinstance(value, (datetime.date, datetime.time, datetime.timedelta))
        return text.removeprefix("datetime.") if own and not self._plan["dotted"] else text

    def _container(self, value: Any) -> str:
        if type(value) is dict:
            pairs = cast("dict[Any, Any]", value).items()
            return "{" + ", ".join(f"{self._source(key)}: {self._source(item)}" for key, item in pairs) + "}"
        items = ", ".join(map(self._source, value))
        return f"[{items}]" if type(value) is list else f"{type(value).__name__}([{items}])"


def _send(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _values(plan: dict[str, Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    constants = Constants(tuple(plan["ints"]), tuple(plan["floats"]), tuple(plan["texts"]))
    strategies = Strategies(constants, signed=plan["signed"])
    found: list[st.SearchStrategy[Any]] = []
    for parameter in plan["parameters"]:
        values = strategies.of(Shape.from_data(parameter["shape"]))
        if parameter["star"]:
            values = st.lists(values, max_size=4)
        if parameter["optional"]:
            values = st.just(_OMITTED) | values
        found.append(values)
    return st.tuples(*found)


def _search(plan: dict[str, Any]) -> None:
    caller = Caller(plan)

    # Derandomized: the same specification and code give the same inputs on every machine.
    @settings(
        max_examples=plan["inputs"],
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=[*HealthCheck.__members__.values()],
        verbosity=Verbosity.quiet,
        print_blob=False,
        report_multiple_bugs=True,
    )
    @given(_values(plan))
    def search(values: tuple[Any, ...]) -> None:
        caller.try_out(values)

    # Failures have been told one by one, and it is no failure that no input was allowed.
    with contextlib.suppress(Exception):
        search()


def main() -> None:
    """Say that everything is loaded, and go through one search for each plan, until the parent hangs up."""
    _send({"ready": True})
    while line := sys.stdin.readline():
        _search(json.loads(line))
        _send({"done": True})


if __name__ == "__main__":
    main()
