"""Tasks, records and scripted answers for the tests of the benchmark."""

from __future__ import annotations

from typing import Any

from engine import prompts
from engine.bench.cost import EndpointFacts
from engine.bench.machine import Machine
from engine.bench.records import Record
from engine.bench.results import Header, Options, Results, compose
from engine.bench.tasks import Task
from engine.ir.text import parse
from engine.stages.assemble import header

SPEC = '''def add(a: int, b: int) -> int:
    """Add two numbers."""
    ensures(result == a + b)
    effect("none")
    example(add(1, 2) == 3)
'''
BODY = "    return a + b\n"


def task_of(**fields: object) -> Task:
    return Task.model_validate({"name": "f", "category": "c", "prompt": "p", **fields})


def returning(args: str, value: str, **fields: object) -> Task:
    return task_of(calls=[{"args": args, "returns": value}], **fields)


ADD = returning("(2, 3)", "5", name="sum_of_two", prompt="Add two numbers.")
VAGUE = task_of(name="vague", category="ambiguous", prompt="Sort it.", holes=["order"])


def draft_of(text: str = SPEC) -> str:
    """The draft that a model says of the specification ``text``."""
    ir = parse(text)
    asked = {"ask": [[hole.description, *hole.options] for hole in ir.holes]} if ir.holes else {}
    examples = [f"{example.call} == {example.result}" for example in ir.examples] * 2
    ensures = {"ensures": [clause.predicate for clause in ir.ensures]} if ir.ensures else {}
    sig = header(ir).removeprefix("def ").removesuffix(":")
    return prompts.compact_json({**asked, "sig": sig, "examples": examples, **ensures})


def record_of(name: str = "a", mode: str = "lift", **fields: Any) -> Record:
    """A record of a task that passed, but for ``fields``."""
    given = {"mode": mode, "name": name, "category": "lists", "suite": "s", "code": "x", "compiles": True}
    lift = {"ir_valid": True, "own_checks_passed": True} if mode == "lift" else {}
    return Record.model_validate({"passed": True, "seconds": 2.0, "prompt": "Do it.", **given, **lift, **fields})


def header_of(**options: Any) -> Header:
    endpoint = options.pop("endpoint", EndpointFacts(name="local", kind="local"))
    prompts_of = options.pop("prompt_version", "1")
    machine = Machine(system="Linux x86_64", cpu="Two-Core 9", cores=2, memory_gib=16.0, python="3.11.7")
    return Header(
        lift="0.1.0",
        prompt_version=prompts_of,
        began="2026-11-01T10:00:00+00:00",
        machine=machine,
        endpoint=endpoint,
        options=Options(**options),
    )


def results_of(*records: Record, **options: Any) -> Results:
    """The document of a run that made these records."""
    ended = "2026-11-01T10:10:00+00:00"
    return compose(header_of(**options), records, complete=True, ended=ended, peak_memory_mib=90.0)
