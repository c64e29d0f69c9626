"""The prompts, one file each, and the short conversations that requests begin with.

A beginning never changes from request to request, so an endpoint's prefix cache pays for
reading it only once. :func:`version` identifies the wording; it is stored with every run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib import resources

from engine.endpoints.protocol import Message

_PROMPTS = (
    "draft.md",
    "draft_examples.jsonl",
    "implement.md",
    "implement_examples.jsonl",
    "refine_system.md",
    "refine_examples.jsonl",
    "refine.md",
    "refine_example.jsonl",
    "assist.md",
    "repair.md",
)


@cache
def _read(name: str) -> str:
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")


@cache
def preamble() -> tuple[Message, ...]:
    """What every draft's conversation begins with: the system message and the worked examples."""
    return (Message("system", _read("draft.md").strip()), *_turns("draft_examples.jsonl"))


@cache
def whole_preamble() -> tuple[Message, ...]:
    """The beginning where the model reads or writes whole specifications, as in refining them."""
    return (Message("system", _read("refine_system.md").strip()), *_turns("refine_examples.jsonl"))


@cache
def refine_preamble() -> tuple[Message, ...]:
    """The same beginning, whose last worked example is then refined."""
    asked, answered = _turns("refine_example.jsonl")
    return (*whole_preamble(), Message("user", refine_instruction(asked.content)), answered)


@cache
def code_preamble() -> tuple[Message, ...]:
    """What every request for code begins with: worked examples that do everything their requests say.

    Of 44 requests with many conditions, the embedded model's first answer to 17 was right without them.
    """
    shots = [json.loads(line) for line in _read("implement_examples.jsonl").splitlines() if line]
    return tuple(
        message
        for shot in shots
        for message in (
            Message("user", implement_instruction(shot["request"])),
            Message("assistant", f"```python\n{shot['code']}```"),
        )
    )


def implement_instruction(request: str) -> str:
    """The message that asks for the code of what ``request`` says."""
    return _read("implement.md").strip().format(request=request)


def refine_instruction(text: str) -> str:
    """The message that asks for a specification rewritten as ``text`` says."""
    sentence = text.strip()
    sentence = sentence[:1].upper() + sentence[1:]
    if sentence[-1:].isalnum():
        sentence += "."
    return _read("refine.md").strip().format(text=sentence)


def assist_instruction(ask: str, kind: str) -> str:
    """The message that asks for options to answer the open question ``ask``.

    Args:
        kind: what kind of options, in words.
    """
    return _read("assist.md").strip().format(ask=ask, kind=kind)


def repair_instruction(failures: Sequence[str]) -> str:
    """The message that asks for the function again; each failure is a line of a list."""
    return _read("repair.md").strip().format(failures="\n".join(failures))


@cache
def version() -> str:
    """Eight hexadecimal digits that change with any prompt's wording."""
    digest = hashlib.sha256()
    for name in _PROMPTS:
        digest.update(_read(name).encode())
    return digest.hexdigest()[:8]


def _turns(name: str) -> list[Message]:
    """The worked examples in a file of prompts, as turns of the conversation."""
    shots = [json.loads(line) for line in _read(name).splitlines() if line]
    return [
        message
        for shot in shots
        for message in (Message("user", shot["request"]), Message("assistant", compact_json(shot["answer"])))
    ]


def compact_json(data: object) -> str:
    """JSON as the grammar wants it: no white space, no needless escapes."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
