"""The parts that an exported pytest file is made of, as templates for :meth:`str.format`."""

from __future__ import annotations

SAME = '''
def _same(got, expected):
    """Whether two values are equal, floats up to rounding, iterators by what they give."""
    if isinstance(got, (Iterator, range)) or isinstance(expected, (Iterator, range)):
        try:
            got, expected = list(got), list(expected)
        except TypeError:
            return False
    if isinstance(got, bool) or isinstance(expected, bool):
        return got is expected
    if isinstance(got, (float, complex)) or isinstance(expected, (float, complex)):
        return got == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)
    if isinstance(expected, dict):
        return isinstance(got, dict) and got.keys() == expected.keys() and all(_same(got[k], expected[k]) for k in got)
    if isinstance(expected, (list, tuple)):
        return type(got) is type(expected) and len(got) == len(expected) and all(map(_same, got, expected))
    return got == expected
'''
"""Compares as the check stage does."""

ARGUMENTS = '''
def _arguments(*args, **kwargs):
    """The parameters' values in a call, defaults included."""
    bound = inspect.signature({name}).bind(*args, **kwargs)
    bound.apply_defaults()
    return bound.arguments


# The examples as calls of anything: of the function for the result, of _arguments for the arguments.
CALLS = [
{calls}]
FAILING_CALLS = [
{failing}]
'''

EXAMPLES = """
@pytest.mark.parametrize(
    ("call", "expected"),
    [
{cases}    ],
)
def test_example(call, expected):
    assert _same(call(), expected())
"""

EXCEPTIONS = """
@pytest.mark.parametrize(
    ("call", "exception"),
    [
{cases}    ],
)
def test_exception(call, exception):
    with pytest.raises(exception):
        call()
"""

PRECONDITIONS = '''
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "holds",
    [
{promises}    ],
)
def test_precondition(holds, call):
    """Where an example promises a result, the arguments are allowed."""
    assert holds(**call(_arguments))
'''

POSTCONDITIONS = """
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "holds",
    [
{promises}    ],
)
def test_postcondition(holds, call):
    result = call({name})
    if isinstance(result, Iterator):
        result = list(result)
    assert holds(**{{**call(_arguments), "result": result}})
"""

RAISES = '''
@pytest.mark.parametrize("call", CALLS + FAILING_CALLS)
@pytest.mark.parametrize(
    ("condition", "exception"),
    [
{clauses}    ],
)
def test_raises(condition, exception, call):
    """Where the condition holds, the exception is raised."""
    if condition(**call(_arguments)):
        with pytest.raises(exception):
            call({name})
'''

LOADS = """
def test_is_there():
    assert callable({name})
"""
