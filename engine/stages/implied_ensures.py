"""Postconditions that a request's own words imply.

A small model's postconditions are prose or wrong more often than not. A request that says "in ascending
order" or "never negative" states one in words, though, and a table knows how to say it in Python. What
the table proposes is evaluated on the examples before it is believed (:mod:`engine.stages.reconcile`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.ir.models import IR, Assertion, Provenance

CONFIDENCE = 0.6
"""Confidence of a clause that words imply and nobody has looked at."""

_WORDED = (
    (r"\b(?:result|answer|returns?)\b[^.;,(]*\bnever negative\b", ("int", "float"), "result >= 0"),
    (r"\bascending\b|\bsorted list\b|\balphabetical(?:ly)?\b(?! first| last)", ("list",), "result == sorted(result)"),
    (r"\bdescending\b", ("list",), "result == sorted(result, reverse=True)"),
    (
        r"\b(?:distinct|unique|only once|de-?duplicated?)\b"
        r"|\b(?:without|no|remov\w+|drop\w*|ignor\w+|eliminat\w+|skip\w*)\s+(?:any\s+|all\s+|the\s+)?duplicates?\b"
        r"|\bduplicates?\b(?:\s+\w+){0,2}\s+(?:removed|dropped|ignored|left out)\b",
        ("list",),
        "len(result) == len(set(map(repr, result)))",
    ),
    (r"\brounded to two decimals?\b", ("float",), "result == round(result, 2)"),
    (r"\brounded to one decimal\b", ("float",), "result == round(result, 1)"),
)
"""Words, the types of result that they can be about, and what they imply."""

_OTHER_ORDER = re.compile(
    r"\b(?:ties?|tied|equal(?:ly)?|the same|order of|(?:sort|order|rank|arrang)\w*\s+(?:\w+\s+)?by)\b", re.IGNORECASE
)
"""Words by which the items themselves need not be in order: only some are, or something else about them."""

_SAME_LENGTH = re.compile(
    r"\b(?:rotate[sd]?|shuffle[sd]?|reverse[sd]?|sorts?|move|same length)\b"
    r"|\b(?:for|of) (?:each|every) (?:\w+ )?(?:element|entry|item|name|number|price|score|string|value|word)\b",
    re.IGNORECASE,
)
_FEWER = re.compile(
    r"\b(?:distinct|unique|duplicates?|only|without|skip\w*|ignor\w*|drop\w*|remov\w*|left out|longest|shortest|at most"
    r"|runs?|groups?|merg\w*)\b",
    re.IGNORECASE,
)
"""Words by which some items may be left out."""


def implied_ensures(request: str, ir: IR) -> list[Assertion]:
    """Postconditions of ``ir`` that the words of ``request`` imply and that it does not have yet."""
    said = {clause.predicate for clause in ir.ensures}
    provenance = Provenance(source="verification", confidence=CONFIDENCE)
    return [Assertion(predicate=text, provenance=provenance) for text in _worded(request, ir) if text not in said]


def _worded(request: str, ir: IR) -> Iterator[str]:
    returns = ir.signature.returns
    outer = returns.partition("[")[0].strip()
    for words, types, predicate in _WORDED:
        ordered = "sorted(" in predicate and _OTHER_ORDER.search(request)
        if outer in types and "None" not in returns and not ordered and re.search(words, request, re.IGNORECASE):
            yield predicate
    lists = [p.name for p in ir.signature.parameters if p.type_hint.partition("[")[0].strip() == "list"]
    if outer == "list" and len(lists) == 1 and "None" not in returns and _all_stay(request):
        yield f"len(result) == len({lists[0]})"


def _all_stay(request: str) -> bool:
    """Whether there are as many items in the result as before."""
    return _SAME_LENGTH.search(request) is not None and _FEWER.search(request) is None
