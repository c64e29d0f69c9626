"""What makes the header of a specification sound: its names, its types, its defaults."""

from __future__ import annotations

from collections.abc import Iterator

from engine.ir.expressions import annotation_faults, expression_faults
from engine.ir.models import IR, Parameter
from engine.ir.names import BUILTINS, is_legal_name, legal_name
from engine.ir.rules import Finding, finding, findings

# Better names for parameters that would hide a built-in.
_CLEARER = {
    "bool": "flag",
    "bytes": "data",
    "dict": "mapping",
    "dir": "folder",
    "filter": "condition",
    "float": "number",
    "format": "template",
    "id": "identifier",
    "int": "number",
    "iter": "values",
    "len": "length",
    "list": "values",
    "map": "mapping",
    "max": "maximum",
    "min": "minimum",
    "object": "value",
    "range": "bounds",
    "set": "values",
    "str": "text",
    "sum": "total",
    "tuple": "values",
    "type": "kind",
}


def check_signature(ir: IR) -> Iterator[Finding]:
    """The function's name is one and hides nothing; the return type exists."""
    name = ir.signature.name
    if not is_legal_name(name):
        yield finding("signature", f'"{name}" cannot name a function', f"Did you mean `{legal_name(name)}`?")
    elif name in BUILTINS:
        message = f"`{name}` hides the built-in of that name, in its own clauses too"
        yield finding("signature", message, f"Name it `{name}_`.", "warning")
    yield from findings("signature", "returns", annotation_faults(ir.signature.returns))


def check_parameters(ir: IR) -> Iterator[Finding]:
    """Parameters have distinct, legal names and known types; defaults come last and are constants."""
    parameters = ir.signature.parameters
    for index, parameter in enumerate(parameters):
        address, before = f"signature.parameters[{index}]", parameters[:index]
        yield from _name(address, parameter.name, before)
        yield from findings(address, "type_hint", annotation_faults(parameter.type_hint))
        if parameter.default is not None:
            faults = expression_faults(parameter.default, hint="A default cannot use parameters.")
            yield from findings(address, "default", faults)
        elif defaulted := [other.name for other in before if other.default is not None]:
            yield finding(
                address,
                f"`{parameter.name}` has no default but follows `{defaulted[-1]}`, which has one",
                f"Give `{parameter.name}` a default too, or move it before `{defaulted[0]}`.",
            )


def _name(address: str, name: str, before: list[Parameter]) -> Iterator[Finding]:
    if not is_legal_name(name):
        yield finding(address, f'"{name}" cannot name a parameter', f"Did you mean `{legal_name(name)}`?")
    elif any(name == other.name for other in before):
        yield finding(address, f"a second parameter `{name}`", "Rename or remove one of them.")
    elif name == "result":
        yield finding(address, "`result` means the returned value", "Name it `value`.")
    elif name in BUILTINS:
        better = _CLEARER.get(name, f"{name}_")
        yield finding(address, f"`{name}` hides the built-in of that name", f"Name it `{better}`.", "warning")
