"""What a second on Modal costs: a dated table that the user can correct.

Prices move, so the table says when it was true, and ``modal-prices.toml`` in the settings folder replaces
any part of it::

    as_of = 2026-11-01
    cpu_core = 0.0000131          # USD per physical core and second
    [gpu]
    L40S = 0.000542               # USD per GPU and second
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, ValidationError

from engine import paths
from engine.errors import SettingsError, UsageError

# https://modal.com/pricing as last seen in May 2026: base prices, without the factors for a chosen region or for
# containers that may not be preempted, and before any credits.
_AS_OF = date(2026, 5, 1)
_GPU = {"L4": 0.000222, "L40S": 0.000542, "A100-80GB": 0.000694, "H100": 0.001097}
_MEMORY_GIB = 0.00000222
_CPU_CORE = 0.0000131

_CORES = 1.0
"""Cores that a container is counted with: vLLM keeps about one busy between the GPU's steps."""


class Rate(BaseModel):
    """What a container costs, in USD per second."""

    model_config = ConfigDict(frozen=True)

    gpu: float
    memory: float
    cpu: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.gpu + self.memory + self.cpu


class PriceTable(BaseModel):
    """Prices in USD per second: of a GPU by type, of a GiB of memory, of a physical CPU core."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    as_of: date = _AS_OF
    gpu: Mapping[str, NonNegativeFloat] = Field(default_factory=lambda: dict(_GPU))
    memory_gib: NonNegativeFloat = _MEMORY_GIB
    cpu_core: NonNegativeFloat = _CPU_CORE

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """The table, with what the user's file replaces.

        Args:
            path: a file that has to exist; without it ``modal-prices.toml`` in the settings folder, if there is one.

        Raises:
            SettingsError: the file cannot be read, or holds something that is no price.
        """
        file = path or prices_file()
        try:
            given = tomllib.loads(file.read_text(encoding="utf-8"))
            table = cls.model_validate(given)
        except FileNotFoundError as error:
            if path is None:
                return cls()
            raise SettingsError(f"There is no price table {path}.", "Correct the name.") from error
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"{file} cannot be read: {error}.", "Correct or delete the file.") from error
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise SettingsError(f"{file}: {field}: {first['msg']}.", "Correct the file.") from error
        return table.model_copy(update={"gpu": _GPU | dict(table.gpu)})

    def rate(self, gpu: str, memory_mib: int) -> Rate:
        """What a container with ``gpu`` (``TYPE`` or ``TYPE:COUNT``) and ``memory_mib`` MiB costs.

        Raises:
            UsageError: the table has no price for that GPU.
        """
        kind, _, count = gpu.rstrip("!").partition(":")
        if kind not in self.gpu:
            raise UsageError(
                f"There is no price for the GPU {kind or '?'!r}.",
                f"Known: {', '.join(self.gpu)}. Add it to {prices_file()}, under [gpu], in USD per second.",
            )
        memory = self.memory_gib * memory_mib / 1024
        return Rate(gpu=self.gpu[kind] * int(count or 1), memory=memory, cpu=self.cpu_core * _CORES)


def prices_file() -> Path:
    """The user's own prices."""
    return paths.config_dir() / "modal-prices.toml"
