"""Identifiers except certain words, as EBNF.

EBNF has no "but not", so the words are put into a trie, and the rule spells out every way of
leaving it: at each letter either a character that no excluded word continues with, and then
anything, or one that does, and then the same question again. The result is deterministic:
a matcher never has to follow two readings of one name.

Only ASCII identifiers are produced. Python normalises names (NFKC), so a full-width ``open``
would be the builtin under another spelling.
"""

from __future__ import annotations

import string
from collections.abc import Collection, Iterable

_FIRST = frozenset(string.ascii_letters + "_")
_REST = _FIRST | frozenset(string.digits)

_Trie = dict[str, "_Trie"]
_END = ""


def identifier_except(words: Collection[str], prefixes: Collection[str] = ()) -> str:
    """EBNF for every ASCII identifier that is none of ``words`` and begins with none of ``prefixes``."""
    trie: _Trie = {}
    for word in words:
        _insert(trie, word)
    barred: _Trie = {}
    for prefix in prefixes:
        _insert(barred, prefix)
    return _leave(trie, barred, _FIRST)


def _insert(trie: _Trie, word: str) -> None:
    for character in word:
        trie = trie.setdefault(character, {})
    trie[_END] = {}


def _leave(trie: _Trie, barred: _Trie, alphabet: Iterable[str]) -> str:
    """What may follow, given the excluded words and barred prefixes that still match so far."""
    free = frozenset(alphabet)
    ways: list[str] = []
    for character in sorted((trie.keys() | barred.keys()) - {_END}):
        free -= {character}
        below, below_barred = trie.get(character, {}), barred.get(character, {})
        if _END in below_barred:
            continue
        rest = _leave(below, below_barred, _REST)
        optional = _END not in below
        ways.append(f'"{character}" ({rest}){"?" if optional else ""}')
    if free:
        ways.insert(0, f"{character_class(free)} {character_class(_REST)}*")
    return " | ".join(ways)


def character_class(characters: Iterable[str]) -> str:
    """``[a-cx]`` for the letters, digits and underscores given."""
    codes = sorted(map(ord, characters))
    runs: list[list[int]] = []
    for code in codes:
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return "[" + "".join(_run(first, last) for first, last in runs) + "]"


def _run(first: int, last: int) -> str:
    if last - first < 2:
        return "".join(map(chr, range(first, last + 1)))
    return f"{chr(first)}-{chr(last)}"
