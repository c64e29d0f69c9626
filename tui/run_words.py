"""A run in words: what it does now, how it ended, what it took. Seconds, tokens and USD."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.endpoints.profiles import Profile
    from engine.sessions.records import Run
    from engine.stages.events import Usage
    from tui.run_view import OpenSpan, RunView

PATIENCE_S = 1.0
"""From when on waiting for an answer is worth explaining, in seconds."""

_CONTAINER_HOSTS = (".modal.run", ".modal.direct")
_KEPT = {
    "interrupted": "interrupted",
    "cancelled": "stopped",
    "failed": "failed",
    "running": "running",
    "finished": "done",
}
_ENDS = {
    "passed": "passed",
    "open": "a clause in doubt",
    "failed": "a check failed",
    "broken": "contract broken",
    "unreachable": "endpoint failed",
    "cancelled": "stopped",
    "error": "failed",
}


def doing(run: RunView) -> str:
    """What a run does at this moment; empty when it is over."""
    if not run.running:
        return ""
    if run.cancelling:
        return "stopping …"
    span = run.open_span()
    if span is None:
        return "starting …"
    if span.name == "decode":
        rate = run.tokens_per_s()
        return f"{span.stage}{attempt(run)}: {rate:.0f} tokens/s" if rate else f"{span.stage}: writing"
    if span.name == "running":
        return f"{span.stage}: running the checks"
    return f"{span.stage}{attempt(run)}: {waiting(span, run.profile)}"


def attempt(run: RunView) -> str:
    """Which repair it is at, if at any."""
    return f" {run.repair.attempt}" if run.repair is not None and run.stage == "repair" else ""


def waiting(span: OpenSpan, profile: Profile | None) -> str:
    """What is waited for, for how long so far, and for how long as a rule."""
    so_far_s = span.now_s - span.start_s
    what = _what(span, profile) if span.name == "waiting" else span.name
    if span.fraction is not None and span.typical_s is None:
        return f"{what}, {span.fraction:.0%}"
    words = f"{what}, {so_far_s:.0f} s so far" if so_far_s >= PATIENCE_S else what
    return f"{words}; typical {span.typical_s:.0f} s" if span.typical_s else words


def _what(span: OpenSpan, profile: Profile | None) -> str:
    if profile is None or span.now_s - span.start_s < PATIENCE_S:
        return "waiting for the first token"
    host = urlsplit(profile.url).hostname or ""
    if profile.kind == "modal" or host.endswith(_CONTAINER_HOSTS):
        return "container booting"
    return f"waiting for {profile.name}"


def outcome(kind: str, status: str) -> str:
    """How a run ended, by its kind and by the pipeline's own verdict."""
    if status == "passed" and kind in ("draft", "refine", "assist"):
        return "done"
    return _ENDS.get(status, status)


def ended(run: Run) -> str:
    """How a stored run ended, or that it goes on."""
    return outcome(run.kind, run.outcome) if run.outcome else _KEPT[run.status]


def tokens(usage: Iterable[Usage]) -> str:
    """Tokens read, how many of them from the cache, and written."""
    prompt = cached = written = 0
    for used in usage:
        prompt += used.prompt_tokens
        cached += used.cached_tokens
        written += used.completion_tokens
    if not (prompt or written):
        return "no tokens"
    return f"{prompt:,} prompt tokens ({cached:,} cached), {written:,} written"


def cost(usd: float) -> str:
    """An amount of money, to a hundredth of a cent; nothing is said of nothing."""
    return f"${usd:.4f}" if usd else "no cost"


def seconds(span_s: float) -> str:
    """A duration, as exact as it is worth."""
    return f"{span_s:.2f} s" if span_s < 10 else f"{span_s:.1f} s" if span_s < 600 else f"{span_s / 60:.1f} min"
