"""The specification itself (the IR): what a function is for, looks like, and must do.

An :class:`IR` is plain data. People read and write its text form (:mod:`engine.ir.text`),
machines its JSON (:meth:`IR.model_dump_json`); older JSON is read too
(:mod:`engine.ir.legacy`). Keys nobody knows are kept, so that a newer Lift's or an older
system's file survives a round trip through this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.ir.legacy import upgrade

SCHEMA_VERSION = 1

Source = Literal["human", "agent", "reverse", "verification", "refinement"]
HoleKind = Literal["intent", "signature", "effect", "assertion", "implementation"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="allow", validate_assignment=True)


class Provenance(_Model):
    """Who wrote a clause, and how sure they were."""

    source: Source = "human"
    confidence: float = Field(default=1.0, ge=0.0, le=1.0)
    author: str | None = None
    timestamp: datetime | None = None


class Clause(_Model):
    """One statement of the specification that can be edited, accepted or doubted on its own."""

    provenance: Provenance | None = None


class Intent(Clause):
    """What the function is for: a one-line summary, and optionally the reasons behind it."""

    summary: str
    rationale: str = ""


class Parameter(Clause):
    """One parameter; ``type_hint`` and ``default`` are Python expressions as text."""

    name: str
    type_hint: str = "Any"
    description: str = ""
    default: str | None = None


class Signature(Clause):
    """The exact header of the function; ``returns`` is a Python annotation as text."""

    name: str
    parameters: list[Parameter] = Field(default_factory=list[Parameter])
    returns: str = "None"


class Assertion(Clause):
    """A Python expression over the parameters (and, in a postcondition, ``result``)."""

    predicate: str
    rationale: str = ""


class Raises(Clause):
    """The function raises ``exception`` when ``condition`` (a Python expression) holds."""

    exception: str
    condition: str = ""


class Effect(Clause):
    """Something the function does beside returning a value, in words."""

    description: str


class Example(Clause):
    """``call`` is a Python expression calling the function; it evaluates to ``result``."""

    call: str
    result: str


class TypedHole(Clause):
    """A question that the specification leaves open, with ranked answers to choose from."""

    identifier: str
    kind: HoleKind = "intent"
    type_hint: str = "str"
    description: str = ""
    options: list[str] = Field(default_factory=list[str])


class Metadata(_Model):
    """Where the specification came from."""

    source_path: str | None = None
    language: str = "python"
    origin: str | None = None
    evidence: list[Any] = Field(default_factory=list[Any])


class IR(_Model):
    """A complete specification of one function."""

    schema_version: int = SCHEMA_VERSION
    intent: Intent
    signature: Signature
    requires: list[Assertion] = Field(default_factory=list[Assertion])
    ensures: list[Assertion] = Field(default_factory=list[Assertion])
    raises: list[Raises] = Field(default_factory=list[Raises])
    effects: list[Effect] = Field(default_factory=list[Effect])
    examples: list[Example] = Field(default_factory=list[Example])
    holes: list[TypedHole] = Field(default_factory=list[TypedHole])
    constraints: list[Any] = Field(default_factory=list[Any])
    metadata: Metadata = Field(default_factory=Metadata)

    @model_validator(mode="before")
    @classmethod
    def _read_older_json(cls, data: Any) -> Any:
        return upgrade(data)

    def lists(self) -> dict[str, list[Clause]]:
        """Every list of clauses by its address, in the order of the text form.

        The lists are copies; the clauses in them are the IR's own.
        """
        return {
            "signature.parameters": [*self.signature.parameters],
            "requires": [*self.requires],
            "ensures": [*self.ensures],
            "raises": [*self.raises],
            "effects": [*self.effects],
            "examples": [*self.examples],
            "holes": [*self.holes],
        }

    def clauses(self) -> Iterator[tuple[str, Clause]]:
        """Every clause with its address, in the order of the text form.

        Addresses look like ``intent``, ``signature``, ``signature.parameters[0]``, ``ensures[2]``.
        """
        yield "intent", self.intent
        yield "signature", self.signature
        for address, clauses in self.lists().items():
            for index, clause in enumerate(clauses):
                yield f"{address}[{index}]", clause

    def content(self) -> IR:
        """A copy of exactly what the text form carries.

        Provenance, metadata, constraints, unknown keys and the schema's version are left out.
        """
        signature = bare(self.signature)
        signature.parameters = [bare(parameter) for parameter in signature.parameters]
        return IR(
            intent=bare(self.intent),
            signature=signature,
            requires=[bare(clause) for clause in self.requires],
            ensures=[bare(clause) for clause in self.ensures],
            raises=[bare(clause) for clause in self.raises],
            effects=[bare(clause) for clause in self.effects],
            examples=[bare(clause) for clause in self.examples],
            holes=[bare(clause) for clause in self.holes],
        )


CLAUSE_LISTS = ("requires", "ensures", "raises", "effects", "examples", "holes")
"""The fields of an IR that are lists of clauses, in the order of the text form."""

AnyClause = TypeVar("AnyClause", bound=Clause)


def bare(clause: AnyClause) -> AnyClause:
    """A copy of ``clause`` without its provenance and unknown keys (a signature's parameters keep theirs)."""
    known = {name: getattr(clause, name) for name in type(clause).model_fields if name != "provenance"}
    return type(clause).model_validate(known)
