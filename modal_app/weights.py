"""The model's files on the Volume, at their pinned commit.

They are fetched while the image is built: a wrong revision or a missing licence fails the deployment and
not the first request, and no GPU is paid for while it waits for a download. A container checks again, so
that a Volume which somebody emptied is filled anew instead of breaking every start.
"""

from __future__ import annotations

from pathlib import Path

WEIGHTS_ROOT = "/weights"

# What vLLM reads. Repositories also hold the same weights in other formats.
PATTERNS = ("*.safetensors", "*.json", "*.txt", "*.jinja", "*.model")


def weights_folder(model: str, revision: str, root: str = WEIGHTS_ROOT) -> Path:
    """The folder of one model at one commit."""
    return Path(root) / model / revision


def ensure_weights(model: str, revision: str, root: str = WEIGHTS_ROOT) -> str:
    """Fetch the model unless it is complete, and return its folder.

    Runs where ``huggingface_hub`` is installed: in the image. An interrupted download continues where it stopped.
    """
    folder = weights_folder(model, revision, root)
    complete = folder / ".complete"
    if not complete.exists():
        from huggingface_hub import snapshot_download  # pyright: ignore[reportMissingImports]

        snapshot_download(model, revision=revision, local_dir=folder, allow_patterns=list(PATTERNS))
        complete.touch()
    return str(folder)
