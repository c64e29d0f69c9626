"""Inside the sandbox: runs generated code. It never learns what anybody expects of it."""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping
from typing import Any

from engine.sandbox import codec, harness


class Worker:
    """One generated module and the calls into it."""

    def __init__(self) -> None:
        self._module = types.ModuleType("generated")
        self._imports: dict[str, Any] = {}

    def load(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run the module's code; ``sys.modules`` has it because ``dataclasses`` looks there."""
        self._imports = harness.import_names(request["imports"])
        sys.modules[self._module.__name__] = self._module
        code = compile(request["code"], harness.GENERATED, "exec", dont_inherit=True)
        exec(code, self._module.__dict__)
        return {"value": None}

    def call(self, request: dict[str, Any]) -> dict[str, Any]:
        """Evaluate the text of a call among the module's names."""
        names = {**self._module.__dict__, **self._imports}
        return {"value": codec.encode(harness.evaluate(request["text"], names))}

    def apply(self, request: dict[str, Any]) -> dict[str, Any]:
        """Call a function of the module with arguments that are data."""
        function = self._module.__dict__[request["name"]]
        args, kwargs = codec.decode(request["args"]), codec.decode(request["kwargs"])
        return {"value": codec.encode(function(*args, **kwargs))}


def main(boot: Mapping[str, Any]) -> None:
    """Serve the parent until it hangs up."""

    def handlers(_: harness.Channel) -> dict[str, harness.Handler]:
        worker = Worker()
        return {"load": worker.load, "call": worker.call, "apply": worker.apply}

    harness.serve(boot, handlers)
