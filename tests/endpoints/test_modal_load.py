"""Many sessions at once on one deployment: nothing is mixed up, and what nobody reads is not piled up."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys
import tracemalloc
from contextlib import aclosing
from pathlib import Path

import pytest

from engine.endpoints.connect import connect, new_client
from engine.endpoints.profiles import Profile
from engine.endpoints.protocol import ChatRequest, Delta, Finished, Message, Sampling
from engine.sessions.store import SessionStore
from engine.stages.jobs import RunRequest
from engine.stages.pipeline import Run
from tests.support.modal_server import TOKEN, modal_server
from tests.support.scripts import DRAFT, draft

ROOT = Path(__file__).parents[2]
STREAMS = 64


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("MODAL_KEY", TOKEN)


@pytest.fixture
def elsewhere():
    """A deployment in a process of its own, so that what is measured here is the client alone; its profile."""
    command = [sys.executable, "-m", "tests.support.modal_server", "echo"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().strip()
        yield Profile(name="gpu", kind="modal", url=url, model="m", flavor="vllm", key_env="MODAL_KEY")
        process.kill()


def question(number, size):
    """Text of ``size`` characters that no other question shares a line with."""
    line = f"{number:04d} {hashlib.sha256(str(number).encode()).hexdigest()}\n"
    return (line * (size // len(line) + 1))[:size]


async def digest(endpoint, number, size):
    """The digest of one answer, read piece by piece and not kept."""
    seen = hashlib.sha256()
    request = ChatRequest((Message("user", question(number, size)),), sampling=Sampling(max_tokens=size))
    async with aclosing(endpoint.stream(request)) as items:
        async for item in items:
            if isinstance(item, Delta):
                seen.update(item.text.encode())
    assert isinstance(item, Finished)
    return seen.hexdigest()


async def test_parallel_streams_are_not_mixed_up(elsewhere):
    async with new_client() as client:
        endpoint = await connect(elsewhere, client, lambda _: None)
        answers = await asyncio.gather(*(digest(endpoint, number, 600) for number in range(STREAMS)))
    wanted = [hashlib.sha256(question(number, 600).encode()).hexdigest() for number in range(STREAMS)]
    assert answers == wanted
    assert len(set(wanted)) == STREAMS


async def test_memory_does_not_grow_with_the_length_of_the_answers(elsewhere):
    async with new_client() as client:
        endpoint = await connect(elsewhere, client, lambda _: None)

        async def peak(size):
            """The most memory that 4 parallel streams of ``size`` characters took, in bytes."""
            tracemalloc.start()
            try:
                await asyncio.gather(*(digest(endpoint, number, size) for number in range(4)))
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

        await peak(500)  # what is loaded once
        short, long = await peak(500), await peak(20_000)
    # The question itself is as long as its answer; what travels for the answer is 25 times that.
    assert long - short < 4 * 19_500 * 12


async def test_a_reader_who_stops_is_not_written_to_without_end(elsewhere):
    async with new_client() as client:
        endpoint = await connect(elsewhere, client, lambda _: None)
        text = question(1, 50_000)  # more than a megabyte on the wire
        async with aclosing(endpoint.stream(ChatRequest((Message("user", text),)))) as items:
            await anext(items)
            tracemalloc.start()
            await asyncio.sleep(0.5)
            held, _ = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            rest = "".join([item.text async for item in items if isinstance(item, Delta)])
    assert held < 300_000
    assert text.endswith(rest)
    assert len(rest) > 40_000


async def test_parallel_sessions_in_one_store_keep_their_own(tmp_path):
    names = [f"clamp_{number}" for number in range(8)]

    def reply(request):
        """A draft that is named as the prompt says."""
        asked = request["messages"][-1]["content"].split()
        name = next(word for word in asked if word in names)
        return draft(sig=DRAFT["sig"].replace("clamp", name), raises=None)

    async with modal_server("warm") as modal, new_client() as client:
        modal.reply = reply
        with SessionStore(tmp_path / "s.db") as store:

            async def one(name):
                request = RunRequest(f"Clamp a value; call it {name}", modal.profile(), kind="draft")
                return [event async for event in Run(request, store, client).events()]

            runs = await asyncio.gather(*(one(name) for name in names))
            heads = [store.drafts.head(events[0].session_id).ir for events in runs]
    assert [ir.signature.name for ir in heads] == names
    assert [ir.intent.rationale for ir in heads] == [f"Call it {name}." for name in names]
    assert {events[-1].error for events in runs} == {None}
    assert len({events[0].session_id for events in runs}) == len(names)
