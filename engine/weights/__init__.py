"""Model weights: which ones Lift knows, where they come from, and whether they are the right bytes.

The only thing trusted is the SHA-256 pinned in :mod:`engine.weights.registry`; where the bytes
come from does not matter. A file is complete and verified, or it is not there.
"""

from engine.weights.pull import adopt, pull, verify
from engine.weights.registry import find, list_models
from engine.weights.source import Model, Notify, Progress
from engine.weights.store import local_path, model_file, models_dir

__all__ = [
    "Model",
    "Notify",
    "Progress",
    "adopt",
    "find",
    "list_models",
    "local_path",
    "model_file",
    "models_dir",
    "pull",
    "verify",
]
