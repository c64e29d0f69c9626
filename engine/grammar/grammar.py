"""One contract for a model's output, in the forms that endpoints and the verifier take.

The defining form is EBNF in the dialect that xgrammar and llama.cpp share: GBNF whose rule
names hold only letters, digits and ``-``, starting at ``root``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.grammar.lark import print_lark


@dataclass(frozen=True)
class Grammar:
    """What a model may say.

    Args:
        name: what the text is, for error messages ("the specification", "the function's body").
        ebnf: the grammar itself.
        json_schema: the JSON Schema it was made from, for endpoints that take only that.
    """

    name: str
    ebnf: str
    json_schema: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)

    def to_xgrammar(self) -> str:
        """EBNF for xgrammar, as vLLM takes it too."""
        return self.ebnf

    def to_gbnf(self) -> str:
        """GBNF for llama.cpp's own matcher (its ``grammar`` field)."""
        return self.ebnf

    def to_lark(self) -> str:
        """Lark for llguidance, which llama.cpp's ``grammar`` field takes as well."""
        return print_lark(self.ebnf)
