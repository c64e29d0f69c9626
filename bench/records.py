"""What a run of a suite leaves behind: one record for each task, the file they go to, the figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from statistics import mean, median
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from bench.suite import Task
from engine.errors import ContractBroken, UsageError
from engine.stages.events import Usage

Mode = Literal["lift", "raw"]


class Timing(BaseModel):
    """One timed piece of a stage, in seconds since the task began."""

    model_config = ConfigDict(frozen=True)

    stage: str
    name: str
    start_s: float
    duration_s: float


class Record(BaseModel):
    """What became of one task.

    ``seconds`` and ``tokens`` have an entry for each stage and the ``total``. ``None`` means that the
    question does not arise: ``passed`` of an ambiguous task, ``asked_right`` of any other,
    ``own_checks_passed`` without a verdict, and whatever the raw baseline has not got.
    """

    mode: Mode
    name: str
    category: str
    model: str = ""
    ir_valid: bool | None = None
    compiles: bool = False
    passed: bool | None = None
    own_checks_passed: bool | None = None
    holes: list[str] = []
    asked_right: bool | None = None
    repairs: int = 0
    seconds: dict[str, float] = {}
    tokens: dict[str, Usage] = {}
    spans: list[Timing] = []
    error: dict[str, str] | None = None
    failures: list[str] = []
    code: str = ""
    ir_text: str = ""

    @property
    def settled(self) -> bool:
        """Whether the record says something about the model: no endpoint or sandbox failed."""
        return self.error is None or self.error["kind"] == ContractBroken.kind

    @property
    def unnoticed(self) -> bool:
        """Wrong code that passed its own checks."""
        return self.passed is False and self.own_checks_passed is True

    def line(self) -> str:
        """The record in one line."""
        if self.passed is None:
            word = "-" if self.asked_right is None else "asked" if self.asked_right else "silent"
        else:
            word = "pass" if self.passed else "UNSEEN" if self.unnoticed else "fail"
        why = self.error["what"] if self.error else "; ".join(self.failures[:1] or self.holes)
        stages = ", ".join(f"{stage} {took:.1f}" for stage, took in self.seconds.items() if stage != "total")
        took = f"{self.seconds.get('total', 0.0):6.1f} s{f' ({stages})' if stages else ''}"
        return f"{self.mode:4} {word:6} {took}  {self.name}{f': {why}' if why else ''}"


class Log:
    """The records of a run, kept in a file as they come.

    Raises:
        UsageError: the file cannot be used, or has records already and the run is not to resume.
    """

    def __init__(self, path: Path | None, *, resume: bool) -> None:
        self._path = path
        self.records: list[Record] = []
        if path is None:
            return
        try:
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            if text and not resume:
                raise UsageError(f"{path} has records already.", "Add --resume, or name another file.")
            *lines, _torn = text.split("\n")
            self.records = [record for line in lines if (record := Record.model_validate_json(line)).settled]
            # A line that an interruption tore, and accidents that are to be repeated, leave the file.
            path.write_text("".join(f"{record.model_dump_json()}\n" for record in self.records), encoding="utf-8")
        except (OSError, UnicodeDecodeError, ValidationError) as error:
            raise UsageError(f"{path} cannot be used for records: {error}", "Name another file.") from error

    def has(self, mode: Mode, task: Task) -> bool:
        """Whether this task has been done in this mode."""
        return any(record.mode == mode and record.name == task.name for record in self.records)

    def add(self, record: Record) -> None:
        """Keep a record, in the file too."""
        self.records.append(record)
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{record.model_dump_json()}\n")


class _Share(NamedTuple):
    label: str
    part: int
    whole: int

    def __str__(self) -> str:
        percent = f"{100 * self.part / self.whole:5.1f} %" if self.whole else "    - %"
        return f"  {self.label:24} {percent}  ({self.part} of {self.whole})"


def summary(records: Sequence[Record]) -> Iterator[str]:
    """The figures, mode by mode, as lines of text."""
    for mode in ("lift", "raw"):
        some = [record for record in records if record.mode == mode]
        if not some:
            continue
        tested = [record for record in some if record.passed is not None]
        yield f"{mode}: {len(some)} tasks, {len(tested)} of them with hidden tests"
        yield from map(str, _shares(mode, some, tested))
        yield f"  seconds, median: {_each_stage(some, 'seconds', lambda values: f'{median(values):.2f}')}"
        for kind in ("prompt", "cached", "completion"):
            yield f"  {kind} tokens, mean: {_each_stage(some, 'tokens', lambda v: f'{mean(v):.0f}', f'{kind}_tokens')}"
        if failed := sorted({record.category for record in tested if not record.passed}):
            yield f"  failures in: {', '.join(failed)}"
    lift, raw = ({r.name: r.seconds["total"] for r in records if r.mode == mode} for mode in ("lift", "raw"))
    if both := lift.keys() & raw.keys():
        ratio = median(lift[name] for name in both) / median(raw[name] for name in both)
        yield f"lift's median is {ratio:.2f} times the median of asking directly ({len(both)} tasks)"


def _shares(mode: str, some: Sequence[Record], tested: Sequence[Record]) -> Iterator[_Share]:
    emitted = [record for record in some if record.code]
    vague = [record for record in some if record.asked_right is not None]
    if mode == "lift":
        yield _Share("valid IR", _count(record.ir_valid for record in some), len(some))
    yield _Share("code emitted", sum(bool(record.code) for record in tested), len(tested))
    yield _Share("emitted code compiles", _count(record.compiles for record in emitted), len(emitted))
    yield _Share("passing hidden tests", _count(record.passed for record in tested), len(tested))
    if mode == "lift":
        wrong = [record for record in tested if not record.passed]
        yield _Share("wrong but own checks pass", _count(record.unnoticed for record in wrong), len(tested))
        yield _Share("asked when ambiguous", _count(record.asked_right for record in vague), len(vague))
        yield _Share("asked needlessly", sum(bool(record.holes) for record in tested), len(tested))


def _count(flags: Iterable[bool | None]) -> int:
    return sum(flag is True for flag in flags)


def _each_stage(records: Sequence[Record], field: str, shown: Callable[[list[float]], str], part: str = "") -> str:
    values: defaultdict[str, list[float]] = defaultdict(list)
    for record in records:
        for stage, value in getattr(record, field).items():
            values[stage].append(getattr(value, part) if part else value)
    order = sorted(values, key=lambda stage: stage == "total")
    return ", ".join(f"{stage} {shown(values[stage])}" for stage in order) or "-"
