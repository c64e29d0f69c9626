"""What all conversations begin with: read once, kept, and taken in again at the next start."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from engine import prompts
from engine.endpoints.local.beginnings import CODE, DRAFT, Beginnings
from engine.endpoints.local.warm_up import warm_up


class Warmed:
    """A server of which somebody asks something ``busy`` times."""

    def __init__(self, busy: int) -> None:
        self.busy = busy
        self.heard: list[tuple[int, str, str, str]] = []
        self.waits = 0

    def handle_metrics(self) -> str:
        self.busy -= 1
        return (
            f"llamacpp:requests_processing {int(self.busy >= 0)}\n"
            "llamacpp:requests_deferred 0\nllamacpp:n_decode_total 1\n"
        )

    def handle_chat_completions(self, prompt: dict[str, Any]) -> object:
        roles = "".join(message["role"][0] for message in prompt["messages"])
        self.heard.append((prompt["id_slot"], roles, prompt["messages"][-1]["content"], prompt["grammar"]))
        return {"usage": {"prompt_tokens": 10 * len(roles)}}

    def sleep(self, seconds: float) -> None:
        self.waits += 1
        assert self.waits == 1 or not self.heard, "it paused only before its first request"


class Kept(Beginnings):
    """Beginnings of which is noted what would be kept."""

    def __init__(self) -> None:
        self.kept: dict[int, int] = {}

    def keep(self, slot: int, tokens: int) -> None:
        self.kept[slot] = tokens


WHOLE = "".join(message.role[0] for message in prompts.preamble())
CODING = "".join(message.role[0] for message in prompts.code_preamble())


def test_the_warm_up_reads_what_requests_begin_with_and_waits_for_those_who_ask() -> None:
    server, beginnings = Warmed(busy=3), Kept()
    warm_up(server, beginnings, False, server.sleep)
    assert server.waits == 1 + 3
    drafts = [each for each in server.heard if each[0] == DRAFT]
    codes = [each for each in server.heard if each[0] == CODE]
    assert [*drafts, *codes] == server.heard
    assert [roles for _, roles, _, _ in drafts] == [f"{WHOLE[:end]}u" for end in range(1, len(WHOLE) + 1, 2)]
    assert [roles for _, roles, _, _ in codes] == [f"{CODING[:end]}u" for end in range(2, len(CODING) + 1, 2)]
    assert {last for _, _, last, _ in codes} == {prompts.implement_instruction("")}
    assert len({grammar for *_, grammar in drafts}) == len({grammar for *_, grammar in codes}) == 1
    assert codes[0][3] != drafts[0][3]
    assert beginnings.kept == {DRAFT: 10 * len(drafts[-1][1]), CODE: 10 * len(codes[-1][1])}


def test_beginnings_that_were_restored_are_not_cut_short_by_reading_them_bit_by_bit() -> None:
    server, beginnings = Warmed(busy=0), Kept()
    warm_up(server, beginnings, True, server.sleep)
    assert [(slot, roles) for slot, roles, _, _ in server.heard] == [(DRAFT, f"{WHOLE}u"), (CODE, f"{CODING}u")]
    assert beginnings.kept == {}


class SlotServer(BaseHTTPRequestHandler):
    """The slots of a server: it writes ``tokens`` of them, and reads what begins with ``whole``."""

    folder: Path
    tokens = 600

    def do_POST(self) -> None:
        assert self.headers["Authorization"] == "Bearer secret"
        slot, action = self.path.removeprefix("/slots/").split("?action=")
        file = self.folder / json.loads(self.rfile.read(int(self.headers["Content-Length"])))["filename"]
        if action == "save":
            file.write_text(f"whole {slot}")
            answer: dict[str, int] = {"n_saved": self.tokens}
        else:
            answer = {"n_restored": self.tokens} if file.read_text() == f"whole {slot}" else {}
        self.send_response(200 if answer else 400)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def slots(tmp_path: Path) -> Iterator[str]:
    """The address of a server whose slots are written to ``tmp_path``."""
    handler = type("Slots", (SlotServer,), {"folder": tmp_path})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"weights")
    return file


def keep_all(beginnings: Beginnings, tokens: int = 600) -> None:
    for slot in (DRAFT, CODE):
        beginnings.keep(slot, tokens)


def test_what_was_read_is_kept_for_the_next_start(slots: str, tmp_path: Path, weights: Path) -> None:
    beginnings = Beginnings(tmp_path, weights, slots, "secret")
    assert not beginnings.restore()
    beginnings.keep(DRAFT, 600)
    assert not beginnings.restore(), "one of two"
    beginnings.keep(CODE, 600)
    assert beginnings.restore()
    assert Beginnings(tmp_path, weights, slots, "secret").restore()
    assert len(list(tmp_path.glob("*.slot"))) == 2


def test_a_slot_that_somebody_else_went_on_with_is_not_kept(slots: str, tmp_path: Path, weights: Path) -> None:
    keep_all(Beginnings(tmp_path, weights, slots, "secret"), tokens=590)
    assert list(tmp_path.iterdir()) == [weights]


def test_what_was_kept_of_other_weights_is_not_restored_and_goes(slots: str, tmp_path: Path, weights: Path) -> None:
    keep_all(Beginnings(tmp_path, weights, slots, "secret"))
    before = {*tmp_path.glob("*.slot")}
    weights.write_bytes(b"others")
    beginnings = Beginnings(tmp_path, weights, slots, "secret")
    assert not beginnings.restore()
    keep_all(beginnings)
    assert not before & {*tmp_path.glob("*.slot")}
    assert beginnings.restore()


def test_a_damaged_file_is_read_anew(slots: str, tmp_path: Path, weights: Path) -> None:
    beginnings = Beginnings(tmp_path, weights, slots, "secret")
    keep_all(beginnings)
    next(tmp_path.glob("*.slot")).write_text("half")
    assert not beginnings.restore()


@pytest.mark.parametrize("folder", [None, Path("/nowhere")])
def test_nothing_is_kept_where_nothing_can_be_written(weights: Path, folder: Path | None) -> None:
    beginnings = Beginnings(folder, weights, "http://127.0.0.1:9", "secret")
    beginnings.keep(DRAFT, 600)
    assert not beginnings.restore()
