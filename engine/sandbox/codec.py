"""Python values as JSON, so that results leave a sandbox as data and never as pickles.

``None``, ``bool``, ``str``, small ``int``, finite ``float`` and ``list`` are themselves; every other
type is an object ``{"t": tag, "v": payload}``. Instances of subclasses of the plain types (a ``str``
subclass, an ``IntEnum``, a ``namedtuple``, a ``Counter``) are encoded as the base type's data, read
with the base type's own methods, so that an overridden ``__eq__`` or ``__iter__`` cannot lie about
it. Anything else is an :class:`Opaque` text, which equals nothing.

Loaded inside the sandbox too: standard library only.
"""

from __future__ import annotations

import datetime
import math
from collections import deque
from collections.abc import Callable, ItemsView, Iterator, KeysView, ValuesView
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

MAX_DEPTH = 100
"""Levels of nesting; deeper values become opaque. JSON nests up to three times as deep, and
``json`` gives up at the interpreter's recursion limit, 1000."""

MAX_NODES = 200_000
"""Values in one encoded value."""

MAX_ITEMS = 10_000
"""Items taken from an iterator, which may be endless."""

_JSON_SAFE = 2**53
_MAX_TEXT = 500


class EncodeError(ValueError):
    """The value is too large to be sent."""


class DecodeError(ValueError):
    """The data is not something :func:`encode` produces."""


class Items(list[Any]):
    """What an iterator, a generator or a dict view gave: in order, and comparable with any sequence."""


class Opaque:
    """A value that cannot be represented as data; it equals nothing but itself."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def encode(value: object) -> Any:
    """``value`` as JSON data.

    Iterators are consumed, at most :data:`MAX_ITEMS` items; cycles become opaque.

    Raises:
        EncodeError: more than :data:`MAX_NODES` values.
        Exception: whatever an iterator raises while it is consumed.
    """
    return _Encoder().encode(value, 0)


def decode(data: object) -> Any:
    """The value that ``data`` stands for, built of exact built-in types.

    Raises:
        DecodeError: ``data`` is malformed.
    """
    try:
        return _decode(data)
    except DecodeError:
        raise
    except (TypeError, ValueError, KeyError, ArithmeticError, RecursionError) as error:
        raise DecodeError(f"malformed value: {type(error).__name__}") from None


def describe(value: object) -> str:
    """A short ``repr`` that never fails."""
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - a foreign __repr__ may raise anything
        text = f"<{type(value).__name__} whose repr raises {type(error).__name__}>"
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"


class _Encoder:
    def __init__(self) -> None:
        self._nodes = 0
        self._open: set[int] = set()

    def encode(self, value: Any, depth: int) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise EncodeError(f"the result has more than {MAX_NODES} values")
        # The type decides, and neither __eq__ nor __class__ nor __iter__ of a hostile object is asked.
        kind = cast("type[Any]", type(value))
        if kind in (bool, type(None)):
            return value
        items = _reader(kind)
        if items is None:
            return _scalar(value, kind)
        return self._container(value, items, depth)

    def _container(self, value: Any, reader: _Reader, depth: int) -> Any:
        if id(value) in self._open:
            return _tag("opaque", "<cycle>")
        if depth >= MAX_DEPTH:
            return _tag("opaque", "<nested too deeply>")
        self._open.add(id(value))
        try:
            tag, items = reader
            if tag == "items":
                return _tag(tag, self._bounded(items(value), depth))
            encoded = [self.encode(item, depth + 1) for item in items(value)]
            return encoded if tag == "list" else _tag(tag, encoded)
        finally:
            self._open.discard(id(value))

    def _bounded(self, items: Iterator[Any], depth: int) -> list[Any]:
        taken: list[Any] = []
        for item in items:
            if len(taken) == MAX_ITEMS:
                taken.append(_tag("opaque", f"<more than {MAX_ITEMS} items>"))
                break
            taken.append(self.encode(item, depth + 1))
        return taken


_Reader = tuple[str, Callable[[Any], Iterator[Any]]]


def _iter_of(base: type[Any]) -> Callable[[Any], Iterator[Any]]:
    return base.__iter__


def _pairs(value: Any) -> Iterator[list[Any]]:
    return map(list, cast("type[Any]", dict).items(value))


_READERS: dict[type[Any], _Reader] = {
    list: ("list", _iter_of(list)),
    deque: ("list", _iter_of(deque)),
    tuple: ("tuple", _iter_of(tuple)),
    set: ("set", _iter_of(set)),
    frozenset: ("frozenset", _iter_of(frozenset)),
    dict: ("dict", _pairs),
    Iterator: ("items", iter),
    KeysView: ("items", iter),
    ValuesView: ("items", iter),
    ItemsView: ("items", iter),
}
"""For each kind of container: its tag, and the base type's own way to read an instance."""


def _reader(kind: type[Any]) -> _Reader | None:
    return next((reader for base, reader in _READERS.items() if issubclass(kind, base)), None)


def _tag(tag: str, payload: object) -> dict[str, object]:
    return {"t": tag, "v": payload}


def _scalar(value: Any, kind: type[Any]) -> Any:
    if issubclass(kind, int):
        number = int.__pos__(value)
        return number if -_JSON_SAFE < number < _JSON_SAFE else _tag("int", hex(number))
    if issubclass(kind, float):
        real = float.__pos__(value)
        return real if math.isfinite(real) else _tag("float", repr(real))
    if issubclass(kind, str):
        return _text(str.__str__(value))
    if issubclass(kind, complex):
        exact = complex.__pos__(value)
        return _tag("complex", [repr(exact.real), repr(exact.imag)])
    if issubclass(kind, bytes):
        return _tag("bytes", bytes.hex(value))
    if issubclass(kind, bytearray):
        return _tag("bytes", bytearray.hex(value))
    return _exact(value, kind)


def _text(text: str) -> Any:
    """JSON would join two lone surrogates that happen to form a pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _tag("surrogates", text.encode(errors="surrogatepass").hex())
    return text


def _exact(value: Any, kind: type[Any]) -> Any:
    """Types without a safe way to read a subclass's data: exact instances only."""
    if kind is range:
        return _tag("range", [hex(value.start), hex(value.stop), hex(value.step)])
    if kind is Decimal:
        return _tag("decimal", str(value))
    if kind is Fraction:
        return _tag("fraction", [hex(value.numerator), hex(value.denominator)])
    if kind is datetime.timedelta:
        return _tag("timedelta", [value.days, value.seconds, value.microseconds])
    if kind in (datetime.date, datetime.time, datetime.datetime) and _plain_zone(value):
        return _tag(kind.__name__, value.isoformat())
    return _tag("opaque", describe(value))


def _plain_zone(value: Any) -> bool:
    """A foreign ``tzinfo`` has no form that :func:`decode` could read back."""
    zone = getattr(value, "tzinfo", None)
    return zone is None or type(zone) is datetime.timezone


def _decode(data: Any) -> Any:
    if data is None or type(data) in (bool, int, float, str):
        return data
    if type(data) is list:
        return [_decode(item) for item in cast("list[Any]", data)]
    tag, payload = data["t"], data["v"]
    if tag == "dict":
        return {_decode(key): _decode(value) for key, value in payload}
    if tag in _SEQUENCES:
        return _SEQUENCES[tag](_decode(item) for item in payload)
    if tag in _TEXTS:
        return _TEXTS[tag](payload)
    return _decode_parts(tag, payload)


def _decode_parts(tag: str, payload: Any) -> Any:
    if tag == "complex":
        return complex(float(payload[0]), float(payload[1]))
    if tag == "range":
        return range(*(int(part, 16) for part in payload))
    if tag == "fraction":
        return Fraction(*(int(part, 16) for part in payload))
    if tag == "timedelta":
        return datetime.timedelta(*payload)
    raise DecodeError(f"unknown tag {tag!r}")


def _hex(text: str) -> int:
    return int(text, 16)


def _surrogates(text: str) -> str:
    return bytes.fromhex(text).decode(errors="surrogatepass")


_SEQUENCES: dict[str, Any] = {"tuple": tuple, "set": set, "frozenset": frozenset, "items": Items}
_TEXTS: dict[str, Any] = {
    "int": _hex,
    "float": float,
    "surrogates": _surrogates,
    "bytes": bytes.fromhex,
    "decimal": Decimal,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "datetime": datetime.datetime.fromisoformat,
    "opaque": Opaque,
}
