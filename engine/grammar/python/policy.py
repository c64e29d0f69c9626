"""What a generated function may name and import, from the effects that its specification declares.

The policy makes effects honest, it does not make code safe: a function that has no effects
cannot *say* ``open`` or ``print``. What it does when it runs is the sandbox's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from engine.ir.models import IR

_PURE = """
    abc base64 bisect calendar cmath collections collections.abc colorsys contextlib copy dataclasses
    datetime decimal difflib enum fractions functools hashlib heapq html itertools json keyword math
    numbers operator re statistics string struct textwrap typing unicodedata
    urllib.parse zlib zoneinfo
"""

PURE_MODULES = frozenset(_PURE.split())
"""Modules of the standard library that only compute; ``datetime`` does so without :data:`CLOCK_ATTRIBUTES`."""

CLOCK_ATTRIBUTES = frozenset({"now", "today", "utcnow"})
"""How a module that is allowed for its calculations tells the time: denied unless the effects speak of it."""

_REFLECTION = """
    breakpoint compile delattr eval exec exit getattr globals help locals memoryview quit setattr vars
"""

REFLECTION = frozenset(_REFLECTION.split())
"""Builtins no generated function needs: they hide what is named, or are meant for a prompt."""

IO_BUILTINS = frozenset({"print", "input", "open"})

SHUNNED_PREFIXES = frozenset({"print"})
"""Denied names that no other name may begin with either. Models reach for ``print`` by habit; were only the
word itself denied, they would say ``printHello, name, …`` instead and not stop."""

SMUGGLED_MODULES = frozenset({"builtins", "os", "subprocess", "socket", "shutil", "sys"})
"""Modules that other modules happen to carry as attributes (``typing.sys``), denied as attributes as well."""


@dataclass(frozen=True)
class Policy:
    """What the code may say. Equal policies give the same grammar, text for text.

    Args:
        imports: modules that may be imported.
        denied: names that may not stand bare; they may still be attributes (``re.compile``).
        denied_attributes: names that may not be attributes, keyword arguments or imported names.
        private: allow attributes with a leading underscore, and dunder names.
    """

    imports: frozenset[str] = PURE_MODULES
    denied: frozenset[str] = REFLECTION | IO_BUILTINS
    denied_attributes: frozenset[str] = SMUGGLED_MODULES | CLOCK_ATTRIBUTES
    private: bool = False

    @classmethod
    def for_ir(cls, ir: IR) -> Policy:
        """The policy that fits a specification: no I/O beyond its effects; its parameters are sayable."""
        policy = cls.for_effects(effect.description for effect in ir.effects)
        return policy.allowing(parameter.name.lstrip("*") for parameter in ir.signature.parameters)

    @classmethod
    def for_effects(cls, effects: Iterable[str]) -> Policy:
        """The policy for effects in words, recognised by keyword; "none" and "no …" allow nothing.

        Network access, processes and the environment stay denied whatever the effects say.
        """
        names: set[str] = set()
        modules: set[str] = set()
        attributes: set[str] = set()
        for effect in effects:
            if _NO_EFFECT.match(effect.strip()):
                continue
            for grant in _GRANTS:
                if grant.keywords.search(effect):
                    names |= grant.names
                    modules |= grant.modules
                    attributes |= grant.attributes
        policy = cls()
        return replace(
            policy,
            imports=policy.imports | modules,
            denied=policy.denied - names,
            denied_attributes=policy.denied_attributes - attributes,
        )

    def allowing(self, names: Iterable[str]) -> Policy:
        """The same policy, but ``names`` (of parameters, say) may be said."""
        return replace(self, denied=self.denied - frozenset(names))


@dataclass(frozen=True)
class _Grant:
    """What an effect allows when one of its keywords occurs in the effect's description."""

    keywords: re.Pattern[str]
    names: frozenset[str]
    modules: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()


def _words(*words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)


_NO_EFFECT = re.compile(
    r"(?:(?:it|the function|this function) )?(?:is )?"
    r"(?:none|no|nothing|pure|purely|without|never|does not|doesn't|n/a)\b|$",
    re.IGNORECASE,
)

_GRANTS = (
    _Grant(_words("prints?", "printing", "stdout", "console", "displays?", "terminal"), frozenset({"print"})),
    _Grant(_words("stdin", "prompts?", "asks?", "user input", "keyboard"), frozenset({"input"})),
    _Grant(
        _words("files?", "disk", "director(?:y|ies)", "folders?", "paths?", "reads?", "writes?", "saves?"),
        frozenset({"open"}),
        frozenset({"csv", "glob", "io", "os.path", "pathlib", "shutil", "tempfile"}),
    ),
    _Grant(_words("logs?", "logging", "warns?", "warnings?"), frozenset(), frozenset({"logging", "warnings"})),
    _Grant(
        _words("random(?:ly|ness)?", "shuffles?", "uuids?", "secrets?"),
        frozenset(),
        frozenset({"random", "secrets", "uuid"}),
    ),
    _Grant(
        _words("time", "clock", "dates?", "now", "today", "sleeps?", "waits?"),
        frozenset(),
        frozenset({"time"}),
        CLOCK_ATTRIBUTES,
    ),
)
"""Network access has no entry: the sandbox has none to give."""
