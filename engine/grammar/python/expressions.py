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

_OPERATORS = r"""
expr-@ ::= disj-@ (gap-@ "if" gap-@ disj-@ gap-@ "else" gap-@ expr-@)? LAMBDA
disj-@ ::= inv-@ (gap-@ ("and" | "or") gap-@ inv-@)*
inv-@ ::= ("not" gap-@)* cmp-@
cmp-@ ::= sum-@ (cmp-op-@ sum-@)*
cmp-op-@ ::= ws-@ ("==" | "!=" | "<" "="? | ">" "="?) ws-@ | gap-@ ("in" | "not" gap-@ "in" | "is" (gap-@ "not")?) gap-@
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
primary-@ ::= (name | paren-$) trailer-@* | (list-$ | brace-$ | string) (member-@ trailer-@*)? | constant WALRUS
lambda-@ ::= "lambda" (gap-@ lambda-params-@)? ws-@ ":" ws-@ expr-@
lambda-params-@ ::= name (ws-@ "," ws-@ lambda-params-@)? | lambda-defaults-@ | lambda-star-@
lambda-defaults-@ ::= name ws-@ "=" ws-@ expr-@ (ws-@ "," ws-@ (lambda-defaults-@ | lambda-star-@))?
lambda-star-@ ::= "*" (name (ws-@ "," ws-@ lambda-kw-@)? | ws-@ "," ws-@ lambda-named-@) | "**" name
lambda-kw-@ ::= lambda-named-@ | "**" name
lambda-named-@ ::= name (ws-@ "=" ws-@ expr-@)? (ws-@ "," ws-@ lambda-kw-@)?
walrus-@ ::= name ws-@ ":=" ws-@ expr-@
"""

_BRACES = r"""
brace-@ ::= "{" ws-@ (brace-items-@ ws-@)? "}"
brace-items-@ ::= expr-@ (ws-@ ":" ws-@ expr-@ (comp-@ | pairs-@)? | comp-@ | more-@)? | "*" sum-@ more-@? | "**" sum-@ pairs-@?
pairs-@ ::= ws-@ "," (ws-@ (expr-@ ws-@ ":" ws-@ expr-@ | "**" sum-@) pairs-@?)?
condition-@ ::= disj-@ | "(" ws-@ walrus-@ ws-@ ")" (cmp-op-@ sum-@)*
"""

_FIELD_ONLY = r"""
primary-@ ::= (name | paren-@) trailer-@* | (list-@ | plain-@) (member-@ trailer-@*)? | constant
field-@ ::= "{" ws-@ expr-@ more-@? ws-@ ("=" ws-@)? ("!" [rsa])? (":" (spec-char | spec-field-@)*)? "}"
spec-field-@ ::= "{" ws-@ expr-@ ws-@ ("!" [rsa])? "}"
"""

_LITERALS = r"""
constant ::= number | "None" | "True" | "False" | "..."
number ::= (whole ("." digits?)? | "." digits) ([eE] [-+]? digits)? [jJ]? | "0" ([xX] hex ("_"? hex)* | [bB] [01] ("_"? [01])* | [oO] [0-7] ("_"? [0-7])*)
whole ::= "0" | [1-9] ("_"? [0-9])*
digits ::= [0-9] ("_"? [0-9])*
hex ::= [0-9a-fA-F]
string ::= text | bytes | format
text ::= "u"? ("\"" ([^"\\\x00-\x1f\x7f] | escape | [\\] [{}])* "\"" | "'" ([^'\\\x00-\x1f\x7f] | escape | [\\] [{}])* "'") | [rR] raw
raw ::= "\"" ([^"\\\x00-\x1f\x7f] | [\\] [^\x00-\x1f\x7f])* "\"" | "'" ([^'\\\x00-\x1f\x7f] | [\\] [^\x00-\x1f\x7f])* "'"
bytes ::= "b" ("\"" ([ !#-[\]-~] | byte-escape)* "\"" | "'" ([ -&(-[\]-~] | byte-escape)* "'") | ("rb" | "br") ("\"" ([ !#-[\]-~] | [\\] [ -~])* "\"" | "'" ([ -&(-[\]-~] | [\\] [ -~])* "'")
format ::= "f" ("\"" ([^"\\{}\x00-\x1f\x7f] | escape | "{{" | "}}" | field-d)* "\"" | "'" ([^'\\{}\x00-\x1f\x7f] | escape | "{{" | "}}" | field-s)* "'") | ("rf" | "fr") ("\"" (raw-format-d | "{{" | "}}" | field-d)* "\"" | "'" (raw-format-s | "{{" | "}}" | field-s)* "'")
raw-format-d ::= [^"\\{}\x00-\x1f\x7f] | [\\] [^{}\x00-\x1f\x7f]
raw-format-s ::= [^'\\{}\x00-\x1f\x7f] | [\\] [^{}\x00-\x1f\x7f]
plain-d ::= "'" [^'"\\\x00-\x1f\x7f]* "'"
plain-s ::= "\"" [^'"\\\x00-\x1f\x7f]* "\""
spec-char ::= [^'"\\{}\x00-\x1f\x7f]
escape ::= [\\] ([ -MO-TV-tvwyz|~] | "x" hex hex | "u" hex hex hex hex | "U000" hex hex hex hex hex)
byte-escape ::= [\\] ([ -wy-~] | "x" hex hex)
"""


def expression_rules() -> str:
    """EBNF for ``expr-e`` and all that it needs, except ``name`` and ``attribute``."""
    full = (_OPERATORS + _ITEMS + _FULL_ONLY).replace("LAMBDA", "| lambda-@")
    brackets = _BRACKETS + _BRACES
    field = _OPERATORS.replace("LAMBDA", "") + _ITEMS + _BRACKETS.replace("CONDITION", "disj-@") + _FIELD_ONLY
    return "".join(
        (
            _WHITESPACE,
            # Inside brackets a walrus could rebind the variable of a comprehension, which does not compile.
            _instantiate(full.replace("WALRUS", '| "(" ws-$ walrus-$ ws-$ ")" trailer-@*'), _LINE),
            _instantiate(full.replace("WALRUS", "") + brackets.replace("CONDITION", "condition-@"), _BRACKET),
            *(_instantiate(field, mode) for mode in _FIELDS),
            _LITERALS,
        )
    )


def _instantiate(template: str, mode: _Mode) -> str:
    return template.replace("@", mode.own).replace("$", mode.inside_brackets)
