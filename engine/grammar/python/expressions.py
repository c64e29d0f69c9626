"""Python's expressions, as EBNF rules.

The rules are written once and instantiated per *mode*, because what may stand between two
tokens depends on where the expression stands:

=====  ==============================================  =====================================
mode   where                                           between tokens
=====  ==============================================  =====================================
``e``  on a logical line of its own                    spaces
``b``  inside brackets                                 spaces, line breaks, comments
``d``  in a replacement field of ``f"…"``              spaces; strings only in ``'…'``
``s``  in a replacement field of ``f'…'``              spaces; strings only in ``"…"``
=====  ==============================================  =====================================

In the templates ``@`` stands for the mode's suffix and ``$`` for that of the mode inside a
bracket opened here.

Two things keep a matcher's work small. Binary operators of different precedence that do not
differ in what may stand beside them share one rule: the grammar decides what parses, not how.
And alternatives are left-factored, so that nested brackets never double the readings that
have to be followed (llama.cpp keeps one stack per reading).

Replacement fields obey Python 3.11, the oldest version supported: no backslash, no comment,
no quote of the enclosing kind; to keep the grammar small, also no lambda and no braces.
"""

from __future__ import annotations

from typing import NamedTuple


class _Mode(NamedTuple):
    own: str
    inside_brackets: str


_LINE = _Mode("e", "b")
_BRACKET = _Mode("b", "b")
_FIELDS = (_Mode("d", "d"), _Mode("s", "s"))

_WHITESPACE = r"""
ws-e ::= " "*
gap-e ::= " "+
dot-e ::= "."
break-b ::= ("#" comment-char*)? "\n" " "*
ws-b ::= " "* break-b{0,6}
gap-b ::= " "+ break-b{0,6} | break-b{1,6}
dot-b ::= ws-b "."
ws-d ::= " "*
gap-d ::= " "+
dot-d ::= "."
ws-s ::= " "*
gap-s ::= " "+
dot-s ::= "."
comment-char ::= [^\x00-\x1f\x7f]
"""

_WALRUS = '"(" ws-$ walrus-$ ws-$ ")" trailer-@*'
"""Only on a line and in a comprehension's condition: elsewhere in brackets it could rebind a comprehension's
variable, and in an annotation it could not stand, either of which does not compile."""

_OPERATORS = r"""
expr-@ ::= disj-@ (gap-@ "if" gap-@ disj-@ gap-@ "else" gap-@ expr-@)? LAMBDA
disj-@ ::= inv-@ (gap-@ ("and" | "or") gap-@ inv-@)*
inv-@ ::= ("not" gap-@)* cmp-@
cmp-@ ::= OPERAND (cmp-op-@ sum-@)*
cmp-op-@ ::= ws-@ ("==" | "!=" | "<" "="? | ">" "="?) ws-@ | gap-@ cmp-word-@ gap-@
cmp-word-@ ::= "in" | "not" gap-@ "in" | "is" (gap-@ "not")?
sum-@ ::= unary-@ (ws-@ ([-+%&|^] | "*" "*"? | "/" "/"? | "<<" | ">>") ws-@ unary-@)*
unary-@ ::= [-+~]* primary-@
trailer-@ ::= member-@ | call-$
member-@ ::= dot-@ attribute | subscript-$
"""

_ITEMS = r"""
more-@ ::= ws-@ "," (ws-@ item-@ more-@?)?
item-@ ::= expr-@ | "*" sum-@
loop-targets-@ ::= loop-target-@ (ws-@ "," (ws-@ loop-more-@)?)? | "*" name ws-@ "," (ws-@ loop-rest-@)?
loop-more-@ ::= loop-target-@ (ws-@ "," (ws-@ loop-more-@)?)? | "*" name (ws-@ "," (ws-@ loop-rest-@)?)?
loop-rest-@ ::= loop-target-@ (ws-@ "," (ws-@ loop-rest-@)?)?
loop-target-@ ::= name | "(" ws-$ loop-targets-$ ws-$ ")"
"""

_BRACKETS = r"""
paren-@ ::= "(" ws-@ (expr-@ (comp-@ | more-@)? ws-@ | "*" sum-@ more-@ ws-@)? ")"
list-@ ::= "[" ws-@ (expr-@ (comp-@ | more-@)? ws-@ | "*" sum-@ more-@? ws-@)? "]"
comp-@ ::= (gap-@ "for" gap-@ loop-targets-@ gap-@ "in" gap-@ disj-@ (gap-@ "if" gap-@ CONDITION)*)+
call-@ ::= "(" ws-@ (args-@ ws-@)? ")"
args-@ ::= expr-@ (comp-@ | more-args-@)? | "*" expr-@ more-args-@? | kw-args-@
more-args-@ ::= ws-@ "," (ws-@ ("*"? expr-@ more-args-@? | kw-args-@))?
kw-args-@ ::= kwarg-@ more-kw-args-@? | "**" expr-@ more-dict-args-@?
more-kw-args-@ ::= ws-@ "," (ws-@ ((kwarg-@ | "*" expr-@) more-kw-args-@? | "**" expr-@ more-dict-args-@?))?
more-dict-args-@ ::= ws-@ "," (ws-@ (kwarg-@ | "**" expr-@) more-dict-args-@?)?
kwarg-@ ::= attribute ws-@ "=" ws-@ expr-@
subscript-@ ::= "[" ws-@ slices-@ ws-@ "]"
slices-@ ::= slice-@ (ws-@ "," (ws-@ slices-@)?)?
slice-@ ::= expr-@ (ws-@ bounds-@)? | bounds-@
bounds-@ ::= ":" (ws-@ expr-@)? (ws-@ ":" (ws-@ expr-@)?)?
"""

_FULL_ONLY = r"""
primary-@ ::= (name | paren-$) trailer-@* | (list-$ | brace-$ | string) (member-@ trailer-@*)? | constant
lambda-@ ::= "lambda" (gap-@ lambda-params-@)? ws-@ ":" ws-@ expr-@
lambda-params-@ ::= name (ws-@ "," ws-@ lambda-params-@)? | lambda-defaults-@ | lambda-star-@
lambda-defaults-@ ::= name ws-@ "=" ws-@ expr-@ (ws-@ "," ws-@ (lambda-defaults-@ | lambda-star-@))?
lambda-star-@ ::= "*" (name (ws-@ "," ws-@ lambda-kw-@)? | ws-@ "," ws-@ lambda-named-@) | "**" name
lambda-kw-@ ::= lambda-named-@ | "**" name
lambda-named-@ ::= name (ws-@ "=" ws-@ expr-@)? (ws-@ "," ws-@ lambda-kw-@)?
walrus-@ ::= name ws-@ ":=" ws-@ expr-@
"""

_BRACKET_ONLY = rf"""
brace-@ ::= "{{" ws-@ (brace-items-@ ws-@)? "}}"
brace-items-@ ::= expr-@ (ws-@ ":" ws-@ expr-@ (comp-@ | pairs-@)? | comp-@ | more-@)? | starred-items-@
starred-items-@ ::= "*" sum-@ more-@? | "**" sum-@ pairs-@?
pairs-@ ::= ws-@ "," (ws-@ (expr-@ ws-@ ":" ws-@ expr-@ | "**" sum-@) pairs-@?)?
condition-@ ::= disj-@ | {_WALRUS} (cmp-op-@ sum-@)*
"""

_FIELD_ONLY = r"""
primary-@ ::= (name | paren-@) trailer-@* | (list-@ | plain-@) (member-@ trailer-@*)? | constant
field-@ ::= "{" ws-@ expr-@ more-@? ws-@ ("=" ws-@)? ("!" [rsa])? (":" (spec-char | spec-field-@)*)? "}"
spec-field-@ ::= "{" ws-@ expr-@ ws-@ ("!" [rsa])? "}"
"""

_LITERALS = r"""
constant ::= number | "None" | "True" | "False" | "..."
number ::= (whole ("." digits?)? | "." digits) ([eE] [-+]? digits)? [jJ]? | "0" other-base
whole ::= "0" | [1-9] ("_"? [0-9])*
digits ::= [0-9] ("_"? [0-9])*
other-base ::= [xX] hex ("_"? hex)* | [bB] [01] ("_"? [01])* | [oO] [0-7] ("_"? [0-7])*
hex ::= [0-9a-fA-F]
string ::= text | bytes | format
text ::= "u"? (text-d | text-s) | [rR] (raw-d | raw-s)
bytes ::= "b" (bytes-d | bytes-s) | ("rb" | "br") (raw-bytes-d | raw-bytes-s)
format ::= "f" (format-d | format-s) | ("rf" | "fr") (raw-format-d | raw-format-s)
escape ::= [\\] ([ -MO-TV-tvwyz|~] | "x" hex hex | "u" hex hex hex hex | "U000" hex hex hex hex hex)
brace-escape ::= [\\] [{}]
byte-escape ::= [\\] ([ -wy-~] | "x" hex hex)
raw-escape ::= [\\] [^\x00-\x1f\x7f]
raw-byte-escape ::= [\\] [ -~]
raw-format-escape ::= [\\] [^{}\x00-\x1f\x7f]
spec-char ::= [^'"\\{}\x00-\x1f\x7f]
char-d ::= [^"\\\x00-\x1f\x7f]
char-s ::= [^'\\\x00-\x1f\x7f]
byte-d ::= [ !#-[\]-~]
byte-s ::= [ -&(-[\]-~]
format-char-d ::= [^"\\{}\x00-\x1f\x7f]
format-char-s ::= [^'\\{}\x00-\x1f\x7f]
plain-d ::= "'" [^'"\\\x00-\x1f\x7f]* "'"
plain-s ::= "\"" [^'"\\\x00-\x1f\x7f]* "\""
"""

_STRINGS = r"""
text-@ ::= QUOTE (char-@ | escape | brace-escape)* QUOTE
raw-@ ::= QUOTE (char-@ | raw-escape)* QUOTE
bytes-@ ::= QUOTE (byte-@ | byte-escape)* QUOTE
raw-bytes-@ ::= QUOTE (byte-@ | raw-byte-escape)* QUOTE
format-@ ::= QUOTE (format-item-@ | escape)* QUOTE
raw-format-@ ::= QUOTE (format-item-@ | raw-format-escape)* QUOTE
format-item-@ ::= format-char-@ | "{{" | "}}" | field-@
"""
"""Strings in double (``d``) and single (``s``) quotes."""

_QUOTES = {"d": r'"\""', "s": '"\'"'}


def expression_rules() -> str:
    """EBNF for ``expr-e`` and all that it needs, except ``name`` and ``attribute``."""
    operators = _OPERATORS.replace("LAMBDA", "| lambda-@")
    line = operators.replace("OPERAND", f"(sum-@ | {_WALRUS})")
    bracket = operators.replace("OPERAND", "sum-@") + _BRACKETS.replace("CONDITION", "condition-@")
    field = _OPERATORS.replace("LAMBDA", "").replace("OPERAND", "sum-@")
    field += _BRACKETS.replace("CONDITION", "disj-@")
    return "".join(
        (
            _WHITESPACE,
            _instantiate(line + _ITEMS + _FULL_ONLY, _LINE),
            _instantiate(bracket + _ITEMS + _FULL_ONLY + _BRACKET_ONLY, _BRACKET),
            *(_instantiate(field + _ITEMS + _FIELD_ONLY + _strings(mode), mode) for mode in _FIELDS),
            _LITERALS,
        )
    )


def _strings(mode: _Mode) -> str:
    return _STRINGS.replace("QUOTE", _QUOTES[mode.own])


def _instantiate(template: str, mode: _Mode) -> str:
    return template.replace("@", mode.own).replace("$", mode.inside_brackets)
