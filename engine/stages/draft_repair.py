"""Completing the model's draft into a valid specification, whatever the model said.

The grammar sees to the shape of a draft, not to its sense: a postcondition may be prose, an
example may lack an argument, a parameter may be called ``from``. What can be mended is mended,
what still tells something is kept as a rule, and the rest is left out, so that every draft
becomes a specification without errors (:func:`engine.ir.validate.validate`).
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from engine.ir.addresses import index_of, list_of
from engine.ir.expressions import annotation_faults, exception_faults
from engine.ir.models import (
    IR,
    Assertion,
    Clause,
    Effect,
    Example,
    Intent,
    Metadata,
    Parameter,
    Provenance,
    Raises,
    Signature,
    TypedHole,
)
from engine.ir.names import closest_type, legal_name
from engine.ir.validate import validate
from engine.stages.draft_wire import DraftWire, WireParameter
from engine.stages.renaming import rename

MODEL_CONFIDENCE = 0.7
"""Confidence of a clause that the model wrote and nobody has looked at."""

_BETTER_NAMES = {
    "all": "items", "any": "items", "bin": "binary", "bool": "flag", "bytes": "data", "chr": "char", "dict": "mapping",
    "dir": "folder", "filter": "condition", "float": "number", "format": "pattern", "hash": "digest",
    "hex": "hexadecimal", "id": "identifier", "input": "value", "int": "number", "iter": "items", "json": "json_text",
    "len": "length", "list": "items", "map": "mapping", "max": "highest", "min": "lowest", "next": "following",
    "object": "item", "pow": "power", "range": "span", "re": "pattern", "round": "digits", "set": "items",
    "str": "text", "string": "text", "sum": "total", "tuple": "items", "type": "kind",
}  # fmt: skip
"""What a parameter is better called than like a builtin or a module; any other name gets an underscore."""

_MODULES = """
    base64 bisect calendar collections datetime decimal fractions functools hashlib heapq html itertools json math
    operator random re statistics string struct textwrap
"""

_SHADOWED_MODULES = frozenset(_MODULES.split())
"""Modules that code imports; a parameter of the same name would be rebound, or hide the module."""

_NO_EFFECT = frozenset({"", "none", "no", "pure", "no effects", "no side effects", "none."})
_TYPE_NAME = re.compile(r"[A-Za-z_][\w.]*")

C = TypeVar("C", bound=Clause)


def to_ir(wire: DraftWire, *, known: Collection[str] = ()) -> IR:
    """Complete the model's draft into a valid IR, every clause marked as the model's.

    Args:
        known: parameters that may be named like a builtin, because somebody wants them so.
    """
    draft = Draft(wire, known)
    ir = draft.specification()
    while faulty := next((problem.address for problem in validate(ir, {}) if problem.severity == "error"), None):
        draft.drop(ir, faulty)
    ir.intent.rationale = "\n".join(draft.rules)
    return ir


@dataclass
class Draft:
    """A draft on its way: the names as they have to be, and the rules as they add up."""

    wire: DraftWire
    known: Collection[str] = ()
    function: str = field(init=False)
    names: dict[str, str] = field(init=False)
    rules: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.function = legal_name(self.wire.name)
        self.names = _legal_names([p.name for p in self.wire.parameters], self.function, self.known)
        self.rules = [rule for rule in map(_one_line, self.wire.rules) if rule]

    def specification(self) -> IR:
        """The IR with a sound header; its other clauses may still be wrong."""
        wire = self.wire
        return IR(
            intent=Intent(summary=_summary(wire), provenance=_agent()),
            signature=Signature(
                name=self.function,
                parameters=[
                    Parameter(
                        name=self.names.get(p.name, p.name),
                        type_hint=known_type(p.type),
                        default=default,
                        provenance=_agent(),
                    )
                    for p, default in _with_sound_defaults({p.name: p for p in wire.parameters}.values())
                ],
                returns=known_type(wire.returns),
                provenance=_agent(),
            ),
            raises=_unique(
                Raises(exception=r.exception, condition=self._condition(r.condition), provenance=_agent())
                for r in wire.raises
            ),
            effects=_unique(
                Effect(description=effect, provenance=_agent())
                for effect in wire.effects
                if effect.strip().lower() not in _NO_EFFECT
            ),
            examples=_unique(
                Example(
                    call=rename(f"{self.function}({_source(e.args)})", {}, self.names, function=self.function),
                    result=_source(e.result),
                    provenance=_agent(e.sureness),
                )
                for e in wire.examples
            ),
            ensures=_unique(
                Assertion(predicate=self._condition(p, after=True), provenance=_agent()) for p in wire.ensures
            ),
            holes=[
                TypedHole(identifier=f"q{index}", description=h.ask, options=h.options, provenance=_agent())
                for index, h in enumerate(wire.holes, 1)
            ],
            metadata=Metadata(origin="prompt"),
        )

    def drop(self, ir: IR, address: str) -> None:
        """Take the faulty clause at ``address`` out of ``ir``, keeping what it says in words."""
        index = index_of(address)
        match list_of(address):
            case "ensures":
                self._say(ir.ensures.pop(index).predicate)
            case "raises":
                clause = ir.raises.pop(index)
                self._say(
                    f"{clause.exception}: {clause.condition}" if clause.condition else f"Raises {clause.exception}."
                )
                bare = Raises(exception=clause.exception, provenance=_agent())
                if bare not in ir.raises and not any(exception_faults(clause.exception)):
                    ir.raises.insert(index, bare)
            case "examples":
                del ir.examples[index]
            case _:
                raise AssertionError(f"the header of a draft is sound, but {address} is not")

    def _condition(self, text: str, *, after: bool = False) -> str:
        """A condition with its parameters renamed; ``after`` the call, ``result`` is the returned value."""
        names = {old: new for old, new in self.names.items() if not (after and old == "result")}
        return rename(text.strip(), names, self.names, function=self.function)

    def _say(self, rule: str) -> None:
        if (line := _one_line(rule)) and line not in self.rules:
            self.rules.append(line)


def _with_sound_defaults(parameters: Iterable[WireParameter]) -> list[tuple[WireParameter, str | None]]:
    """Each parameter with its default, which none has that stands before one without."""
    paired: list[tuple[WireParameter, str | None]] = []
    optional = True
    for parameter in reversed([*parameters]):
        optional = optional and parameter.default is not None
        paired.append((parameter, parameter.default if optional else None))
    return paired[::-1]


def known_type(text: str) -> str:
    """``text`` as an annotation that exists.

    A misspelt built-in (``list[strng]``) is corrected; a class that nobody defines becomes ``Any``.
    """
    if not any(annotation_faults(text)):
        return text
    better = _TYPE_NAME.sub(lambda name: _known_type_name(name[0]), text)
    return "Any" if any(annotation_faults(better)) else better


def _known_type_name(name: str) -> str:
    if not any(annotation_faults(name)):
        return name
    # Classes are written large: nobody misspells `int` as `Point`.
    return (closest_type(name) if name.islower() else None) or "Any"


def _legal_names(parameters: list[str], function: str, known: Collection[str]) -> dict[str, str]:
    """New names for parameters whose own Python, the function or the specification uses for something else."""
    taken = {function, *parameters}
    renamed: dict[str, str] = {}
    for name in dict.fromkeys(parameters):
        shadows = (hasattr(builtins, name) or name in _SHADOWED_MODULES) and name not in known
        if keyword.iskeyword(name) or shadows or name in ("result", function):
            better = _BETTER_NAMES.get(name, f"{name}_")
            while better in taken:
                better += "_"
            taken.add(better)
            renamed[name] = better
    return renamed


def _summary(wire: DraftWire) -> str:
    return _one_line(wire.summary) or f"{wire.name.replace('_', ' ').strip().capitalize()}."


def _one_line(text: str) -> str:
    return " ".join(text.splitlines()).strip()


def _source(text: str) -> str:
    """``text`` without the colon that models like to begin a value with, as if after a key."""
    return text.strip().removeprefix(":").strip()


def _agent(sureness: float | None = None) -> Provenance:
    return Provenance(source="agent", confidence=MODEL_CONFIDENCE if sureness is None else round(sureness, 2))


def _unique(clauses: Iterable[C]) -> list[C]:
    return list({clause.model_dump_json(exclude={"provenance"}): clause for clause in clauses}.values())
