"""What the code does beside computing, against what its effects declare.

Two witnesses: the text of the code (imports, calls) and what the sandbox saw it try. What can be impure
but mostly is not (``random``, the clock) is remarked on, not counted against the code.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from engine.grammar.python.policy import IO_BUILTINS, REFLECTION, Policy
from engine.ir.models import IR
from engine.sandbox.trial import printable
from engine.stages.check_results import Judged

_LANGUAGE = frozenset({"__future__", "typing_extensions"})

_GRANTED_BY = {"files": "open", "input": "input"}
"""What the sandbox saw, and the name that an effect has to allow for it."""

_REMARKABLE = {
    "datetime.now": "reads the clock",
    "datetime.today": "reads the clock",
    "datetime.utcnow": "reads the clock",
    "date.today": "reads the clock",
    "time.time": "reads the clock",
}


class Act(NamedTuple):
    """Something that the code does, in words, and the line that does it, if one does."""

    what: str
    line: int | None = None


def judge_effects(tree: ast.Module, ir: IR, attempts: Iterable[str]) -> Judged:
    """Whether the code does only what its effects declare; ``attempts`` is what the sandbox saw it try."""
    policy = Policy.for_ir(ir)
    acts = [*_undeclared(tree, policy), *_seen(attempts, policy)]
    declared = "; ".join(effect.description for effect in ir.effects) or "no effects"
    if acts:
        first = acts[0]
        told = "; ".join(dict.fromkeys(_tell(act) for act in acts[:3]))
        return Judged("failed", f"{told}, which no effect declares", printable(declared), first.what, line=first.line)
    remarks = [*_remarks(tree)] if not ir.effects else []
    detail = "; ".join(dict.fromkeys(_tell(act) for act in remarks[:2]))
    return Judged("passed", f"{detail}, which no effect declares" if detail else "")


def _undeclared(tree: ast.Module, policy: Policy) -> Iterator[Act]:
    allowed = policy.imports | _LANGUAGE
    bound = _bound(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    if not _may_import(alias.name, allowed):
                        yield Act(f"imports {alias.name}", node.lineno)
            case ast.ImportFrom(module=module) if not _may_import(module or ".", allowed):
                yield Act(f"imports {module or '.'}", node.lineno)
            case ast.Call(func=ast.Name(id=name)) if name in policy.denied - bound:
                if name in IO_BUILTINS | REFLECTION:
                    yield Act(f"calls {name}()", node.lineno)
            case _:
                pass


def _may_import(module: str, allowed: frozenset[str]) -> bool:
    """Whether a module, or the package that it is a part of, may be imported."""
    parts = module.split(".")
    return any(".".join(parts[:length]) in allowed for length in range(1, len(parts) + 1))


def _bound(tree: ast.Module) -> set[str]:
    """Names that the code binds itself, so that they are no builtins in it."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case _:
                pass
    return found


def _seen(attempts: Iterable[str], policy: Policy) -> Iterator[Act]:
    for attempt in attempts:
        kind, _, what = attempt.partition(": ")
        if _GRANTED_BY.get(kind, "") in policy.denied or kind not in _GRANTED_BY:
            yield Act(f"tries {what} ({kind})")


def _remarks(tree: ast.Module) -> Iterator[Act]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        for name, what in _REMARKABLE.items():
            if called == name or called.startswith(f"{name}.") or called.endswith(f".{name}"):
                yield Act(what, node.lineno)


def _tell(act: Act) -> str:
    return f"{act.what} (line {act.line})" if act.line else act.what
