"""Python's statements inside one function, as EBNF rules.

Indentation is not context-free, so every compound statement exists once per depth, with its
indentation spelled out. Two facts about a block's surroundings are carried along as well,
because ``compile()`` insists on them: ``break`` and ``continue`` need a loop, ``nonlocal``
needs an enclosing function.

A statement *begins* its line and leaves the line break to whoever follows. So a body is
complete after every statement, with or without a final line break.

Some valid Python is left out on purpose, since a model that drifts into it seldom comes back:
statements that begin with a string (docstrings without end), adjacent string literals, tabs,
and more than a few blank or comment lines in a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

INDENT = "    "
MAX_DEPTH = 7
"""Blocks nest this deep; the body of the function is depth 1."""

MAX_NESTED_FUNCTION_DEPTH = 3
"""Functions are defined in blocks up to this depth."""

_SIMPLE = r"""
return ::= "return" (gap-e exprs)?
raise ::= "raise" (gap-e expr-e (gap-e "from" gap-e expr-e)?)?
assert ::= "assert" gap-e expr-e (ws-e "," ws-e expr-e)?
delete ::= "del" gap-e target (ws-e "," ws-e target)*
yield ::= "yield" (gap-e exprs | gap-e "from" gap-e expr-e)?
nonlocal ::= "nonlocal" gap-e name (ws-e "," ws-e name)*
exprs ::= expr-e more-e? | "*" sum-e more-e
call-or-assignment ::= name after-target
after-target ::= member-e after-target | call-b after-call | assigned
after-call ::= (member-e after-target | call-b after-call)?
assigned ::= ws-e ("=" ws-e value | augmented ws-e result | ":" ws-e sum-e (ws-e "=" ws-e result)? | "," unpacked)
augmented ::= ([-+%&|^@] | "*" "*"? | "/" "/"? | "<<" | ">>") "="
value ::= (chained ws-e "=" ws-e)* result
chained ::= name member-e*
result ::= exprs | yield
unpacking ::= bracketed-targets ws-e ("," unpacked | "=" ws-e value) | "*" name ws-e "," after-starred
bracketed-targets ::= "(" ws-b group-b ws-b ")" | "[" ws-b targets-b ws-b "]"
after-starred ::= ws-e (starred-rest-e ws-e)? "=" ws-e value
unpacked ::= ws-e (targets-e ws-e)? "=" ws-e value
group-b ::= target-item-b (ws-b "," (ws-b targets-b)?)? | "*" name ws-b "," (ws-b starred-rest-b)?
target ::= name target-end
target-end ::= (member-e target-end | call-b target-call)?
target-call ::= member-e target-end | call-b target-call
"""

_TARGETS = r"""
targets-@ ::= target-item-@ (ws-@ "," (ws-@ targets-@)?)? | "*" name (ws-@ "," (ws-@ starred-rest-@)?)?
starred-rest-@ ::= target-item-@ (ws-@ "," (ws-@ starred-rest-@)?)?
target-item-@ ::= target | "(" ws-b group-b ws-b ")"
"""
"""Assignment targets, on a line (``e``) and inside brackets (``b``); at most one is starred."""

_COMPOUND_PARTS = r"""
if-head ::= "if" gap-e test ws-e ":"
elif-head ::= "elif" gap-e test ws-e ":"
else-head ::= "else" ws-e ":"
while-head ::= "while" gap-e test ws-e ":"
for-head ::= "for" gap-e loop-targets-e gap-e "in" gap-e exprs ws-e ":"
with-head ::= "with" gap-e with-item (ws-e "," ws-e with-item)* ws-e ":"
with-item ::= expr-e (gap-e "as" gap-e (target | "(" ws-b group-b ws-b ")"))?
try-head ::= "try" ws-e ":"
except-head ::= "except" gap-e expr-e (gap-e "as" gap-e name)? ws-e ":"
bare-except-head ::= "except" ws-e ":"
finally-head ::= "finally" ws-e ":"
def-head ::= "def" gap-e name "(" ws-b (params ws-b)? ")" (ws-e "->" ws-e sum-e)? ws-e ":"
decorator ::= "@" name ("." attribute)* call-b?
test ::= expr-e | walrus-e
params ::= param (ws-b "," (ws-b params)?)? | defaults | star-params
defaults ::= param ws-b "=" ws-b expr-b (ws-b "," (ws-b (defaults | star-params))?)?
star-params ::= "*" (param (ws-b "," (ws-b kw-params)?)? | ws-b "," ws-b named-param) | "**" param (ws-b ",")?
kw-params ::= named-param | "**" param (ws-b ",")?
named-param ::= param (ws-b "=" ws-b expr-b)? (ws-b "," (ws-b kw-params)?)?
param ::= name (ws-b ":" ws-b sum-b)?
"""

_LINES = r"""
newline ::= " "* comment? "\n" filler
filler ::= (blank-line | comment-line){0,8}
blank-line ::= " "* "\n"
comment-line ::= INDENT " "* comment "\n"
comment ::= "#" comment-char*
tail ::= " "* comment? ("\n" filler (INDENT " "* comment)?)?
"""


class _Block(NamedTuple):
    """Where a statement stands."""

    depth: int
    in_loop: bool = False
    in_nested: bool = False

    def named(self, rule: str) -> str:
        flags = "l" * self.in_loop + "n" * self.in_nested
        return f"{rule}-{self.depth}{flags}"

    def deeper(self, *, in_loop: bool | None = None) -> _Block:
        return _Block(self.depth + 1, self.in_loop if in_loop is None else in_loop, self.in_nested)

    def nested_function(self) -> _Block:
        return _Block(self.depth + 1, in_nested=True)


def statement_rules(modules: str) -> str:
    """EBNF for ``body``, the ``tail`` after it and all that they need, except the expressions' rules and the names'.

    Args:
        modules: EBNF for the name of a module that may be imported; empty when there is none.
    """
    return "\n".join(
        (
            f'body ::= filler "{INDENT}" {_Block(1).named("stmt")} {_Block(1).named("more")}*',
            _simple_statements(modules),
            _SIMPLE,
            _TARGETS.replace("@", "e"),
            _TARGETS.replace("@", "b"),
            _COMPOUND_PARTS,
            _LINES.replace("INDENT", f'"{INDENT}"'),
            *_blocks(),
        )
    )


def import_rules(modules: str) -> str:
    """EBNF for ``import-line``, an import of allowed modules or of names out of them."""
    return "\n".join(
        (
            f"module ::= {modules}",
            'import-line ::= "import" gap-e imported (ws-e "," ws-e imported)*'
            ' | "from" gap-e module gap-e "import" gap-e taken (ws-e "," ws-e taken)*',
            'imported ::= module (gap-e "as" gap-e name)?',
            'taken ::= attribute (gap-e "as" gap-e name)?',
        )
    )


def _simple_statements(modules: str) -> str:
    anywhere = 'simple ::= call-or-assignment | unpacking | return | raise | assert | delete | yield | "pass"'
    if not modules:
        return anywhere
    return f"{anywhere} | import-line\n{import_rules(modules)}"


def _blocks() -> Iterator[str]:
    """The rules of every block that can be reached from the function's body, outermost first."""
    blocks = [_Block(1)]
    for block in blocks:
        blocks += [inner for inner in _inner_blocks(block) if inner not in blocks]
        yield from _block_rules(block)


def _inner_blocks(block: _Block) -> Iterable[_Block]:
    if block.depth == MAX_DEPTH:
        return ()
    inner = {block.deeper(): None, block.deeper(in_loop=True): None}
    if block.depth <= MAX_NESTED_FUNCTION_DEPTH:
        inner[block.nested_function()] = None
    return inner


def _block_rules(block: _Block) -> Iterator[str]:
    simple = block.named("simple")
    yield f"{simple} ::= simple" + ' | "break" | "continue"' * block.in_loop + " | nonlocal" * block.in_nested
    line = f'newline "{INDENT * block.depth}"'
    statement, more = block.named("stmt"), block.named("more")
    yield f"{more} ::= {line} {statement}"
    if block.depth > 1:
        yield f"{block.named('suite')} ::= ws-e {simple} | {more}+"
    if block.depth == MAX_DEPTH:
        yield f"{statement} ::= {simple}"
        return
    yield f"{statement} ::= {simple} | {block.named('compound')}"
    yield from _compound_rules(block, line)


def _compound_rules(block: _Block, line: str) -> Iterator[str]:
    suite = block.deeper().named("suite")
    loop = block.deeper(in_loop=True).named("suite")
    otherwise = block.named("else")
    compound = (
        f"if-head {suite} ({line} elif-head {suite})* {otherwise}?",
        f"(for-head | while-head) {loop} {otherwise}?",
        f"with-head {suite}",
        f"try-head {suite} {block.named('handlers')}",
        *_nested_function(block, line),
    )
    yield f"{block.named('compound')} ::= {' | '.join(compound)}"
    yield f"{otherwise} ::= {line} else-head {suite}"
    final = f"{line} finally-head {suite}"
    yield (
        f"{block.named('handlers')} ::= (({line} except-head {suite})+ ({line} bare-except-head {suite})?"
        f" | {line} bare-except-head {suite}) {otherwise}? ({final})? | {final}"
    )


def _nested_function(block: _Block, line: str) -> Iterator[str]:
    if block.depth <= MAX_NESTED_FUNCTION_DEPTH:
        inner = block.nested_function()
        yield f"(decorator {line})* def-head {inner.named('suite')}"
