"""Regular expressions to EBNF, for the part of their syntax that every engine reads alike."""

from __future__ import annotations

import re

from engine.errors import GrammarError
from engine.grammar.ebnf import literal

_TOKEN = re.compile(
    r"""
      (?P<char>[A-Za-z0-9 _<>=:;,@!%&~'`#/-]+?)
    | \\(?P<escaped>[.^$*+?{}()\[\]|/-])
    | (?P<set>\[(?!\^)[A-Za-z0-9 _.:;,@!%&~'`\#/+*?()<>=|$-]+\])
    | (?P<open>\((?:\?:)?(?!\?))
    | (?P<as_is>\)|\||[*+?]|\{\d+(?:,\d*)?\})
    """,
    re.VERBOSE,
)


def pattern_to_ebnf(pattern: str) -> str:
    """EBNF for an anchored pattern (``^…$``), in brackets.

    Literals and sets are ASCII without ``"`` and ``\\``, so that a match stands in a JSON string as it is.

    Raises:
        GrammarError: the pattern is not anchored, or uses anything else.
    """
    if not (pattern.startswith("^") and pattern.endswith("$")):
        raise _unsupported(pattern, "is not anchored with ^ and $")
    inner = pattern[1:-1]
    parts: list[str] = []
    position = 0
    while position < len(inner):
        token = _TOKEN.match(inner, position)
        if token is None:
            raise _unsupported(pattern, f"has {inner[position]!r} at {position + 1}")
        parts.append(_translated(token))
        position = token.end()
    return f"({' '.join(parts)})"


def _translated(token: re.Match[str]) -> str:
    if character := token["char"] or token["escaped"]:
        return literal(character)
    if token["open"]:
        return "("
    return token[0]


def _unsupported(pattern: str, why: str) -> GrammarError:
    return GrammarError(
        f"The pattern {pattern!r} {why}, which engines read differently.",
        "Use ASCII literals, sets, groups, alternatives and quantifiers between ^ and $.",
    )
