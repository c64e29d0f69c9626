"""``lift grammar``: what a model may say when it writes the code of a specification."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from engine.grammar import Grammar
    from engine.ir.models import IR

_SPEC = click.argument("spec", type=click.Path(path_type=Path), metavar="FILE")
_BODY = click.option("--body", is_flag=True, help="Only what follows the header, as where the header is given.")


@click.group()
def grammar() -> None:
    """The grammar that the code of a specification FILE has to keep.

    Imports come from an allow-list, the header is the specification's own, effects that it does not declare
    cannot be said, and neither can names with two underscores.
    """


@grammar.command()
@_SPEC
@_BODY
@click.option(
    "--for",
    "engine",
    type=click.Choice(["xgrammar", "llama.cpp", "llguidance"]),
    default="xgrammar",
    show_default=True,
    help="Whose dialect; vLLM takes xgrammar's.",
)
def show(spec: Path, engine: str, *, body: bool) -> None:
    """Print the grammar."""
    _, _, wanted = _grammar(spec, body=body)
    printers = {"xgrammar": wanted.to_xgrammar, "llama.cpp": wanted.to_gbnf, "llguidance": wanted.to_lark}
    click.echo(printers[engine]())


@grammar.command()
@_SPEC
@_BODY
@click.option("--code", type=click.Path(path_type=Path), metavar="PY", help="Also check the code in this file.")
@click.option("--texts", type=click.IntRange(0, 10_000), default=50, show_default=True, help="Random texts to try.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(spec: Path, code: Path | None, texts: int, *, body: bool, as_json: bool) -> int:
    """Compile the grammar, try random texts of it, and check code against it.

    Exit code 1 says that a random text is no Python, or that the code is not within the grammar.
    """
    from engine.grammar.trial import try_grammar

    _, head, wanted = _grammar(spec, body=body)
    trial = try_grammar(wanted, f"{head}\n" if body else "", texts=texts)
    fault = _fault(code, head, wanted, body=body) if code else ""
    sound = trial.accepted == trial.compiled == trial.drawn
    if as_json:
        found = {"code_fault": fault} if code else {}
        click.echo(json.dumps(asdict(trial) | found, indent=2, ensure_ascii=False))
    else:
        click.echo(f"compiles in {1000 * trial.compile_s:.0f} ms: {trial.rules} rules, {trial.characters} characters")
        click.echo(f"{trial.drawn} random texts: {trial.accepted} accepted, {trial.compiled} are Python")
        if trial.refused:
            click.echo(f"refused:\n{trial.refused}")
        if code:
            click.echo(f"{code}: {fault or 'within the grammar'}")
    return 0 if sound and not fault else 1


def _grammar(spec: Path, *, body: bool) -> tuple[IR, str, Grammar]:
    from engine.grammar import Policy, python_body, python_function
    from engine.stages.assemble import header
    from tui.targets import read_spec

    ir = read_spec(spec)
    head, policy = header(ir), Policy.for_ir(ir)
    return ir, head, python_body(policy) if body else python_function(head, policy)


def _fault(path: Path, head: str, grammar: Grammar, *, body: bool) -> str:
    """Why the code in ``path`` is not within the grammar; empty when it is."""
    from engine.errors import ContractBroken, UsageError
    from engine.grammar import Verifier

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.", "Check the path.") from error
    if body:
        _, found, text = text.partition(f"{head}\n")
        if not found:
            return f"the header `{head}` is not there"
    verifier = Verifier(grammar)
    try:
        verifier.accept(text)
        verifier.finish()
    except ContractBroken as broken:
        line = text[: broken.position].count("\n") + 1
        return f"line {line}: {broken.what}"
    return ""
