"""Which results let code be called good."""

from __future__ import annotations

from typing import Any

from engine.stages.check import verdict
from engine.stages.events import CheckResult


def test_the_verdict() -> None:
    def result(status: Any) -> CheckResult:
        return CheckResult(kind="example", name="", status=status)

    assert verdict([])
    assert verdict([result("passed"), result("skipped")])
    assert not verdict([result("passed"), result("failed")])
    assert not verdict([result("passed"), result("error")])
