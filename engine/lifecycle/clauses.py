"""One clause of a specification by its address: reading, setting, adding, removing, moving.

Addresses are those of :meth:`engine.ir.models.IR.clauses` (``intent``, ``signature``,
``signature.parameters[1]``, ``ensures[0]``), with a field behind them where only that is meant
(``intent.summary``, ``ensures[0].rationale``). Every function returns a new IR.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from pydantic import ValidationError

from engine.ir.models import CLAUSE_LISTS, IR, Clause, Parameter, Provenance
from engine.ir.names import closest
from engine.lifecycle.clause_text import NAMES, parse_clause, parse_options, parse_signature
from engine.lifecycle.errors import BadAddress

_ADDRESS = re.compile(r"(?P<list>(?:signature\.)?[a-z]+)\[(?P<index>\d+)\](?:\.(?P<field>\w+))?")
_PARAMETERS = "signature.parameters"
_SINGLE_FIELDS = ("intent.summary", "intent.rationale", "signature.name", "signature.returns")


@dataclass(frozen=True)
class _Place:
    """A clause in a list, and a field of it; no field for the whole clause."""

    field_list: str
    index: int
    field: str


def replaced(old: IR, address: str, value: str | Sequence[str], provenance: Provenance) -> IR:
    """``old`` with a clause, or one field of it, set to ``value``.

    Args:
        value: text; for the options of a hole also a list.

    Raises:
        BadAddress: there is no such clause or field.
        SpecSyntaxError: the value is no such clause.
    """
    ir = old.model_copy(deep=True)
    address = address.strip()
    if address == "intent":
        address = "intent.summary"
    if address in _SINGLE_FIELDS:
        name, _, field = address.partition(".")
        clause = cast(Clause, getattr(ir, name))
        setattr(ir, name, clause.model_copy(update={field: _text(address, value), "provenance": provenance}))
        return ir
    if address == "signature":
        return _with_signature(ir, _text(address, value), provenance)
    place = _find(ir, address)
    items = _items(ir, place.field_list)
    clause = items[place.index]
    if place.field:
        update = {place.field: _field_value(clause, address, place.field, value)}
    else:
        written = parse_clause(place.field_list, _text(address, value))
        update = {name: getattr(written, name) for name in written.model_fields_set}
    items[place.index] = clause.model_copy(update={**update, "provenance": provenance})
    _set_items(ir, place.field_list, items)
    return ir


def added(old: IR, field: str, text: str, place: int | None, provenance: Provenance) -> IR:
    """``old`` with another clause in the list ``field``, at index ``place`` or at the end.

    Raises:
        BadAddress: there is no such list, or no such place in it.
        SpecSyntaxError: the text is no such clause.
    """
    ir = old.model_copy(deep=True)
    field_list = _list_name(field)
    items = _items(ir, field_list)
    index = len(items) if place is None else place
    if not 0 <= index <= len(items):
        raise BadAddress(f"There is no place {index} in {field_list}.", f"Places count from 0 to {len(items)}.")
    clause = parse_clause(field_list, text)
    items.insert(index, clause.model_copy(update={"provenance": provenance}))
    _set_items(ir, field_list, items)
    return ir


def removed(old: IR, address: str) -> IR:
    """``old`` without one clause of a list.

    Raises:
        BadAddress: there is no such clause.
    """
    ir = old.model_copy(deep=True)
    place = _find(ir, address, whole=True)
    items = _items(ir, place.field_list)
    del items[place.index]
    _set_items(ir, place.field_list, items)
    return ir


def moved(old: IR, address: str, index: int) -> IR:
    """``old`` with one clause of a list at another index.

    Raises:
        BadAddress: there is no such clause or index.
    """
    ir = old.model_copy(deep=True)
    place = _find(ir, address, whole=True)
    items = _items(ir, place.field_list)
    if not 0 <= index < len(items):
        raise BadAddress(f"There is no place {index} in {place.field_list}.", f"The last one is {len(items) - 1}.")
    items.insert(index, items.pop(place.index))
    _set_items(ir, place.field_list, items)
    return ir


def _find(ir: IR, address: str, *, whole: bool = False) -> _Place:
    found = _ADDRESS.fullmatch(address.strip())
    if found is None:
        fitting = [known for known, _ in ir.clauses()]
        better = closest(address, [*fitting, *_SINGLE_FIELDS])
        todo = f"Did you mean {better}?" if better else "Write it like ensures[0] or intent.summary."
        raise BadAddress(f"“{address}” is no address of a clause.", todo)
    field_list = _list_name(found["list"])
    items, index = _items(ir, field_list), int(found["index"])
    if index >= len(items):
        count = f"it has {field_list}[0] to [{len(items) - 1}]" if items else f"it has no {field_list}"
        raise BadAddress(
            f"The specification has no {address}: {count}.", f"Add one: lift session add SESSION {found['list']} TEXT"
        )
    if whole and found["field"]:
        raise BadAddress(f"“{address}” is a field of a clause.", f"Name the clause: {field_list}[{index}]")
    return _Place(field_list, index, found["field"] or "")


def _list_name(name: str) -> str:
    wanted = name.strip().removeprefix("signature.")
    # The statement of the text form (effect, example, hole, param) means its list as well.
    wanted = next((field for field, statement in NAMES.items() if statement == wanted), wanted)
    if wanted in ("parameters", _PARAMETERS):
        return _PARAMETERS
    if wanted in CLAUSE_LISTS:
        return wanted
    raise BadAddress(f"A specification has no list “{name}”.", f"It has {', '.join([*CLAUSE_LISTS, 'parameters'])}.")


def _items(ir: IR, field_list: str) -> list[Clause]:
    return ir.lists()[field_list]


def _set_items(ir: IR, field_list: str, items: list[Clause]) -> None:
    if field_list == _PARAMETERS:
        ir.signature.parameters = cast("list[Parameter]", items)
    else:
        setattr(ir, field_list, items)


def _field_value(clause: Clause, address: str, field: str, value: str | Sequence[str]) -> object:
    fields = [name for name in type(clause).model_fields if name != "provenance"]
    if field not in fields:
        raise BadAddress(f"There is no field {field} at {address}.", f"It has {', '.join(fields)}.")
    wanted: object
    if field == "options":
        wanted = parse_options(value) if isinstance(value, str) else [*value]
    else:
        wanted = _text(address, value)
        if field == "default" and not wanted.strip():
            wanted = None
    try:
        setattr(clause.model_copy(), field, wanted)
    except ValidationError as error:
        raise BadAddress(f"“{value}” does not fit {address}.", f"{error.errors()[0]['msg']}.") from None
    return wanted


def _with_signature(ir: IR, header: str, provenance: Provenance) -> IR:
    """``ir`` with another header; parameters that keep their name keep what else is known of them."""
    written = parse_signature(header)
    known = {parameter.name: parameter for parameter in ir.signature.parameters}
    parameters: list[Parameter] = []
    for parameter in written.parameters:
        before = known.get(parameter.name)
        if before is None:
            parameters.append(parameter.model_copy(update={"provenance": provenance}))
        elif (before.type_hint, before.default) == (parameter.type_hint, parameter.default):
            parameters.append(before)
        else:
            update = {"type_hint": parameter.type_hint, "default": parameter.default, "provenance": provenance}
            parameters.append(before.model_copy(update=update))
    if (written.name, written.returns) != (ir.signature.name, ir.signature.returns):
        update = {"name": written.name, "returns": written.returns, "provenance": provenance}
        ir.signature = ir.signature.model_copy(update=update)
    ir.signature.parameters = parameters
    return ir


def _text(address: str, value: str | Sequence[str]) -> str:
    if isinstance(value, str):
        return value
    raise BadAddress(f"{address} is one text, not a list.", "Give it one value.")
