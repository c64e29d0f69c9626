"""What the benchmark is measured against: the published targets, and the earlier system's published figures."""

from __future__ import annotations

from dataclasses import dataclass

from engine.bench.figures import Figures, Pairing, Share

SIMPLE = ("simple arithmetic", "strings", "control flow", "lists", "dicts and sets")
"""The categories whose prompts are simple: one idea, a loop or a condition or two."""

SECONDS = 5.0
TIMES_PLAIN = 1.33
"""Whoever types the prompt into a chat waits for its answer: so many times as long at most."""

COMPILING = 0.90
PASSING, STRETCH = 0.70, 0.80


@dataclass(frozen=True, slots=True)
class Target:
    """A target, what was measured, and whether it is reached; None where it was not measured."""

    what: str
    wanted: str
    measured: str
    reached: bool | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """Figures that the earlier system published, from few prompts: ``passing`` of ``prompts`` as a share."""

    what: str
    prompts: int
    passing: float
    seconds: str


EARLIER = (
    Earlier("five simple prompts, A10G GPU", 5, 0.60, "16.2 s median"),
    Earlier("18 harder prompts, A10G GPU", 18, 0.67, "54 s mean"),
)


def targets(found: Figures, plain: Pairing | None = None) -> list[Target]:
    """The published targets against ``found``, which was measured warm, and the plain prompt's answer beside it."""
    compiling, passing = _of(found.compiles_in), _of(found.categories)
    every = found.passed
    return [
        Target(
            "end to end",
            f"under {SECONDS:.0f} s",
            f"{found.seconds.median:.1f} s median, {found.seconds.p90:.1f} s at the 90th percentile",
            found.seconds.median < SECONDS if found.seconds.count else None,
        ),
        *_beside(plain),
        Target("simple prompts that compile", f"≥ {COMPILING:.0%}", told(compiling), _least(compiling, COMPILING)),
        Target("simple prompts that pass", f"≥ {PASSING:.0%}", told(passing), _least(passing, PASSING)),
        Target("all prompts that pass", f"≥ {PASSING:.0%}", told(every), _least(every, PASSING)),
        Target("all prompts that pass, stretch", f"≥ {STRETCH:.0%}", told(every), _least(every, STRETCH)),
    ]


def _beside(plain: Pairing | None) -> list[Target]:
    if plain is None or plain.ratio is None:
        return []
    medians = f"{plain.lift_median_s:.2f} s against {plain.baseline_median_s:.2f} s median"
    return [
        Target(
            "end to end against the plain prompt's answer",
            f"at most {TIMES_PLAIN:g} times",
            f"{plain.ratio:.2f} times ({medians}, {plain.tasks} tasks that both did)",
            plain.ratio <= TIMES_PLAIN,
        )
    ]


def told(share: Share) -> str:
    """A share in words."""
    if not share.whole:
        return "not measured"
    return f"{share.value:.0%} ({share.part} of {share.whole}; {share.low:.0%} to {share.high:.0%})"


def _of(categories: dict[str, Share]) -> Share:
    some = [categories[name] for name in SIMPLE if name in categories]
    return Share.counted(sum(share.part for share in some), sum(share.whole for share in some))


def _least(share: Share, wanted: float) -> bool | None:
    return share.value >= wanted if share.whole else None
