"""The client and the pipeline against real vLLM: streams, grammars, figures, cancellation, many at once.

A model of 135 million parameters writes nonsense; what is tested is that it writes it by our grammars.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import aclosing

import httpx
import pytest

from engine.endpoints.client import ChatEndpoint
from engine.endpoints.connect import connect, wake
from engine.endpoints.profiles import Profile
from engine.endpoints.protocol import ChatRequest, Delta, Finished, Message, Sampling
from engine.errors import EndpointRefused
from engine.grammar.grammar import Grammar
from engine.grammar.json_schema import json_schema_grammar
from engine.grammar.python.grammar import python_body, python_function
from engine.grammar.python.policy import Policy
from engine.grammar.verifier import Verifier
from engine.ir.text import parse
from engine.sessions.store import SessionStore
from engine.stages.assist_wire import options_schema
from engine.stages.events import Event
from engine.stages.jobs import RunRequest
from engine.stages.pipeline import Run
from engine.stages.refine_wire import refine_schema
from engine.stages.short_wire import grammar_for
from modal_app.boot import WARM_UP_SCHEMA
from modal_app.server_process import ServerProcess
from modal_app.settings import PROFILES, Settings
from modal_app.vllm_command import vllm_command
from tests.support.scripts import SPEC
from tests.vllm.conftest import SETTINGS

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(1500)]

ASKED = (Message("user", "Write a function that clamps a number."),)
HEADER = "def clamp(value: int, low: int, high: int) -> int:"


@pytest.fixture
async def endpoint(profile: Profile) -> AsyncIterator[ChatEndpoint]:
    async with httpx.AsyncClient() as client:
        yield await connect(profile, client, lambda _: None)


async def everything(endpoint: ChatEndpoint, request: ChatRequest) -> tuple[str, Finished]:
    items = [item async for item in endpoint.stream(request)]
    assert isinstance(items[-1], Finished)
    return "".join(item.text for item in items if isinstance(item, Delta)), items[-1]


async def metric(profile: Profile, name: str) -> float:
    """The sum of a metric over its labels."""
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"{profile.url}/metrics")).text
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if re.match(rf"{name}\b", line))


def said_last(events: list[Event]) -> str:
    """What the model said in the attempt that counts: the ones before it were dropped."""
    said = ""
    for event in events:
        if event.type == "answer-dropped":
            said = ""
        elif event.type == "text-delta":
            said += event.text
    return said


async def test_a_draft_and_code_stream_through_it(profile: Profile, tmp_path):
    with SessionStore(tmp_path / "s.db") as store:
        async with httpx.AsyncClient() as client:
            asked = "Clamp a number between low and high."
            request = RunRequest(asked, profile, sampling=Sampling(max_tokens=120), kind="draft")
            drafted = [event async for event in Run(request, store, client).events()]
            ir = parse(SPEC)
            request = RunRequest(ir.intent.summary, profile, ir=ir, sampling=Sampling(max_tokens=80))
            written = [event async for event in Run(request, store, client).events()]
    assert len([event for event in drafted if event.type == "text-delta"]) > 20
    Verifier(grammar_for(asked)).accept(said_last(drafted))
    assert said_last(written).startswith(HEADER)
    # So small a model may ramble until its tokens are used up, which is an end of its own; it never leaves a grammar.
    for events in (drafted, written):
        error = events[-1].error
        assert error is None or re.search("used all of its|repeats itself|has written", error["what"]), error
    if written[-1].error is None:
        (code,) = [event.code for event in written if event.type == "code-finished"]
        compile(code, "<generated>", "exec", dont_inherit=True)


@pytest.mark.parametrize(
    "grammar",
    [
        grammar_for("Clamp a number."),
        json_schema_grammar("a refinement", refine_schema(parse(SPEC), "also accept None")),
        *(json_schema_grammar("options", options_schema(hint)) for hint in ("bool", "int", "list[str]", "type", "str")),
        python_body(Policy()),
        python_body(Policy.for_effects(["reads a file", "prints"])),
        python_function(HEADER, Policy()),
    ],
    ids=lambda grammar: grammar.name.replace(" ", "-"),
)
async def test_every_grammar_that_we_send_is_accepted_and_kept(endpoint: ChatEndpoint, grammar: Grammar):
    text, last = await everything(endpoint, ChatRequest(ASKED, grammar=grammar, sampling=Sampling(max_tokens=16)))
    assert text
    verifier = Verifier(grammar)
    verifier.accept(text)
    if last.reason == "stop":
        verifier.finish()


@pytest.mark.parametrize("schema", [grammar_for("Clamp a number.").json_schema, WARM_UP_SCHEMA, options_schema("int")])
async def test_every_schema_is_accepted_as_a_response_format(profile: Profile, schema):
    # What a server is sent that does not say it is vLLM. The draft's schema takes xgrammar a minute or more to
    # compile from JSON Schema; the EBNF that vLLM is sent when it is known takes a fraction of that.
    plain = profile.model_copy(update={"flavor": "openai"})
    grammar = Grammar("a schema", 'root ::= "x"', json_schema=dict(schema))
    async with httpx.AsyncClient() as client:
        endpoint = await connect(plain, client, lambda _: None)
        text, _ = await everything(endpoint, ChatRequest(ASKED, grammar=grammar, sampling=Sampling(max_tokens=16)))
    assert text.startswith("{")


async def test_a_prefilled_answer_is_continued(endpoint: ChatEndpoint):
    prefill = f"```python\n{HEADER}\n"
    request = ChatRequest(ASKED, grammar=python_body(Policy()), prefill=prefill, sampling=Sampling(max_tokens=12))
    text, _ = await everything(endpoint, request)
    assert HEADER not in text
    Verifier(python_body(Policy())).accept(text)
    assert text.lstrip("\n").startswith((" ", "\t"))


async def test_figures_arrive_with_each_request(endpoint: ChatEndpoint, profile: Profile):
    long = ChatRequest((Message("user", "word " * 200),), sampling=Sampling(max_tokens=4))
    await everything(endpoint, long)
    _, last = await everything(endpoint, long)
    assert last.prompt_tokens > 200
    assert last.cached_tokens > 0.5 * last.prompt_tokens
    assert 0 < last.completion_tokens <= 4
    body = {"model": profile.model, "messages": [{"role": "user", "content": "hi"}], "max_tokens": 4, "stream": True}
    body["stream_options"] = {"include_usage": True}
    async with httpx.AsyncClient(timeout=120) as client:
        text = (await client.post(f"{profile.url}/v1/chat/completions", json=body)).text
    assert '"queue_time_ms"' in text
    assert '"time_to_first_token_ms"' in text


async def test_closing_the_stream_aborts_the_request(endpoint: ChatEndpoint, profile: Profile):
    written = await metric(profile, "vllm:generation_tokens_total")
    long = Grammar(
        "a long line", f'root ::= "{"word " * 1000}"'
    )  # at least a thousand tokens, whatever the model likes
    request = ChatRequest(ASKED, grammar=long, sampling=Sampling(max_tokens=4000))
    async with aclosing(endpoint.stream(request)) as stream:
        seen = 0
        async for item in stream:
            seen += isinstance(item, Delta)
            if seen == 3:
                assert await metric(profile, "vllm:num_requests_running") == 1
                break
    for _ in range(600):
        if await metric(profile, "vllm:num_requests_running") == 0:
            break
        await asyncio.sleep(0.1)
    assert await metric(profile, "vllm:num_requests_running") == 0
    assert await metric(profile, "vllm:generation_tokens_total") - written < 500


async def test_a_bad_grammar_is_refused(endpoint: ChatEndpoint):
    with pytest.raises(EndpointRefused, match="rejected the request") as refused:
        await everything(endpoint, ChatRequest(ASKED, grammar=Grammar("broken", 'root ::= "x')))
    assert refused.value.status == 400
    text, _ = await everything(endpoint, ChatRequest(ASKED, sampling=Sampling(max_tokens=2)))
    assert text  # it goes on


async def test_parallel_streams_are_not_mixed_up(endpoint: ChatEndpoint):
    lines = [f"stream {number}: " + f"{number:02d}-" * 3 for number in range(12)]  # four more than run at once
    answers = await asyncio.gather(
        *(
            everything(endpoint, ChatRequest(ASKED, grammar=Grammar(f"line {n}", f'root ::= "{line}"')))
            for n, line in enumerate(lines)
        )
    )
    assert [text for text, _ in answers] == lines


async def test_it_is_woken_by_its_health(profile: Profile):
    async with httpx.AsyncClient() as client:
        assert await wake(profile, client, lambda _: None) > 0


def test_the_settings_of_every_profile_are_flags_that_vllm_knows(inspected):
    chosen = [Settings.choose({"profile": name, "snapshots": on}) for name in PROFILES for on in (True, False)]
    found = inspected([vllm_command(settings, "/weights")[2:] for settings in chosen])
    for settings, parsed in zip(chosen, found["parsed"], strict=True):
        assert parsed["max_model_len"] == str(settings.context_tokens)
        assert parsed["max_num_seqs"] == str(settings.max_concurrency)
        assert parsed["gpu_memory_utilization"] == str(settings.gpu_memory_fraction)
        assert parsed["enable_sleep_mode"] == str(settings.snapshots)
        assert parsed["middleware"] == ("['modal_app.guard.ControlGuard']" if settings.snapshots else "[]")
        assert "xgrammar" in parsed["structured_outputs_config"]
        assert settings.model in parsed["served_model_name"]
        assert parsed["api_key"] == "None"
    assert {"/sleep", "/wake_up", "/is_sleeping", "/collective_rpc"} <= set(found["routes"])
    outside = [path for path in found["open"] if not path.startswith("/v1/")]
    assert set(outside) == {"/health", "/metrics", "/version"} & set(found["routes"])


def test_the_command_line_is_the_containers_own(server: ServerProcess):
    assert server.control.healthy()
    started = list(server.process.args)
    assert started == vllm_command(SETTINGS, started[2], port=server.control.port)
