"""Every error Lift raises on purpose.

An error says three things: what happened, what it means, and what to do next. A face prints
``str(error)`` and never a traceback; the class decides the exit code of the command line.
"""

from __future__ import annotations

from typing import ClassVar


class LiftError(Exception):
    """An expected failure.

    Args:
        what: what happened, one sentence, no trailing newline.
        todo: what the user can do about it; empty when there is nothing to do.
    """

    exit_code: ClassVar[int] = 1
    kind: ClassVar[str] = "error"

    def __init__(self, what: str, todo: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo

    def __str__(self) -> str:
        return f"{self.what}\n{self.todo}" if self.todo else self.what

    def as_dict(self) -> dict[str, str]:
        """The error as data, for ``--json`` and for the session store."""
        return {"kind": self.kind, "what": self.what, "todo": self.todo}


class UsageError(LiftError):
    """The request itself is wrong: a bad option, an unreadable file, an invalid specification."""

    exit_code = 2
    kind = "usage"


class SpecSyntaxError(UsageError):
    """A specification's text form does not parse.

    Args:
        line: 1-based line of the problem.
        column: 1-based column of the problem, in characters.
    """

    kind = "spec-syntax"

    def __init__(self, what: str, todo: str, *, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {what}", todo)
        self.line = line
        self.column = column


class SettingsError(UsageError):
    """A settings or profile file cannot be read or does not say what it should."""

    kind = "settings"


class EndpointError(LiftError):
    """The endpoint cannot be reached, refuses, or broke off."""

    exit_code = 3
    kind = "endpoint"


class EndpointUnreachable(EndpointError):
    """No connection, or none in time."""

    kind = "endpoint-unreachable"


class EndpointRefused(EndpointError):
    """The endpoint answered with an HTTP error status.

    Args:
        status: the HTTP status code.
    """

    kind = "endpoint-refused"

    def __init__(self, what: str, todo: str = "", *, status: int) -> None:
        super().__init__(what, todo)
        self.status = status


class StreamBroken(EndpointError):
    """The stream ended before the model had finished, or fell silent for too long."""

    kind = "stream-broken"


class LocalEndpointFailed(EndpointError):
    """The embedded model could not be started or died."""

    kind = "local-endpoint"


class WeightsError(LiftError):
    """Model weights cannot be fetched, verified or stored."""

    exit_code = 3
    kind = "weights"


class ContractBroken(LiftError):
    """The model's output broke the contract: its grammar, or the signature it had to keep.

    Args:
        position: offset, in characters, of the first offending character in the stage's text.
        offending: the text from that position on, as far as it had arrived.
    """

    exit_code = 4
    kind = "contract"

    def __init__(self, what: str, todo: str = "", *, position: int = 0, offending: str = "") -> None:
        super().__init__(what, todo)
        self.position = position
        self.offending = offending


class GrammarError(LiftError):
    """A grammar of ours does not compile: a defect in Lift, or an unsupported xgrammar version."""

    kind = "grammar"


class SandboxUnavailable(LiftError):
    """This platform cannot confine generated code."""

    kind = "sandbox"


class SandboxFailed(LiftError):
    """The sandbox itself failed, as opposed to the code that runs in it."""

    kind = "sandbox"


class CheckToolFailed(LiftError):
    """A tool that checks code (the search for inputs, the type checker) does not start or breaks down."""

    kind = "check-tool"


class StoreError(LiftError):
    """The session database cannot be opened, read or written."""

    kind = "store"


class Cancelled(LiftError):
    """The user stopped the run."""

    exit_code = 130
    kind = "cancelled"
