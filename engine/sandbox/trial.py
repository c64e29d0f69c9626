"""A trial: generated code in one sandbox, the judge of its results in another.

The worker runs the code and sends back what calls return, without knowing what is expected. The
judge knows what is expected and never sees the code. So whatever the code does to its own
interpreter (ends it, patches builtins, writes to the channel), it cannot make a wrong result right.
"""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Literal, get_args

from pydantic import BaseModel, Field, ValidationError

from engine.sandbox.codec import EncodeError
from engine.sandbox.limits import Limits
from engine.sandbox.peer import Died, Fault, Message, Peer
from engine.sandbox.standby import Standby

_MAX_TEXT = 500


class Raised(BaseModel):
    """An exception as data.

    Attributes:
        names: its class and the classes it inherits from, as ``module.qualname``.
        message: its text.
        line: the last line of the generated code that it passed; ``None`` if it never was in there.
    """

    names: list[str] = Field(min_length=1)
    message: str
    line: int | None = None

    def matches(self, exception: str) -> bool:
        """Whether it is an ``exception``, named as in Python, or of a subclass of it."""
        if hasattr(builtins, exception):  # a class of the code's own under that name is another
            return f"builtins.{exception}" in self.names
        return any(name == exception or name.endswith(f".{exception}") for name in self.names)

    def __str__(self) -> str:
        kind = printable(self.names[0].removeprefix("builtins.").removeprefix("generated."))
        return f"{kind}: {printable(self.message)}" if self.message else kind


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a call: a ``value`` (encoded, see :mod:`engine.sandbox.codec`), or why there is none.

    ``detail`` says the latter in words, and ``printed`` is the end of what the call printed.
    ``tried`` is what the call tried beside computing (``files: open('/etc/passwd')``), and ``steps`` the
    lines of generated code that it went through, where they were counted.
    """

    kind: Literal["value", "raised"] | Fault
    value: Any = None
    raised: Raised | None = None
    detail: str = ""
    printed: str = ""
    tried: tuple[str, ...] = ()
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Ruling:
    """The judge's answer: ``holds`` is ``None`` when the question itself cannot be evaluated.

    ``detail`` then says why; otherwise it has what was compared, or the values of the parameters.
    ``expected`` and ``got`` are the two sides of a comparison that does not hold. ``died`` says that the
    question took the judge down, or took too long.
    """

    holds: bool | None
    detail: str = ""
    expected: str = ""
    got: str = ""
    died: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """The function on trial: the code, its name, and what the judge may know of it.

    ``stub`` is a definition of the function with its parameters and defaults and no annotations;
    ``imports`` are the import statements that give the specification's names their meaning.
    """

    code: str
    name: str
    stub: str
    imports: tuple[str, ...] = ()


class _Answer(BaseModel):
    """What a child may answer; it must say ``value``, ``raised``, ``endless`` or ``holds``."""

    value: Any = None
    raised: Raised | None = None
    holds: bool | None = None
    endless: bool = False
    tried: list[str] = Field(default_factory=list[str])
    steps: int = 0
    expected: str = ""
    got: str = ""
    types: list[str] = Field(default_factory=list[str])
    bindings: str = ""


class Trial:
    """An asynchronous context that holds a worker and a judge, taken from ``standby`` where there is one.

    A call that takes its worker down is reported as such, and the next one gets a fresh worker.
    Every method raises :class:`~engine.errors.SandboxUnavailable` when code cannot be confined here,
    and :class:`~engine.errors.SandboxFailed` when the sandbox does not start.
    """

    def __init__(
        self,
        subject: Subject,
        limits: Limits | None = None,
        *,
        unsafe: bool = False,
        standby: Standby | None = None,
    ) -> None:
        self._subject = subject
        self._limits = standby.limits if standby and limits is None else limits or Limits()
        self._standby = standby or Standby(self._limits, unsafe=unsafe, spare=False)
        self._own_standby = standby is None
        self._deadline = 0.0
        self._worker: Peer | None = None
        self._judge: asyncio.Task[Peer] | None = None
        self._closing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Trial:
        self._deadline = asyncio.get_running_loop().time() + self._limits.total_s
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Kill at once; the rest may take a moment and must not be left halfway by a cancellation.
        if self._worker is not None:
            self._worker.kill()
        self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def load(self) -> Outcome:
        """Import the generated module in the worker, while the judge starts."""
        self._judge = asyncio.create_task(self._start_judge())
        return await self._load()

    async def call(self, text: str, *, max_steps: int | None = None, timeout_s: float | None = None) -> Outcome:
        """Evaluate ``text``, an expression that calls the function, in the worker.

        Args:
            max_steps: lines of generated code that it may go through, loops counted each time; beyond
                them the outcome is ``endless``. Counting makes the code several times slower.
            timeout_s: seconds that it may take, if less than the limits allow.
        """
        return await self._run({"op": "call", "text": text, "max_steps": max_steps}, timeout_s)

    async def compare(self, expected: str, outcome: Outcome) -> Ruling:
        """Whether the value of ``outcome`` is what the expression ``expected`` says."""
        answer = await self._ask_judge({"op": "compare", "expected": expected, "got": outcome.value})
        if answer.holds is None or answer.holds:
            return _ruling(answer)
        wanted, got = printable(answer.expected), printable(answer.got)
        detail = f"expected {wanted}, got {got}"
        if wanted == got:
            same_type = len(set(answer.types)) == 1
            detail += ", which cannot be compared" if same_type else f" ({' is not '.join(answer.types)})"
        return Ruling(False, detail, wanted, got)

    async def holds(self, predicate: str, call: str, outcome: Outcome | None = None) -> Ruling:
        """Whether ``predicate`` is true of the arguments in ``call`` and the value of ``outcome``.

        ``call`` must be a plain call of the function. Without ``outcome`` there is no ``result``.
        """
        request: Message = {"op": "holds", "predicate": predicate, "call": call}
        if outcome is not None:
            request["result"] = outcome.value
        return _ruling(await self._ask_judge(request))

    async def rule(self, predicates: Sequence[str], call: str, outcome: Outcome | None = None) -> list[Ruling]:
        """What :meth:`holds` says of each predicate, in one go."""
        request: Message = {"op": "rule", "predicates": [*predicates], "call": call}
        if outcome is not None:
            request["result"] = outcome.value
        answer = await self._ask_judge(request)
        if answer.raised is not None:
            return [_ruling(answer) for _ in predicates]
        return [_ruling(_Answer.model_validate(ruling)) for ruling in answer.value]

    async def _load(self) -> Outcome:
        self._worker = await self._standby.take("worker")
        request = {"op": "load", "code": self._subject.code, "imports": self._subject.imports}
        return await self._ask_worker(self._worker, request)

    async def _run(self, request: Message, timeout_s: float | None = None) -> Outcome:
        if self._worker is None:
            loaded = await self._load()
            if self._worker is None or loaded.kind != "value":
                return loaded
        return await self._ask_worker(self._worker, request, timeout_s)

    async def _ask_worker(self, worker: Peer, request: Message, timeout_s: float | None = None) -> Outcome:
        try:
            left = self._time_left()
            answer = _read(await worker.ask(request, left if timeout_s is None else min(left, timeout_s)))
        except Died as death:
            await self._drop_worker()
            return Outcome(death.fault, detail=death.detail, printed=printable(worker.printed))
        outcome = self._outcome(answer, printable(worker.printed))
        outcome = replace(outcome, tried=tuple(map(printable, answer.tried)), steps=answer.steps)
        if outcome.kind == "memory":
            await self._drop_worker()
        return outcome

    def _outcome(self, answer: _Answer, printed: str) -> Outcome:
        raised = answer.raised
        if answer.endless:
            return Outcome("endless", detail=f"did not end within {answer.steps - 1} steps", printed=printed)
        if raised is None:
            return Outcome("value", answer.value, printed=printed)
        if raised.names[0] == "builtins.MemoryError":
            detail = f"ran out of memory (limit {self._limits.memory_bytes // 2**20} MiB)"
            return Outcome("memory", raised=raised, detail=detail, printed=printed)
        if raised.names[0] == "builtins.SystemExit":
            detail = f"called sys.exit({printable(raised.message)})"
            return Outcome("exited", raised=raised, detail=detail, printed=printed)
        if raised.names[0] == f"{EncodeError.__module__}.{EncodeError.__qualname__}":
            return Outcome("output", detail=printable(raised.message), printed=printed)
        place = f" (line {raised.line})" if raised.line is not None else ""
        return Outcome("raised", raised=raised, detail=f"raised {raised}{place}", printed=printed)

    async def _start_judge(self) -> Peer:
        judge = await self._standby.take("judge")
        subject = self._subject
        try:
            await judge.ask(
                {"op": "setup", "name": subject.name, "stub": subject.stub, "imports": subject.imports},
                self._limits.wall_s,
            )
        except BaseException:
            await judge.close()
            raise
        return judge

    async def _ask_judge(self, request: Message) -> _Answer:
        if self._judge is None:
            self._judge = asyncio.create_task(self._start_judge())
        try:
            judge = await asyncio.shield(self._judge)
            return _read(await judge.ask(request, self._time_left(), self._apply))
        except Died as death:
            await self._drop_judge()
            return _Answer(raised=Raised(names=[death.fault], message=death.detail))

    async def _apply(self, arguments: Message) -> Message:
        """A predicate calls the function: pass the call on to the worker."""
        request = {"op": "apply", "name": self._subject.name}
        outcome = await self._run({**request, "args": arguments["args"], "kwargs": arguments["kwargs"]})
        if outcome.kind == "value":
            return {"value": outcome.value}
        raised = outcome.raised or Raised(names=["builtins.RuntimeError"], message=outcome.detail)
        return {"raised": raised.model_dump()}

    def _time_left(self) -> float:
        """Seconds that the next request may take.

        Raises:
            Died: none is left.
        """
        left = self._deadline - asyncio.get_running_loop().time()
        if left <= 0:
            raise Died("timeout", f"the {self._limits.total_s:g} s for all calls together are used up")
        return min(self._limits.wall_s, left)

    async def _drop_worker(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.close()

    async def _drop_judge(self) -> None:
        starting, self._judge = self._judge, None
        if starting is None:
            return
        starting.cancel()
        await asyncio.wait([starting])
        if not starting.cancelled() and starting.exception() is None:
            await starting.result().close()

    async def _close(self) -> None:
        await asyncio.gather(self._drop_judge(), self._drop_worker())
        if self._own_standby:
            await self._standby.__aexit__(None, None, None)


def printable(text: str) -> str:
    """``text`` without control characters, so that no terminal obeys it, and at most 500 characters."""
    safe = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
    return safe if len(safe) <= _MAX_TEXT else safe[: _MAX_TEXT - 1] + "…"


def _read(message: Message) -> _Answer:
    try:
        answer = _Answer.model_validate(message)
    except ValidationError:
        raise Died("crashed", "interfered with the sandbox's own channel") from None
    if not {"value", "raised", "holds", "endless"} & message.keys():
        raise Died("crashed", "interfered with the sandbox's own channel")
    return answer


def _ruling(answer: _Answer) -> Ruling:
    if answer.raised is not None:
        return Ruling(None, str(answer.raised), died=answer.raised.names[0] in get_args(Fault))
    return Ruling(answer.holds, printable(answer.bindings))
