"""The results of a run of the benchmark: one JSON document, and the journal from which an unfinished one goes on.

While a run lasts, each record is appended to a journal beside the document, ``FILE.journal``: a process that is
killed loses the task it was at. At the end, and when it is stopped, the document is written whole and the
journal removed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from engine import paths
from engine.bench.cost import Bill, EndpointFacts, bill, queue_s
from engine.bench.figures import Summary, summarize
from engine.bench.machine import Machine
from engine.bench.records import Baseline, Record
from engine.errors import UsageError

SCHEMA = 2
"""2: there may be several baselines; what 1 tells is read all the same."""


class Options(BaseModel):
    """What the run was asked for; the suites by name and, for the built-in ones, nothing else."""

    model_config = ConfigDict(frozen=True)

    suites: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    limit: int | None = None
    repeat: int = 1
    concurrency: int = 1
    baseline: tuple[Baseline, ...] = ()
    cold: bool = False
    model: str = ""
    temperature: float = 0.0
    seed: int | None = None
    max_tokens: int = 1024

    @field_validator("baseline", mode="before")
    @classmethod
    def _named(cls, given: object) -> object:
        """Earlier results say only whether there was a baseline: there was one."""
        return ("raw",) if given is True else given or ()


class Header(BaseModel):
    """What all records of a run have in common.

    Attributes:
        began, ended: ISO 8601 in UTC; ``ended`` is empty while it goes on.
        complete: nothing of what was asked for is missing.
        prompt_version: of the prompts that Lift sends.
        peak_memory_mib: of Lift's own process.
    """

    schema_version: int = SCHEMA
    lift: str = ""
    prompt_version: str = ""
    began: str = ""
    ended: str = ""
    complete: bool = False
    machine: Machine
    endpoint: EndpointFacts
    model: str = ""
    options: Options
    peak_memory_mib: float = 0.0


class Results(Header):
    """The document: ``records`` has one for each task and repetition, ``baseline`` those of all baselines.

    ``cost`` is None where no price is known, or nothing was measured.
    """

    summary: Summary = Summary()
    cost: Bill | None = None
    records: list[Record] = []
    baseline: list[Record] = []

    def as_json(self) -> str:
        """The document, one record a line, so that a comparison of two versions can be read."""
        head = self.model_dump(mode="json", exclude={"records", "baseline"})
        lines = [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in head.items()]
        for key, records in (("records", self.records), ("baseline", self.baseline)):
            rows = ",\n".join(map(_row, records))
            lines.append(f'"{key}": [\n{rows}\n]' if rows else f'"{key}": []')
        return "{\n" + ",\n".join(lines) + "\n}\n"


def _row(record: Record) -> str:
    """A record as one line, without the spans that took no time."""
    data = record.model_dump(mode="json")
    data["spans"] = [span for span in data["spans"] if span["duration_s"]]
    return json.dumps(data, ensure_ascii=False)


def read(path: Path) -> Results:
    """The document in ``path``.

    Raises:
        UsageError: there is none, or it is of something else.
    """
    try:
        results = Results.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.", "Name a file that `lift bench --json` wrote.") from error
    except ValidationError as error:
        raise UsageError(f"{path} has no results of `lift bench` in it.", "Name a file that it wrote.") from error
    if results.schema_version > SCHEMA:
        raise UsageError(f"{path} was written by a newer version of Lift.", "Update Lift, or measure again.")
    return results


class Ledger:
    """The records of one run, kept as they come.

    Args:
        path: where the document goes.
        header: what the run is about to do; what it goes on with must have been asked for alike.
        resume: go on with what is there.

    Raises:
        UsageError: the file cannot be used, or has results already and the run is not to go on with them, or
            those were measured in another way.
    """

    def __init__(self, path: Path, header: Header, *, resume: bool) -> None:
        self.path = path
        self.journal = path.with_name(f"{path.name}.journal")
        self.header = header
        self._records: dict[Any, Record] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not resume and (path.exists() or self.journal.exists()):
                raise UsageError(f"{path} has results already.", "Add --resume, or name another file.")
            earlier = self._earlier() if resume else []
            self._records = {record.key: record for record in earlier if record.settled}
            # What an interruption tore, and accidents that are to be repeated, leave the file.
            paths.write_private(self.journal, _lines([self.header, *self._records.values()]))
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path} cannot be used for results: {error}.", "Name another file.") from error

    @property
    def records(self) -> list[Record]:
        """All records, in the order in which they were made."""
        return [*self._records.values()]

    def has(self, key: object) -> bool:
        """Whether that has been measured; see :attr:`Record.key`."""
        return key in self._records

    def add(self, record: Record) -> None:
        """Keep a record; it survives the end of this process."""
        self._records[record.key] = record
        with self.journal.open("a", encoding="utf-8") as file:
            file.write(_lines([record]))

    def close(self, *, complete: bool, ended: str, peak_memory_mib: float) -> Results:
        """Write the document and end the journal; without a record there is neither.

        Raises:
            UsageError: the document cannot be written; the journal stays.
        """
        results = compose(self.header, self.records, complete=complete, ended=ended, peak_memory_mib=peak_memory_mib)
        try:
            if self._records:
                paths.write_private(self.path, results.as_json())
            self.journal.unlink(missing_ok=True)
        except OSError as error:
            raise UsageError(f"{self.path} cannot be written: {error}.", f"{self.journal} has the records.") from error
        return results

    def _earlier(self) -> list[Record]:
        """What is there of an earlier run: in the document, and after it in the journal."""
        records: list[Record] = []
        if self.path.exists():
            before = read(self.path)
            self._agree(before)
            records += [*before.records, *before.baseline]
        if self.journal.exists():
            head, *lines = self.journal.read_text(encoding="utf-8").split("\n")
            try:
                self._agree(Header.model_validate_json(head))
                # The last line has no end where the process was killed while it wrote.
                records += [Record.model_validate_json(line) for line in lines[:-1]]
            except ValidationError as error:
                raise UsageError(f"{self.journal} is no journal of `lift bench`.", "Move it away.") from error
        return records

    def _agree(self, before: Header) -> None:
        """Raise if the earlier run was asked for something that cannot stand beside this one."""
        asked, now = before.options, self.header.options
        changed = [
            name
            for name in ("model", "temperature", "seed", "max_tokens", "cold", "concurrency")
            if getattr(asked, name) != getattr(now, name)
        ]
        if before.endpoint.name != self.header.endpoint.name:
            changed.append("endpoint")
        if before.prompt_version != self.header.prompt_version:
            changed.append("version of Lift's prompts")
        if changed:
            names = ", ".join(name.replace("_", "-") for name in changed)
            raise UsageError(
                f"{self.path} was measured with another {names}.", "Give the same options again, or name another file."
            )
        self.header = self.header.model_copy(update={"began": before.began})


def compose(
    header: Header, records: Sequence[Record], *, complete: bool, ended: str, peak_memory_mib: float
) -> Results:
    """The document of a run."""
    model = next((record.model for record in records if record.model), header.model)
    update = {"complete": complete, "ended": ended, "peak_memory_mib": round(peak_memory_mib, 1), "model": model}
    lift = [record for record in records if record.mode == "lift"]
    baseline = [record for record in records if record.mode != "lift"]
    fields = header.model_copy(update=update).model_dump()
    cost = bill(lift, header.endpoint, start_s=queue_s(lift))
    return Results(**fields, summary=summarize(lift, baseline), cost=cost, records=lift, baseline=baseline)


def _lines(items: Iterable[BaseModel]) -> str:
    return "".join(f"{item.model_dump_json()}\n" for item in items)
