"""A suite: prompts with hidden tests, one JSON object a line.

Arguments and results are Python literals as text, so that tuples, sets and ``None`` survive JSON. Keys that
are not known here belong to somebody else and are ignored. A line in HumanEval's shape
(:mod:`engine.bench.humaneval`) is a task too, and both may stand in one file.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from engine.bench.humaneval import Check, fields_of, is_humaneval
from engine.errors import UsageError
from engine.ir.source import NOT_PYTHON, parse_expression

LIMIT_S = 5.0
"""Seconds one hidden call may take, unless its task says otherwise."""

BUILT_IN = ("fresh", "held_out", "tune", "unseen")
"""Our own suites. Lift was tuned on ``tune`` and chosen on ``held_out``; ``fresh`` and ``unseen`` came later, the
second by somebody else. Its failures on all of them have been read since, so they tell less than they did."""

Strings = tuple[str, ...]


def _literal_of(*kinds: type) -> AfterValidator:
    def check(text: str) -> str:
        try:
            value: Any = ast.literal_eval(text)
        except (SyntaxError, TypeError, ValueError, MemoryError, RecursionError) as error:
            raise ValueError(f"{text!r} is not a Python literal") from error
        if kinds and not isinstance(value, kinds):
            raise ValueError(f"{text!r} is not a {kinds[0].__name__}")
        return text

    return AfterValidator(check)


def _expression(text: str) -> str:
    try:
        parse_expression(text.strip())
    except NOT_PYTHON as error:
        raise ValueError(f"{text!r} is not a Python expression") from error
    return text


def _beginnings(value: Any) -> Any:
    """``true``, or a number of questions, stands for any question at all: the beginning of every word."""
    if isinstance(value, bool | int):
        return ("",) if value else ()
    return (value,) if isinstance(value, str) else value


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Call(_Model):
    """One hidden test: a call, and the value it ``returns``, the exception it ``raises``, or a property of its result.

    ``holds`` (in a file also ``property``) is a Python expression over ``result``, ``args`` and ``kwargs``.
    """

    args: Annotated[str, _literal_of(tuple)] = "()"
    kwargs: Annotated[str, _literal_of(dict)] = "{}"
    returns: Annotated[str, _literal_of()] | None = None
    raises: str | None = None
    holds: Annotated[str, AfterValidator(_expression)] | None = Field(default=None, alias="property")

    @model_validator(mode="before")
    @classmethod
    def _as_text(cls, data: Any) -> Any:
        """JSON's own values are taken for the Python that they look like."""
        if not isinstance(data, dict):
            return data
        fields = {**cast("dict[str, Any]", data)}
        if isinstance(fields.get("args"), list):
            fields["args"] = repr(tuple(fields["args"]))
        if isinstance(fields.get("kwargs"), dict):
            fields["kwargs"] = repr(fields["kwargs"])
        others = [fields.get(key) for key in ("raises", "holds", "property")]
        # null beside another outcome says that there is none; alone it is what comes back.
        if "returns" in fields and not isinstance(fields["returns"], str) and others == [None] * 3:
            fields["returns"] = repr(fields["returns"])
        return {key: value for key, value in fields.items() if value is not None}

    @model_validator(mode="after")
    def _has_one_outcome(self) -> Call:
        if sum(outcome is not None for outcome in (self.returns, self.raises, self.holds)) != 1:
            raise ValueError("a call either returns or raises, or has a property")
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
        check: hidden tests in HumanEval's shape.
        holes: beginnings of words, in lower case; one of them must occur in a question that the
            specification asks. Empty for a prompt that leaves nothing open.
        limit_s: seconds one call may take.
        suite: the name of the suite that it is from.
    """

    name: str = Field(min_length=1)
    category: str = Field(default="other", min_length=1)
    prompt: str = Field(min_length=1)
    calls: tuple[Call, ...] = ()
    check: Check | None = None
    holes: Annotated[Strings, BeforeValidator(_beginnings)] = ()
    limit_s: float = Field(default=LIMIT_S, gt=0)
    suite: str = ""

    @property
    def tested(self) -> bool:
        """Whether it has hidden tests that code can be held against."""
        return bool(self.calls) or self.check is not None

    @property
    def key(self) -> tuple[str, str]:
        """What it is called among the tasks of several suites."""
        return self.suite, self.name


def load(path: Path) -> list[Task]:
    """The tasks of a suite, in the file's order; a name that occurs again is numbered.

    Raises:
        UsageError: the file cannot be read, or a line is not a task; the message names the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.", "Name a suite, one JSON object a line.") from error
    tasks: dict[str, Task] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            task = _task(line, number, path.stem)
        except ValueError as error:
            raise UsageError(f"{path}, line {number}: {_first(error)}.", "Correct the line.") from error
        name, again = task.name, 1
        while task.name in tasks:
            again += 1
            task = task.model_copy(update={"name": f"{name} ({again})"})
        tasks[task.name] = task
    return list(tasks.values())


def find(name: str) -> Path:
    """The file of a suite: a path, or the name of one of ours."""
    path = Path(name)
    if name in BUILT_IN and not path.exists():
        return Path(str(files("engine.bench") / "suites" / f"{name}.jsonl"))
    return path


def gather(suites: Iterable[str], *, only: Sequence[str] = (), limit: int | None = None) -> list[Task]:
    """The tasks of several suites, ours if none is named.

    Args:
        suites: paths, or names of ours.
        only: categories to keep, in any case; all without any.
        limit: how many to keep, the first ones.

    Raises:
        UsageError: a suite cannot be read, or nothing is left.
    """
    paths = [find(name) for name in suites] or [find(name) for name in BUILT_IN]
    found: dict[tuple[str, str], Task] = {}
    for path in paths:
        for task in load(path):
            if task.key in found:
                # The same file twice, or two files of one name in different folders.
                task = task.model_copy(update={"suite": str(path.parent / path.stem)})
            found.setdefault(task.key, task)
    wanted = {category.casefold() for category in only}
    tasks = [task for task in found.values() if not wanted or task.category.casefold() in wanted][:limit]
    if not tasks:
        known = ", ".join(sorted({task.category for task in found.values()})) or "none"
        raise UsageError("There is no task of that kind.", f"The categories are: {known}.")
    return tasks


def _task(line: str, number: int, suite: str) -> Task:
    data: Any = json.loads(line)
    if not isinstance(data, dict):
        raise ValueError("it is not a JSON object")
    fields = cast("dict[str, Any]", data)
    fields = fields_of(fields) if is_humaneval(fields) else fields
    return Task.model_validate({"name": f"line {number}", **fields, "suite": suite})


def _first(error: ValueError) -> str:
    """The first thing that is wrong, and where."""
    if isinstance(error, json.JSONDecodeError):
        return f"Invalid JSON: {error}"
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]
