"""Figures that a document quotes from results, marked so that they can be found and filled in again.

::

    <!-- bench: passed -->87 %<!-- /bench --> of the prompts …
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.bench.figures import Share, Spread, figures
from engine.bench.records import BASELINES
from engine.bench.report import settings
from engine.bench.report_tables import busy
from engine.bench.results import Results
from engine.errors import UsageError

_MARKED = re.compile(r"(<!-- bench: ([\w-]+) -->)(.*?)(<!-- /bench -->)", re.DOTALL)


def quotes(results: Sequence[Results]) -> dict[str, str]:
    """What can be quoted, by name: figures of the first model in ``results``.

    Raises:
        UsageError: there is no record in them.
    """
    group = next((one for one in settings(results) if one.measured), None)
    if group is None:
        raise UsageError("There is nothing to quote: the results have no records.", "Measure first: lift bench")
    found, cold = group.figures, figures(group.cold)
    beside = {mode: figures(group.baselines.get(mode, [])) for mode in BASELINES}
    return {
        "model": group.model,
        "tasks": f"{found.tasks}",
        "tested": f"{found.passed.whole}",
        "ambiguous": f"{found.asked.whole}",
        "valid": _share(found.ir_valid),
        "compiles": _share(found.compiles),
        "passed": _share(found.passed),
        "passed-low": f"{found.passed.low * 100:.0f}",
        "passed-high": f"{found.passed.high * 100:.0f}",
        "unnoticed": _share(found.unnoticed),
        "asked": _share(found.asked),
        "seconds": _seconds(found.seconds),
        "seconds-p90": f"{found.seconds.p90:.1f} s",
        "first-token": _seconds(found.first_token_s),
        "overhead": _seconds(found.overhead_s),
        **{f"{mode}-passed": _share(one.passed) for mode, one in beside.items()},
        **{f"{mode}-seconds": _seconds(one.seconds) for mode, one in beside.items()},
        "cold-first-token": _seconds(cold.first_token_s),
        "machine": str(group.results[0].machine),
        "busy": ", while it was busy with other work" if any(map(busy, group.results)) else "",
        "date": group.results[0].began[:10],
    }


def fill(text: str, quoted: dict[str, str]) -> str:
    """``text`` with what stands between its marks replaced.

    Raises:
        UsageError: a mark names a figure that there is not.
    """

    def replace(match: re.Match[str]) -> str:
        name = match[2]
        if name not in quoted:
            raise UsageError(f"There is no figure called {name!r}.", f"Known: {', '.join(quoted)}.")
        return f"{match[1]}{quoted[name]}{match[4]}"

    return _MARKED.sub(replace, text)


def marked(text: str) -> list[str]:
    """The names of the figures that ``text`` quotes."""
    return [match[2] for match in _MARKED.finditer(text)]


def _share(share: Share) -> str:
    return f"{100 * share.value:.0f} %" if share.whole else "not measured"


def _seconds(spread: Spread) -> str:
    return f"{spread.median:.1f} s" if spread.count else "not measured"
