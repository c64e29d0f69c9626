"""Making a module of what the model wrote: the exact header, and the imports that its names need."""

from __future__ import annotations

from engine.ir.models import IR
from engine.ir.names import missing_imports


def header(ir: IR) -> str:
    """The function's header as the signature states it, for example ``def f(x: int = 1) -> str:``."""
    parameters = ", ".join(
        f"{p.name}: {p.type_hint}" + (f" = {p.default}" if p.default is not None else "")
        for p in ir.signature.parameters
    )
    return f"def {ir.signature.name}({parameters}) -> {ir.signature.returns}:"


def assemble(code: str) -> str:
    """``code`` with an import for every name of the standard library that it uses and does not bind.

    Code that does not parse is returned as it is; the check stage says so.
    """
    code = code.strip("\n") + "\n"
    try:
        imports = missing_imports(code)
    except SyntaxError:
        return code
    return "\n".join(imports) + "\n\n\n" + code if imports else code
