from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.errors import GrammarError
from engine.grammar import Grammar, json_schema_grammar

Accepts = Callable[[Grammar, str], bool]
Corpus = Callable[[str], list[tuple[str, str]]]

SCHEMA = json.loads((Path(__file__).parent / "corpus" / "draft_schema.json").read_text("utf-8"))
DRAFT = json_schema_grammar("the draft", SCHEMA)
SPACED = json_schema_grammar("the draft", SCHEMA, whitespace="any")

ESCAPED_FREELY = ('"\\u00e9"', '"\\u0041"', '"\\/"', '"\\ud83d\\ude00"')
"""Valid JSON that escapes more than has to be escaped."""


def test_accepted_drafts(accepts: Accepts, corpus: Corpus) -> None:
    documents = corpus("draft_accepted.txt")
    assert len(documents) >= 60
    assert [title for title, text in documents if not accepts(DRAFT, text)] == []
    assert [title for title, text in documents if not accepts(SPACED, text)] == []
    for _, text in documents:
        json.loads(text)


def test_rejected_drafts(accepts: Accepts, corpus: Corpus) -> None:
    documents = corpus("draft_rejected.txt")
    assert len(documents) >= 60
    assert [title for title, text in documents if accepts(DRAFT, text)] == []
    assert [title for title, text in documents if accepts(SPACED, text)] == []


def test_spaced_drafts_are_only_verified_where_whitespace_is_free(accepts: Accepts, corpus: Corpus) -> None:
    for title, text in corpus("draft_spaced.txt"):
        assert accepts(SPACED, text), title
        assert not accepts(DRAFT, text), title


def test_llguidance_gives_the_same_verdicts(accepts: Accepts, llguidance_accepts: Accepts, corpus: Corpus) -> None:
    for name in ("draft_accepted.txt", "draft_rejected.txt", "draft_spaced.txt"):
        for title, text in corpus(name):
            assert llguidance_accepts(DRAFT, text) == accepts(DRAFT, text), title


def test_every_text_of_the_grammar_is_json_with_the_right_shape(walker: Any, accepts: Accepts) -> None:
    walk = walker(DRAFT.ebnf)
    for seed in range(200):
        text = walk.draw(random.Random(seed), budget=80)
        assert accepts(DRAFT, text)
        document = json.loads(text)
        assert list(document) == list(SCHEMA["properties"])
        text.encode()
        json.dumps(document, ensure_ascii=False).encode()


STRING: dict[str, Any] = {"type": "string"}


@pytest.mark.parametrize(
    "schema",
    [
        STRING,
        {"type": "string", "minLength": 1, "maxLength": 3},
        {"type": "string", "minLength": 2},
        {"type": "string", "pattern": "^[a-z]+( [a-z]+)*$"},
        {"enum": ["a", 'say "b"', "é", 1, None, True]},
        {"const": "x"},
        {"type": "array", "items": STRING, "minItems": 2},
        {"type": "array", "items": STRING, "minItems": 1, "maxItems": 2},
        {"type": "array", "items": STRING, "maxItems": 0},
        {"type": "array", "items": STRING, "minItems": 2, "maxItems": 2},
        {"type": "integer"},
        {"type": "number"},
        {"type": "boolean"},
        {"anyOf": [STRING, {"type": "null"}]},
    ],
)
def test_values_as_llguidance_reads_them(schema: dict[str, Any], accepts: Accepts, llguidance_accepts: Accepts) -> None:
    texts = (
        '"" "a" "ab" "abc" "abcd" "a b" "é" "\\n" "\\"" "\\\\n" "\\u0001" "x" "\\"b\\"" null true false '
        '0 1 -1 01 1.5 1. -0.5e10 1e+5 + [] ["a"] ["a","b"] ["a","b","c"] [1] ["a",] "say·\\"b\\""'
    )
    grammar = json_schema_grammar("a value", schema)
    for text in (each.replace("·", " ") for each in texts.split()):
        assert accepts(grammar, text) == llguidance_accepts(grammar, text), text


@pytest.mark.parametrize("text", ESCAPED_FREELY)
def test_escapes_that_need_not_be_are_read_too(text: str, accepts: Accepts, llguidance_accepts: Accepts) -> None:
    grammar = json_schema_grammar("a string", STRING)
    assert accepts(grammar, text)
    assert llguidance_accepts(grammar, text)


def test_a_recursive_schema(accepts: Accepts) -> None:
    tree = {
        "type": "object",
        "properties": {"name": STRING, "children": {"type": "array", "items": {"$ref": "#/$defs/Tree_Node"}}},
        "required": ["name", "children"],
        "additionalProperties": False,
    }
    grammar = json_schema_grammar("a tree", {"$ref": "#/$defs/Tree_Node", "$defs": {"Tree_Node": tree}})
    assert accepts(grammar, '{"name":"a","children":[{"name":"b","children":[]}]}')
    assert not accepts(grammar, '{"name":"a","children":[{"name":"b"}]}')


def test_length_counts_an_escape_as_one_character(accepts: Accepts) -> None:
    grammar = json_schema_grammar("a string", {"type": "string", "maxLength": 2})
    assert accepts(grammar, '"\\ud83d\\ude00\\n"')
    assert not accepts(grammar, '"a\\nb"')


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"a": STRING}, "required": ["a"]},
        {"type": "object", "properties": {"a": STRING}, "additionalProperties": False},
        {"type": "string", "format": "date"},
        {"type": "string", "pattern": "a"},
        {"type": "string", "pattern": "^a$", "maxLength": 3},
        {"type": "integer", "minimum": 0},
        {"type": ["string", "null"]},
        {"oneOf": [STRING]},
        {"$ref": "#/elsewhere"},
        {"type": "array"},
        {},
    ],
)
def test_what_engines_read_differently_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(GrammarError, match="engines read differently"):
        json_schema_grammar("a value", schema)
