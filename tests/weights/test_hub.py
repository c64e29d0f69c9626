from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import WeightsError
from engine.weights import Model, local_path, model_file, pull


@pytest.fixture
def model(model: Model) -> Model:
    """The model with the hub as its only source."""
    return replace(model, sources=model.sources[:1])


async def test_a_pull_delivers_the_verified_file(hub, model, heard, content) -> None:
    path = await pull(model, progress=heard)
    assert path == model_file(model) == local_path(model)
    assert path.read_bytes() == content
    assert heard.phase("download")[-1].done_bytes == model.size
    assert heard.phase("verify")[-1].done_bytes == model.size
    assert {file.name for file in path.parent.iterdir()} == {"model.gguf", ".model.gguf.lock"}


async def test_a_second_pull_asks_nobody(hub, model, heard) -> None:
    await pull(model, progress=heard)
    hub.asked.clear()
    await pull(model, progress=heard)
    assert hub.asked == []


async def test_what_an_earlier_pull_left_is_not_fetched_again(hub, model, heard, content, part: Path) -> None:
    part.write_bytes(content[:1000])
    path = await pull(model, progress=heard)
    assert hub.asked == [(hub.page, "bytes=1000-")]
    assert path.read_bytes() == content
    assert heard.phase("download")[0].done_bytes == 1000


async def test_a_server_without_ranges_starts_over(hub, model, heard, content, part: Path) -> None:
    hub.ranges = False
    part.write_bytes(content[:1000])
    assert (await pull(model, progress=heard)).read_bytes() == content


async def test_a_cut_connection_is_resumed(hub, model, heard, content) -> None:
    hub.cut_after = [100_000, 50_000]
    path = await pull(model, progress=heard)
    assert [asked for _, asked in hub.asked] == [None, "bytes=100000-", "bytes=150000-"]
    assert path.read_bytes() == content


async def test_a_server_that_never_sends_a_byte_is_given_up(hub, model, heard, monkeypatch) -> None:
    monkeypatch.setattr("engine.weights.hub._ATTEMPTS", 2)
    hub.cut_after = [0] * 10
    with pytest.raises(WeightsError, match="broke off"):
        await pull(model, progress=heard)
    assert len(hub.asked) == 2


async def test_a_redirect_is_followed_with_the_range(hub, model, heard, content, part: Path) -> None:
    hub.pages["/elsewhere"] = hub.pages.pop(hub.page)
    hub.redirects[hub.page] = f"{hub.url}/elsewhere"
    part.write_bytes(content[:500])
    assert (await pull(model, progress=heard)).read_bytes() == content
    assert ("/elsewhere", "bytes=500-") in hub.asked


async def test_wrong_bytes_are_an_error_and_leave_nothing(hub, model, heard, content) -> None:
    wrong = bytes(len(content))
    hub.pages[hub.page] = wrong
    with pytest.raises(WeightsError) as caught:
        await pull(model, progress=heard)
    assert model.sha256 in caught.value.what
    assert hashlib.sha256(wrong).hexdigest() in caught.value.what
    assert list(model_file(model).parent.glob("model.gguf*")) == []
    assert local_path(model) is None


@pytest.mark.parametrize("page", [b"<html>sign in to this network</html>", bytes(400_000)])
async def test_a_file_of_another_size_is_refused_at_once(hub, model, heard, page: bytes) -> None:
    hub.pages[hub.page] = page
    with pytest.raises(WeightsError, match=f"has {len(page)} bytes, expected {model.size}"):
        await pull(model, progress=heard)


async def test_a_missing_file_names_the_status(hub, model, heard) -> None:
    hub.pages.clear()
    with pytest.raises(WeightsError, match="HTTP 404"):
        await pull(model, progress=heard)
