import json

from engine.ir.models import IR, SCHEMA_VERSION
from engine.ir.schema import SCHEMA_PATH, json_schema, published_text


def test_the_published_schema_is_up_to_date() -> None:
    assert SCHEMA_PATH.read_text(encoding="utf-8") == published_text(), "run: python -m engine.ir.schema"


def test_the_schema_names_itself() -> None:
    schema = json_schema()
    assert schema["$id"] == f"urn:lift:ir:v{SCHEMA_VERSION}"
    assert schema["version"] == SCHEMA_VERSION
    assert schema["title"]
    assert SCHEMA_PATH.name == f"ir-v{SCHEMA_VERSION}.schema.json"


def test_the_schema_covers_every_field() -> None:
    schema = json_schema()
    assert set(schema["properties"]) == set(IR.model_fields)
    assert set(schema["required"]) == {"intent", "signature"}
    assert json.loads(published_text()) == schema
