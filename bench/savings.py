"""What each saving saves, before and after in one run: ``python -m bench.savings FILE.json [--rounds 6]``.

Every stage has a cost that was found avoidable and is avoided now. Here it is paid once more: the two ways take turns
on the embedded model, the one that goes first changes, and only their ratio is worth something on a busy machine.
``lift bench report … --savings FILE.json`` puts the figures into the report.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx

from engine import prompts
from engine.bench.machine import this_machine
from engine.bench.savings import Saving, Savings
from engine.endpoints.client import ChatEndpoint
from engine.endpoints.connect import connect, new_client
from engine.endpoints.profiles import Profiles
from engine.endpoints.protocol import ChatRequest, Message, Sampling
from engine.ir.models import IR
from engine.ir.text import parse
from engine.sessions.recorder import FLUSH_S, Recorder
from engine.sessions.store import SessionStore
from engine.stages.check import check
from engine.stages.check_tools import CheckTools
from engine.stages.clock import RunClock
from engine.stages.events import CheckFinished, StageStarted, TextDelta
from engine.stages.implement import CodeRequest, code_request, conversation, reworded
from engine.stages.mending import mended
from engine.stages.sampling import sample
from engine.stages.short_wire import short_grammar

SAMPLING = Sampling()
EVERYTHING = "tui.cli, textual.app, modal, xllamacpp, engine.stages.pipeline"
TOKENS = 400
"""Pieces of text in a recorded run, a usual number."""

STUB = '''def keep_even(numbers):
    """Keep the even numbers, in their order.

    keep_even([1, 2, 4]) -> [2, 4]
    keep_even([]) -> []
    keep_even([3]) -> []
    """'''
SPECS = (
    '''def count_long(text: str, length: int) -> int:
    """Count the words of a text that are longer than a number of letters."""
    example(count_long("one three", 3) == 1)
''',
    '''def minutes(text: str) -> int:
    """Turn a text like '1h30' into minutes."""
    example(minutes("1h30") == 90)
''',
    '''def second(numbers: list[int]) -> int | None:
    """Return the second largest number of a list, or None if there is none."""
    example(second([1, 2, 3]) == 2)
''',
)
RIGHT = """def second(numbers: list[int]) -> int | None:
    found = sorted(set(numbers))
    return found[-2] if len(found) > 1 else None
"""
SLIP = RIGHT.replace("> 1", "< 1")

Way = Callable[[int], Awaitable[float]]
"""Does it once and returns the seconds that it took; the number is of the round."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two ways of doing the same."""

    stage: str
    what: str
    before: Way
    after: Way


@dataclass(frozen=True, slots=True)
class Bench:
    """The embedded model, and a folder for what is written."""

    endpoint: ChatEndpoint
    folder: Path
    asked: Iterator[int] = field(default_factory=itertools.count)

    def pairs(self) -> list[Pair]:
        """Everything that is measured, in the order of the stages."""
        return [
            Pair("start", "a command imports what it needs", _imports(EVERYTHING), _imports("tui.cli")),
            Pair("draft", "the instructions are read before anybody asks", self._draft_unread, self._draft),
            Pair("draft", "no white space in the JSON", self._draft_spaced, self._draft),
            Pair("draft", "examples that the request gives are not written", self._stub_repeated, self._stub),
            Pair("implement", "the worked examples are read before anybody asks", self._code_unread, self._code),
            Pair("implement", "header and imports are given", self._code_whole, self._code),
            Pair("check", "the children start while the model writes", self._check_cold, self._check_ready),
            Pair("repair", "a small edit is tried before the model is asked", self._asked_again, self._mended),
            Pair("compare", "the usual words come before the bare ones", self._opinion_bare, self._opinion),
            Pair("save", "text is written four times a second", self._saved_each, self._saved),
        ]

    def _task(self, number: int) -> tuple[str, IR]:
        """A request that has not been read before, and its specification."""
        ir = parse(SPECS[number % len(SPECS)])
        return f"Task {next(self.asked)}. {ir.intent.summary}", ir

    async def _stream(self, request: ChatRequest) -> float:
        began = time.perf_counter()
        async with aclosing(self.endpoint.stream(request)) as items:
            async for _ in items:
                pass
        return time.perf_counter() - began

    def _draft_request(self, number: int) -> ChatRequest:
        prompt, _ = self._task(number)
        messages = (*prompts.preamble(), Message("user", prompt))
        return ChatRequest(messages, short_grammar(raises=False, ask=False), sampling=SAMPLING, logprobs=True)

    async def _draft(self, number: int) -> float:
        return await self._stream(self._draft_request(number))

    async def _draft_unread(self, number: int) -> float:
        request = self._draft_request(number)
        return await self._stream(replace(request, messages=_unread(request.messages)))

    async def _draft_spaced(self, number: int) -> float:
        request = self._draft_request(number)
        return await self._stream(replace(request, grammar=short_grammar(raises=False, ask=False, whitespace="any")))

    async def _stub(self, number: int, *, examples: bool = False) -> float:
        asked = Message("user", f"# Task {next(self.asked)}\n{STUB}")
        grammar = short_grammar(raises=False, ask=False, examples=examples)
        return await self._stream(ChatRequest((*prompts.preamble(), asked), grammar, sampling=SAMPLING))

    async def _stub_repeated(self, number: int) -> float:
        return await self._stub(number, examples=True)

    async def _answer(self, request: CodeRequest) -> float:
        began = time.perf_counter()
        await sample([request], self.endpoint, RunClock())
        return time.perf_counter() - began

    async def _code(self, number: int) -> float:
        prompt, ir = self._task(number)
        return await self._answer(code_request(ir, self.endpoint, conversation(prompt, ir), SAMPLING))

    async def _code_unread(self, number: int) -> float:
        prompt, ir = self._task(number)
        return await self._answer(code_request(ir, self.endpoint, _unread(conversation(prompt, ir)), SAMPLING))

    async def _code_whole(self, number: int) -> float:
        prompt, ir = self._task(number)
        whole = copy(self.endpoint)
        whole.capabilities = replace(whole.capabilities, prefill=False)
        return await self._answer(code_request(ir, whole, conversation(prompt, ir), SAMPLING))

    async def _check_cold(self, number: int) -> float:
        async with CheckTools() as tools:
            return await _checked(tools)

    async def _check_ready(self, number: int) -> float:
        async with CheckTools() as tools:
            tools.prepare()
            await asyncio.sleep(2.0)  # the model writes for longer
            return await _checked(tools)

    async def _mended(self, number: int) -> float:
        async with CheckTools() as tools:
            tools.prepare()
            await asyncio.sleep(2.0)
            began = time.perf_counter()
            if not await mended(SLIP, parse(SPECS[2]), tools):
                raise SystemExit("The slip was not mended.")
            return time.perf_counter() - began

    async def _asked_again(self, number: int) -> float:
        """What an attempt takes that tells the model what fails."""
        prompt, ir = self._task(2)
        told = prompts.repair_instruction(["second([1, 2, 3]) gives None, and should give 2"])
        turns = (*conversation(prompt, ir), Message("assistant", f"```python\n{SLIP}```"), Message("user", told))
        return await self._answer(code_request(ir, self.endpoint, turns, SAMPLING))

    async def _opinion(self, number: int) -> float:
        prompt, ir = self._task(number)
        return await self._answer(reworded(prompt, ir, self.endpoint, SAMPLING)[0])

    async def _opinion_bare(self, number: int) -> float:
        prompt, ir = self._task(number)
        return await self._answer(reworded(prompt, ir, self.endpoint, SAMPLING)[1])

    async def _saved(self, number: int) -> float:
        ticks = itertools.count()
        return await self._save(lambda: next(ticks) * FLUSH_S / 10)  # ten pieces in the time between two writes

    async def _saved_each(self, number: int) -> float:
        ticks = itertools.count()
        return await self._save(lambda: next(ticks) * FLUSH_S * 2)

    async def _save(self, clock: Callable[[], float]) -> float:
        with SessionStore(self.folder / "savings.db") as store, Recorder(store, clock=clock) as recorder:
            recorder.begin("Save it.", endpoint="local", model=self.endpoint.model)
            recorder.record(StageStarted(stage="implement", at_s=0.0))
            began = time.perf_counter()
            for _ in range(TOKENS):
                recorder.record(TextDelta(stage="implement", text="word "))
            return time.perf_counter() - began


def _unread(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """The same conversation with another first word: nothing of what follows it has been read."""
    first, *others = messages
    return (replace(first, content=f"{datetime.now(UTC):%f}. {first.content}"), *others)


async def _checked(tools: CheckTools) -> float:
    began = time.perf_counter()
    async with aclosing(check(RIGHT, parse(SPECS[2]), clock=RunClock(), tools=tools)) as events:
        results = [event.result async for event in events if isinstance(event, CheckFinished)]
    if any(result.status == "failed" for result in results):
        raise SystemExit("The code that is checked is wrong.")
    return time.perf_counter() - began


def _imports(modules: str) -> Way:
    async def way(number: int) -> float:
        began = time.perf_counter()
        await asyncio.to_thread(subprocess.run, [sys.executable, "-c", f"import {modules}"], check=True)
        return time.perf_counter() - began

    return way


async def measure(rounds: int, client: httpx.AsyncClient, folder: Path) -> Savings:
    """Measure every pair ``rounds`` times; the first turn of each is not counted."""
    began = datetime.now(UTC).isoformat(timespec="seconds")
    endpoint = await connect(next(iter(Profiles())), client, lambda _: None)
    found: list[Saving] = []
    for pair in Bench(endpoint, folder).pairs():
        times: dict[Way, list[float]] = {pair.before: [], pair.after: []}
        for number in range(rounds + 1):
            for way in [*times][:: 1 if number % 2 else -1]:
                took = await way(number)
                if number:
                    times[way].append(round(took, 4))
        before_s, after_s = (tuple(times[way]) for way in (pair.before, pair.after))
        found.append(Saving(stage=pair.stage, what=pair.what, before_s=before_s, after_s=after_s))
        sys.stderr.write(f"{pair.stage:10} {pair.what:50} {found[-1].ratio:.2f}\n")
    return Savings(began=began, machine=this_machine(), model=endpoint.model, savings=tuple(found))


async def main() -> None:
    """Measure, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--rounds", type=int, default=6)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lift-savings-") as folder:
        async with new_client() as client:
            savings = await measure(asked.rounds, client, Path(folder))
    asked.file.write_text(savings.model_dump_json(indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
