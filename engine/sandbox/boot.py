"""How a child gets its program: by pipe, so that it needs to read no folder of ours."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Mapping
from importlib.abc import InspectLoader
from typing import Any, Literal, cast

Role = Literal["worker", "judge"]

_MODULES: dict[Role, tuple[str, ...]] = {
    "worker": ("codec", "harness", "watch", "worker"),
    "judge": ("codec", "compare", "harness", "judge"),
}
"""What each child loads, in the order of their imports."""

_BOOT = """\
import json, sys, types
boot = json.loads(sys.stdin.buffer.readline())
for name in boot["packages"]:
    sys.modules[name] = types.ModuleType(name)
for name, source in boot["modules"]:
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, f"<{name}>", "exec"), module.__dict__)
module.main(boot)
"""


def command() -> list[str]:
    """The interpreter's command line: isolated (``-I``), no site (``-S``), no bytecode files (``-B``)."""
    return [os.path.realpath(sys.executable), "-I", "-S", "-B", "-c", _BOOT]


def boot_line(role: Role, options: Mapping[str, Any]) -> bytes:
    """The first line a child reads: its modules' source, and the options of its ``main``."""
    package = "engine.sandbox"
    modules = [(name, _source(name)) for name in (f"{package}.{module}" for module in _MODULES[role])]
    boot = {**options, "packages": ["engine", package], "modules": modules}
    return json.dumps(boot).encode() + b"\n"


def _source(name: str) -> str:
    """A module's source, wherever it is installed, without importing the module."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    source = cast("InspectLoader", spec.loader).get_source(name)
    assert source is not None
    return source
