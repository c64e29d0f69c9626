"""What makes examples sound: they call the function as its header allows, and do not contradict."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator

from engine.ir.expressions import expression_faults
from engine.ir.models import IR, Signature
from engine.ir.names import closest, is_legal_name
from engine.ir.rules import Finding, choices, finding, findings
from engine.ir.source import NOT_PYTHON, parse_expression


def check_examples(ir: IR) -> Iterator[Finding]:
    """Calls and results parse and name nothing unknown; calls fit the header."""
    function = ir.signature.name
    known = {function}
    hint = "Write a value; parameters have none in an example."
    header = _header(ir.signature)
    for index, clause in enumerate(ir.examples):
        address = f"examples[{index}]"
        yield from findings(address, "call", expression_faults(clause.call, known, hint=hint))
        yield from findings(address, "result", expression_faults(clause.result, known, hint=hint))
        try:
            calls = _calls_of(function, clause.call)
        except NOT_PYTHON:
            continue
        if not calls:
            message = f"`{clause.call}` does not call {function}"
            yield finding(address, message, f"Write {_shown(ir.signature)} with values.")
        if header is not None:
            for call in calls:
                yield from _misfit(address, call, ir.signature, header)


def check_contradictions(ir: IR) -> Iterator[Finding]:
    """The same call gives the same result."""
    seen: dict[str, str] = {}
    for index, clause in enumerate(ir.examples):
        expected = seen.setdefault(_normal(clause.call), clause.result)
        if _normal(expected) != _normal(clause.result):
            yield finding(
                f"examples[{index}]",
                f"`{clause.call}` cannot give both `{expected}` and `{clause.result}`",
                "Keep the right one.",
            )


def _misfit(address: str, call: ast.Call, signature: Signature, header: inspect.Signature) -> Iterator[Finding]:
    """Whether the arguments of ``call`` fit the header; starred ones are not looked into."""
    keywords = [keyword.arg for keyword in call.keywords if keyword.arg is not None]
    if len(keywords) < len(call.keywords) or any(isinstance(node, ast.Starred) for node in call.args):
        return
    for name in keywords:
        if name not in header.parameters:
            better = closest(name, header.parameters)
            suggestion = f"Did you mean `{better}`?" if better else choices(signature)
            yield finding(address, f"{signature.name} has no parameter `{name}`", suggestion)
            return
    try:
        header.bind(*call.args, **dict.fromkeys(keywords))
    except TypeError as error:
        message = f"`{ast.unparse(call)}` does not fit the header: {error}"
        yield finding(address, message, f"The header is {_shown(signature)}.")


def _header(signature: Signature) -> inspect.Signature | None:
    """The header as Python sees it, or None where Python would not take it."""
    if not all(is_legal_name(parameter.name) for parameter in signature.parameters):
        return None
    try:
        return inspect.Signature(
            [
                inspect.Parameter(
                    parameter.name,
                    inspect.Parameter.POSITIONAL_OR_KEYWORD,
                    default=inspect.Parameter.empty if parameter.default is None else ...,
                )
                for parameter in signature.parameters
            ]
        )
    except ValueError:  # a duplicate name or a misplaced default, a finding already
        return None


def _shown(signature: Signature) -> str:
    names = (
        parameter.name if parameter.default is None else f"{parameter.name}={parameter.default}"
        for parameter in signature.parameters
    )
    return f"{signature.name}({', '.join(names)})"


def _calls_of(function: str, text: str) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(parse_expression(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function
    ]


def _normal(text: str) -> str:
    """``text`` without the differences that mean nothing: spaces, quotes, parentheses."""
    try:
        return ast.unparse(parse_expression(text))
    except NOT_PYTHON:
        return text
