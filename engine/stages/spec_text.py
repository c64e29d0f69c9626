"""The expressions in a specification's clauses, read the way the check stage has to read them."""

from __future__ import annotations

import ast

from engine.grammar.python.policy import Policy
from engine.ir.models import IR
from engine.ir.names import dotted_names, free_names, imports_for, is_exception
from engine.ir.source import NOT_PYTHON, parse_expression
from engine.sandbox.trial import Subject, printable
from engine.stages.check_header import stub


def subject_of(code: str, ir: IR) -> Subject:
    """What a trial of ``code`` has to know of its specification."""
    return Subject(code, ir.signature.name, stub(ir), tuple(_imports(ir)))


def not_python(text: str) -> str:
    """Why ``text`` is no expression; empty when it is one."""
    try:
        parse_expression(text.strip())
    except SyntaxError as error:
        return f"`{printable(text)}` is not a Python expression: {error.msg}"
    except NOT_PYTHON as error:
        return f"`{printable(text)}` is not a Python expression: {printable(str(error))}"
    return ""


def has_refused_effects(ir: IR) -> bool:
    """Whether the function declares effects that the sandbox refuses, so that trying it out shows nothing."""
    policy = Policy.for_effects(effect.description for effect in ir.effects)
    return not {"open", "input"} <= policy.denied


def is_plain_call(text: str, name: str) -> bool:
    """Whether ``text`` is one call of the function ``name``, so that its arguments are known."""
    node = parse_expression(text.strip())
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def expected_exception(text: str, ir: IR) -> str:
    """The exception that a result names (``ValueError``, ``ValueError("too low")``), or nothing."""
    node = parse_expression(text.strip())
    named = node.func if isinstance(node, ast.Call) else node
    if not isinstance(named, ast.Name | ast.Attribute):
        return ""
    name = ast.unparse(named)
    known = is_exception(name.rpartition(".")[2]) or name in {clause.exception.strip() for clause in ir.raises}
    return name if known else ""


def _imports(ir: IR) -> list[str]:
    """The imports for the names that the specification's expressions use."""
    texts = [text for example in ir.examples for text in (example.call, example.result)]
    texts += [clause.predicate for clause in (*ir.requires, *ir.ensures)]
    texts += [clause.condition for clause in ir.raises]
    texts += [parameter.default for parameter in ir.signature.parameters if parameter.default is not None]
    own = {ir.signature.name, "result", *(parameter.name for parameter in ir.signature.parameters)}
    expressions = [text.strip() for text in texts if not not_python(text)]
    return imports_for(name for text in expressions for name in dotted_names(text, free_names(text) - own))
