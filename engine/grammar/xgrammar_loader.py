"""Loads the parts of xgrammar that match text, and nothing of what the package drags along.

``import xgrammar`` imports torch, transformers and numpy to move bitmasks between devices and to
read tokenizers. Lift does neither: it only asks whether a text keeps a grammar. So this module
imports xgrammar's ``grammar``, ``compiler``, ``matcher`` and ``tokenizer_info`` modules under a
package object whose ``__init__`` has not run, and hides those libraries while it does, whether
they are installed or not. Measured: 0.3 s and 34 MB instead of 2.5 s and 250 MB.

The trick leans on how xgrammar 0.2 is laid out, hence the check of its version.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

from engine.errors import GrammarError

SUPPORTED = "0.2."
"""The versions of xgrammar whose layout this loader knows, as a prefix."""

_HEAVY = ("torch", "numpy", "numpy.typing", "transformers", "sentencepiece", "tiktoken")

_lock = threading.Lock()


class XGrammar(NamedTuple):
    """The classes of xgrammar that Lift uses; untyped, because xgrammar's own hints need torch."""

    version: str
    Grammar: Any
    GrammarCompiler: Any
    GrammarMatcher: Any
    TokenizerInfo: Any
    VocabType: Any


def load_xgrammar() -> XGrammar:
    """Load xgrammar once; later calls return the same object. Safe to call from any thread.

    Raises:
        GrammarError: xgrammar is missing, cannot be loaded, or is of an unsupported version.
    """
    with _lock:
        return _load()


@cache
def _load() -> XGrammar:
    version = _checked_version()
    try:
        with _standing_in(dict.fromkeys(_HEAVY)):
            importlib.import_module("tvm_ffi")
        with _standing_in(_stand_ins()):
            _add_bare_package("xgrammar")
            importlib.import_module("xgrammar.load_binding")  # the native library; first, as in __init__
            grammar, compiler, matcher, tokenizer_info = (
                importlib.import_module(f"xgrammar.{name}")
                for name in ("grammar", "compiler", "matcher", "tokenizer_info")
            )
    except (ImportError, AttributeError, OSError, RuntimeError, ValueError) as error:
        raise GrammarError(
            f"xgrammar {version} cannot be loaded: {error}.",
            "Reinstall Lift's dependencies as its README describes.",
        ) from error
    return XGrammar(
        version,
        grammar.Grammar,
        compiler.GrammarCompiler,
        matcher.GrammarMatcher,
        tokenizer_info.TokenizerInfo,
        tokenizer_info.VocabType,
    )


def _checked_version() -> str:
    try:
        version = importlib.metadata.version("xgrammar")
    except importlib.metadata.PackageNotFoundError as error:
        raise GrammarError(
            "xgrammar is not installed, so generated text cannot be verified.",
            f"Install it: pip install --no-deps 'xgrammar=={SUPPORTED}*'.",
        ) from error
    if not version.startswith(SUPPORTED):
        raise GrammarError(
            f"xgrammar {version} is installed, but Lift supports {SUPPORTED}* only.",
            f"Install a supported version: pip install --no-deps 'xgrammar=={SUPPORTED}*'.",
        )
    return version


def _add_bare_package(name: str) -> None:
    """Put the package into ``sys.modules`` without running its ``__init__``; its modules can then be imported."""
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None:
        raise ImportError(f"the package {name} is not there")
    sys.modules[name] = importlib.util.module_from_spec(spec)


def _stand_ins() -> dict[str, ModuleType | None]:
    """Modules with just the names that xgrammar evaluates while it is imported, mostly in annotations."""
    torch = ModuleType("torch")
    vars(torch).update(Tensor=object, int32=None, tensor=_no_tensor)
    typing = ModuleType("numpy.typing")
    vars(typing).update(ArrayLike=object)
    numpy = ModuleType("numpy")
    vars(numpy).update(typing=typing, __path__=[])
    transformers = ModuleType("transformers")
    vars(transformers).update(PreTrainedTokenizerBase=object, PreTrainedTokenizerFast=object)
    present: dict[str, ModuleType | None] = {
        "torch": torch,
        "numpy": numpy,
        "numpy.typing": typing,
        "transformers": transformers,
    }
    return dict.fromkeys(_HEAVY) | present


def _no_tensor(*_args: object, **_options: object) -> None:
    """Stands in for ``torch.tensor``, which xgrammar calls once while it is imported."""


@contextmanager
def _standing_in(modules: Mapping[str, ModuleType | None]) -> Generator[None]:
    """Let imports see ``modules`` (None: not installed), except where the real one is already loaded."""
    absent = [name for name in modules if name not in sys.modules]
    for name in absent:
        sys.modules[name] = modules[name]  # pyright: ignore[reportArgumentType]  # None blocks an import
    try:
        yield
    finally:
        for name in absent:
            sys.modules.pop(name, None)
