"""What a model might answer, word for word: a draft and the code for it."""

from __future__ import annotations

import json

from tests.support.chat_server import Answer

PROMPT = "Clamp a value between two bounds. Raise a ValueError if low is above high."
VAGUE_PROMPT = "Clamp our value to low and high. Raise a ValueError if low is above high."
"""A request that the draft has to ask a question about."""

DRAFT = {
    "sig": "clamp(value: int, low: int, high: int) -> int",
    "raises": ["ValueError if low > high"],
    "examples": ["clamp(15, 0, 10) == 10", "clamp(-3, 0, 10) == 0"],
    "ensures": ["low <= result <= high"],
}
HEADER = "def clamp(value: int, low: int, high: int) -> int:"
BODY = """\
    if low > high:
        raise ValueError("low is above high")
    return max(low, min(value, high))
"""
WRONG_BODY = "    return value\n"
SPEC = '''\
def clamp(value: int, low: int, high: int) -> int:
    """Clamp a value between two bounds."""
    ensures(low <= result <= high)
    example(clamp(15, 0, 10) == 10)
'''


def compact(draft: dict[str, object]) -> str:
    """The draft as a model says it under the grammar."""
    return json.dumps(draft, ensure_ascii=False, separators=(",", ":"))


def draft(**changes: object) -> Answer:
    """The answer of the draft stage; ``changes`` replace keys of the draft, ``None`` takes one out.

    Questions (``ask``) come first, and only a request such as :data:`VAGUE_PROMPT` gets any.
    """
    whole = {"ask": None} | DRAFT | changes
    return Answer(compact({key: value for key, value in whole.items() if value is not None}), cached_tokens=3)


def body(text: str = BODY, logprob: float | None = None) -> Answer:
    """The answer of the implement stage, after the header that was given; closed as models close it."""
    return Answer(text + "```", cached_tokens=5, logprob=logprob)
