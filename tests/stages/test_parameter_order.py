"""The order of parameters is the order in which the request speaks of them."""

from __future__ import annotations

import pytest

from engine.stages.draft_wire import DraftWire, WireExample, WireParameter
from engine.stages.parameter_order import in_request_order
from tests.stages.play import play
from tests.support.confinement import needs_confinement
from tests.support.scripts import body, draft


def drafted(names: str, *examples: str) -> DraftWire:
    return DraftWire(
        summary="",
        name="f",
        parameters=[WireParameter(name=name, type="int") for name in names.split()],
        returns="int",
        rules=[],
        raises=[],
        effects=[],
        examples=[WireExample(args=each, result="1") for each in examples or ["1, 2"]],
        ensures=[],
        holes=[],
    )


def order(request: str, names: str, *examples: str) -> tuple[list[str], list[str]]:
    turned = in_request_order(drafted(names, *examples), request)
    return [each.name for each in turned.parameters], [each.args for each in turned.examples]


@pytest.mark.parametrize(
    ("request_text", "names", "turned"),
    [
        ("Look up a value in nested dictionaries by a path.", "path dictionary", "dictionary path"),
        ("Split a bill among people: given the total and the people, what each pays.", "people total", "total people"),
        ("Given an org chart (manager -> reports) and a manager, count.", "manager org_chart", "org_chart manager"),
        ("Move the start days, then hours and minutes, on.", "minutes hours start", "start hours minutes"),
    ],
)
def test_parameters_are_turned_round_to_the_requests_order(request_text: str, names: str, turned: str) -> None:
    args = ", ".join(names.split())
    assert order(request_text, names, args) == (turned.split(), [", ".join(turned.split())])


@pytest.mark.parametrize(
    ("request_text", "names"),
    [
        ("Look up a path in nested dictionaries.", "path dictionary"),
        ("Repeat it so often, with a separator.", "text separator"),  # the text is not spoken of by name
        ("The days between two dates.", "date2 date1"),  # one word for both
        ("Say 'dictionary' if the path is in a dictionary.", "path dictionary"),  # a quoted word is no parameter
    ],
)
def test_where_the_request_says_nothing_else_they_stay(request_text: str, names: str) -> None:
    assert order(request_text, names) == (names.split(), ["1, 2"])


@pytest.mark.parametrize(
    ("args", "kept"),
    [
        ("'a.b', {'a': {'b': 1}}", "{'a': {'b': 1}}, 'a.b'"),
        ("'a, (b', f(1, 2)", "f(1, 2), 'a, (b'"),
        ("path='a', dictionary={}", "path='a', dictionary={}"),
    ],
)
def test_arguments_go_with_their_parameters(args: str, kept: str) -> None:
    turned = order("A value in a dictionary by a path.", "path dictionary", args)
    assert turned == (["dictionary", "path"], [kept])


@pytest.mark.parametrize("args", ["'a'", "'a', dictionary={}", "*pair", "**pair", "'a', *rest", "'a', {", "1, 2, 3"])
def test_an_example_that_cannot_be_turned_round_leaves_all_as_it_is(args: str) -> None:
    kept = order("A value in a dictionary by a path.", "path dictionary", args, "'a', {}")
    assert kept == (["path", "dictionary"], [args, "'a', {}"])


@needs_confinement
async def test_a_draft_comes_out_in_the_requests_order(store) -> None:
    answer = draft(
        sig="look(path: str, codes: dict[str, int]) -> int",
        raises=None,
        ensures=None,
        examples=["look('a', {'a': 1}) == 1", "look('b', {'b': 2}) == 2"],
    )
    played = await play(store, answer, body("    return codes[path]\n"), prompt="Look in codes for the path.")
    spec = played.of("spec-finished")[0].ir
    assert [each.name for each in spec.signature.parameters] == ["codes", "path"]
    assert [each.call for each in spec.examples] == ["look({'a': 1}, 'a')", "look({'b': 2}, 'b')"]
    assert played.last.status == "passed"
