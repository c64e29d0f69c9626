"""Names of Python and its standard library that specifications and generated code may use.

One table answers two questions: is this name known, and which ``import`` makes it so?
"""

from __future__ import annotations

import ast
import builtins
import keyword
import symtable
import unicodedata
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from engine.ir.source import without_warnings

BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))
"""Names that need no import: functions, types, exceptions, ``True``, ``None``, …"""

BUILTIN_TYPES = frozenset(name for name in BUILTINS if isinstance(getattr(builtins, name), type))
"""Built-in classes, exceptions included."""

_BUILTIN_EXCEPTIONS = frozenset(name for name in BUILTIN_TYPES if issubclass(getattr(builtins, name), BaseException))

_TYPES_OF_MODULE = {
    "typing": "AbstractSet Annotated Any AnyStr BinaryIO ClassVar DefaultDict Deque Dict Final FrozenSet "
    "Generic IO List Literal LiteralString NamedTuple Never NewType NoReturn Optional ParamSpec Protocol "
    "Self Set SupportsAbs SupportsFloat SupportsIndex SupportsInt SupportsRound Text TextIO Tuple Type "
    "TypeAlias TypeGuard TypeVar TypedDict Union",
    "collections.abc": "AsyncGenerator AsyncIterable AsyncIterator Awaitable Callable Collection Container "
    "Coroutine Generator Hashable ItemsView Iterable Iterator KeysView Mapping MutableMapping "
    "MutableSequence MutableSet Reversible Sequence Sized ValuesView",
    "collections": "ChainMap Counter OrderedDict UserDict UserList UserString defaultdict deque namedtuple",
    "dataclasses": "dataclass",
    "datetime": "date datetime time timedelta timezone tzinfo",
    "decimal": "Decimal",
    "enum": "Enum Flag IntEnum IntFlag StrEnum",
    "fractions": "Fraction",
    "ipaddress": "IPv4Address IPv4Network IPv6Address IPv6Network",
    "numbers": "Complex Integral Number Rational Real",
    "os": "PathLike",
    "pathlib": "Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath",
    "random": "Random",
    "re": "Match Pattern",
    "types": "FunctionType MappingProxyType ModuleType NoneType SimpleNamespace TracebackType",
    "uuid": "UUID",
    "zoneinfo": "ZoneInfo",
}
_CALLABLES_OF_MODULE = {
    "bisect": "bisect_left bisect_right insort",
    "copy": "deepcopy",
    "datetime": "UTC",
    "decimal": "ROUND_DOWN ROUND_HALF_EVEN ROUND_HALF_UP ROUND_UP getcontext localcontext",
    "functools": "cached_property cmp_to_key lru_cache partial reduce wraps",
    "heapq": "heapify heappop heappush nlargest nsmallest",
    "itertools": "accumulate chain combinations dropwhile filterfalse groupby islice pairwise "
    "permutations starmap takewhile zip_longest",
    "math": "ceil comb cos exp factorial floor gcd hypot inf isclose isfinite isinf isnan isqrt lcm log "
    "log10 log2 nan perm pi prod sin sqrt tan trunc",
    "operator": "attrgetter itemgetter methodcaller",
    "statistics": "fmean mean median mode pstdev pvariance stdev variance",
    "string": "ascii_letters ascii_lowercase ascii_uppercase digits punctuation",
    "typing": "cast overload",
    "uuid": "uuid4 uuid5",
}
_EXCEPTIONS_OF_MODULE = {
    "dataclasses": "FrozenInstanceError",
    "decimal": "DecimalException DivisionByZero InvalidOperation",
    "json": "JSONDecodeError",
    "statistics": "StatisticsError",
    "zoneinfo": "ZoneInfoNotFoundError",
}


def _by_name(table: dict[str, str]) -> dict[str, str]:
    return {name: module for module, names in table.items() for name in names.split()}


TYPES: dict[str, str] = _by_name(_TYPES_OF_MODULE)
"""For each type of the standard library that annotations may name: its module."""

EXCEPTIONS: dict[str, str] = _by_name(_EXCEPTIONS_OF_MODULE)
"""For each exception of the standard library that is no built-in: its module."""

IMPORTABLE: dict[str, str] = {**_by_name(_CALLABLES_OF_MODULE), **EXCEPTIONS, **TYPES}
"""For each name that has an unmistakable home in the standard library: its module."""

PURE_MODULES = frozenset(
    {"base64", "binascii", "bisect", "calendar", "cmath", "collections", "colorsys", "copy"}
    | {"dataclasses", "datetime", "decimal", "difflib", "enum", "fractions", "functools", "hashlib"}
    | {"heapq", "html", "ipaddress", "itertools", "json", "math", "numbers", "operator", "re"}
    | {"statistics", "string", "struct", "textwrap", "types", "typing", "unicodedata", "urllib", "uuid"}
    | {"zlib", "zoneinfo"}
)
"""Modules that predicates and examples may use: what they compute depends on their arguments only."""

LIBRARY = BUILTINS | IMPORTABLE.keys() | PURE_MODULES
"""The names that every predicate and example may use."""

MODULES = PURE_MODULES | {"abc", "contextlib", "pathlib", "random", "secrets", "sys", "time"}
"""Modules that a lone name may mean."""

_SUBMODULES = frozenset({"collections.abc", "urllib.parse"})

# A module and a type share these names; an attribute of the module tells that the module is meant.
_ATTRIBUTES_OF_MODULE = {
    "datetime": frozenset({"MAXYEAR", "MINYEAR", "UTC", "date", "datetime", "time", "timedelta", "timezone", "tzinfo"}),
    "time": frozenset(
        {"ctime", "gmtime", "localtime", "mktime", "monotonic", "monotonic_ns", "perf_counter"}
        | {"perf_counter_ns", "process_time", "sleep", "strptime", "time", "time_ns", "tzname"}
    ),
}

# What other languages, and people in a hurry, call Python's types.
_TYPE_ALIASES = {
    "any": "Any",
    "array": "list",
    "bigint": "int",
    "boolean": "bool",
    "byte": "bytes",
    "callable": "Callable",
    "char": "str",
    "character": "str",
    "dictionary": "dict",
    "double": "float",
    "function": "Callable",
    "hashmap": "dict",
    "integer": "int",
    "iterable": "Iterable",
    "iterator": "Iterator",
    "long": "int",
    "map": "dict",
    "null": "None",
    "number": "float",
    "numeric": "float",
    "optional": "Optional",
    "sequence": "Sequence",
    "string": "str",
    "vector": "list",
    "void": "None",
}


def imports_for(names: Iterable[str]) -> list[str]:
    """The import statements that make ``names`` known, sorted; names without a home are left out.

    Args:
        names: plain (``Decimal``, ``math``) or dotted (``math.sqrt``, ``datetime.datetime``). The
            attribute decides where a module and a type share a name: ``datetime.date`` wants the
            module, ``datetime.now`` and a lone ``datetime`` the type.
    """
    return sorted(
        {statement for name in names if (statement := _import_of(name))},
        key=lambda statement: (statement.startswith("from"), statement),
    )


def missing_imports(code: str) -> list[str]:
    """The import statements that a module needs for the names it uses but never defines.

    Raises:
        SyntaxError: ``code`` is not Python.
    """
    return imports_for(dotted_names(code, free_names(code, "exec") - BUILTINS))


def free_names(source: str, mode: str = "eval") -> set[str]:
    """The names that ``source`` uses without binding them itself, built-ins included.

    Variables of comprehensions, arguments of lambdas and functions, and (with ``mode="exec"``) what
    the module assigns, defines and imports are bound.

    Raises:
        SyntaxError: ``source`` is not Python.
    """
    with without_warnings():
        top = symtable.symtable(source, "<specification>", mode)
        tree = ast.parse(source)
    # symtable says different things in different versions about `:=` in a comprehension.
    bound = {node.target.id for node in ast.walk(tree) if isinstance(node, ast.NamedExpr)}
    used: set[str] = set()
    for table in _scopes(top):
        for symbol in table.get_symbols():
            if table is not top and not symbol.is_global():
                continue
            if symbol.is_assigned() or symbol.is_imported():
                bound.add(symbol.get_name())
            elif symbol.is_referenced():
                used.add(symbol.get_name())
    return used - bound


def dotted_names(source: str, roots: set[str]) -> set[str]:
    """Every use of a name in ``roots``, with the attributes taken of it: ``{"math.sqrt", "Decimal"}``."""
    found: set[str] = set()
    inner: set[ast.AST] = set()
    for node in ast.walk(ast.parse(source)):  # an attribute comes before what it is an attribute of
        if node in inner or not isinstance(node, ast.Attribute | ast.Name):
            continue
        parts: list[str] = []
        value: ast.expr = node
        while isinstance(value, ast.Attribute):
            parts.insert(0, value.attr)
            value = value.value
            inner.add(value)
        if isinstance(value, ast.Name) and value.id in roots:
            found.add(".".join([value.id, *parts]))
    return found


def closest(name: str, candidates: Iterable[str], likeness: float = 0.6) -> str | None:
    """The candidate that ``name`` was probably meant to be, or None; ``likeness`` is difflib's, 0 to 1."""
    known = sorted(set(candidates))
    for candidate in known:
        if candidate.lower() == name.lower():
            return candidate
    close = get_close_matches(name, known, n=1, cutoff=likeness)
    return close[0] if close else None


def closest_type(name: str) -> str | None:
    """The type that ``name`` was probably meant to be (``strng``, ``integer``, ``array``), or None."""
    if alias := _TYPE_ALIASES.get(name.lower()):
        return alias
    return closest(name, (BUILTIN_TYPES - _BUILTIN_EXCEPTIONS) | TYPES.keys())


def is_exception(name: str) -> bool:
    """Whether ``name`` is an exception of Python or its standard library."""
    return name in _BUILTIN_EXCEPTIONS or name in EXCEPTIONS


def closest_exception(name: str) -> str | None:
    """The exception that ``name`` was probably meant to be (``ValueEror``, ``Value``), or None."""
    known = _BUILTIN_EXCEPTIONS | EXCEPTIONS.keys()
    return closest(name, known) or closest(f"{name}Error", known, likeness=0.9)


def legal_name(name: str) -> str:
    """A legal Python name close to ``name``: ``class_``, ``my_name``, ``_2nd``; ``unnamed`` for none."""
    plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
    if not plain.strip("_"):
        return "unnamed"
    if plain[0].isdigit():
        return f"_{plain}"
    return f"{plain}_" if keyword.iskeyword(plain) else plain


def is_legal_name(name: str) -> bool:
    """Whether ``name`` can stand in a header as it is and reads back the same."""
    return name.isidentifier() and not keyword.iskeyword(name) and unicodedata.normalize("NFKC", name) == name


def _import_of(name: str) -> str | None:
    root, _, rest = name.partition(".")
    attribute = rest.partition(".")[0]
    if f"{root}.{attribute}" in _SUBMODULES:
        return f"import {root}.{attribute}"
    is_module = root in MODULES and root not in IMPORTABLE
    if is_module or attribute in _ATTRIBUTES_OF_MODULE.get(root, ()):
        return f"import {root}"
    return f"from {IMPORTABLE[root]} import {root}" if root in IMPORTABLE else None


def _scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _scopes(child)
