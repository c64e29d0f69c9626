"""A server with vLLM's control routes and none of its work: on loopback, in this process or as ``vllm`` itself."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TOKEN = "control-token"


@dataclass
class FakeVllm:
    """How the server behaves; each counter is used up by the requests it is about.

    Args:
        booting: health checks that are answered with 503.
        drowsy: ``/is_sleeping`` questions that are still answered with yes after a wake-up.
        deaf: wake-ups that are answered with 200 and do nothing.
        insomniac: ``/is_sleeping`` questions that are still answered with no after a sleep.
        answers: the texts of the chat answers, the last one for good.
        refusals: status codes by path.
    """

    booting: int = 0
    drowsy: int = 0
    deaf: int = 0
    insomniac: int = 0
    asleep: bool = False
    dead: bool = False
    token: str = TOKEN
    answers: list[str] = field(default_factory=lambda: ["Hello.", '{"ready":true}'])
    refusals: dict[str, int] = field(default_factory=dict)
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    port: int = 0

    def paths(self) -> list[str]:
        return [path for _, path, _ in self.requests]

    def bodies(self) -> list[dict[str, Any]]:
        return [body for _, _, body in self.requests if body]

    def answer(self, method: str, path: str, token: str, body: Any) -> tuple[int, Any]:
        self.requests.append((method, path, body))
        if refusal := self.refusals.get(path):
            return refusal, {"error": f"{path} refused"}
        match method, path:
            case "GET", "/health":
                self.booting, booting = max(0, self.booting - 1), self.booting
                return (503 if booting or self.dead else 200), None
            case "POST", "/v1/chat/completions":
                text = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                return 200, {"choices": [{"message": {"role": "assistant", "content": text}}]}
        if token != self.token:
            return 404, None
        match method, path:
            case "POST", "/sleep?level=1":
                self.asleep = True
                return 200, {"status": "sleeping", "level": 1}
            case "POST", "/wake_up":
                self.deaf, deaf = max(0, self.deaf - 1), self.deaf
                self.asleep = self.asleep and deaf > 0
                return 200, {"status": "sleeping" if deaf or self.drowsy else "awake", "tags": None}
            case "GET", "/is_sleeping":
                if self.asleep:
                    self.insomniac, awake = max(0, self.insomniac - 1), self.insomniac
                    return 200, {"is_sleeping": not awake}
                self.drowsy, drowsy = max(0, self.drowsy - 1), self.drowsy
                return 200, {"is_sleeping": drowsy > 0}
        return 404, None


def _serve(fake: FakeVllm, port: int) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else None
            status, answer = fake.answer(self.command, self.path, self.headers.get("X-Lift-Control", ""), body)
            payload = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = _answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    fake.port = server.server_address[1]
    return server


@contextmanager
def fake_vllm() -> Iterator[FakeVllm]:
    """The server on a free port."""
    fake = FakeVllm()
    server = _serve(fake, 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def install(folder: Path) -> Path:
    """Put an executable ``vllm`` into ``folder``, and return where it notes how it was started."""
    program = folder / "vllm"
    program.write_text(f"#!{sys.executable}\nimport runpy\nrunpy.run_path({__file__!r})['main'](__file__)\n")
    program.chmod(0o755)
    return folder / "started.json"


def main(program: str) -> None:
    """``vllm serve …``: note the command line and the environment, then do as ``FAKE_VLLM`` says."""
    note = {"argv": sys.argv[1:], "environment": dict(os.environ), "pid": os.getpid()}
    Path(program).with_name("started.json").write_text(json.dumps(note))
    mode = os.environ.get("FAKE_VLLM", "")
    if mode == "dies":
        sys.exit(3)
    fake = FakeVllm(token=os.environ.get("LIFT_CONTROL_TOKEN", ""))
    if mode == "unconstrained":
        fake.answers = ["I would rather not."]
    if mode == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    port = int(sys.argv[sys.argv.index("--port") + 1])
    _serve(fake, port).serve_forever(poll_interval=0.01)
