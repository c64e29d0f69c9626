"""Writing an IR as text: the exact inverse of :mod:`engine.ir.text_parse`.

Every field is shown in the most natural way that reads back exactly: an expression as it is, a
docstring as prose, and whatever could be read differently as a string literal.
"""

from __future__ import annotations

import ast

from engine.errors import SpecSyntaxError
from engine.ir.addresses import list_of
from engine.ir.models import IR, Assertion, Clause, Effect, Example, Intent, Parameter, Raises, Signature, TypedHole
from engine.ir.names import is_legal_name, legal_name
from engine.ir.source import NOT_PYTHON, PythonSource, parse_expression
from engine.ir.text_arguments import Arguments
from engine.ir.text_parse import split_docstring

_INDENT = "    "
_HEADER_WIDTH = 100
_DEEPEST = 80  # levels of syntax tree; far below what CPython's parser takes, at any place of the text

_UNREADABLE = (*NOT_PYTHON, SpecSyntaxError)


def render(ir: IR) -> str:
    """The text form of ``ir``: a Python stub that ``ast`` parses, ending in a newline.

    ``parse(render(ir)) == ir.content()`` for every IR, however odd its texts.
    """
    names = _Names(ir.signature)
    lines = [
        *_intent(ir.intent),
        *names.statements(),
        *_parameters(ir.signature.parameters, names),
        *(_assertion("requires", clause) for clause in ir.requires),
        *(_assertion("ensures", clause) for clause in ir.ensures),
        *(_raises(clause) for clause in ir.raises),
        *(_effect(clause) for clause in ir.effects),
        *(_example(clause) for clause in ir.examples),
        *(_hole(clause) for clause in ir.holes),
    ]
    body = "".join(f"{_INDENT}{line}\n" if line else "\n" for line in lines)
    return f"{_header(ir.signature, names)}\n{body}"


def render_clause(address: str, clause: Clause) -> str:
    """One clause on one line, as the text form shows it or nearly so.

    Args:
        address: where it stands (``ensures[2]``); tells a precondition from a postcondition.
        clause: the clause; of a signature, the parameters are left out.
    """
    match clause:
        case Intent():
            return _intent_statement(clause)
        case Signature():
            return f"def {_shown_name(clause.name)} -> {_slot(clause.returns)}"
        case Parameter():
            default = "" if clause.default is None else f" = {_slot(clause.default, strings=True)}"
            description = f", {quote(clause.description)}" if clause.description else ""
            return f"param({_shown_name(clause.name)}: {_slot(clause.type_hint)}{default}{description})"
        case Assertion():
            return _assertion(list_of(address), clause)
        case Raises():
            return _raises(clause)
        case Effect():
            return _effect(clause)
        case Example():
            return _example(clause)
        case TypedHole():
            return _hole(clause)
        case _:
            raise TypeError(f"{type(clause).__name__} is no clause of an IR")


def quote(text: str) -> str:
    """``text`` as a Python string literal on one line; what cannot be seen is escaped."""
    return f'"{_escaped(text, quotes=True)}"'


class _Names:
    """What the header calls the function and its parameters: their names, or aliases for illegal ones."""

    def __init__(self, signature: Signature) -> None:
        wanted = [parameter.name for parameter in signature.parameters]
        self._taken = {signature.name, *wanted}
        self._aliases: list[tuple[str, str]] = []
        self.function = signature.name if is_legal_name(signature.name) else self._alias(signature.name)
        self.parameters: list[str] = []
        for index, name in enumerate(wanted):
            legal = is_legal_name(name) and name not in wanted[:index]
            self.parameters.append(name if legal else self._alias(name))

    def statements(self) -> list[str]:
        return [f"named({alias}, {quote(name)})" for alias, name in self._aliases]

    def _alias(self, name: str) -> str:
        alias, count = legal_name(name), 1
        stem = alias.rstrip("_")
        while alias in self._taken:
            count += 1
            alias = f"{stem}_{count}"
        self._taken.add(alias)
        self._aliases.append((alias, name))
        return alias


def _header(signature: Signature, names: _Names) -> str:
    split = _first_header_default(signature.parameters)
    parameters: list[str] = []
    for index, (name, parameter) in enumerate(zip(names.parameters, signature.parameters, strict=True)):
        default = f" = {parameter.default}" if index >= split else ""
        parameters.append(f"{name}: {_slot(parameter.type_hint)}{default}")
    returns = _slot(signature.returns)
    header = f"def {names.function}({', '.join(parameters)}) -> {returns}:"
    if len(header) <= _HEADER_WIDTH or not parameters:
        return header
    listed = "".join(f"{_INDENT}{parameter},\n" for parameter in parameters)
    return f"def {names.function}(\n{listed}) -> {returns}:"


def _first_header_default(parameters: list[Parameter]) -> int:
    """Where the defaults begin that Python allows in the header: none without one may follow."""
    index = len(parameters)
    while index > 0:
        default = parameters[index - 1].default
        if default is None or not _stands(default, strings=True):
            break
        index -= 1
    return index


def _parameters(parameters: list[Parameter], names: _Names) -> list[str]:
    split = _first_header_default(parameters)
    statements: list[str] = []
    for index, (name, parameter) in enumerate(zip(names.parameters, parameters, strict=True)):
        arguments = [quote(parameter.description)] if parameter.description else []
        if parameter.default is not None and index < split:
            if _stands(parameter.default, strings=True):
                arguments.append(f"default={parameter.default}")
            else:
                arguments.append(f"default_source={quote(parameter.default)}")
        if arguments:
            statements.append(f"param({', '.join([name, *arguments])})")
    return statements


def _intent(intent: Intent) -> list[str]:
    lines = _docstring(intent)
    if split_docstring(ast.literal_eval("\n".join(lines))) == (intent.summary, intent.rationale):
        return lines
    return [_intent_statement(intent)]


def _intent_statement(intent: Intent) -> str:
    rationale = f", {quote(intent.rationale)}" if intent.rationale else ""
    return f"intent({quote(intent.summary)}{rationale})"


def _docstring(intent: Intent) -> list[str]:
    summary = _prose(intent.summary)
    if intent.rationale:
        return [f'"""{summary}', "", *(_prose(line) for line in intent.rationale.split("\n")), '"""']
    if intent.summary.endswith('"'):
        summary = _prose(intent.summary[:-1]) + '\\"'
    return [f'"""{summary}"""']


def _prose(line: str) -> str:
    return _escaped(line).replace('"""', '\\"\\"\\"')


def _assertion(statement: str, clause: Assertion) -> str:
    rationale = f", {quote(clause.rationale)}" if clause.rationale else ""
    return f"{statement}({_slot(clause.predicate)}{rationale})"


def _raises(clause: Raises) -> str:
    condition = f", {_slot(clause.condition)}" if clause.condition else ""
    return f"raises({_slot(clause.exception)}{condition})"


def _effect(clause: Effect) -> str:
    return f"effect({quote(clause.description)})"


def _example(clause: Example) -> str:
    if _compares(clause):
        return f"example({clause.call} == {clause.result})"
    return f"example({_slot(clause.call)}, {_slot(clause.result)})"


def _hole(clause: TypedHole) -> str:
    arguments = [quote(clause.identifier), f"kind={quote(clause.kind)}", f"type={_slot(clause.type_hint)}"]
    if clause.description:
        arguments.append(f"ask={quote(clause.description)}")
    if clause.options:
        arguments.append(f"options=[{', '.join(quote(option) for option in clause.options)}]")
    return f"hole({', '.join(arguments)})"


def _shown_name(name: str) -> str:
    return name if is_legal_name(name) else quote(name)


def _slot(text: str, *, strings: bool = False) -> str:
    """``text`` as it is where that reads back as the same expression; else as a string literal."""
    return text if _stands(text, strings=strings) else quote(text)


def _stands(text: str, *, strings: bool = False) -> bool:
    """Whether ``text`` can stand as an argument and reads back byte for byte.

    Args:
        text: the source of an expression, hopefully.
        strings: whether it may be a plain string constant, which most places read as an escape.
    """
    if not text.isprintable():  # tabs, line ends, and what an editor would not show
        return False
    try:
        node = parse_expression(text)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not strings:
            return False
        return not _is_deep(node) and _example_arguments(text).code("call") == text
    except _UNREADABLE:
        return False


def _compares(clause: Example) -> bool:
    """Whether ``call == result`` splits into exactly these two texts."""
    if not (_stands(clause.call, strings=True) and _stands(clause.result, strings=True)):
        return False
    try:
        arguments = _example_arguments(f"{clause.call} == {clause.result}")
        (call, _), (result, _) = arguments.comparison()
    except _UNREADABLE:
        return False
    return not arguments.has("result") and (call, result) == (clause.call, clause.result)


def _example_arguments(text: str) -> Arguments:
    """``text`` as the parser would read it between the parentheses of a statement."""
    source = PythonSource(f"example({text})\n")
    (statement,) = source.tree.body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Call)
    return Arguments(source, statement.value, "example")


def _is_deep(node: ast.AST) -> bool:
    level, depth = [node], 0
    while level:
        level = [child for parent in level for child in ast.iter_child_nodes(parent)]
        depth += 1
    return depth > _DEEPEST


def _escaped(text: str, *, quotes: bool = False) -> str:
    return "".join(_escaped_character(character, quotes) for character in text)


def _escaped_character(character: str, quotes: bool) -> str:
    if character == "\\" or (quotes and character == '"'):
        return f"\\{character}"
    if character.isprintable():
        return character
    return repr(character)[1:-1]
