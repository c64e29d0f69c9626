"""Checking without running: is the code Python, and has the function the header that was signed?"""

from __future__ import annotations

import ast
from typing import NamedTuple

from engine.ir.models import IR
from engine.ir.source import NOT_PYTHON, parse_python, without_warnings
from engine.sandbox.trial import printable
from engine.stages.assemble import header
from engine.stages.check_results import PASSED, Judged
from engine.stages.events import CheckResult, CheckStatus


class _Parameter(NamedTuple):
    """One parameter as text; ``name`` has the stars, and ``/`` and ``*`` alone are parameters too."""

    name: str
    annotation: str
    default: str


def parse_module(code: str) -> tuple[ast.Module | None, CheckResult]:
    """The syntax tree of ``code``, if it has one, and the result of the check ``parse``."""
    try:
        tree = parse_python(code)
    except NOT_PYTHON as error:
        judged = _syntax(error)
        result = _result("parse", "valid Python", "failed", judged.detail)
        return None, result.model_copy(update={"line": judged.line})
    return tree, _result("parse", "valid Python", "passed")


def compile_module(tree: ast.Module) -> Judged:
    """Whether a module that parses also compiles: ``return`` outside a function, say, does not."""
    try:
        with without_warnings():
            compile(tree, "<generated>", "exec", dont_inherit=True)
    except NOT_PYTHON as error:
        return _syntax(error)
    return PASSED


def _syntax(error: BaseException) -> Judged:
    if not isinstance(error, SyntaxError):
        return Judged("failed", str(error) or type(error).__name__)
    where = f"line {error.lineno}: " if error.lineno else ""
    return Judged("failed", printable(f"{where}{error.msg}"), line=error.lineno)


def defines(tree: ast.Module, name: str) -> bool:
    """Whether the module defines a function ``name`` at its top level."""
    return _definition(tree, name) is not None


def check_signature(tree: ast.Module, ir: IR) -> CheckResult:
    """Whether the function's header says what the specification's signature says, annotations included."""
    wanted = _wanted(ir)
    if wanted is None:
        detail = f"the specification's signature is not Python: {header(ir)}"
        return _result("signature", ir.signature.name, "error", detail)
    got = _definition(tree, wanted.name)
    if got is None:
        detail = f"the code defines no function named {wanted.name}"
    elif isinstance(got, ast.AsyncFunctionDef):
        detail = f"{got.name} is an async function"
    else:
        detail = _difference(wanted, got)
    return _result("signature", header(ir), "failed" if detail else "passed", detail)


def stub(ir: IR) -> str:
    """The function with its parameters and defaults, no annotations and no body.

    A signature that is not Python takes any arguments, so that the examples can still be compared.
    """
    function = _wanted(ir)
    if function is None:
        return f"def {ir.signature.name}(*args, **kwargs): ..."
    for node in ast.walk(function.args):
        if isinstance(node, ast.arg):
            node.annotation = None
    function.returns = None
    return ast.unparse(function)


def _wanted(ir: IR) -> ast.FunctionDef | None:
    try:
        tree = parse_python(f"{header(ir)} ...")
    except NOT_PYTHON:
        return None
    match tree.body:
        case [ast.FunctionDef(name=name, body=[ast.Expr()]) as function] if name == ir.signature.name:
            return function
        case _:  # a hint that smuggles in more than a hint
            return None


def _definition(tree: ast.Module, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The last definition, which is the one that counts."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return next((node for node in reversed(functions) if node.name == name), None)


def _difference(wanted: ast.FunctionDef, got: ast.FunctionDef) -> str:
    """The first difference between two headers, in words; empty when there is none."""
    theirs, ours = _parameters(got.args), _parameters(wanted.args)
    if [p.name for p in theirs] != [p.name for p in ours]:
        return f"the parameters are ({_names(theirs)}), not ({_names(ours)})"
    for their, our in zip(theirs, ours, strict=True):
        if their.annotation != our.annotation and not (our.annotation == "Any" and not their.annotation):
            return f"{our.name} is annotated {their.annotation or 'nothing'}, not {our.annotation}"
        if their.default != our.default:
            return f"the default of {our.name} is {their.default or 'missing'}, not {our.default or 'absent'}"
    if _text(got.returns) != _text(wanted.returns):
        return f"it is annotated to return {_text(got.returns) or 'nothing'}, not {_text(wanted.returns)}"
    return ""


def _parameters(args: ast.arguments) -> list[_Parameter]:
    positional = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(positional) - len(args.defaults)) + args.defaults
    parameters = [_parameter(arg, default) for arg, default in zip(positional, defaults, strict=True)]
    if args.posonlyargs:
        parameters.insert(len(args.posonlyargs), _Parameter("/", "", ""))
    if args.vararg is not None:
        parameters.append(_parameter(args.vararg, None, "*"))
    elif args.kwonlyargs:
        parameters.append(_Parameter("*", "", ""))
    keywords = zip(args.kwonlyargs, args.kw_defaults, strict=True)
    parameters += [_parameter(arg, default) for arg, default in keywords]
    if args.kwarg is not None:
        parameters.append(_parameter(args.kwarg, None, "**"))
    return parameters


def _parameter(arg: ast.arg, default: ast.expr | None, stars: str = "") -> _Parameter:
    return _Parameter(stars + arg.arg, _text(arg.annotation), _text(default))


def _names(parameters: list[_Parameter]) -> str:
    return ", ".join(parameter.name for parameter in parameters)


def _text(node: ast.expr | None) -> str:
    return "" if node is None else ast.unparse(node)


def _result(kind: str, name: str, status: CheckStatus, detail: str = "") -> CheckResult:
    clause = "signature" if kind == "signature" else ""
    return CheckResult(kind=kind, name=printable(name), status=status, detail=printable(detail), clause=clause)
