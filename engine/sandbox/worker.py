"""Inside the sandbox: runs generated code. It never learns what anybody expects of it."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Mapping
from typing import Any

from engine.sandbox import codec, harness
from engine.sandbox.watch import StepsUsedUp, Watch


class Worker:
    """One generated module and the calls into it."""

    def __init__(self) -> None:
        self._module = types.ModuleType("generated")
        self._imports: dict[str, Any] = {}
        self._watch = Watch()
        self._watch.start()

    def load(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run the module's code; ``sys.modules`` has it because ``dataclasses`` looks there."""
        self._imports = harness.import_names(request["imports"])
        sys.modules[self._module.__name__] = self._module
        code = compile(request["code"], harness.GENERATED, "exec", dont_inherit=True)
        return self._watched(lambda: exec(code, self._module.__dict__))

    def call(self, request: dict[str, Any]) -> dict[str, Any]:
        """Evaluate the text of a call among the module's names, in at most ``max_steps`` steps if given."""
        names = {**self._module.__dict__, **self._imports}
        return self._watched(lambda: harness.evaluate(request["text"], names), request.get("max_steps"))

    def apply(self, request: dict[str, Any]) -> dict[str, Any]:
        """Call a function of the module with arguments that are data."""
        function = self._module.__dict__[request["name"]]
        args, kwargs = codec.decode(request["args"]), codec.decode(request["kwargs"])
        return self._watched(lambda: function(*args, **kwargs))

    def _watched(self, run: Callable[[], Any], max_steps: int | None = None) -> dict[str, Any]:
        """The result of ``run``, or what it raised, with what it tried and the steps that it took.

        A generator does its work while it is encoded, so that is watched as well.
        """
        try:
            with self._watch.running(max_steps):
                answer = {"value": codec.encode(run())}
        except StepsUsedUp:
            answer = {"endless": True}
        except BaseException as error:  # noqa: BLE001 - generated code may raise anything, SystemExit included
            answer = harness.raised(error)
        return {**answer, **self._watch.report()}


def main(boot: Mapping[str, Any]) -> None:
    """Serve the parent until it hangs up."""

    def handlers(_: harness.Channel) -> dict[str, harness.Handler]:
        worker = Worker()
        return {"load": worker.load, "call": worker.call, "apply": worker.apply}

    harness.serve(boot, handlers)
