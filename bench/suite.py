"""A suite: prompts with hidden tests, one JSON object a line.

Arguments and results are Python literals as text, so that tuples, sets and ``None`` survive JSON.
A task has calls, or it is ambiguous on purpose and says what the question must be about.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from engine.errors import UsageError

LIMIT_S = 5.0
"""Seconds one hidden call may take, unless its task says otherwise."""


def _literal_of(*kinds: type) -> AfterValidator:
    def check(text: str) -> str:
        try:
            value: Any = ast.literal_eval(text)
        except (SyntaxError, TypeError, MemoryError, RecursionError) as error:
            raise ValueError(f"{text!r} is not a Python literal") from error
        if kinds and not isinstance(value, kinds):
            raise ValueError(f"{text!r} is not a {kinds[0].__name__}")
        return text

    return AfterValidator(check)


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Call(_Model):
    """One hidden test: a call, and the value it ``returns`` or the exception it ``raises``."""

    args: Annotated[str, _literal_of(tuple)] = "()"
    kwargs: Annotated[str, _literal_of(dict)] = "{}"
    returns: Annotated[str, _literal_of()] | None = None
    raises: str | None = None

    @model_validator(mode="after")
    def _has_one_outcome(self) -> Call:
        if (self.returns is None) == (self.raises is None):
            raise ValueError("a call either returns or raises")
        return self

    def expression(self, function_name: str) -> str:
        """The call as Python, for a function of this name."""
        return f"{function_name}(*{self.args}, **{self.kwargs})"

    def shown(self, function_name: str) -> str:
        """The call as a person writes it."""
        keywords: dict[str, Any] = ast.literal_eval(self.kwargs)
        positional = [repr(value) for value in ast.literal_eval(self.args)]
        return f"{function_name}({', '.join([*positional, *(f'{key}={value!r}' for key, value in keywords.items())])})"


class Task(_Model):
    """One prompt.

    Attributes:
        calls: the hidden tests; empty for a prompt that is ambiguous on purpose.
        holes: beginnings of words, in lower case; one of them must occur in a question that the
            specification asks. Empty for a prompt that leaves nothing open.
        limit_s: seconds one call may take.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    category: str = Field(min_length=1)
    prompt: str = Field(min_length=1)
    calls: tuple[Call, ...] = ()
    holes: tuple[str, ...] = ()
    limit_s: float = Field(default=LIMIT_S, gt=0)

    @model_validator(mode="after")
    def _can_be_scored(self) -> Task:
        if not self.calls and not self.holes:
            raise ValueError("a task has calls or holes")
        return self


def load(path: Path) -> list[Task]:
    """Every task of a suite, in the order of the file.

    Raises:
        UsageError: the file cannot be read, a line is not a task, or a name occurs twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.", "Name a suite, one JSON object a line.") from error
    tasks: dict[str, Task] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            task = Task.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            what = f"{where}: {first['msg']}" if where else first["msg"]
            raise UsageError(f"{path}, line {number}: {what}.", "Correct the line.") from error
        if task.name in tasks:
            raise UsageError(f"{path}, line {number}: a second task called {task.name}.", "Rename one of them.")
        tasks[task.name] = task
    return list(tasks.values())
