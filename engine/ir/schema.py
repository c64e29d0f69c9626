"""The published JSON Schema of the IR: ``python -m engine.ir.schema`` writes it anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.ir.models import IR, SCHEMA_VERSION

SCHEMA_PATH = Path(__file__).parent / "schema" / f"ir-v{SCHEMA_VERSION}.schema.json"
"""Where the published schema lies, in the package."""


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of an IR's JSON, with its identifier and version."""
    schema = IR.model_json_schema()
    schema.pop("title", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:lift:ir:v{SCHEMA_VERSION}",
        "title": "Lift intermediate representation",
        "version": SCHEMA_VERSION,
        **schema,
    }


def published_text() -> str:
    """The schema as it is published."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_PATH.parent.mkdir(exist_ok=True)
    SCHEMA_PATH.write_text(published_text(), encoding="utf-8")
