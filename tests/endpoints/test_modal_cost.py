"""What sessions cost on Modal, and what a month would."""

from __future__ import annotations

import random
from datetime import date

import pytest

from engine.endpoints.modal_cost import MONTH_S, VOLUMES, cost, month
from engine.endpoints.modal_prices import PriceTable, prices_file
from engine.errors import SettingsError, UsageError
from engine.sessions.spending import Request


def request(stage="draft", queue_s=0.5, busy_s=4.0):
    return Request(run_id=1, endpoint="gpu", model="m", stage=stage, queue_s=queue_s, busy_s=busy_s)


def test_stages_and_starts_are_priced_apart():
    requests = [request(queue_s=40), request("implement", busy_s=2), request(busy_s=6), request("implement", busy_s=2)]
    found = cost(requests, 0.5, idle_s=60)
    assert [(stage.stage, stage.requests, stage.busy_s, stage.usd) for stage in found.stages] == [
        ("draft", 2, 10, 5),
        ("implement", 2, 4, 2),
    ]
    assert (found.starting_usd, found.usd, found.start_s) == (20, 27, 40)
    assert (found.cold.requests, found.cold.starting_s, found.cold.usd_per_request) == (1, 40, 22)
    assert (found.warm.requests, found.warm.starting_s, found.warm.busy_s) == (3, 0, pytest.approx(10 / 3))
    assert [m.requests for m in found.months] == list(VOLUMES)


def test_one_side_alone():
    assert cost([request()], 1, idle_s=60).cold is None
    assert cost([request(queue_s=30)], 1, idle_s=60).warm is None
    assert cost([request()], 1, idle_s=60).start_s is None
    assert cost([request()], 1, idle_s=60, typical_start_s=25).start_s == 25


def simulated(requests, busy_s, idle_s, seed):
    """Seconds that a container is up, and how often it starts, with random arrivals one by one."""
    chance = random.Random(seed)
    arrivals = sorted(chance.uniform(0, MONTH_S) for _ in range(requests))
    up_s, cold, until = 0.0, 0, 0.0
    for at in arrivals:
        cold += at >= until
        end = at + busy_s + idle_s
        up_s += end - max(at, until)
        until = end
    return up_s, cold


@pytest.mark.parametrize("requests", [1_000, 10_000, 100_000])
def test_the_projection_agrees_with_a_simulation(requests):
    found = month(requests, 1.0, 4.0, 30.0, idle_s=300)
    up_s, cold = simulated(requests, 4.0, 300, seed=7)
    assert found.busy_usd + found.idle_usd == pytest.approx(up_s, rel=0.05)
    assert found.cold == pytest.approx(cold, rel=0.15, abs=5)
    assert found.starting_usd == pytest.approx(found.cold * 30)


def test_a_month_never_costs_more_than_a_container_that_is_always_on():
    months = [month(n, 1.0, 4.0, 0.0, idle_s=60) for n in (1, 100, 10_000, 1_000_000, 10_000_000)]
    spent = [m.usd for m in months]
    assert spent == sorted(spent)
    assert spent[-1] <= MONTH_S
    assert months[0].usd == pytest.approx(64, rel=0.01)
    always = month(100, 1.0, 4.0, 30.0, idle_s=60, min_containers=2)
    assert (always.cold, always.starting_usd, always.usd) == (0, 0, 2 * MONTH_S)
    assert month(0, 1.0, 4.0, 30.0, idle_s=60).usd == 0


def test_a_container_is_paid_for_its_gpu_its_memory_and_a_core():
    table = PriceTable()
    rate = table.rate("L40S", 40 * 1024)
    assert rate.gpu == table.gpu["L40S"]
    assert rate.memory == pytest.approx(40 * table.memory_gib)
    assert rate.total == rate.gpu + rate.memory + rate.cpu
    assert table.rate("H100:2", 0).gpu == 2 * table.gpu["H100"]
    assert {"L4", "L40S", "H100"} <= table.gpu.keys()


def test_an_unknown_gpu_says_where_its_price_belongs():
    with pytest.raises(UsageError, match="no price for the GPU 'B999'") as unknown:
        PriceTable().rate("B999", 0)
    assert "modal-prices.toml" in unknown.value.todo


def test_the_user_may_correct_any_price(tmp_path):
    assert PriceTable.load() == PriceTable()
    prices_file().parent.mkdir(parents=True)
    prices_file().write_text("as_of = 2026-11-01\n[gpu]\nL40S = 0.0005\nB999 = 0.1\n")
    table = PriceTable.load()
    assert (table.as_of, table.gpu["L40S"], table.gpu["B999"]) == (date(2026, 11, 1), 0.0005, 0.1)
    assert table.gpu["H100"] == PriceTable().gpu["H100"]
    other = tmp_path / "p.toml"
    other.write_text("cpu_core = 0.5\n")
    assert PriceTable.load(other).cpu_core == 0.5


@pytest.mark.parametrize("text", ["as_of = ", "as_of = 'soon'", "gpu = 3", "[gpu]\nL4 = -1", "[gpus]\nL4 = 1"])
def test_a_wrong_price_file_is_told(text):
    prices_file().parent.mkdir(parents=True)
    prices_file().write_text(text)
    with pytest.raises(SettingsError, match=r"modal-prices\.toml"):
        PriceTable.load()


def test_a_price_file_that_is_named_has_to_exist(tmp_path):
    with pytest.raises(SettingsError, match="no price table"):
        PriceTable.load(tmp_path / "none.toml")
