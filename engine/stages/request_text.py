"""What a request in plain English says by itself, without a model.

The request is the best specification there is: its sentences become the summary and the rules word for
word, so nothing is invented, reordered or misquoted. Its words also tell whether exceptions and effects are
asked for at all, and whether it leaves so much open that the person has to be asked.
"""

from __future__ import annotations

import re

SUMMARY_LIMIT = 200
"""Longest summary, in characters."""

_LEAD = re.compile(
    r"(?:please\s+)?(?:can you\s+)?"
    r"(?:write|create|implement|make|build|define|i(?:'d like| need| want)|we need|give me)\s+(?:me\s+)?"
    r"(?:an?|the|one)\s+(?:(?:small|simple|short|python|pure)\s+)*function\b"
    r"(?:\s+(?:called|named)\s+`?\w+`?|\s+`?\w+\([^)]*\)`?)?\s*,?\s*(?:(?:that|which|to)\s+)?",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\betc\.)\s+(?=\S)|\s*\n\s*")
_NUMBER = re.compile(r"\d{1,2}[.)]")
_CASES = re.compile(r"(?<=['\"`\d]),\s+(?:and\s+)?(?=\S)")
_QUOTED = re.compile(r"(?<!\w)'[^']*'(?!\w)|\"[^\"]*\"|`[^`]*`")
_RAISING = re.compile(r"\b(?:rais(?:e|es|ed|ing)|throws?|errors?|exceptions?)\b|\b[A-Z]\w*(?:Error|Exception)\b")
_NEVER_RAISING = re.compile(
    r"\b(?:never|without(?: ever)?|must not|should not|does not|do not|\w+n't)\s+(?:ever\s+)?"
    r"(?:rais(?:e|es|ing)|throw(?:s|ing)?|crash(?:es|ing)?)\b",
    re.IGNORECASE,
)
_NUMBER_SAID = re.compile(r"(?<![\w.,:/-])-?\d+(?:\.\d+)?(?![\w:/-]|[.,]\d)")

_CONTAINERS = {"dict": "dict", "dictionary": "dict", "list": "list", "set": "set", "tuple": "tuple"}
_RESULT = re.compile(
    r"\breturn(?:s|ing)?\s+(?:(?:them|it|these|the results?)\s+as\s+)?(?:the|an?)\s+(?:(?:new|sorted|flat)\s+)*"
    rf"({'|'.join(_CONTAINERS)})\b"
    r"(?=\s+(?:containing|from|having|in|mapping|of|sorted|that|where|which|whose|with)\b|[.,;:]|\s*$)"
    r"(?![^.;]*\bor\s+(?!None\b))",
    re.IGNORECASE,
)

_EFFECTS = {
    "prints to the console": re.compile(r"\b(?:prints?|printing|displays?|console|stdout|terminal)\b", re.IGNORECASE),
    "asks the user for input": re.compile(
        r"\b(?:(?:reads?|asks? for|prompts? for|waits? for) (?:the )?user(?:'s)? input|stdin|keyboard|asks? the user"
        r"|prompts? the user)\b",
        re.IGNORECASE,
    ),
    "reads or writes files": re.compile(
        r"\b(?:read|load|write|save|append|open)\w*\b[^.;]*\b(?:files?|disk|folder|directory)\b", re.IGNORECASE
    ),
    "uses random numbers": re.compile(r"\b(?:random(?:ly)?|shuffle\w*|uuids?)\b", re.IGNORECASE),
    "uses the current time": re.compile(
        r"\b(?:today|now|current (?:time|date|year|day)|sleeps?|waits?)\b", re.IGNORECASE
    ),
    "logs messages": re.compile(r"\b(?:logs?|logging) (?:an?|the|every|each|messages?|to)\b", re.IGNORECASE),
}

_SOMEBODY_KNOWS = re.compile(r"\b(?:ours?|my|(?:as|how|the way|what|where) we)\b", re.IGNORECASE)
"""A request that speaks of "our report" relies on what only the person knows; that we need a function says nothing."""

_LOOSE = re.compile(
    r"\b(?:bad|good|best|better|worst|nice(?:ly)?|suitabl[ey]|appropriate(?:ly)?|relevant|important|reasonabl[ey]"
    r"|clean(?:s|ed)?(?: up)?|tid(?:y|ies)|as (?:usual|needed)|if necessary|and so on|etc|somehow"
    r"|interesting|unwanted|useful)\b",
    re.IGNORECASE,
)
_UNQUALIFIED = (
    (
        re.compile(r"\b(?:sort|rank|arrange)(?:s|ed|ing)?\b(?!\s+(?:list|array|sequence|numbers|by))", re.IGNORECASE),
        re.compile(
            r"\b(?:by|ascending|descending|increasing|decreasing|alphabetical\w*|numbers?|integers?|floats?|words?"
            r"|strings?|letters?|characters?|largest|smallest|length|order)\b",
            re.IGNORECASE,
        ),
    ),
    (
        re.compile(r"\b(?:shorten|truncate|abbreviate)(?:s|d|ing)?\b", re.IGNORECASE),
        re.compile(r"\d|\b(?:given|length|at most|maximum|limit|width)\b", re.IGNORECASE),
    ),
    (
        re.compile(r"\brounds?\b", re.IGNORECASE),
        re.compile(r"\d|\b(?:decimals?|nearest|whole|integers?|places|up|down|digits?|two|one|three)\b", re.IGNORECASE),
    ),
)
"""Verbs that need to be told how, and the words that tell it."""


def sentences(request: str) -> list[str]:
    """The request's sentences, in its own words and order; the number of an item goes with what it says."""
    parts: list[str] = []
    for part in filter(None, map(str.strip, _SENTENCE_END.split(request.strip()))):
        if parts and _NUMBER.fullmatch(parts[-1]):
            parts[-1] += f" {part}"
        else:
            parts.append(part)
    return parts


def without_quotes(text: str) -> str:
    """``text`` with empty quotes for what it quotes, whose words are not its own."""
    return _QUOTED.sub("''", text)


def summary_and_rules(request: str) -> tuple[str, list[str]]:
    """The request as one summary and the rules beside it, in its own words and order.

    The summary is the sentence that asks for the function, or the first one.
    """
    parts = sentences(request)
    if not parts:
        return "", []
    index = next((i for i, sentence in enumerate(parts) if _LEAD.match(sentence)), 0)
    head, *more = _clauses(_without_lead(parts[index]))
    summary, cases = _cases(head)
    rules = [*_flat(parts[:index]), *cases, *more, *_flat(parts[index + 1 :])]
    return _cut(_sentence(summary)), [_sentence(rule) for rule in rules]


def may_raise(request: str) -> bool:
    """Whether the request speaks of exceptions; where it does not, none are to be invented."""
    return _RAISING.search(request) is not None


def never_raises(request: str) -> bool:
    """Whether the request says that no exception may come out of the function."""
    return _NEVER_RAISING.search(without_quotes(request)) is not None


def said_values(request: str) -> tuple[list[str], list[float]]:
    """The texts that the request quotes and the numbers in it, each once and in order: where its cases begin."""
    texts = [quoted[1:-1] for quoted in _QUOTED.findall(request)]
    numbers = [float(number) for number in _NUMBER_SAID.findall(without_quotes(request))]
    return [*dict.fromkeys(filter(None, texts))], [*dict.fromkeys(numbers)]


def implied_effects(request: str) -> list[str]:
    """What the function has to do beside returning a value, as far as the request's words tell."""
    text = without_quotes(request)
    return [effect for effect, words in _EFFECTS.items() if words.search(text)]


def stated_result(request: str) -> str:
    """The container that the request wants the result to be, such as ``set``; empty if it does not say one.

    Where it goes on with an "or", the result may be something else in some case.
    """
    said = _RESULT.search(without_quotes(request))
    return _CONTAINERS[said[1].lower()] if said else ""


def leaves_open(request: str) -> bool:
    """Whether the request needs knowledge that only the person has."""
    text = without_quotes(request)
    if _SOMEBODY_KNOWS.search(text) or _LOOSE.search(text):
        return True
    return any(verb.search(text) and not told.search(text) for verb, told in _UNQUALIFIED)


def _without_lead(sentence: str) -> str:
    rest = sentence[match.end() :] if (match := _LEAD.match(sentence)) else sentence
    return rest or sentence


def _flat(parts: list[str]) -> list[str]:
    return [clause for sentence in parts for clause in _clauses(sentence)]


def _clauses(sentence: str) -> list[str]:
    """The parts of a sentence between semicolons."""
    return re.split(r";\s+(?=[a-z'\"\d])", sentence)


def _cases(sentence: str) -> tuple[str, list[str]]:
    """``Grade a score: 90 and above is 'A', below is 'F'`` as what is done and its cases."""
    done, colon, cases = sentence.partition(": ")
    parts = _CASES.split(cases) if colon else []
    if len(parts) < 2 or not all(_QUOTED.search(part) for part in parts):
        return sentence, []
    return done, parts


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", ":")) or not text else f"{text}."


def _cut(text: str) -> str:
    return text if len(text) <= SUMMARY_LIMIT else f"{text[: SUMMARY_LIMIT - 1].rsplit(' ', 1)[0]}…"
