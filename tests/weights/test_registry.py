from __future__ import annotations

import pytest

from engine.errors import WeightsError
from engine.weights import find, list_models
from engine.weights.package_index import PackageIndex


def test_the_chunks_of_every_model_add_up_to_its_size() -> None:
    for model in list_models():
        for source in model.sources:
            if isinstance(source, PackageIndex):
                assert sum(part.size for part in source.parts) == model.size


def test_the_default_model_comes_first_and_prefers_the_hub() -> None:
    default = list_models()[0]
    assert default.name == "qwen2.5-coder-1.5b"
    assert [source.kind for source in default.sources] == ["hub", "index"]


def test_find_returns_the_model_of_that_name() -> None:
    assert find("smollm2-135m").size == 98_362_432


def test_an_unknown_name_suggests_the_nearest_one() -> None:
    with pytest.raises(WeightsError, match=r"Did you mean smollm2-135m\?"):
        find("smollm-135m")
