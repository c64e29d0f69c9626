"""Where the answer to a hole belongs: a type, an effect, an assertion, or a rule in words."""

from __future__ import annotations

import ast
import re

from engine.ir.expressions import annotation_faults, expression_faults
from engine.ir.models import IR, Assertion, Effect, Example, Parameter, Provenance, TypedHole
from engine.ir.names import is_exception
from engine.ir.source import NOT_PYTHON, parse_expression

_YES_NO = frozenset({"yes", "no", "true", "false", "maybe"})
_NO_EFFECT = frozenset({"none", "no effect", "no effects", "pure"})
_RESULT_NAMES = frozenset({"return", "returns", "result", "output"})
_STATEMENTS = (ast.Compare, ast.BoolOp, ast.Call, ast.UnaryOp)
"""Kinds of expressions that say something; a lone name or number is an answer in words."""


def settle(ir: IR, hole: TypedHole, answer: str, provenance: Provenance) -> IR:
    """``ir`` with the answer to ``hole`` put where its kind says.

    - ``signature``: when the hole is named after a parameter (or ``returns``) and its options are
      types, the answer becomes that type.
    - ``effect``: another effect, unless the answer is a mere yes or no.
    - ``assertion``: an example when it is a call of the function and its result, a postcondition when it is
      an expression that mentions ``result``, a precondition when it speaks of parameters only.
    - In all other cases the question and its answer become a rule: a line of the intent's rationale.
    """
    ir = ir.model_copy(deep=True)
    placed = False
    match hole.kind:
        case "signature":
            placed = _as_type(ir, hole, answer, provenance)
        case "effect":
            placed = _as_effect(ir, answer, provenance)
        case "assertion":
            placed = _as_assertion(ir, answer, provenance)
        case "intent" | "implementation":
            pass
    if not placed:
        rationale = "\n".join(part for part in (ir.intent.rationale, rule(hole, answer)) if part)
        ir.intent = ir.intent.model_copy(update={"rationale": rationale, "provenance": provenance})
    return ir


def rule(hole: TypedHole, answer: str) -> str:
    """The question and its answer as one line: ``Should NaN be rejected? Yes.``"""
    question = " ".join(hole.description.split())
    answer = " ".join(answer.split())
    if not answer.endswith((".", "!", "?")):
        answer += "."
    if not question:
        return f"{hole.identifier}: {answer}"
    if not question.endswith(("?", ".", ":", "!")):
        question += ":"
    # Words begin a sentence; a value (`None`, `x`, 3) stays as it was typed.
    spoken = re.match(r"[a-z]+[a-z' ]* [a-z]|(?:yes|no)\b", answer)
    return f"{question} {answer[0].upper() + answer[1:] if spoken else answer}"


def _as_type(ir: IR, hole: TypedHole, answer: str, provenance: Provenance) -> bool:
    if not all(map(_is_type, [answer, *hole.options])) or answer == "None":
        return False
    words = {hole.identifier, *re.split(r"[^A-Za-z0-9]+", hole.identifier)}
    named = [index for index, p in enumerate(ir.signature.parameters) if p.name == hole.identifier]
    named = named or [index for index, p in enumerate(ir.signature.parameters) if p.name in words]
    if len(named) == 1 and "default" not in words:
        parameters: list[Parameter] = [*ir.signature.parameters]
        update = {"type_hint": answer, "provenance": provenance}
        parameters[named[0]] = parameters[named[0]].model_copy(update=update)
        ir.signature.parameters = parameters
        return True
    if not named and words & _RESULT_NAMES:
        ir.signature = ir.signature.model_copy(update={"returns": answer, "provenance": provenance})
        return True
    return False


def _is_type(text: str) -> bool:
    return not any(annotation_faults(text)) and not is_exception(text)


def _as_effect(ir: IR, answer: str, provenance: Provenance) -> bool:
    if answer.lower().strip(".") in _YES_NO:
        return False
    if answer.lower().strip(".") in _NO_EFFECT and ir.effects:
        return False
    others = [effect for effect in ir.effects if effect.description.lower().strip(".") not in _NO_EFFECT]
    ir.effects = [*others, Effect(description=answer, provenance=provenance)]
    return True


def _as_example(ir: IR, answer: str, provenance: Provenance) -> bool:
    """``clamp(5, 0, 10) == 5``: one call of the function with values, and its result."""
    match parse_expression(answer):
        case ast.Compare(left=ast.Call(func=ast.Name(id=name)) as call, ops=[ast.Eq()], comparators=[result]):
            parameters = {parameter.name for parameter in ir.signature.parameters} | {"result"}
            if name != ir.signature.name or parameters & {
                node.id for part in (*call.args, result) for node in ast.walk(part) if isinstance(node, ast.Name)
            }:
                return False
            example = Example(call=ast.unparse(call), result=ast.unparse(result), provenance=provenance)
            ir.examples = [*ir.examples, example]
            return True
        case _:
            return False


def _as_assertion(ir: IR, answer: str, provenance: Provenance) -> bool:
    try:
        node = parse_expression(answer)
    except NOT_PYTHON:
        return False
    if _as_example(ir, answer, provenance):
        return True
    known = {parameter.name for parameter in ir.signature.parameters} | {"result", ir.signature.name}
    if not isinstance(node, _STATEMENTS) or any(expression_faults(answer, known, hint="")):
        return False
    names = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
    clause = Assertion(predicate=answer, provenance=provenance)
    if names & {"result", ir.signature.name}:
        ir.ensures = [*ir.ensures, clause]
    else:
        ir.requires = [*ir.requires, clause]
    return True
