"""Run a suite through the pipeline: ``python -m bench.run_suite --suite bench/suites/tune.jsonl``.

Every task becomes one record, which is appended to the ``--json`` file at once, so that an
interrupted run goes on with ``--resume``. ``--baseline raw`` then asks the same endpoint each prompt
directly, after the pipeline's turn: in between, it would push the pipeline's prompt out of the
endpoint's cache.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.records import Log, Mode, Record, Timing, summary
from bench.score import asks_about, score
from bench.suite import Task, load
from engine.endpoints.connect import connect, new_client
from engine.endpoints.profiles import Profile, Profiles
from engine.endpoints.protocol import ChatRequest, Delta, Finished, Message, Sampling
from engine.errors import EndpointError, LiftError, UsageError
from engine.ir.models import IR
from engine.ir.validate import validate
from engine.sessions.store import SessionStore
from engine.stages.check_header import parse_module
from engine.stages.events import (
    CodeChosen,
    CodeFinished,
    Event,
    RunFinished,
    SpanFinished,
    SpecFinished,
    StageFailed,
    StageFinished,
    StageStarted,
    Usage,
)
from engine.stages.pipeline import Run, RunRequest

RAW_PROMPT = "Write a Python function. {prompt}\n\nAnswer with the code only."

Report = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that the tasks of one run share."""

    profile: Profile
    model: str | None
    client: httpx.AsyncClient
    store: SessionStore
    sampling: Sampling
    unsafe: bool

    async def warm_up(self) -> None:
        """Wait until the endpoint answers, so that a cold start is not counted against the first task."""
        await connect(self.profile, self.client, lambda _: None, model=self.model)

    async def lift(self, task: Task) -> Record:
        """Run the task through the pipeline and score what comes out."""
        request = RunRequest(
            prompt=task.prompt, profile=self.profile, model=self.model, sampling=self.sampling, unsafe=self.unsafe
        )
        heard = _Heard()
        async for event in Run(request, self.store, self.client).events():
            heard.note(event)
        name = heard.ir.signature.name if heard.ir else ""
        holes = [] if heard.ir is None else heard.ir.holes
        questions = [" ".join([hole.identifier, hole.description, *hole.options]) for hole in holes]
        record = Record(
            mode="lift",
            name=task.name,
            category=task.category,
            ir_valid=heard.ir is not None and not any(found.severity == "error" for found in validate(heard.ir)),
            holes=[hole.description or hole.identifier for hole in holes],
            asked_right=asks_about(questions, task.holes) if task.holes else None,
            repairs=max(heard.codes - 1, 0),
            tokens=heard.tokens,
            spans=heard.spans,
            code=heard.code,
            ir_text=heard.ir_text,
            **heard.ending(),
        )
        return await self._scored(record, name, task)

    async def raw(self, task: Task) -> Record:
        """Ask the model for the code directly, and score it."""
        request = ChatRequest(
            messages=(Message("user", RAW_PROMPT.format(prompt=task.prompt)),), sampling=self.sampling
        )
        record = Record(mode="raw", name=task.name, category=task.category)
        text = ""
        began = time.perf_counter()
        try:
            endpoint = await connect(self.profile, self.client, lambda _: None, model=self.model)
            async for item in endpoint.stream(request):
                match item:
                    case Delta():
                        text += item.text
                    case Finished():
                        usage = Usage(
                            prompt_tokens=item.prompt_tokens,
                            cached_tokens=item.cached_tokens,
                            completion_tokens=item.completion_tokens,
                        )
                        record.model, record.tokens = item.model, {"total": usage}
                        record.spans = [
                            Timing(stage="raw", name=t.phase, start_s=t.start_s - began, duration_s=t.duration_s)
                            for t in item.timings
                        ]
                    case _:
                        pass
        except EndpointError as error:
            record.error = error.as_dict()
        record.seconds = {"total": time.perf_counter() - began}
        record.code, name = code_of(text)
        return await self._scored(record, name, task)

    async def _scored(self, record: Record, function_name: str, task: Task) -> Record:
        record.compiles = bool(record.code) and parse_module(record.code)[0] is not None
        if not task.calls:
            return record
        record.passed = False
        if record.compiles and function_name:
            verdict = await score(record.code, function_name, task, unsafe=self.unsafe)
            record.passed, record.failures = verdict.passed, list(verdict.failures)
        elif record.error is None:
            record.failures = ["no function that compiles"]
        return record


class _Heard:
    """What the events of one run said."""

    def __init__(self) -> None:
        self.ir: IR | None = None
        self.ir_text = ""
        self.code = ""
        self.codes = 0
        self._versions: dict[int, str] = {}
        self.tokens: defaultdict[str, Usage] = defaultdict(Usage)
        self.spans: list[Timing] = []
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._last: RunFinished | None = None

    def note(self, event: Event) -> None:
        match event:
            case SpecFinished():
                self.ir, self.ir_text = event.ir, event.ir_text
            case CodeFinished():
                self.code = self._versions[event.attempt] = event.code
                self.codes += 1
            case CodeChosen():
                self.code = self._versions[event.attempt]
            case SpanFinished():
                self.spans.append(Timing(**event.span.model_dump()))
            case StageStarted():
                self._seconds[event.stage] -= event.at_s
            case StageFinished():
                self._seconds[event.stage] += event.at_s
                if event.usage != Usage():
                    self.tokens[event.stage] += event.usage
            case StageFailed():
                self._seconds[event.stage] += event.at_s
            case RunFinished():
                self.tokens["total"] = event.usage
                self._last = event
            case _:
                pass

    def ending(self) -> dict[str, Any]:
        """The fields that the run's last event decides."""
        last = self._last
        assert last is not None  # every run ends with it
        return {
            "model": last.model,
            "seconds": {**self._seconds, "total": last.duration_s},
            "own_checks_passed": {"passed": True, "failed": False}.get(last.status),
            "error": last.error,
        }


def code_of(text: str) -> tuple[str, str]:
    """The code in a model's answer, and the name of the function it is about.

    The code is the first fenced block with a function in it, else the whole text; the function is the
    last one at the top level that does not look like a script's or a test's.
    """
    blocks = [match[1] for match in re.finditer(r"^```[^\n]*\n(.*?)(?:^```|\Z)", text, re.DOTALL | re.MULTILINE)]
    for code in (*blocks, text):
        if tree := parse_module(code)[0]:
            functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
            likely = [name for name in functions if name != "main" and not name.startswith("test")]
            if functions:
                return code, (likely or functions)[-1]
    return (blocks[0] if blocks else text), ""


async def run(tasks: Sequence[Task], modes: Sequence[Mode], bench: Bench, log: Log, report: Report) -> None:
    """Work through what ``log`` does not have yet.

    Raises:
        LiftError: the endpoint does not start, or the sandbox does not work.
    """
    ways: dict[Mode, Callable[[Task], Awaitable[Record]]] = {"lift": bench.lift, "raw": bench.raw}
    left: list[tuple[Mode, Task]] = [(mode, task) for mode in modes for task in tasks if not log.has(mode, task)]
    if left:
        await bench.warm_up()
    for number, (mode, task) in enumerate(left, 1):
        record = await ways[mode](task)
        log.add(record)
        report(f"{number:3}/{len(left)} {record.line()}\n")


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


async def _main(options: argparse.Namespace, tasks: Sequence[Task], log: Log) -> None:
    modes: dict[str | None, tuple[Mode, ...]] = {None: ("lift",), "raw": ("lift", "raw"), "raw-only": ("raw",)}
    with tempfile.TemporaryDirectory() as folder, SessionStore(Path(folder) / "sessions.db") as store:
        async with new_client() as client:
            bench = Bench(
                profile=Profiles().get(options.endpoint),
                model=options.model,
                client=client,
                store=store,
                sampling=Sampling(max_tokens=options.max_tokens),
                unsafe=options.unsafe_run,
            )
            await run(tasks, modes[options.baseline], bench, log, _say)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, report, summarise; returns the exit code of ``lift``'s own commands."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", type=Path, required=True, metavar="FILE", help="tasks, one JSON object a line")
    parser.add_argument("--only", metavar="CATEGORY", help="only the tasks of one category")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N tasks")
    parser.add_argument("--endpoint", metavar="NAME|URL", help="default: the current one")
    parser.add_argument("--model", metavar="NAME", help="a model other than the endpoint's own")
    parser.add_argument("--max-tokens", type=int, default=Sampling().max_tokens, help="longest answer, in tokens")
    parser.add_argument("--baseline", choices=("raw", "raw-only"), help="ask the model directly too, or nothing else")
    parser.add_argument("--json", type=Path, metavar="OUT", help="append the records to this file, one a line")
    parser.add_argument("--resume", action="store_true", help="go on with what OUT does not have yet")
    parser.add_argument("--unsafe-run", action="store_true", help="run code unconfined where the platform cannot")
    options = parser.parse_args(arguments)
    code = 0
    try:
        tasks = [task for task in load(options.suite) if options.only in (None, task.category)][: options.limit]
        if not tasks:
            raise UsageError(f"{options.suite} has no task of that kind.", "Leave out --only, or correct it.")
        log = Log(options.json, resume=options.resume)
    except LiftError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    try:
        asyncio.run(_main(options, tasks, log))
    except LiftError as error:
        sys.stderr.write(f"{error}\n")
        code = error.exit_code
    except KeyboardInterrupt:
        code = 130
    sys.stdout.write("\n".join(["", *summary(log.records), ""]))
    return code


if __name__ == "__main__":
    sys.exit(main())
