from __future__ import annotations

import builtins
import sys

import pytest

from engine.grammar import Policy
from engine.grammar.python.policy import IO_BUILTINS, PURE_MODULES, REFLECTION
from engine.ir.models import IR, Effect, Intent, Parameter, Signature


def spec(*effects: str, parameters: tuple[str, ...] = ()) -> IR:
    return IR(
        intent=Intent(summary="Do it."),
        signature=Signature(name="f", parameters=[Parameter(name=name) for name in parameters]),
        effects=[Effect(description=effect) for effect in effects],
    )


@pytest.mark.parametrize(
    "effect",
    [
        "none",
        "None.",
        "pure",
        "Pure function",
        "no side effects",
        "No I/O, prints nothing",
        "does not print",
        "It is pure.",
        "The function does not write files",
        "",
    ],
)
def test_no_effects_mean_no_io(effect: str) -> None:
    assert Policy.for_ir(spec(effect)) == Policy.for_ir(spec()) == Policy()


@pytest.mark.parametrize(
    ("effect", "said"),
    [
        ("prints the table to stdout", {"print"}),
        ("Shows the result on the console", {"print"}),
        ("reads the clock", {"open"}),
        ("sleeps for a second", set()),
        ("reads a file", {"open"}),
        ("asks the user input and prints it", {"input", "print"}),
        ("logs a warning", set()),
        ("sends an HTTP request", set()),
        ("footprints", set()),
    ],
)
def test_effects_in_words(effect: str, said: set[str]) -> None:
    policy = Policy.for_ir(spec(effect))
    assert Policy().denied - policy.denied == said
    assert policy.denied >= REFLECTION


def test_effects_bring_their_modules() -> None:
    assert "pathlib" in Policy.for_effects(["writes a file"]).imports
    assert "time" in Policy.for_effects(["waits for a second"]).imports
    assert "time" not in Policy().imports
    assert "logging" in Policy.for_effects(["logs progress"]).imports
    assert not Policy.for_effects(["opens a network connection"]).imports & {"socket", "urllib.request"}


def test_chance_and_the_clock_are_effects() -> None:
    assert "random" not in Policy().imports
    assert "random" in Policy.for_effects(["uses random numbers"]).imports
    assert Policy().denied_attributes >= {"now", "today"}
    assert not Policy.for_effects(["uses the current time"]).denied_attributes & {"now", "today"}


def test_parameters_are_sayable_whatever_their_names() -> None:
    policy = Policy.for_ir(spec(parameters=("input", "*vars")))
    assert Policy().denied - policy.denied == {"input", "vars"}


def test_the_lists_name_things_that_exist() -> None:
    site = {"exit", "quit", "help"}  # the site module adds these
    assert {name for name in REFLECTION | IO_BUILTINS if not hasattr(builtins, name)} <= site
    assert {module.split(".")[0] for module in PURE_MODULES} <= sys.stdlib_module_names
