"""From the model's rewritten draft back to the specification that it was asked to refine.

A draft on the wire says less than a specification: no defaults, no identifiers of holes, and
preconditions, descriptions and reasons only as rules (:func:`engine.stages.draft_wire.from_ir`).
:func:`merged` puts the model's answer and what the wire cannot say together again, and keeps a
clause as it was where the model says the same. What then differs is what the refinement proposes
(:func:`proposed_changes`).
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, TypeVar

from engine.ir.diff import diff
from engine.ir.expressions import expression_faults
from engine.ir.matching import pair_up
from engine.ir.models import IR, Assertion, Clause, Example, Intent, Parameter, TypedHole
from engine.ir.source import NOT_PYTHON, parse_expression
from engine.ir.validate import validate
from engine.stages.draft_repair import Draft, known_type
from engine.stages.draft_wire import (
    DraftWire,
    WireExample,
    WireHole,
    WireParameter,
    WireRaises,
    from_ir,
    json_schema,
    plain_arguments,
)
from engine.stages.events import ProposedChange

C = TypeVar("C", bound=Clause)
Carry = Callable[[C, C | None], C]

_NAMING = re.compile(r"\b(?:(?:re)?nam(?:e|ed|ing)|call(?:ed)?)\b", re.IGNORECASE)
_DROPPED = ("ensures[", "raises[", "examples[")
_ASSUMPTION = re.compile(r"Assume (.+?)\.?")


def refine_schema(base: IR, instruction: str) -> dict[str, Any]:
    """The JSON Schema of a draft, as much wider as it takes to write ``base`` again and to add to it.

    The function keeps its name unless ``instruction`` is about a name, and not a parameter's: a small
    model likes to call what does something else by another name.
    """
    told = from_ir(base)
    schema = _widened(json_schema(), [told])
    parameters = {parameter.name for parameter in base.signature.parameters}
    if not _NAMING.search(instruction) or parameters & set(re.findall(r"\w+", instruction)):
        schema["properties"]["name"] = {"enum": [told["name"]]}
    return schema


def read_draft(text: str) -> DraftWire:
    """The draft in ``text``, which has been verified against :func:`refine_schema`.

    It may be longer than :class:`DraftWire` itself allows.
    """
    data: dict[str, Any] = json.loads(text)
    nested = {"parameters": WireParameter, "raises": WireRaises, "examples": WireExample, "holes": WireHole}
    for field, model in nested.items():
        data[field] = [model.model_construct(**item) for item in data[field]]
    return DraftWire.model_construct(**data)


def merged(base: IR, answer: DraftWire) -> IR:
    """``base`` as ``answer`` rewrites it; a clause that says the same stays as it is, provenance and all."""
    return _Rewrite(base, answer).result()


def proposed_changes(base: IR, new: IR) -> list[ProposedChange]:
    """What turns ``base`` into ``new``, numbered from 1, with a mark where it touches what a person wrote."""
    clauses = dict(base.clauses())
    return [
        ProposedChange(
            number=number,
            change=change,
            human=change.address_old is not None and written_by_human(clauses[change.address_old]),
        )
        for number, change in enumerate(diff(base, new), 1)
    ]


def written_by_human(clause: Clause) -> bool:
    """Whether a person wrote the clause; one that does not say who did counts as a person's."""
    return clause.provenance is None or clause.provenance.source == "human"


class _Rewrite:
    """One answer on its way to a specification; ``_rules`` are those that no other clause has claimed yet."""

    def __init__(self, base: IR, answer: DraftWire) -> None:
        self._base = base
        self._answer = answer
        self._told = from_ir(base)
        self._rules = [line for rule in answer.rules if (line := " ".join(rule.split()))]
        self._known = {parameter.name for parameter in base.signature.parameters}

    def result(self) -> IR:
        base, answer = self._base, self._answer
        header = self._only().specification().signature
        parameters = self._parameters(header.parameters)
        new: dict[str, Any] = {
            "signature": base.signature.model_copy(
                update={
                    "name": base.signature.name if answer.name == base.signature.name else header.name,
                    "parameters": parameters,
                    "returns": _type(base.signature.returns, _without_containers_of_none(answer.returns)),
                }
            ),
            "requires": self._requires({parameter.name for parameter in parameters}),
            "ensures": self._clauses("ensures", base.ensures, self._reasoned),
            "raises": self._clauses("raises", base.raises),
            "effects": self._clauses("effects", base.effects),
            "examples": self._examples(),
            "holes": self._holes(),
        }
        ir = base.model_copy(update=new)
        self._drop_faults(ir)
        ir.intent = self._intent()  # last: it has the rules that are left
        return ir

    def _only(self, **items: object) -> Draft:
        """A draft of the answer's header and nothing but these clauses."""
        bare = {field: list[object]() for field in (*_SAME, "rules")}
        return Draft(self._answer.model_copy(update=bare | items), self._known)

    def _drop_faults(self, ir: IR) -> None:
        """Take out what is new and wrong; it stays as a rule where it says anything in words."""
        draft = self._only()
        kept = {id(clause) for _, clause in self._base.clauses()}
        while True:
            clauses = dict(ir.clauses())
            faulty = (problem.address for problem in validate(ir, {}) if problem.severity == "error")
            new = (a for a in faulty if a.startswith(_DROPPED) and id(clauses[a]) not in kept)
            if (address := next(new, None)) is None:
                break
            draft.drop(ir, address)
        self._rules += [rule for rule in draft.rules if rule not in self._rules]

    def _clauses(self, field: str, old: Sequence[C], carry: Carry[C] | None = None) -> list[C]:
        """The clauses of one list of the wire, completed one by one."""

        def make(item: object) -> list[C]:
            return getattr(self._only(**{field: [item]}).specification(), field)

        return _matched(old, self._told[field], getattr(self._answer, field), _SAME[field], make, carry)

    def _parameters(self, new: Sequence[Parameter]) -> list[Parameter]:
        types = {parameter.name: parameter.type for parameter in self._answer.parameters}
        result = [*new]
        for index, place in pair_up(self._base.signature.parameters, new).items():
            old, now = self._base.signature.parameters[index], new[place]
            update = {
                "name": now.name,
                "type_hint": _type(old.type_hint, types.get(now.name, now.type_hint)),
                "description": self._description(old, now.name),
            }
            result[place] = old.model_copy(update=update)
        return result

    def _description(self, old: Parameter, name: str) -> str:
        if not old.description or self._claim(f"{old.name}: {old.description}"):
            return old.description
        rule = next((rule for rule in self._rules if rule.startswith(f"{name}: ")), None)
        if rule is None:
            return old.description
        self._rules.remove(rule)
        return rule.removeprefix(f"{name}: ")

    def _requires(self, names: set[str]) -> list[Assertion]:
        told = [clause.predicate for clause in self._base.requires]
        said: list[str] = []
        for rule in [*self._rules]:
            found = _ASSUMPTION.fullmatch(rule)
            if found and (found[1] in told or not any(expression_faults(found[1], names, hint=""))):
                self._rules.remove(rule)
                said.append(found[1])
        return _matched(
            self._base.requires, told, said, _same_code, lambda text: [Assertion(predicate=text)], self._reasoned
        )

    def _reasoned(self, old: Assertion, now: Assertion | None) -> Assertion:
        """What becomes of an assertion's reason: told as a rule, it stays while the answer still has that rule."""
        claimed = bool(old.rationale) and self._claim(old.rationale)
        if now is None or now is old or not claimed:
            return now or old
        return now.model_copy(update={"rationale": old.rationale})

    def _examples(self) -> list[Example]:
        """The plain examples, and between them those that were told as rules, while they still are."""
        name, new_name = self._base.signature.name, self._only().function

        def called_anew(old: Example, now: Example | None) -> Example:
            arguments = plain_arguments(old, name)
            return old.model_copy(update={"call": f"{new_name}({arguments})"}) if now is old else now or old

        plain = [e for e in self._base.examples if plain_arguments(e, name) is not None]
        renamed = self._answer.name != name
        examples = self._clauses("examples", plain, called_anew if renamed else None)
        place = 0  # behind the last one before it that is still there
        for example in self._base.examples:
            if plain_arguments(example, name) is None and self._claim(f"{example.call} gives {example.result}."):
                examples.insert(place, example)
            place = next((i for i, kept in enumerate(examples, 1) if kept is example), place)
        return examples

    def _holes(self) -> list[TypedHole]:
        """The open questions; a new one gets an identifier that is not taken."""
        taken = {hole.identifier for hole in self._base.holes}
        free = (name for number in count(1) if (name := f"q{number}") not in taken)
        kept: list[TypedHole] = []

        def edited(old: TypedHole, now: TypedHole | None) -> TypedHole:
            asked = now or old
            kept.append(old.model_copy(update={"description": asked.description, "options": asked.options}))
            return kept[-1]

        holes = self._clauses("holes", self._base.holes, edited)
        return [
            hole if any(hole is old for old in kept) else hole.model_copy(update={"identifier": next(free)})
            for hole in holes
        ]

    def _intent(self) -> Intent:
        base = self._base.intent
        before = [line for line in base.rationale.split("\n") if line.strip()]
        rules = [next((line for line in before if _same_words(line, rule)), rule) for rule in self._rules]
        summary = " ".join(self._answer.summary.split())
        return base.model_copy(
            update={
                "summary": base.summary if not summary or _same_words(base.summary, summary) else summary,
                "rationale": base.rationale if rules == before else "\n".join(rules),
            }
        )

    def _claim(self, told: str) -> bool:
        """Whether the answer still has a rule that was derived from another clause; it is one no longer."""
        rule = next((rule for rule in self._rules if _same_words(" ".join(told.split()), rule)), None)
        if rule is not None:
            self._rules.remove(rule)
        return rule is not None


def _matched(
    old: Sequence[C],
    told: Sequence[Any],
    said: Sequence[Any],
    same: Callable[[Any, Any], bool],
    make: Callable[[Any], Sequence[C]],
    carry: Carry[C] | None,
) -> list[C]:
    """The clauses that ``said`` stands for: the old one where it says the same as it was told, else a new one.

    Args:
        told: what the model was told of each clause of ``old``.
        make: the clauses for something new; none where it makes no sense.
        carry: makes the clause to take of an old one and of what has become of it: itself, an
            edited one, or None when it is gone.
    """
    left = dict(enumerate(old))
    result: list[C] = []
    fresh: list[int] = []
    for item in said:
        found = next((index for index in left if same(told[index], item)), None)
        if found is not None:
            clause = left.pop(found)
            result.append(carry(clause, clause) if carry else clause)
            continue
        for clause in make(item):
            fresh.append(len(result))
            result.append(clause)
    if carry:
        gone = [*left.values()]
        pairs = pair_up(gone, [result[place] for place in fresh])
        for index, clause in enumerate(gone):
            if index in pairs:
                place = fresh[pairs[index]]
                result[place] = carry(clause, result[place])
            else:
                carry(clause, None)
    return result


_SAME: dict[str, Callable[[Any, Any], bool]] = {
    "raises": lambda told, said: told["exception"] == said.exception and _same_code(told["condition"], said.condition),
    "effects": lambda told, said: _same_words(told, said),
    "examples": lambda told, said: (
        _same_code(f"f({told['args']})", f"f({said.args})") and _same_code(told["result"], said.result)
    ),
    "ensures": lambda told, said: _same_code(told, said),
    "holes": lambda told, said: _same_words(told["ask"], said.ask) and told["options"] == said.options,
}
"""For each list of the wire, whether the answer says what it was told; telling it otherwise is no change."""


def _same_words(one: str, other: str) -> bool:
    """Whether two texts differ at most in white space, the first letter's case and the final point."""

    def essence(text: str) -> str:
        text = " ".join(text.split()).rstrip(".")
        return text[:1].lower() + text[1:]

    return essence(one) == essence(other)


def _same_code(one: str, other: str) -> bool:
    """Whether two expressions differ at most in layout, quotes and needless parentheses."""
    if one == other:
        return True
    try:
        return ast.dump(parse_expression(one)) == ast.dump(parse_expression(other))
    except NOT_PYTHON:
        return False


def _type(old: str, said: str) -> str:
    return old if _same_code(old, said) else known_type(said)


def _without_containers_of_none(annotation: str) -> str:
    """``list[int] | list[None]`` as ``list[int]``: a small model says so for "or an empty list"."""
    try:
        node = parse_expression(annotation)
    except NOT_PYTHON:
        return annotation
    members: list[ast.expr] = []
    while isinstance(node, ast.BinOp):
        members.insert(0, node.right)
        node = node.left
    members.insert(0, node)
    texts = [ast.unparse(member) for member in members]
    sound = [text for text in texts if not re.fullmatch(r"\w+\[None(, None)*\]", text)]
    return " | ".join(sound) if sound and len(sound) < len(texts) else annotation


def _widened(schema: dict[str, Any], samples: Sequence[Any]) -> dict[str, Any]:
    """``schema`` so that it takes each of ``samples`` too, and lists that are one longer than theirs."""
    match schema["type"]:
        case "object":
            properties = {
                name: _widened(value, [sample[name] for sample in samples])
                for name, value in schema["properties"].items()
            }
            return {**schema, "properties": properties}
        case "array":
            lengths = [len(sample) for sample in samples]
            items = _widened(schema["items"], [item for sample in samples for item in sample])
            if "minItems" in schema:
                schema = {**schema, "minItems": min([schema["minItems"], *lengths])}
            return {
                **schema,
                "items": items,
                "maxItems": max(schema["maxItems"], max(lengths, default=0) + 1),
            }
        case _:
            misfits = sorted({sample for sample in samples if not _fits(sample, schema)})
            return {"anyOf": [schema, {"enum": misfits}]} if misfits else schema


def _fits(text: str, schema: dict[str, Any]) -> bool:
    if "pattern" in schema:
        return re.fullmatch(schema["pattern"], text) is not None
    return len(text) <= schema["maxLength"]
