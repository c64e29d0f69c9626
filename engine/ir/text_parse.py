"""Reading the text form of an IR: a Python function whose body is clauses instead of code."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import cast, get_args

from engine.ir.models import (
    IR,
    Assertion,
    Effect,
    Example,
    HoleKind,
    Intent,
    Parameter,
    Raises,
    Signature,
    TypedHole,
)
from engine.ir.source import NOT_PYTHON, Position, PythonSource
from engine.ir.text_arguments import FORMS, Arguments, verbatim_position
from engine.ir.text_errors import SKELETON, not_python, spec_error
from engine.ir.text_shape import is_filler, is_string, not_a_clause, only_function


@dataclass(frozen=True)
class ParsedSpec:
    """A specification and where its clauses stand.

    ``locations`` maps the address of each clause (see :meth:`IR.clauses`) to its first character.
    Where an expression stands in the text as it is, on one line, the address of its field is there
    too (``ensures[2].predicate``, ``signature.parameters[0].type_hint``, ``signature.returns``).
    """

    ir: IR
    locations: Mapping[str, Position]


def parse(text: str) -> IR:
    """The specification that ``text`` says.

    Raises:
        SpecSyntaxError: the text is no specification; the message names the place and the fix.
    """
    return parse_located(text).ir


def parse_located(text: str) -> ParsedSpec:
    """The specification that ``text`` says, and where its clauses stand.

    Raises:
        SpecSyntaxError: the text is no specification; the message names the place and the fix.
    """
    try:
        source = PythonSource(text)
    except NOT_PYTHON as error:
        raise not_python(error, text) from None
    return _Reader(source).read()


def split_docstring(docstring: str) -> tuple[str, str]:
    """Summary and rationale of a docstring: its first paragraph on one line, and the rest dedented."""
    first, *rest = docstring.split("\n")
    margin = min((len(line) - len(line.lstrip(" ")) for line in rest if line.strip()), default=0)
    lines = [first.strip(), *(line[margin:].rstrip() for line in rest)]
    while len(lines) > 1 and not lines[0]:
        del lines[0]
    end = lines.index("") if "" in lines else len(lines)
    summary = " ".join(line.strip() for line in lines[:end])
    return summary, "\n".join(lines[end:]).strip("\n")


class _Reader:
    """Reads one text, collecting clauses and places as it goes through the function."""

    def __init__(self, source: PythonSource) -> None:
        self._source = source
        self._function = only_function(source)
        self._locations: dict[str, Position] = {}
        self._intent: Intent | None = None
        self._signature = self._header()
        self._header_names = [parameter.name for parameter in self._signature.parameters]
        self._requires: list[Assertion] = []
        self._ensures: list[Assertion] = []
        self._raises: list[Raises] = []
        self._effects: list[Effect] = []
        self._examples: list[Example] = []
        self._holes: list[TypedHole] = []
        self._readers: dict[str, Callable[[Arguments], None]] = {
            "intent": self._read_intent,
            "named": self._read_named,
            "param": self._read_param,
            "requires": lambda arguments: self._read_assertion("requires", self._requires, arguments),
            "ensures": lambda arguments: self._read_assertion("ensures", self._ensures, arguments),
            "raises": self._read_raises,
            "effect": self._read_effect,
            "example": self._read_example,
            "hole": self._read_hole,
        }

    def read(self) -> ParsedSpec:
        """Go through the body and put the specification together."""
        docstring, *rest = self._function.body
        if is_string(docstring):
            self._read_docstring(docstring)
        else:
            rest = self._function.body
        for statement in rest:
            self._statement(statement)
        if self._intent is None:
            raise spec_error(
                self._source.position(self._function),
                f"{self._function.name} has no docstring",
                f"Say in one sentence what it is for, right below the header:\n{SKELETON}",
            )
        ir = IR(
            intent=self._intent,
            signature=self._signature,
            requires=self._requires,
            ensures=self._ensures,
            raises=self._raises,
            effects=self._effects,
            examples=self._examples,
            holes=self._holes,
        )
        return ParsedSpec(ir, self._locations)

    def _header(self) -> Signature:
        function = self._function
        self._locations["signature"] = self._source.name_position(function)
        arguments = function.args.args
        without_default = len(arguments) - len(function.args.defaults)
        parameters: list[Parameter] = []
        for index, argument in enumerate(arguments):
            address = f"signature.parameters[{index}]"
            self._locations[address] = self._source.position(argument)
            parameter = Parameter(name=argument.arg)
            if argument.annotation is not None:
                parameter.type_hint = self._annotation(argument.annotation, f"{address}.type_hint")
            if index >= without_default:
                default = function.args.defaults[index - without_default]
                parameter.default, _ = self._source.expression(default)
                self._locate(f"{address}.default", verbatim_position(self._source, default))
            parameters.append(parameter)
        returns = "Any"
        if function.returns is not None:
            returns = self._annotation(function.returns, "signature.returns")
        return Signature(name=function.name, parameters=parameters, returns=returns)

    def _annotation(self, node: ast.expr, address: str) -> str:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        self._locate(address, verbatim_position(self._source, node))
        return self._source.expression(node)[0]

    def _statement(self, statement: ast.stmt) -> None:
        if is_filler(statement):
            return
        call = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in FORMS:
            self._readers[call.func.id](Arguments(self._source, call, call.func.id))
            return
        raise spec_error(self._source.position(statement), *not_a_clause(statement))

    def _read_docstring(self, statement: ast.Expr) -> None:
        docstring = cast(str, cast(ast.Constant, statement.value).value)
        summary, rationale = split_docstring(docstring)
        self._intent = Intent(summary=summary, rationale=rationale)
        self._locations["intent"] = self._source.position(statement)

    def _read_intent(self, arguments: Arguments) -> None:
        if self._intent is not None:
            raise spec_error(
                arguments.position,
                "the purpose is said twice",
                "Keep the docstring or one intent(...), not both.",
            )
        self._intent = Intent(summary=arguments.string("summary"), rationale=arguments.string("rationale"))
        self._locations["intent"] = arguments.position

    def _read_named(self, arguments: Arguments) -> None:
        alias = arguments.name("alias")
        if alias == self._function.name:
            self._signature.name = arguments.string("name")
        else:
            self._parameter(alias, arguments).name = arguments.string("name")

    def _read_param(self, arguments: Arguments) -> None:
        parameter = self._parameter(arguments.name("name"), arguments)
        if arguments.has("description"):
            parameter.description = arguments.string("description")
        if not arguments.has("default") and not arguments.has("default_source"):
            return
        if parameter.default is not None:
            raise spec_error(arguments.position, f"{parameter.name} has two defaults", "Keep the one in the header.")
        if arguments.has("default"):
            parameter.default = arguments.code("default")
        else:
            parameter.default = arguments.string("default_source")

    def _parameter(self, name: str, arguments: Arguments) -> Parameter:
        """The parameter that the header calls ``name``."""
        if name in self._header_names:
            return self._signature.parameters[self._header_names.index(name)]
        close = get_close_matches(name, self._header_names, n=1)
        todo = f"Did you mean {close[0]}?" if close else f"Add {name} to the header, or remove this line."
        raise spec_error(arguments.position, f"the header has no {name}", todo)

    def _read_assertion(self, field: str, assertions: list[Assertion], arguments: Arguments) -> None:
        address = f"{field}[{len(assertions)}]"
        self._locations[address] = arguments.position
        self._locate(f"{address}.predicate", arguments.verbatim_position("predicate"))
        assertions.append(
            Assertion(predicate=arguments.expression("predicate"), rationale=arguments.string("rationale"))
        )

    def _read_raises(self, arguments: Arguments) -> None:
        address = f"raises[{len(self._raises)}]"
        self._locations[address] = arguments.position
        for field in ("exception", "condition"):
            self._locate(f"{address}.{field}", arguments.verbatim_position(field))
        self._raises.append(
            Raises(exception=arguments.expression("exception"), condition=arguments.expression("condition"))
        )

    def _read_effect(self, arguments: Arguments) -> None:
        self._locations[f"effects[{len(self._effects)}]"] = arguments.position
        self._effects.append(Effect(description=arguments.string("description")))

    def _read_example(self, arguments: Arguments) -> None:
        address = f"examples[{len(self._examples)}]"
        self._locations[address] = arguments.position
        if arguments.has("result"):
            example = Example(call=arguments.expression("call"), result=arguments.expression("result"))
            places = (arguments.verbatim_position("call"), arguments.verbatim_position("result"))
        else:
            (call, call_place), (result, result_place) = arguments.comparison()
            example, places = Example(call=call, result=result), (call_place, result_place)
        self._locate(f"{address}.call", places[0])
        self._locate(f"{address}.result", places[1])
        self._examples.append(example)

    def _read_hole(self, arguments: Arguments) -> None:
        address = f"holes[{len(self._holes)}]"
        self._locations[address] = arguments.position
        self._locate(f"{address}.type_hint", arguments.verbatim_position("type"))
        kind = arguments.string("kind", "intent")
        if kind not in get_args(HoleKind):
            raise spec_error(
                arguments.place("kind"),
                f'"{kind}" is no kind of hole',
                f"Use one of {', '.join(get_args(HoleKind))}.",
            )
        self._holes.append(
            TypedHole(
                identifier=arguments.name_or_string("identifier"),
                kind=cast(HoleKind, kind),
                type_hint=arguments.expression("type", "str"),
                description=arguments.string("ask"),
                options=arguments.strings("options"),
            )
        )

    def _locate(self, address: str, position: Position | None) -> None:
        if position is not None:
            self._locations[address] = position
