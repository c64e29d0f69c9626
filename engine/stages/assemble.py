"""Making a module of what the model wrote: the exact header, and the imports that its names need."""

from __future__ import annotations

import io
import tokenize

from engine.ir.models import IR
from engine.ir.names import missing_imports
from engine.stages.likely_imports import without_unused
from engine.stages.pitfalls import without_pitfalls
from engine.stages.unshadow import unshadow


def header(ir: IR) -> str:
    """The function's header as the signature states it, for example ``def f(x: int = 1) -> str:``."""
    parameters = ", ".join(
        f"{p.name}: {p.type_hint}" + (f" = {p.default}" if p.default is not None else "")
        for p in ir.signature.parameters
    )
    return f"def {ir.signature.name}({parameters}) -> {ir.signature.returns}:"


def assemble(code: str, request: str = "") -> str:
    """``code`` as a module: without comments and pitfalls, and with the imports that its names need and no others.

    Comments are the model thinking aloud; the grammar lets it, but they are not checked and so not kept. Every
    name of the standard library that is used and not bound is imported, and so is a builtin that a parameter
    hides. Code that does not parse is returned as it is; the check stage says so.

    Args:
        request: what the code is for, in words.
    """
    code = code.strip("\n") + "\n"
    try:
        code = unshadow(without_pitfalls(without_unused(without_comments(code)), request))
        imports = missing_imports(code)
    except SyntaxError:
        return code
    gap = "\n" if code.startswith(("import ", "from ")) else "\n\n\n"
    return "\n".join(imports) + gap + code if imports else code


def without_comments(code: str) -> str:
    """``code`` without its comments, and without the lines that held nothing else.

    Raises:
        SyntaxError: ``code`` is not Python.
    """
    lines = code.split("\n")
    removed: set[int] = set()
    try:
        tokens = [*tokenize.generate_tokens(io.StringIO(code).readline)]
    except tokenize.TokenError as error:
        raise SyntaxError(str(error)) from error
    for token in tokens:
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
            if not lines[row - 1]:
                removed.add(row - 1)
    return "\n".join(line for number, line in enumerate(lines) if number not in removed)
