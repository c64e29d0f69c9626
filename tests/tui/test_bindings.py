"""Every key of the workbench: named, explained, possible, unambiguous, and tested."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

from textual.binding import Binding
from textual.screen import Screen

from tests.tui.conftest import Workbench, settle
from tui.app import LiftApp
from tui.keymap import FORBIDDEN, clashes, key_problem
from tui.known_bindings import Known, known_bindings, node_classes, own_bindings
from tui.widgets.pane import Pane

INTENDED = {("u", "draft.undo", "sessions.undo"), ("ctrl+r", "draft.redo", "text.redo")}
"""Keys that mean something else below than above: the key, the id above, the id below."""


def declared():
    """Each binding that a class of ours declares, with the class."""
    return [(owner, binding) for owner in node_classes() for binding in own_bindings(owner)]


def test_every_binding_has_an_id_a_label_and_help():
    bare = [
        f"{owner.__qualname__}: {binding.key}"
        for owner, binding in declared()
        if not (binding.id and binding.description and binding.tooltip)
    ]
    assert bare == []
    assert len(declared()) > 50


def test_ids_are_unique_and_have_two_parts():
    ids = Counter(each.id for each in known_bindings())
    assert [binding_id for binding_id, count in ids.items() if count > 1] == []
    assert [binding_id for binding_id in ids if binding_id.count(".") != 1 or binding_id != binding_id.lower()] == []


def test_help_is_a_sentence():
    odd = [each.id for each in known_bindings() if not each.help.endswith(".") or not each.help[:1].isupper()]
    assert odd == []


def test_no_key_is_one_that_terminals_confuse_or_tmux_takes():
    wrong = {
        each.id: problem for each in known_bindings() for key in each.keys.split(",") if (problem := key_problem(key))
    }
    assert wrong == {}
    assert {"ctrl+h", "ctrl+i", "ctrl+m", "ctrl+left_square_bracket", "ctrl+a", "ctrl+b", "f1", "f12"} <= set(FORBIDDEN)


def test_every_action_exists():
    """A key that does nothing is worse than none."""
    missing = [each.id for each in known_bindings() if not _has_action(each)]
    assert missing == []


def _has_action(known: Known) -> bool:
    target, _, name = known.action.partition("(")[0].rpartition(".")
    owner = {"app": LiftApp, "screen": Screen}.get(target, known.owner)
    names = (f"action_{name}", f"_action_{name}")
    if target == "screen":
        screens = [kind for kind in node_classes() if issubclass(kind, Screen)]
        return any(hasattr(kind, each) for kind in screens for each in names)
    return any(hasattr(owner, each) for each in names)


def test_no_key_has_two_meanings_at_one_place():
    unintended = {
        (clash.key, clash.first, clash.second)
        for clash in clashes(known_bindings(), {})
        if not _intended(clash.key, clash.first, clash.second)
    }
    assert unintended == set()


async def test_no_part_of_the_workbench_hides_a_key_of_what_it_stands_in(workbench: Workbench):
    async with workbench() as pilot:
        found: set[tuple[str, str, str]] = set()
        for widget in pilot.app.screen.query("*"):
            taken: dict[str, Binding] = {}
            for node in widget.ancestors_with_self:
                for key, binding in node._bindings:
                    other = taken.setdefault(key, binding)
                    if binding.id and other.id and other.id != binding.id:
                        found.add((key, binding.id, other.id))
        await settle(pilot)
    assert {clash for clash in found if not _intended(*clash)} == set()


def _intended(key: str, one: str, other: str) -> bool:
    outwards = key == "escape" and "app.cancel" in (one, other)  # escape leaves what is innermost
    return outwards or (key, one, other) in INTENDED or (key, other, one) in INTENDED


def test_every_binding_is_tested():
    covered = {binding_id for file in Path(__file__).parent.glob("test_*.py") for binding_id in _covered(file)}
    ids = {each.id for each in known_bindings()}
    assert ids - covered == set(), "no test is marked with covers(…) for these"
    assert covered - ids == set(), "there are no such bindings"


def _covered(file: Path) -> set[str]:
    """The ids in ``@pytest.mark.covers(…)`` of a test file."""
    return {
        str(argument.value)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.covers"
        for argument in node.args
        if isinstance(argument, ast.Constant)
    }


def test_panes_and_screens_say_what_they_are_for():
    """The help screen begins with it; parts of a pane may leave it to the pane."""
    kinds = [kind for kind in node_classes() if issubclass(kind, Pane | Screen) and not kind.__subclasses__()]
    assert len(kinds) > 10
    assert [kind.__qualname__ for kind in kinds if not (getattr(kind, "HELP", "") or "").strip()] == []
