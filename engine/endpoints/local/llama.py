"""llama.cpp's server, set up for one user on a small machine."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from engine.endpoints.local.threads import compute_threads

CONTEXT_TOKENS = 8192
_SLOTS = 2
"""Requests served at once. They share the context and, with two, the processors: a second face waits
for nobody, and both take as long as one after the other would. A run's two conversations, the draft's and
the code's, stay in one each."""
_CPU_BATCH_TOKENS = 64
"""Prompt tokens read between two looks at the connection. llama.cpp's 2048 notices a cancelled request,
and reports progress, only after the whole prompt (17 s for 700 tokens on two cores); 64 costs no speed there."""
_CACHE_MIB = 512
"""Memory for the conversations that are not in a slot at the moment, so that going back to one is free."""


class Server(Protocol):
    """What Lift uses of ``xllamacpp.Server`` beside its HTTP side."""

    @property
    def listening_address(self) -> str:
        """``http://127.0.0.1:PORT``."""
        ...

    def handle_metrics(self) -> str:
        """Counters in the Prometheus text format."""
        ...

    def handle_chat_completions(self, prompt: dict[str, Any]) -> object:
        """One request of the chat API, in process."""
        ...


def load(model: Path, name: str, token: str, slots_folder: Path | None = None) -> Server:
    """Load ``model`` and listen on a free port of the loopback interface; every request needs ``token``.

    Blocks until the model is loaded, and holds the interpreter meanwhile.

    Args:
        slots_folder: where slots can be written to and read from; nowhere when not given.

    Raises:
        RuntimeError: llama.cpp cannot load the file; the reason is in the log.
    """
    xllamacpp: Any = import_module("xllamacpp")  # a compiled module without type information
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model)
    parameters.model_alias = {name}
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_parallel = _SLOTS
    parameters.kv_unified = True
    parameters.cache_ram_mib = _CACHE_MIB
    # Otherwise each request first puts the other conversation aside, for 0.1 s, and takes its own back in.
    parameters.cache_idle_slots = False
    if slots_folder is not None:
        parameters.slot_save_path = f"{slots_folder}/"
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.api_keys = [token]
    parameters.cors_origins = ""  # no web page may read an answer
    parameters.ui = False
    parameters.endpoint_metrics = True
    parameters.endpoint_slots = True
    parameters.use_jinja = True
    parameters.warmup = False  # doubles the load time; our own first request does it in the background
    if not _has_accelerator(xllamacpp):
        parameters.n_batch = parameters.n_ubatch = _CPU_BATCH_TOKENS
        parameters.fit_params = False  # measures what fits an accelerator's memory: a second load
    threads = compute_threads()
    if threads is not None:
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    return cast(Server, xllamacpp.Server(parameters))


def _has_accelerator(xllamacpp: Any) -> bool:
    cpu = xllamacpp.ggml_backend_dev_type.GGML_BACKEND_DEVICE_TYPE_CPU
    return any(device["type"] != cpu for device in xllamacpp.get_device_info())
