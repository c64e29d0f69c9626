"""Which clause of an old list is which clause of a new one."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from difflib import SequenceMatcher

from engine.ir.models import Assertion, Clause, Effect, Example, Parameter, Raises, TypedHole, bare

_ALIKE = 0.6  # what the documentation of difflib calls a close match


def pair_up(old: Sequence[Clause], new: Sequence[Clause]) -> dict[int, int]:
    """Indices, old to new, of clauses that are the same clause, maybe edited or moved.

    Equal clauses pair up first, then those with the same identity (see :func:`identity`), then the
    most alike, then those left over at the same index.
    """
    pairs: dict[int, int] = {}
    for key in (_content, identity):
        _pair_equal([key(clause) for clause in old], [key(clause) for clause in new], pairs)
    _pair_alike([_content(clause) for clause in old], [_content(clause) for clause in new], pairs)
    taken = set(pairs.values())
    for index in range(min(len(old), len(new))):
        if index not in pairs and index not in taken:
            pairs[index] = index
    return pairs


def stationary(pairs: dict[int, int]) -> set[int]:
    """The old indices of the most pairs whose order did not change; all others moved.

    The longest increasing subsequence of the new indices, by patience sorting.
    """
    ends: list[int] = []  # ends[k]: the smallest new index that ends a run of k + 1 pairs
    last: list[int] = []  # last[k]: the old index of that pair
    before: dict[int, int | None] = {}
    for old, new in sorted(pairs.items()):
        length = bisect_left(ends, new)
        before[old] = last[length - 1] if length else None
        ends[length : length + 1] = [new]
        last[length : length + 1] = [old]
    kept: set[int] = set()
    index = last[-1] if last else None
    while index is not None:
        kept.add(index)
        index = before[index]
    return kept


def identity(clause: Clause) -> str:
    """What makes a clause itself while the rest of it is edited: a name, an identifier, a predicate, a call."""
    match clause:
        case Parameter():
            return clause.name
        case Assertion():
            return clause.predicate
        case Raises():
            return f"{clause.exception} {clause.condition}"
        case Effect():
            return clause.description
        case Example():
            return clause.call
        case TypedHole():
            return clause.identifier
        case _:
            return _content(clause)


def _content(clause: Clause) -> str:
    return bare(clause).model_dump_json(exclude={"provenance"})


def _pair_equal(old: list[str], new: list[str], pairs: dict[int, int]) -> None:
    """Pair up equal keys that have no partner yet, in order."""
    taken = set(pairs.values())
    waiting: defaultdict[str, list[int]] = defaultdict(list)
    for index in reversed(range(len(new))):
        if index not in taken:
            waiting[new[index]].append(index)
    for index, key in enumerate(old):
        if index not in pairs and waiting[key]:
            pairs[index] = waiting[key].pop()


def _pair_alike(old: list[str], new: list[str], pairs: dict[int, int]) -> None:
    """Pair up what is left by likeness, the most alike and the closest first."""
    taken = set(pairs.values())
    likeness: list[tuple[float, int, int, int]] = []
    for i in (index for index in range(len(old)) if index not in pairs):
        matcher = SequenceMatcher(b=old[i], autojunk=False)
        for j in (index for index in range(len(new)) if index not in taken):
            matcher.set_seq1(new[j])
            if matcher.quick_ratio() >= _ALIKE and (ratio := matcher.ratio()) >= _ALIKE:
                likeness.append((-ratio, abs(i - j), i, j))
    for _, _, i, j in sorted(likeness):
        if i not in pairs and j not in taken:
            pairs[i] = j
            taken.add(j)
