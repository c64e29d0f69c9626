"""Examples as they stand in a JSON string: ``f([1, 2], 'a') == 3``, ``f(-1) raises ValueError``.

Arguments and results are literals, so an example always has real values, and brackets and quotes always
close. Strings are short and lists have few items: a model that begins to repeat itself in an example would
otherwise not stop. What stands between quotes is escaped twice, once for Python and once for JSON.
"""

from __future__ import annotations

from functools import cache

from engine.grammar.grammar import Grammar

EXAMPLE = "example"
"""The rule of one example."""

RAISES = "raising"
"""The rule of one exception and its condition: ``ValueError if size < 1``."""

CONSTRUCTORS = ("set", "frozenset", "date", "datetime", "timedelta", "Decimal", "Fraction", "float")
"""What a value may be made by, beside being written down."""

_ONLY_IN_EXAMPLES = ("example ", "raising ", "ex-word ", "ex-exception ")

_RULES = r"""
example ::= ex-name "(" (ex-arguments)? ")" (" == " ex-value | " raises " ex-exception)
raising ::= ex-exception (" if " ex-word (" " ex-word){0,23})?
ex-word ::= [^ "\\\x00-\x1f\x7f]{1,24}
ex-name ::= [a-z] [a-z0-9_]{0,39}
ex-exception ::= [A-Z] [A-Za-z]{2,39}
ex-arguments ::= ex-argument ("," " "? ex-argument){0,7}
ex-argument ::= (ex-name "=")? ex-value
ex-value ::= ex-atom | ex-list | ex-tuple | ex-braces | ex-call
ex-atom ::= "-"? ex-number | "None" | "True" | "False" | ex-text | "b" ex-text
ex-number ::= ("0" | [1-9] [0-9]{0,11} ("_" [0-9]{3}){0,3}) ("." [0-9]{1,9})? ("e" "-"? [0-9]{1,3})?
ex-list ::= "[" ex-items? "]"
ex-tuple ::= "(" (ex-value "," (" "? ex-items)?)? ")"
ex-items ::= ex-value ("," " "? ex-value){0,11}
ex-braces ::= "{" (ex-value (":" " "? ex-value ("," " "? ex-pair){0,7} | ("," " "? ex-value){0,11}))? "}"
ex-pair ::= ex-value ":" " "? ex-value
ex-tail ::= "(" (ex-arguments)? ")"
"""

_CALL = "ex-call ::= (" + " | ".join(f'"{name}"' for name in CONSTRUCTORS) + ") ex-tail"


_TEXTS_IN_JSON = r"""
ex-text ::= "'" ex-single{0,60} "'" | [\\] ["] ex-double{0,60} [\\] ["]
ex-single ::= [^'"\\\x00-\x1f\x7f] | [\\] ["] | [\\] [\\] ex-escape
ex-double ::= [^"\\\x00-\x1f\x7f] | [\\] [\\] ex-escape
ex-escape ::= [ntr'] | [\\] ["\\]
"""

_TEXTS = r"""
ex-text ::= "'" ex-single{0,60} "'" | ["] ex-double{0,60} ["]
ex-single ::= [^'\\\x00-\x1f\x7f] | [\\] ex-escape
ex-double ::= [^"\\\x00-\x1f\x7f] | [\\] ex-escape
ex-escape ::= [ntr'"\\]
"""


def example_rules() -> str:
    """EBNF for :data:`EXAMPLE` and :data:`RAISES`, one rule a line."""
    return "\n".join((_RULES.strip(), _CALL, _TEXTS_IN_JSON.strip()))


@cache
def value_grammar() -> Grammar:
    """A value as it stands in code, and the end of its line."""
    used = "\n".join(rule for rule in _RULES.strip().split("\n") if not rule.startswith(_ONLY_IN_EXAMPLES))
    return Grammar("a value", f'root ::= " "? ex-value "\\n"\n{used}\n{_CALL}\n{_TEXTS.strip()}')
