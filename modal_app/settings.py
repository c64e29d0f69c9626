"""What to serve, on which GPU, and for how long: one frozen settings object.

A deployment starts from a profile (model and GPU), adds a scale (how long an idle container waits
and how many there may be) and lets any single value be overridden. The same object travels to the
container as ``LIFT_MODAL_*`` variables of the image, so both sides always agree.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

PREFIX = "LIFT_MODAL_"
DEFAULT_PROFILE = "7b"
DEFAULT_SCALE = "dev"

# The commits that the model repositories' main branches stood at when these profiles were written.
REVISIONS: Mapping[str, str] = MappingProxyType(
    {
        "Qwen/Qwen2.5-Coder-1.5B-Instruct": "2e1fd397ee46e1388853d2af2c993145b0f1098a",
        "Qwen/Qwen2.5-Coder-7B-Instruct": "c03e6d358207e414f1eca0bb1891e29f1db0e242",
        "Qwen/Qwen2.5-Coder-32B-Instruct": "381fc969f78efac66bc87ff7ddeadb7e73c218a7",
    }
)

# Sizes in bfloat16: 3.1, 15.2 and 65.5 GB of weights. ``memory_mib`` must hold them once more, because a
# sleeping vLLM keeps its weights in host memory while the snapshot is taken.
PROFILES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "1.5b": MappingProxyType(
            {
                "model": "Qwen/Qwen2.5-Coder-1.5B-Instruct",
                "gpu": "L4",
                "memory_mib": 16 * 1024,
                "target_concurrency": 32,
                "max_concurrency": 64,
                "startup_seconds": 600,
            }
        ),
        "7b": MappingProxyType(
            {
                "model": "Qwen/Qwen2.5-Coder-7B-Instruct",
                "gpu": "L40S",
                "memory_mib": 40 * 1024,
                "target_concurrency": 32,
                "max_concurrency": 64,
                "startup_seconds": 900,
            }
        ),
        "32b": MappingProxyType(
            {
                "model": "Qwen/Qwen2.5-Coder-32B-Instruct",
                "gpu": "H100",
                "memory_mib": 112 * 1024,
                # 61 of 79.6 GiB are weights: the rest is a cache for about 40,000 tokens of 256 KiB each.
                "gpu_memory_fraction": 0.95,
                "target_concurrency": 12,
                "max_concurrency": 24,
                "startup_seconds": 1800,
            }
        ),
    }
)

SCALES: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "dev": MappingProxyType({"scaledown_seconds": 60, "min_containers": 0, "max_containers": 1}),
        "demo": MappingProxyType({"scaledown_seconds": 600, "min_containers": 0, "max_containers": 2}),
        # Never more than zero by default: one H100 that is always on costs thousands of dollars a month.
        "prod": MappingProxyType({"scaledown_seconds": 1200, "min_containers": 0, "max_containers": 8}),
    }
)


class SettingsError(ValueError):
    """A setting is unknown, malformed or contradicts another; the message names each one."""


def _option(name: str) -> str:
    return name


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def choices(environment: Mapping[str, str]) -> dict[str, str]:
    """What the ``LIFT_MODAL_*`` variables choose, for :meth:`Settings.choose`; an empty one counts as not set."""
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and value.strip()
    }


class Settings(BaseModel):
    """Everything a deployment depends on. Build it with :meth:`choose` or :meth:`from_environment`."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    app_name: str = Field(
        default="lift-inference", pattern=r"^[A-Za-z0-9._-]{1,63}$", description="name of the Modal app"
    )
    model: str = Field(pattern=r"^[\w.-]+/[\w.-]+$", description="model repository, owner/name")
    revision: str = Field(pattern=r"^[0-9a-f]{40}$", description="commit of the model repository, 40 hex digits")
    gpu: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9!+-]*(:[1-8])?$", description="GPU type, with :count for several")
    gpu_memory_fraction: float = Field(default=0.9, ge=0.1, le=0.98, description="share of the GPU's memory for vLLM")
    memory_mib: int = Field(ge=2048, le=2_000_000, description="host memory to reserve, MiB")
    context_tokens: int = Field(default=16384, ge=1024, le=131_072, description="longest prompt plus answer, tokens")
    target_concurrency: int = Field(ge=1, le=1024, description="requests per container before another one starts")
    max_concurrency: int = Field(ge=1, le=1024, description="requests per container before 429")
    min_containers: int = Field(ge=0, le=100, description="containers that are always on")
    max_containers: int = Field(ge=1, le=100, description="containers at most")
    scaledown_seconds: int = Field(ge=2, le=3600, description="how long an idle container waits, seconds")
    startup_seconds: int = Field(ge=60, le=3600, description="how long a start may take, seconds")
    snapshots: bool = Field(default=True, description="start from memory snapshots of CPU and GPU")
    eager: bool = Field(default=False, description="no CUDA graphs: starts sooner, answers slower")
    routing_region: str = Field(default="us-east", pattern=r"^[a-z0-9-]+$", description="region requests enter through")
    hub_secret: str = Field(
        default="", pattern=r"^[A-Za-z0-9._-]*$", description="Modal secret with HF_TOKEN, for models behind a licence"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.min_containers > self.max_containers:
            raise ValueError(f"min_containers ({self.min_containers}) is above max_containers ({self.max_containers})")
        if self.target_concurrency > self.max_concurrency:
            raise ValueError(
                f"target_concurrency ({self.target_concurrency}) is above max_concurrency ({self.max_concurrency})"
            )
        return self

    @property
    def gpu_count(self) -> int:
        """Number of GPUs per container."""
        return int(self.gpu.partition(":")[2] or 1)

    @classmethod
    def choose(cls, chosen: Mapping[str, Any], label: Callable[[str], str] = _option) -> Self:
        """Settings from a profile, a scale and single values.

        Args:
            chosen: ``profile``, ``scale`` and field names; values may be text. A known model selects its
                own profile unless one is named; any other model needs a ``revision``.
            label: how to name an option in error messages, e.g. as a variable or a command-line flag.

        Raises:
            SettingsError: naming every option that is wrong, and why.
        """
        known = {"profile", "scale", *cls.model_fields}
        unknown = [f"{label(name)} is not a setting{_hint(name, known, label)}" for name in chosen if name not in known]
        if unknown:
            raise SettingsError("\n".join(sorted(unknown)))
        values = dict(chosen)
        model = str(values.get("model", ""))
        of_model = next((name for name, profile in PROFILES.items() if profile["model"] == model), DEFAULT_PROFILE)
        profile = _named(PROFILES, values.pop("profile", of_model), label("profile"))
        scale = _named(SCALES, values.pop("scale", DEFAULT_SCALE), label("scale"))
        merged = {**profile, **scale, **values}
        if revision := REVISIONS.get(merged["model"]):
            merged.setdefault("revision", revision)
        try:
            return cls.model_validate(merged)
        except ValidationError as error:
            raise SettingsError("\n".join(_explain(error, label, model))) from error

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Settings from the ``LIFT_MODAL_*`` variables; an empty variable counts as not set.

        Raises:
            SettingsError: naming every variable that is wrong, and why.
        """
        return cls.choose(choices(os.environ if environment is None else environment), variable)

    def to_environment(self) -> dict[str, str]:
        """The variables from which :meth:`from_environment` builds exactly this object."""
        return {variable(name): str(value) for name, value in self.model_dump().items() if value != ""}


def _named(table: Mapping[str, Any], name: object, label: str) -> Mapping[str, Any]:
    found = table.get(str(name).strip().lower())
    if found is None:
        raise SettingsError(f"{label} is {str(name)!r}: choose one of {', '.join(table)}")
    return found


def _hint(name: str, known: set[str], label: Callable[[str], str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {label(close[0])}?)" if close else ""


def _explain(error: ValidationError, label: Callable[[str], str], model: str) -> list[str]:
    """One line for each thing that is wrong, in the user's terms."""
    lines: list[str] = []
    for detail in error.errors(include_url=False):
        if not detail["loc"]:
            lines.append(str(detail["ctx"]["error"]) if "ctx" in detail else detail["msg"])
            continue
        name = str(detail["loc"][0])
        what = Settings.model_fields[name].description
        if detail["type"] == "missing":
            lines.append(f"{label(name)} is missing: name the {what}, so that every container serves the same {model}")
        elif detail["type"] == "string_pattern_mismatch":
            lines.append(f"{label(name)} is {detail['input']!r}, which is no {what}")
        else:
            lines.append(f"{label(name)} is {detail['input']!r} ({what}): {detail['msg'].lower()}")
    return lines
