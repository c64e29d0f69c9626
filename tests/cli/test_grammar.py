"""``lift grammar show`` and ``lift grammar check``."""

from __future__ import annotations

import json

import llguidance
import pytest

from engine.grammar import Grammar, compile_grammar
from tests.support.scripts import BODY, HEADER, SPEC


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "clamp.py"
    path.write_text(SPEC)
    return path


@pytest.mark.parametrize("options", [[], ["--body"]])
def test_the_grammar_is_printed_as_its_engines_read_it(lift, spec, options):
    code, ebnf, _ = lift("grammar", "show", spec, *options)
    assert code == 0
    compile_grammar(Grammar("printed", ebnf.strip()))
    assert lift("grammar", "show", spec, *options, "--for", "llama.cpp")[1] == ebnf
    _, lark, _ = lift("grammar", "show", spec, *options, "--for", "llguidance")
    assert llguidance.LLMatcher.validate_grammar(llguidance.LLMatcher.grammar_from_lark(lark)) == ""


def test_a_sound_grammar_is_checked_with_random_texts(lift, spec):
    code, out, _ = lift("grammar", "check", spec, "--texts", 20)
    assert code == 0
    assert "20 random texts: 20 accepted, 20 are Python" in out
    code, out, _ = lift("grammar", "check", spec, "--body", "--texts", 5, "--json")
    found = json.loads(out)
    assert (code, found["drawn"], found["accepted"], found["compiled"]) == (0, 5, 5, 5)


def test_code_is_checked_against_it(lift, spec, tmp_path):
    path = tmp_path / "code.py"
    path.write_text(f"{HEADER}\n{BODY}")
    for options in ([], ["--body"]):
        code, out, _ = lift("grammar", "check", spec, "--texts", 0, "--code", path, *options)
        assert (code, out.splitlines()[-1]) == (0, f"{path}: within the grammar")
    path.write_text(f"{HEADER}\n    low = 1\n    open('x')\n")
    code, out, _ = lift("grammar", "check", spec, "--texts", 0, "--code", path)
    assert code == 1
    assert f"{path}: line 3: " in out
    path.write_text("def other():\n    return 1\n")
    assert "the header" in lift("grammar", "check", spec, "--texts", 0, "--code", path, "--body")[1]


def test_what_cannot_be_read_is_told(lift, spec, tmp_path):
    code, _, err = lift("grammar", "show", tmp_path / "none.py")
    assert (code, "cannot be read" in err) == (2, True)
    code, _, err = lift("grammar", "check", spec, "--code", tmp_path / "none.py", "--texts", 0)
    assert (code, "cannot be read" in err) == (2, True)
