"""What a model might answer, word for word: a draft and the code for it."""

from __future__ import annotations

import json

from tests.support.chat_server import Answer

PROMPT = "Clamp a value between low and high."

DRAFT = {
    "summary": "Clamp a value between two bounds.",
    "name": "clamp",
    "parameters": [{"name": "value", "type": "int"}, {"name": "low", "type": "int"}, {"name": "high", "type": "int"}],
    "returns": "int",
    "rules": ["A value below low gives low."],
    "raises": [{"exception": "ValueError", "condition": "low > high"}],
    "effects": [],
    "examples": [{"args": "15, 0, 10", "result": "10"}, {"args": "-3, 0, 10", "result": "0"}],
    "ensures": ["low <= result <= high"],
    "holes": [],
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
    """The answer of the draft stage; ``changes`` replace keys of the draft."""
    return Answer(compact(DRAFT | changes), cached_tokens=3)


def body(text: str = BODY) -> Answer:
    """The answer of the implement stage, after the header that was given; closed as models close it."""
    return Answer(text + "```", cached_tokens=5)
