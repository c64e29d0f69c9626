"""How the session store behaves as it grows: ``python -m bench.store [--sessions 100000]``.

Fills one database with 1,000 sessions and one with many, then times what a face does all day on
both: opening, the first page of a list, filtered lists, full-text search. It prints the median
and the 95th percentile in milliseconds, and the ratio of the two sizes. The rows are inserted in
bulk; ``tests/sessions/test_bench_store.py`` holds them against what the store itself would write.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from engine.ir.text import parse
from engine.sessions import ids
from engine.sessions.database import Database
from engine.sessions.listing import Filter
from engine.sessions.migrations import migrate
from engine.sessions.store import SessionStore

BASELINE = 1_000
TARGET_P95_MS = 20.0

# fmt: off
VERBS = (
    "merge", "split", "sort", "count", "find", "group", "filter", "round", "clamp", "parse", "format",
    "rotate", "compress", "sample",
)
NOUNS = (
    "value", "item", "word", "line", "record", "price", "order", "user", "event", "token", "node", "edge",
    "score", "matrix", "date", "interval", "file", "path", "packet", "sensor", "account", "invoice",
    "message", "recipe", "ticket", "player", "card", "city", "route", "pixel", "vector", "sample",
    "batch", "queue",
)
QUALITIES = (
    "sorted", "unique", "empty", "negative", "longest", "nearest", "weighted", "nested", "recent",
    "duplicate", "stable", "cyclic",
)
# fmt: on
MODELS = ("qwen2.5-coder-1.5b", "qwen2.5-coder-7b", "qwen3-coder-30b", "deepseek-coder-v2", "codestral-22b")
TAGS = ("demo", "work", "todo", "review", "kata", "parser", "finance", "urgent")
STATES = ("draft", "draft", "draft", "finalized", "finalized", "abandoned")

SPEC = '''def {verb}_{noun}s(values: list[int], limit: int = 10) -> list[int]:
    """{title}."""
    requires(limit >= 0, "a limit below zero has no meaning")
    requires(all(isinstance(v, int) for v in values))
    ensures(len(result) <= limit, "no more {noun}s than asked for")
    ensures(all(v in values for v in result), "only {quality} {noun}s that were given")
    raises(ValueError, limit < 0)
    effect("none")
    example({verb}_{noun}s([3, 1, 2], 2) == [1, 2])
    example({verb}_{noun}s([], 5) == [])
'''
HOLE = '    hole("ties", kind="assertion", type=bool, ask="Which {noun} wins a tie?", options=["first", "last"])\n'
CODE = """def {verb}_{noun}s(values: list[int], limit: int = 10) -> list[int]:
    if limit < 0:
        raise ValueError("limit must not be negative")
    {noun}s = sorted(values)  # the {quality} ones first
    return {noun}s[:limit]  # {rare}
"""

Row = dict[str, Any]


class Words(NamedTuple):
    """What makes one generated session differ from the others."""

    verb: str
    noun: str
    quality: str
    rare: str

    def fill(self, template: str) -> str:
        """``template`` with these words, and the title they make, in its fields."""
        title = f"{self.verb.title()} the {self.quality} {self.noun}s and return them as a list ({self.rare})"
        return template.format(**self._asdict(), title=title)


def fill(path: Path, sessions: int, seed: int = 7) -> None:
    """Create a database with that many generated sessions."""
    database = Database(path)
    migrate(database)
    for table in _tables(sessions, seed):
        with database.transaction(durable=False):
            for name, rows in table.items():
                columns = ", ".join(rows[0])
                marks = ", ".join(f":{column}" for column in rows[0])
                database.connection.conn.executemany(f"INSERT INTO {name} ({columns}) VALUES ({marks})", rows)
    database.execute("INSERT INTO texts_index (texts_index) VALUES ('optimize')")
    database.close()


def _tables(sessions: int, seed: int, batch: int = 2_000) -> Iterator[dict[str, list[Row]]]:
    """Rows by table, some sessions at a time, in an order that foreign keys accept."""
    chance = random.Random(seed)
    specs: dict[tuple[Words, bool], tuple[str, str]] = {}
    now, session_id = 1_760_000_000_000, None
    text_id = run_id = 0
    for start in range(0, sessions, batch):
        tables: dict[str, list[Row]] = {
            name: []
            for name in ("sessions", "session_tags", "texts", "prompts", "drafts", "head_moves", "events", "runs",
                         "spans", "usage", "codes", "checks")
        }  # fmt: skip
        for num in range(start + 1, min(start + batch, sessions) + 1):
            now += chance.randrange(1, 600_000)
            session_id = ids.new_id(now, after=session_id)
            words = Words(chance.choice(VERBS), chance.choice(NOUNS), chance.choice(QUALITIES), f"zq{num % 9973}")
            model = chance.choices(MODELS, (50, 25, 15, 9, 1))[0]
            run_id += 1
            common = {"session_id": session_id, "created_at": now}
            author = {"author": "me"}

            text_id += 1
            prompt_id = text_id
            prompt = words.fill("{title}; the caller gives a limit, and a {noun} is never returned twice.")
            tables["texts"].append({"id": text_id, "kind": "prompt", "seq": 1, "body": prompt, **common, **author})
            tables["prompts"].append({"id": text_id, "purpose": "draft"})
            tables["events"].append({"kind": "create", "value": "prompt", **common, **author})
            tables["runs"].append(
                {"id": run_id, "session_id": session_id, "kind": "generate", "status": "finished",
                 "outcome": "passed", "stage": "check", "prompt_id": prompt_id, "endpoint": "local",
                 "model": model, "seed": 1, "temperature": 0.2, "prompt_version": "1", "owner_pid": 1,
                 "owner_birth": "1", "owner_machine": "//", "started_at": now, "seen_at": now,
                 "finished_at": now + 20_000, "cost_usd": 0.001}
            )  # fmt: skip
            for seq, (stage, name) in enumerate(
                [("draft", "prefill"), ("draft", "decode"), ("implement", "prefill"), ("implement", "decode"),
                 ("check", "check.parse"), ("check", "check.examples")], 1):  # fmt: skip
                tables["spans"].append(
                    {"run_id": run_id, "seq": seq, "stage": stage, "name": name, "start_s": seq * 1.5,
                     "duration_s": chance.random() * 3}
                )  # fmt: skip
            for seq, stage in enumerate(("draft", "implement"), 1):
                tables["usage"].append(
                    {"run_id": run_id, "seq": seq, "stage": stage, "prompt_tokens": 700, "cached_tokens": 600,
                     "completion_tokens": 180}
                )  # fmt: skip

            drafts = chance.choices((1, 2, 3, 5), (55, 25, 15, 5))[0]
            open_at_end = chance.random() < 0.2
            parent = None
            for seq in range(1, drafts + 1):
                text_id += 1
                with_hole = seq < drafts or open_at_end
                body, ir = _spec(specs, words, with_hole)
                tables["texts"].append({"id": text_id, "kind": "spec", "seq": seq, "body": body, **common, **author})
                tables["drafts"].append(
                    {"id": text_id, "session_id": session_id, "parent_id": parent, "sibling": 0,
                     "source": "agent" if seq == 1 else "human", "reason": "" if seq == 1 else "answered a question",
                     "function": words.fill("{verb}_{noun}s"), "holes": int(with_hole), "ir": ir}
                )  # fmt: skip
                tables["head_moves"].append({"kind": "draft", "draft_id": text_id, **common, **author})
                parent = text_id
            text_id += 1
            body = words.fill(CODE)
            tables["texts"].append({"id": text_id, "kind": "code", "seq": 1, "body": body, **common, "author": model})
            tables["codes"].append({"id": text_id, "draft_id": parent, "run_id": run_id})
            failed = int(chance.random() < 0.07)
            for number in range(4):
                status = "failed" if failed and number == 3 else "passed"
                tables["checks"].append(
                    {"code_id": text_id, "run_id": run_id, "kind": "example", "name": f"example {number}",
                     "status": status, "detail": "", "clause": f"examples[{number}]"}
                )  # fmt: skip

            tags = sorted(chance.sample(TAGS, chance.choices((0, 1, 2), (60, 30, 10))[0]))
            if num % 500 == 0:
                tags.append("zz-rare")
            for tag in tags:
                tables["session_tags"].append({"tag": tag, "num": num})
                tables["events"].append({"kind": "tag", "value": tag, **common, **author})
            state = chance.choice(STATES)
            if state != "draft":
                tables["events"].append({"kind": "state", "value": state, **common, **author})
            tables["sessions"].append(
                {"num": num, "id": session_id, "origin": "prompt", "created_at": now,
                 "updated_at": now + chance.randrange(10**9), "state": state, "title": words.fill("{title}."),
                 "function": words.fill("{verb}_{noun}s"), "head_id": parent, "draft_count": drafts,
                 "holes_open": int(open_at_end), "checks_passed": 4 - failed, "checks_failed": failed,
                 "model": model, "run_status": "finished", "cost_usd": 0.001, "tags": " ".join(tags)}
            )  # fmt: skip
        yield tables


def _spec(known: dict[tuple[Words, bool], tuple[str, str]], words: Words, with_hole: bool) -> tuple[str, str]:
    """Text form and JSON of a draft; parsed once per combination of common words."""
    key = (words._replace(rare="zqrare"), with_hole)
    if key not in known:
        text = key[0].fill(SPEC + (HOLE if with_hole else ""))
        known[key] = (text, parse(text).model_dump_json())
    text, json = known[key]
    return text.replace("zqrare", words.rare), json.replace("zqrare", words.rare)


def operations(path: Path) -> dict[str, Callable[[SessionStore, int], object]]:
    """What is timed: each takes the open store and the number of the repetition."""

    def open_store(_: SessionStore, __: int) -> None:
        with SessionStore(path) as fresh:
            fresh.listing.page(limit=1)

    def second_page(store: SessionStore, _: int) -> object:
        return store.listing.page(cursor=store.listing.page().next)

    words = (*VERBS, *NOUNS, *QUALITIES)
    return {
        "open": open_store,
        "list: first page": lambda s, i: s.listing.page(),
        "list: first and second page": second_page,
        "list: by title": lambda s, i: s.listing.page(sort="title"),
        "list: state": lambda s, i: s.listing.page(Filter(state=("draft", "finalized", "abandoned")[i % 3])),
        "list: model": lambda s, i: s.listing.page(Filter(model=MODELS[i % len(MODELS)])),
        "list: tag": lambda s, i: s.listing.page(Filter(tag=(*TAGS, "zz-rare", "none")[i % 10])),
        "list: with holes": lambda s, i: s.listing.page(Filter(has_holes=True)),
        "list: failing": lambda s, i: s.listing.page(Filter(failing=True)),
        "list: state, model, holes, failing": lambda s, i: s.listing.page(
            Filter(state="abandoned", model=MODELS[i % len(MODELS)], has_holes=True, failing=True)
        ),
        "list: model and tag, by title": lambda s, i: s.listing.page(
            Filter(model=MODELS[-1], tag=TAGS[i % len(TAGS)]), sort="title"
        ),
        "list: count all": lambda s, i: s.listing.count(),
        "search: in every text": lambda s, i: s.search.page(("limit", "return", "values")[i % 3]),
        "search: common word": lambda s, i: s.search.page(words[i % len(words)]),
        "search: two common words": lambda s, i: s.search.page(f"{VERBS[i % len(VERBS)]} {NOUNS[i % len(NOUNS)]}"),
        "search: rare word": lambda s, i: s.search.page(f"zq{i}"),
        "search: while typing": lambda s, i: s.search.page(words[i % len(words)][: 1 + i % 6], prefix=True),
        "search: no match": lambda s, i: s.search.page("nowhere to be found"),
    }


def measure(path: Path, repetitions: int) -> dict[str, tuple[float, float]]:
    """Median and 95th percentile of each operation, in milliseconds."""
    results: dict[str, tuple[float, float]] = {}
    with SessionStore(path) as store:
        for name, operation in operations(path).items():
            operation(store, 0)
            times: list[float] = []
            for number in range(repetitions):
                begun = time.perf_counter()
                operation(store, number)
                times.append((time.perf_counter() - begun) * 1e3)
            times.sort()
            results[name] = times[len(times) // 2], times[min(len(times) - 1, int(len(times) * 0.95))]
    return results


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--keep", type=Path, help="keep the large database here, and use it if it is there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.db", options.keep or Path(folder) / "large.db"
        fill(small, BASELINE)
        begun = time.perf_counter()
        if not large.exists():
            fill(large, options.sessions)
        filled_s = time.perf_counter() - begun
        few, many = measure(small, options.repetitions), measure(large, options.repetitions)
        size = large.stat().st_size
    write = sys.stdout.write
    write(f"{options.sessions:,} sessions, filled in {filled_s:.0f} s: {size / 1e6:,.0f} MB, ")
    write(f"{size / options.sessions / 1e3:.1f} kB per session. Times in milliseconds.\n\n")
    write(f"| | p50 at {BASELINE:,} | p95 at {BASELINE:,} | p50 at {options.sessions:,} ")
    write(f"| p95 at {options.sessions:,} | ratio of p95 |\n|---|---|---|---|---|---|\n")
    for name, (median, slow) in many.items():
        write(f"| {name} | {few[name][0]:.2f} | {few[name][1]:.2f} | {median:.2f} | {slow:.2f} ")
        write(f"| {slow / few[name][1]:.1f} |\n")
    worst = max(many, key=lambda name: many[name][1])
    verdict = "within" if many[worst][1] <= TARGET_P95_MS else "NOT within"
    write(f"\nSlowest at p95: {worst}, {many[worst][1]:.2f} ms; {verdict} the target of {TARGET_P95_MS:.0f} ms.\n")


if __name__ == "__main__":
    main()
