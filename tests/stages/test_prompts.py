"""The conversation begins the same every time, and its version tells wordings apart."""

from __future__ import annotations

import json

import pytest

from engine import prompts
from engine.stages.draft_wire import DraftWire


def test_the_beginning_is_the_same_every_time():
    first = prompts.preamble()
    assert prompts.preamble.__wrapped__() == first
    assert first[0].role == "system"
    assert [m.role for m in first[1:]] == ["user", "assistant"] * ((len(first) - 1) // 2)


def test_the_worked_answers_are_compact_drafts():
    for message in prompts.preamble()[2::2]:
        draft = DraftWire.model_validate_json(message.content)
        assert message.content == prompts.compact_json(draft.model_dump())


@pytest.mark.parametrize("name", ["draft.md", "draft_examples.jsonl", "implement.md"])
def test_the_version_changes_with_every_wording(monkeypatch, name):
    before, read = prompts.version(), prompts._read
    monkeypatch.setattr(prompts, "_read", lambda file: read(file) + (" " if file == name else ""))
    assert prompts.version.__wrapped__() != before
    assert len(before) == 8
    assert int(before, 16) >= 0


def test_compact_json_has_no_white_space_and_no_needless_escapes():
    text = prompts.compact_json({"a": [1, "é \n"]})
    assert text == '{"a":[1,"é \\n"]}'
    assert json.loads(text) == {"a": [1, "é \n"]}
