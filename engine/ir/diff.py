"""What changed between two versions of a specification, clause by clause, to accept or reject one by one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine.errors import UsageError
from engine.ir.matching import pair_up, stationary
from engine.ir.models import (
    IR,
    AnyClause,
    Assertion,
    Clause,
    Effect,
    Example,
    Parameter,
    Provenance,
    Raises,
    TypedHole,
)
from engine.ir.text_render import render_clause

Kind = Literal["added", "removed", "changed", "moved"]

_MODELS: dict[str, type[Clause]] = {
    "signature.parameters": Parameter,
    "requires": Assertion,
    "ensures": Assertion,
    "raises": Raises,
    "effects": Effect,
    "examples": Example,
    "holes": TypedHole,
}


@dataclass(frozen=True)
class Change:
    """One clause that differs.

    A clause that was both edited and moved gives two changes. ``old`` and ``new`` are the clause's
    own fields, without provenance (a signature's without its parameters, which are clauses of their
    own); None where there is no such clause.
    """

    kind: Kind
    address_old: str | None
    address_new: str | None
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    summary: str


def diff(old: IR, new: IR) -> list[Change]:
    """What turns ``old`` into ``new``, in the order of the text form; empty if they say the same."""
    changes = [*_compared("intent", "intent", old.intent, new.intent)]
    changes += _compared("signature", "signature", old.signature, new.signature)
    after = new.lists()
    for field, clauses in old.lists().items():
        changes += _list_changes(field, clauses, after[field])
    return changes


def apply(old: IR, changes: Iterable[Change], provenance: Provenance | None = None) -> IR:
    """``old`` with some changes of a :func:`diff` made; ``old`` itself stays as it is.

    With all of them, the result says what the new version says. With some of them, every other
    clause stays; a clause whose neighbours were rejected lands as near to its place as it can.
    Untouched clauses keep their provenance and unknown keys.

    Args:
        old: the version that the changes were made against.
        changes: any of them, in any order.
        provenance: what the added and edited clauses get.

    Raises:
        UsageError: a change names a clause that ``old`` does not have.
    """
    ir = old.model_copy(deep=True)
    by_list: defaultdict[str, list[Change]] = defaultdict(list)
    for change in changes:
        match change.address_old or change.address_new:
            case "intent":
                ir.intent = _edited(ir.intent, change.new, provenance)
            case "signature":
                ir.signature = _edited(ir.signature, change.new, provenance)
            case address:
                by_list[_split(address)[0]].append(change)
    for field, clauses in ir.lists().items():
        if field in by_list:
            owner, name = (ir.signature, "parameters") if field == "signature.parameters" else (ir, field)
            setattr(owner, name, _rearranged(clauses, by_list[field], _MODELS[field], provenance))
    return ir


def _list_changes(field: str, old: Sequence[Clause], new: Sequence[Clause]) -> Iterator[Change]:
    pairs = pair_up(old, new)
    still = stationary(pairs)
    origin = {j: i for i, j in pairs.items()}
    for i, clause in enumerate(old):
        if i not in pairs:
            address = f"{field}[{i}]"
            summary = f"removed {render_clause(address, clause)}"
            yield Change("removed", address, None, _fields(clause), None, summary)
    for j, clause in enumerate(new):
        address = f"{field}[{j}]"
        i = origin.get(j)
        if i is None:
            summary = f"added {render_clause(address, clause)}"
            yield Change("added", None, address, None, _fields(clause), summary)
            continue
        yield from _compared(f"{field}[{i}]", address, old[i], clause)
        if i not in still:
            summary = f"moved {render_clause(address, clause)} from place {i + 1} to {j + 1}"
            yield Change("moved", f"{field}[{i}]", address, _fields(old[i]), _fields(clause), summary)


def _compared(address_old: str, address_new: str, old: Clause, new: Clause) -> Iterator[Change]:
    before, after = _fields(old), _fields(new)
    if before != after:
        summary = f"changed {render_clause(address_old, old)} to {render_clause(address_new, new)}"
        yield Change("changed", address_old, address_new, before, after, summary)


def _rearranged(
    clauses: Sequence[Clause], changes: list[Change], model: type[Clause], provenance: Provenance | None
) -> list[Clause]:
    staying = dict(enumerate(clauses))
    arriving: list[tuple[int, Clause]] = []
    # Edits before moves, so that a clause that is both edited and moved arrives edited.
    for change in sorted(changes, key=lambda change: change.kind == "moved"):
        source, target = _index(change.address_old), _index(change.address_new)
        if source is not None and source not in staying:
            raise UsageError(
                f"There is no {change.address_old} to apply this change to: {change.summary}.",
                "Compare the versions again; the specification is not the one that was compared.",
            )
        if change.kind == "changed" and source is not None:
            staying[source] = _edited(staying[source], change.new, provenance)
        elif source is not None:
            clause = staying.pop(source)
            if target is not None:
                arriving.append((target, clause))
        elif target is not None:
            arriving.append((target, model.model_validate({**(change.new or {}), "provenance": provenance})))
    # The clauses that stay are in their new order already. Inserting the others from the front, each
    # finds everything before its place in place.
    result = [*staying.values()]
    for target, clause in sorted(arriving, key=lambda arrival: arrival[0]):
        result.insert(target, clause)
    return result


def _edited(clause: AnyClause, fields: dict[str, Any] | None, provenance: Provenance | None) -> AnyClause:
    return clause.model_copy(update={**(fields or {}), "provenance": provenance})


def _fields(clause: Clause) -> dict[str, Any]:
    own = type(clause).model_fields.keys() - {"provenance", "parameters"}
    return clause.model_dump(include=set(own))


def _split(address: str | None) -> tuple[str, int | None]:
    found = re.fullmatch(r"(.+)\[(\d+)\]", address or "")
    if found is None or found[1] not in _MODELS:
        raise UsageError(f'"{address}" is no address of a clause.', "Use the changes of a comparison.")
    return found[1], int(found[2])


def _index(address: str | None) -> int | None:
    return None if address is None else _split(address)[1]
