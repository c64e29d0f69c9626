"""Inside a sandbox of its own, without the generated code: decides whether results are right.

It evaluates the specification's expressions on data that the worker sent, with the arguments built
afresh from the example's text, so nothing that generated code does can reach what is compared.
"""

from __future__ import annotations

import ast
import builtins
import inspect
from collections.abc import Mapping
from typing import Any

from engine.sandbox import codec, compare, harness


class Judge:
    """Knows the function's name and signature, but not its code.

    A predicate may call the function (``f(f(x)) == x``): the stand-in asks the parent, which asks
    the worker.
    """

    def __init__(self, channel: harness.Channel) -> None:
        self._channel = channel
        self._name = ""
        self._namespace: dict[str, Any] = {}
        self._signature: inspect.Signature | Exception = inspect.Signature()

    def setup(self, request: dict[str, Any]) -> dict[str, Any]:
        """Take the specification's names: imports, and a stub that carries the signature."""
        self._name = request["name"]
        self._namespace = harness.import_names(request["imports"])
        try:
            exec(compile(request["stub"], "<signature>", "exec", dont_inherit=True), self._namespace)
            self._signature = inspect.signature(self._namespace[self._name])
        except Exception as error:  # noqa: BLE001 - a default may raise anything; it is told where it matters
            self._signature = error
        self._namespace[self._name] = self._ask_worker
        return {"value": None}

    def compare(self, request: dict[str, Any]) -> dict[str, Any]:
        """Whether ``got`` is what the text ``expected`` evaluates to."""
        # Both sides go through the codec, so that a generator on either side is treated alike.
        expected = codec.decode(codec.encode(self._evaluate(request["expected"], {})))
        got = codec.decode(request["got"])
        return {
            "holds": compare.same(expected, got),
            "expected": codec.describe(expected),
            "got": codec.describe(got),
            "types": [type(expected).__name__, type(got).__name__],
        }

    def holds(self, request: dict[str, Any]) -> dict[str, Any]:
        """Whether a predicate is true of a call's arguments and, where there is one, its result."""
        bindings = self._bind(request["call"])
        if "result" in request:
            bindings["result"] = codec.decode(request["result"])
        shown = ", ".join(f"{name}={codec.describe(value)}" for name, value in bindings.items())
        return {"holds": bool(self._evaluate(request["predicate"], bindings)), "bindings": shown}

    def rule(self, request: dict[str, Any]) -> dict[str, Any]:
        """The same for several predicates at once, each with arguments of its own, each with an answer of its own."""
        rulings: list[dict[str, Any]] = []
        for predicate in request["predicates"]:
            try:
                rulings.append(self.holds({**request, "predicate": predicate}))
            except Exception as error:  # noqa: BLE001 - a predicate may raise anything
                rulings.append(harness.raised(error))
        return {"value": rulings}

    def _evaluate(self, text: str, bindings: dict[str, Any]) -> Any:
        return harness.evaluate(text, {**self._namespace, **bindings})

    def _bind(self, call: str) -> dict[str, Any]:
        """The parameters' values in ``call``, from its text alone.

        The parent has made sure that ``call`` is a plain call of the function.
        """
        if isinstance(self._signature, Exception):
            raise self._signature
        tree = ast.parse(call.strip(), mode="eval")
        assert isinstance(tree.body, ast.Call)
        tree.body.func = ast.Name("__bind__", ast.Load())
        text = ast.unparse(ast.fix_missing_locations(tree))
        bound: inspect.BoundArguments = self._evaluate(text, {"__bind__": self._signature.bind})
        bound.apply_defaults()
        return dict(bound.arguments)

    def _ask_worker(self, *args: Any, **kwargs: Any) -> Any:
        arguments = {"args": codec.encode(list(args)), "kwargs": codec.encode(kwargs)}
        self._channel.send(harness.to_line({"apply": arguments}))
        answer = self._channel.receive()
        if answer is None:
            raise SystemExit
        if "raised" in answer:
            raise _exception(answer["raised"])
        return codec.decode(answer["value"])


def _exception(data: dict[str, Any]) -> Exception:
    """The nearest built-in exception to the one that the function raised."""
    for name in data["names"]:
        module, _, short = name.partition(".")
        kind = getattr(builtins, short, None) if module == "builtins" else None
        if isinstance(kind, type) and issubclass(kind, Exception) and kind is not Exception:
            try:
                return kind(data["message"])
            except TypeError:  # UnicodeDecodeError and its like want more arguments
                break
    return RuntimeError(f"{data['names'][0]}: {data['message']}")


def main(boot: Mapping[str, Any]) -> None:
    """Serve the parent until it hangs up."""

    def handlers(channel: harness.Channel) -> dict[str, harness.Handler]:
        judge = Judge(channel)
        return {"setup": judge.setup, "compare": judge.compare, "holds": judge.holds, "rule": judge.rule}

    harness.serve(boot, handlers)
