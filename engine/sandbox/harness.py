"""The child's side of the conversation with the parent: one JSON line in, one JSON line out.

Runs inside the sandbox (:mod:`engine.sandbox.peer` sends its source): standard library only. Lift's
own process never imports it for anything but its source.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import IO, Any

Handler = Callable[[dict[str, Any]], dict[str, Any]]

GENERATED = "<generated>"
"""The file name that generated code is compiled under."""

_MAX_TEXT = 500


class Channel:
    """The parent's end of the line, kept away from the standard streams.

    Generated code finds ``/dev/null`` as its standard input and prints to the standard error pipe,
    so that neither can be taken for an answer by accident.
    """

    def __init__(self) -> None:
        self._input: IO[bytes] = os.fdopen(os.dup(0), "rb")
        self._output: IO[bytes] = os.fdopen(os.dup(1), "wb")
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)

    def send(self, line: bytes) -> None:
        """Send one line; see :func:`to_line`."""
        self._output.write(line)
        self._output.flush()

    def receive(self) -> dict[str, Any] | None:
        """The next line, or ``None`` when the parent has hung up."""
        line = self._input.readline()
        return json.loads(line) if line else None


def serve(boot: Mapping[str, Any], handlers: Callable[[Channel], Mapping[str, Handler]]) -> None:
    """Answer requests until the parent hangs up.

    Every answer repeats the request's ``id``; an exception of a handler is an answer too.
    """
    channel = Channel()
    if boot["confined"]:
        channel.send(to_line({"leaks": _seal(boot["socket_number"])}))
    else:
        _limit(boot["rlimits"])
        channel.send(to_line({"leaks": []}))
    table = handlers(channel)
    while (request := channel.receive()) is not None:
        name = {"id": request["id"]}
        try:
            line = to_line({**name, **table[request["op"]](request)})
        except BaseException as error:  # noqa: BLE001 - generated code may raise anything, SystemExit included
            line = to_line({**name, **raised(error)})
        _flush()
        channel.send(line)


def evaluate(text: str, namespace: dict[str, Any]) -> Any:
    """The value of an expression of the specification.

    Raises:
        SyntaxError: ``text`` is not an expression.
        Exception: whatever evaluating it raises.
    """
    return eval(compile(text.strip(), "<specification>", "eval", dont_inherit=True), namespace)


def import_names(statements: Iterable[str]) -> dict[str, Any]:
    """What import statements bind; a module that is missing is then missed where it is used."""
    namespace: dict[str, Any] = {}
    for statement in statements:
        with contextlib.suppress(ImportError):
            exec(compile(statement, "<specification>", "exec", dont_inherit=True), namespace)
    return namespace


def to_line(message: Mapping[str, Any]) -> bytes:
    """``message`` as one line of JSON."""
    return json.dumps(message, allow_nan=False).encode() + b"\n"


def raised(error: BaseException) -> dict[str, Any]:
    """An exception as data; ``line`` is the last line of generated code it passed, if any."""
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == GENERATED else None
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == GENERATED:
            line = step.tb_lineno
        step = step.tb_next
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - a foreign __str__ may raise anything
        message = "<unprintable>"
    names = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__]
    return {"raised": {"names": names, "message": message[:_MAX_TEXT], "line": line}}


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # noqa: BLE001 - generated code may have replaced or closed it
            continue


def _seal(socket_number: int) -> list[str]:
    """Close what the sandbox leaves open, and name what is open nevertheless.

    The parent refuses to go on if there is anything: a policy that silently did nothing must not
    pass for confinement.
    """
    import ctypes

    libc = ctypes.CDLL(None)
    _deny_sockets(libc, socket_number)
    leaks: list[str] = []
    try:
        os.scandir("/").close()
        leaks.append("the root folder can be read")
    except PermissionError:
        pass
    try:
        os.kill(os.getppid(), 0)
        leaks.append("other processes can be signalled")
    except PermissionError:
        pass
    internet, stream = 2, 1
    if libc.socket(internet, stream, 0) >= 0:
        leaks.append("a socket can be opened")
    return leaks


def _deny_sockets(libc: Any, socket_number: int) -> None:
    """Make ``socket(2)`` fail with EPERM for good, with a seccomp filter of four instructions.

    Landlock knows abstract Unix sockets only from ABI 6 on (Linux 6.12); no socket at all is needed
    here. The filter: load the call's number; if it is ``socket_number``, return EPERM; else allow.
    See seccomp(2) and linux/filter.h. The sandbox's own filter has already pinned the architecture.
    """
    import ctypes

    pr_set_seccomp, seccomp_mode_filter = 22, 2
    load_word, jump_if_equal, return_constant = 0x20, 0x15, 0x06
    errno_eperm, allow = 0x0005_0001, 0x7FFF_0000

    class Instruction(ctypes.Structure):
        _fields_ = [
            ("code", ctypes.c_uint16),
            ("if_true", ctypes.c_uint8),
            ("if_false", ctypes.c_uint8),
            ("operand", ctypes.c_uint32),
        ]

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_uint16), ("filter", ctypes.POINTER(Instruction))]

    instructions = (Instruction * 4)(
        Instruction(load_word, 0, 0, 0),
        Instruction(jump_if_equal, 0, 1, socket_number),
        Instruction(return_constant, 0, 0, errno_eperm),
        Instruction(return_constant, 0, 0, allow),
    )
    program = Program(len(instructions), instructions)
    libc.prctl(pr_set_seccomp, seccomp_mode_filter, ctypes.byref(program), 0, 0)


def _limit(rlimits: Mapping[str, int]) -> None:
    """Bound this process where nothing else does: the unconfined mode."""
    try:
        import resource
    except ImportError:  # not a Unix
        return
    for name, value in rlimits.items():
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (OSError, ValueError):  # macOS does not know every limit
            continue
