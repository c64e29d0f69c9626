"""Runs in vLLM's own environment, without a model: what vLLM makes of command lines, and what it serves.

Reads a JSON list of argument lists from standard input; the answer is JSON on the last line of standard output:
``parsed`` (each list as option values), and ``open`` (routes that the guard lets anybody ask, out of ``routes``).
"""

from __future__ import annotations

import json
import os
import sys


def main() -> None:
    """Parse, list, answer."""
    os.environ["VLLM_SERVER_DEV_MODE"] = "1"
    os.environ["LIFT_CONTROL_TOKEN"] = "secret"
    from vllm.entrypoints.launchers.app import build_app
    from vllm.entrypoints.launchers.cli_args import make_arg_parser
    from vllm.utils.argparse_utils import FlexibleArgumentParser

    from modal_app.guard import ControlGuard

    parsed, routes = [], set()
    for command in json.load(sys.stdin):
        arguments = make_arg_parser(FlexibleArgumentParser()).parse_args(command)
        parsed.append({name: repr(value) for name, value in vars(arguments).items()})
        routes |= {route.path for route in build_app(arguments).routes}
    guard = ControlGuard(lambda *_: None)
    opened = [path for path in sorted(routes) if guard._allowed({"path": path, "headers": []})]
    sys.stdout.write(json.dumps({"parsed": parsed, "routes": sorted(routes), "open": opened}) + "\n")


if __name__ == "__main__":
    main()
