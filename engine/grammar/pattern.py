"""Regular expressions to EBNF, for the part of their syntax that every engine reads alike."""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.errors import GrammarError
from engine.grammar.ebnf import literal

_TOKEN = re.compile(
    r"""
      (?P<char>[A-Za-z0-9 _<>=:;,@!%&~'`\#/-])
    | \\(?P<escaped>[.^$*+?{}()\[\]|/-])
    | (?P<set>\[(?!\^)[A-Za-z0-9 _.:;,@!%&~'`\#/+*?()<>=|$-]+\])
    | (?P<open>\((?:\?:)?(?!\?))
    | (?P<close>\))
    | (?P<or>\|)
    | (?P<times>[*+?]|\{\d+(?:,\d*)?\})
    """,
    re.VERBOSE,
)


def pattern_to_ebnf(pattern: str, define: Callable[[str], str]) -> str:
    """EBNF for an anchored pattern (``^…$``).

    Literals and sets are ASCII without ``"`` and ``\\``, so that a match stands in a JSON string as it is.
    ``define`` makes a rule of some EBNF and returns its name. Every group becomes a rule, and equal
    groups the same one: llama.cpp writes repetitions out, and refuses groups that grow too large.

    Raises:
        GrammarError: the pattern is not anchored, or uses anything else.
    """
    if not (pattern.startswith("^") and pattern.endswith("$")):
        raise _unsupported(pattern, "is not anchored with ^ and $")
    inner = pattern[1:-1]
    groups: list[list[str]] = [[]]
    position = 0
    while position < len(inner):
        token = _TOKEN.match(inner, position)
        if token is None or not _fits(token, groups):
            raise _unsupported(pattern, f"has {inner[position]!r} at {position + 1}")
        position = token.end()
        if token["open"]:
            groups.append([])
        elif token["close"]:
            body = " ".join(groups.pop())
            groups[-1].append(define(body))
        elif token["times"]:
            groups[-1][-1] += token["times"]
        else:
            character = token["char"] or token["escaped"]
            groups[-1].append(literal(character) if character else token[0])
    if len(groups) > 1:
        raise _unsupported(pattern, "has an open bracket")
    return " ".join(groups[0])


def _fits(token: re.Match[str], groups: list[list[str]]) -> bool:
    """Whether a quantifier follows something, and a closing bracket an opening one."""
    if token["times"]:
        return bool(groups[-1]) and groups[-1][-1] != "|"
    return not token["close"] or len(groups) > 1


def _unsupported(pattern: str, why: str) -> GrammarError:
    return GrammarError(
        f"The pattern {pattern!r} {why}, which engines read differently.",
        "Use ASCII literals, sets, groups, alternatives and quantifiers between ^ and $.",
    )
