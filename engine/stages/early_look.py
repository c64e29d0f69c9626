"""Looking at code while it streams for names that are defined nowhere.

A function that reads such a name cannot become right, whatever follows, so its end is not worth waiting for. The
statements of most answers are only parsed here; where one reads a name that nothing binds, the type checker has the
last word. It runs on a processor that the embedded model may be computing on, so it is asked as seldom as possible.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import re
from collections.abc import Iterator
from types import TracebackType

from engine.errors import CheckToolFailed
from engine.grammar.python.statements import INDENT
from engine.ir.names import free_names
from engine.ir.source import NOT_PYTHON, parse_python
from engine.stages.assemble import assemble
from engine.stages.check_types import TypeChecker
from engine.stages.clock import RunClock
from engine.stages.events import SpanFinished, Stage

_NEXT_STATEMENT = re.compile(rf"^ {{0,{len(INDENT)}}}(?=[^\s#])", re.MULTILINE)
"""Where a line begins that is no part of the block before it; a comment is no line in this sense."""

_EXHAUSTING = frozenset(["all", "any", "dict", "frozenset", "list", "max", "min", "set", "sorted", "sum", "tuple"])
"""Builtins that go through a generator before they return."""


class EarlyLook:
    """Looks at one answer, as an asynchronous context that leaves nothing running.

    Args:
        stage: the stage that the spans belong to.
        types: who is asked about a name that looks undefined; without anyone, nothing is looked at.
        given: the code that the answer goes on from.
        clock: seconds since the run began.

    Attributes:
        complaint: what is wrong with the answer, as a sentence; empty when nothing is, or nothing is known yet.
        spans: how long the type checker took, each time that it was asked and answered.
    """

    def __init__(self, stage: Stage, types: TypeChecker | None, given: str, clock: RunClock) -> None:
        self.complaint = ""
        self.spans: list[SpanFinished] = []
        self._stage: Stage = stage
        self._types = types
        self._given = given
        self._clock = clock
        self._seen: int = 0
        self._waiting = ""
        self._known: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def hear(self, text: str) -> None:
        """Have the answer ``text`` so far looked at, if another statement of it is complete; returns at once.

        One look is taken at a time; of what comes meanwhile, only the latest is looked at.
        """
        if self._types is None:
            return
        code = self._given + text
        end = max((match.start() for match in _NEXT_STATEMENT.finditer(code, self._seen)), default=0)
        if end <= self._seen:
            return
        self._seen = end
        self._waiting = code[:end]
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look(self._types))

    async def __aenter__(self) -> EarlyLook:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.wait({self._task})
        if not self._task.cancelled():
            self._task.result()  # a look that broke down is a defect, and not to be lost

    async def _look(self, types: TypeChecker) -> None:
        while self._waiting and not self.complaint:
            code, self._waiting = self._waiting, ""
            self.complaint = await self._complaint(code, types)

    async def _complaint(self, code: str, types: TypeChecker) -> str:
        try:
            read = {name: lines for name, lines in undefined(code).items() if name not in self._known}
            if not read:
                return ""
            self._known |= read.keys()
            module = assemble(code)  # which imports most of them
            left = {name: lines for name, lines in undefined(module).items() if name in read}
        except NOT_PYTHON:
            return ""
        found = await self._ask(types, module) if left else frozenset[int]()
        name = next((name for name, lines in left.items() if found.intersection(lines)), "")
        # The line is told as it was written: nobody has seen the module, whose lines are other ones.
        return f"Line {read[name][0]} uses `{name}`, which is defined nowhere." if name else ""

    async def _ask(self, types: TypeChecker, module: str) -> frozenset[int]:
        spans: list[SpanFinished] = []
        try:
            with self._clock.span(self._stage, "types", spans):
                found = await types.undefined_lines(module)
        except CheckToolFailed:
            return frozenset()  # the check stage says that there is no type checker
        self.spans += spans
        return found


def undefined(code: str) -> dict[str, list[int]]:
    """Names that the last function of ``code`` reads in its body, at once, and that nothing binds; each with its lines.

    What a nested function reads may be bound after it, and what the header says is not the model's to say.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: ``code`` is not Python, or not yet.
    """
    unbound = free_names(code, "exec").difference(dir(builtins))
    if not unbound:
        return {}
    tree = parse_python(code)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    found: dict[str, list[int]] = {}
    for statement in functions[-1].body if functions else []:
        for read in _read_at_once(statement):
            if read.id in unbound:
                found.setdefault(read.id, []).append(read.lineno)
    return found


def _read_at_once(node: ast.AST) -> Iterator[ast.Name]:
    """The names that are read when ``node`` is reached, and not only when something that it makes is called."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield node
    for child in _evaluated(node):
        yield from _read_at_once(child)


def _evaluated(node: ast.AST) -> Iterator[ast.AST]:
    """The children of ``node`` that are evaluated along with it."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from (*node.decorator_list, *_defaults(node.args))
        case ast.Lambda():
            yield from _defaults(node.args)
        case ast.ClassDef():
            yield from (*node.decorator_list, *node.bases, *node.keywords)
        case ast.AnnAssign():
            yield from (node.target, node.value) if node.value else (node.target,)
        case ast.GeneratorExp():
            yield node.generators[0].iter
        case ast.Call(args=[ast.GeneratorExp() as first, *others]) if _exhausts(node.func):
            yield from (node.func, *ast.iter_child_nodes(first), *others, *node.keywords)
        case _:
            yield from ast.iter_child_nodes(node)


def _exhausts(function: ast.expr) -> bool:
    """Whether ``function`` is one that goes through a generator: a builtin, or ``str.join``."""
    match function:
        case ast.Name(id=name):
            return name in _EXHAUSTING
        case ast.Attribute(attr="join"):
            return True
        case _:
            return False


def _defaults(arguments: ast.arguments) -> Iterator[ast.expr]:
    yield from arguments.defaults
    yield from (default for default in arguments.kw_defaults if default)
