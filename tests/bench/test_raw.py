"""A baseline's answer: what of it is code, and which function is meant."""

from __future__ import annotations

import pytest

from engine.bench.raw import code_of


@pytest.mark.parametrize(
    ("answer", "code", "name"),
    [
        ("def f(): pass", "def f(): pass", "f"),
        ("Sure:\n```python\ndef g(): pass\ndef f(): pass\n```\nDone.", "def g(): pass\ndef f(): pass\n", "f"),
        ("```\npip install x\n```\n```py\ndef f(): pass\n```", "def f(): pass\n", "f"),
        ("```python\ndef f(): pass\n", "def f(): pass\n", "f"),
        ("```python\ndef f(): pass\ndef test_f(): f()\ndef main(): f()\n```", None, "f"),
        ("def main(): pass", "def main(): pass", "main"),
        (
            "Here is how:\n\n```python\ndef f(): pass\n```\n\nUse it:\n\n```python\nprint(f())\n```\n\n**Why**: …",
            "def f(): pass\n",
            "f",
        ),
        ("I cannot do that.", "I cannot do that.", ""),
        ("", "", ""),
    ],
)
def test_the_code_in_an_answer(answer: str, code: str | None, name: str) -> None:
    found, function = code_of(answer)
    assert function == name
    assert code is None or found == code
