"""The prompts, one file each, and the short conversation that every request begins with.

The beginning never changes from request to request, so an endpoint's prefix cache pays for
reading it only once. :func:`version` identifies the wording; it is stored with every run.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib import resources

from engine.endpoints.protocol import Message


@cache
def _read(name: str) -> str:
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")


@cache
def preamble() -> tuple[Message, ...]:
    """The system message and the worked examples."""
    shots = [json.loads(line) for line in _read("draft_examples.jsonl").splitlines() if line]
    system = Message("system", _read("draft.md").strip())
    return (
        system,
        *(
            Message(role, text)
            for shot in shots
            for role, text in (("user", shot["request"]), ("assistant", compact_json(shot["answer"])))
        ),
    )


def implement_instruction() -> str:
    """The message that asks for the code of the specification just made."""
    return _read("implement.md").strip()


@cache
def version() -> str:
    """Eight hexadecimal digits that change with any prompt's wording."""
    digest = hashlib.sha256()
    for name in ("draft.md", "draft_examples.jsonl", "implement.md"):
        digest.update(_read(name).encode())
    return digest.hexdigest()[:8]


def compact_json(data: object) -> str:
    """JSON as the grammar wants it: no white space, no needless escapes."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
