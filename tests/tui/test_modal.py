"""The workbench on a deployment that scales to zero, played on loopback by scripted scenarios."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from engine.endpoints.profiles import Profiles
from engine.sessions.store import SessionStore
from tests.support.modal_server import TOKEN, ModalServer, modal_server
from tests.support.scripts import body
from tests.tui.conftest import Workbench, settle
from tui.app import LiftApp
from tui.run_view import RunView


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODAL_KEY", TOKEN)


@asynccontextmanager
async def deployed(scenario: str) -> AsyncIterator[ModalServer]:
    """A deployment in a scenario, as the current endpoint."""
    async with modal_server(scenario, body()) as modal:
        profile = modal.profile()
        Profiles().add(profile.name, **profile.model_dump())
        Profiles().use(profile.name)
        yield modal


def run_of(pilot) -> RunView:
    assert isinstance(pilot.app, LiftApp)
    assert pilot.app.run_view is not None
    return pilot.app.run_view


async def test_a_cold_start_is_shown_as_what_it_is(workbench: Workbench, store: SessionStore, session_id: str):
    async with deployed("cold_start") as modal, workbench() as pilot:
        await pilot.press("g")
        while not (run_of(pilot).waiting and "starting" in run_of(pilot).waiting.what):
            assert run_of(pilot).running, run_of(pilot).error
            await pilot.pause(0.02)
        await settle(pilot)
        assert modal.boots == 1
        assert run_of(pilot).finished is not None
        assert ("implement", "queue") in {(span.stage, span.name) for span in run_of(pilot).spans}
        assert store.codes.list(session_id)


async def test_a_cold_start_can_be_stopped(workbench: Workbench, store: SessionStore, session_id: str):
    async with deployed("never_up"), workbench() as pilot:
        await pilot.press("g")
        while run_of(pilot).waiting is None:
            await pilot.pause(0.02)
        await pilot.press("escape")
        await settle(pilot)
        assert store.runs.list(session_id)[-1].status == "cancelled"


@pytest.mark.parametrize("scenario", ["foreign_token", "stopped", "cut_by_proxy", "dies_mid_stream"])
async def test_what_goes_wrong_is_a_message_and_the_session_goes_on(
    workbench: Workbench, store: SessionStore, session_id: str, scenario: str
):
    async with deployed(scenario) as modal, workbench() as pilot:
        await pilot.press("g")
        await settle(pilot)
        error = run_of(pilot).error
        assert error is not None
        assert error["what"]
        assert error["todo"]
        assert store.runs.list(session_id)[-1].status == "failed"
        await modal_mended(modal)
        await pilot.press("R")
        await settle(pilot)
        assert store.runs.list(session_id)[-1].outcome == "passed"


async def modal_mended(modal: ModalServer) -> None:
    """Whatever was wrong with the deployment is put right."""
    from tests.support.modal_server import load

    modal.become(load("warm"))
