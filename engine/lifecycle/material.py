"""What a session can be made from, told apart by its text: a specification in one of its forms, code, or a prompt."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from typing import Literal, cast

from pydantic import ValidationError

from engine.ir.models import IR
from engine.ir.source import NOT_PYTHON, parse_python
from engine.ir.text import parse
from engine.ir.text_arguments import FORMS
from engine.lifecycle import report
from engine.lifecycle.code_header import describe_header
from engine.lifecycle.editing import by_hand, stamped
from engine.lifecycle.errors import NotImportable
from engine.lifecycle.fences import blocks
from engine.lifecycle.pytest_file import spec_in

Form = Literal["prompt", "spec", "json", "markdown", "code"]

_SHOWN_ERRORS = 3


@dataclass(frozen=True)
class Material:
    """What was read: a prompt, a specification, code, or several of them."""

    form: Form
    prompt: str = ""
    ir: IR | None = None
    code: str = ""


def read(text: str, form: Form | None = None, *, author: str = "", function: str = "", companion: str = "") -> Material:
    """Read ``text`` as ``form``, or as what it looks like.

    Args:
        author: the person who wrote a specification in its text form.
        function: the function of a module that is meant, if there are several.
        companion: the text of an exported pytest file; code is then read with its specification.

    Raises:
        NotImportable: it is not in that form.
        SpecSyntaxError: it is a specification in its text form, with a mistake in it.
    """
    text = text.removeprefix("\ufeff")
    form = form or form_of(text)
    match form:
        case "prompt":
            return Material(form, prompt=text.strip())
        case "spec":
            return Material(form, ir=stamped(parse(text), by_hand(author)))
        case "json":
            return _read_json(text)
        case "markdown":
            return _read_markdown(text)
        case "code":
            spec = spec_in(companion)
            ir = stamped(parse(spec), by_hand(author)) if spec else describe_header(text, function)
            return Material(form, ir=ir, code=text)


def form_of(text: str) -> Form:
    """What ``text`` looks like; a prompt when it is nothing else."""
    if text.lstrip().startswith("{"):
        return "json"
    if any(block.info == report.IR_BLOCK for block in blocks(text)):
        return "markdown"
    try:
        tree = parse_python(text)
    except NOT_PYTHON:
        begins_like_code = text.lstrip().startswith(("def ", "async def ", "class ", "import ", "from ", "@", "#"))
        return "spec" if begins_like_code and "def " in text else "prompt"
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    if not functions:
        return "prompt"
    return "spec" if len(functions) == 1 and _is_stub(functions[0]) else "code"


def _is_stub(definition: ast.stmt) -> bool:
    """Whether the body has nothing but a docstring, clauses and fillers, and a clause or little else."""
    if not isinstance(definition, ast.FunctionDef):
        return False
    values = [node.value for node in definition.body if isinstance(node, ast.Expr)]
    others = [node for node in definition.body if not isinstance(node, ast.Expr | ast.Pass)]
    calls = [value.func for value in values if isinstance(value, ast.Call)]
    known = [call for call in calls if isinstance(call, ast.Name) and call.id in FORMS]
    return bool(known) or not (others or calls)


def _read_json(text: str) -> Material:
    try:
        data: object = json.loads(text)
    except RecursionError:
        raise NotImportable("The JSON is nested too deeply.", "Check the file.") from None
    except ValueError as error:
        raise NotImportable(f"This is not JSON: {error}.", "Check the file.") from None
    prompt = code = ""
    if isinstance(data, dict):
        document = cast("dict[str, object]", data)
        if "intent" not in document and isinstance(document.get("ir"), dict):  # what `lift … --json` prints
            prompt, code = (str(document.get(key) or "") for key in ("prompt", "code"))
            data = document["ir"]
    try:
        return Material("json", prompt=prompt, ir=IR.model_validate(data), code=code)
    except ValidationError as error:
        faults = [f"  {'.'.join(map(str, fault['loc'])) or 'the whole'}: {fault['msg']}" for fault in error.errors()]
        shown = "\n".join(faults[:_SHOWN_ERRORS])
        raise NotImportable(
            f"The JSON is no specification:\n{shown}",
            'It needs at least {"intent": {"summary": "…"}, "signature": {"name": "…"}}.',
        ) from None


def _read_markdown(text: str) -> Material:
    found = {block.info: block.text for block in reversed([*blocks(text)])}  # the first of each kind counts
    if report.IR_BLOCK not in found:
        raise NotImportable(
            "There is no specification in this Markdown.",
            f"A report that Lift has exported has it in a block that begins with ```{report.IR_BLOCK}",
        )
    spec = _read_json(found[report.IR_BLOCK])
    prompt, code = found.get(report.PROMPT_BLOCK, ""), found.get(report.CODE_BLOCK, "")
    return Material("markdown", prompt=prompt, ir=spec.ir, code=code)
