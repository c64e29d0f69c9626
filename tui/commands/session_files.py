"""``lift session new|import|export``: sessions from files and files from sessions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.commands import session_json
from tui.commands.session_common import (
    WORDS,
    Output,
    author_option,
    draft_option,
    print_json,
    session_argument,
    store_command,
)

if TYPE_CHECKING:
    from engine.lifecycle.material import Material
    from engine.sessions.records import Session
    from engine.sessions.store import SessionStore

_SUFFIXES = (".py", ".pyi", ".json", ".md")
_FORMS = {"md": "markdown", "markdown": "markdown", "json": "json", "stub": "spec", "py": "python"}

_form_option = click.option(
    "--as",
    "form",
    type=click.Choice(["prompt", "spec", "json", "markdown", "code"]),
    help="What the text is; default: what it looks like.",
)
_function_option = click.option(
    "--function", default="", type=WORDS, metavar="NAME", help="The function that is meant, of code with several."
)
_title_option = click.option("--title", default="", type=WORDS, help="A title of your own; default: the summary.")
_tag_option = click.option("--tag", "tags", multiple=True, type=WORDS, help="Tag it; may be repeated.")


@click.command()
@click.argument("target", type=WORDS)
@_form_option
@_function_option
@_title_option
@_tag_option
@author_option
@store_command
def new(
    store: SessionStore,
    output: Output,
    *,
    target: str,
    form: Any,
    function: str,
    title: str,
    tags: tuple[str, ...],
    author: str,
) -> None:
    """Begin a session without running anything.

    TARGET is a request in plain English, "-" for standard input, or a file: a specification in its
    text form or as JSON, or Python code to be described later.

    JSON: {"session", "draft" or null, "problems"}
    """
    from engine.lifecycle.creating import create
    from engine.lifecycle.material import read
    from tui.texts import read_text

    is_file = target == "-" or _names_a_file(target)
    text = read_text(target) if is_file else target
    if form is None and not is_file:
        form = "prompt"
    material = read(text, form or _form_by_name(target), author=author, function=function)
    _tell(store, output, create(store, material, author=author, title=title, tags=tags), material)


@click.command("import")
@click.argument("file", type=WORDS)
@_form_option
@_function_option
@_title_option
@_tag_option
@author_option
@store_command
def import_(
    store: SessionStore,
    output: Output,
    *,
    file: str,
    form: Any,
    function: str,
    title: str,
    tags: tuple[str, ...],
    author: str,
) -> None:
    """Begin a session from FILE ("-" for standard input), as `lift session export` wrote it.

    A Markdown report, the specification as JSON (of earlier systems too) or in its text form, or
    code; beside code.py, the specification is read from test_code.py.

    JSON: {"session", "draft" or null, "problems"}
    """
    from engine.lifecycle.creating import create
    from engine.lifecycle.errors import NotImportable
    from engine.lifecycle.material import read
    from tui.texts import read_text

    text = read_text(file)
    tests = Path(file).with_name(f"test_{Path(file).name}")
    companion = read_text(str(tests)) if file != "-" and tests.is_file() else ""
    material = read(text, form or _form_by_name(file), author=author, function=function, companion=companion)
    if material.form == "prompt" and form is None:
        raise NotImportable(
            f"{file} is neither a specification, nor code, nor a report.",
            f"If it is a request in plain English: lift session new {file} --as prompt",
        )
    session = create(store, material, imported=True, author=author, title=title, tags=tags)
    _tell(store, output, session, material)


@click.command()
@session_argument
@click.option(
    "--as",
    "form",
    type=click.Choice([*_FORMS]),
    default="md",
    show_default=True,
    help="A report, the IR, its text form, or code with a pytest file.",
)
@draft_option
@click.option(
    "-o",
    "--output",
    "target",
    metavar="PATH",
    help='A file, or a folder; "-" for standard output. Default: standard output, for py the current folder.',
)
@click.option("--force", is_flag=True, help="Replace files that exist.")
@store_command
def export(
    store: SessionStore, output: Output, *, session: str, form: str, number: int | None, target: str | None, force: bool
) -> None:
    """Write SESSION as a Markdown report, IR JSON, a stub, or Python code with a pytest file.

    JSON: {"session_id", "files": [{"path" or null, "name", "text"}…]}; nothing is written without -o.
    """
    from engine.errors import UsageError
    from engine.lifecycle.exporting import ExportForm, export
    from engine.lifecycle.files import write_files
    from engine.lifecycle.finding import find_session

    found = find_session(store, session)
    wanted: ExportForm = _FORMS[form]  # pyright: ignore[reportAssignmentType] - the values are the forms
    files = export(store, found.id, wanted, draft=number)
    if target is None and form == "py" and not output.as_json:
        target = "."
    if target == "-" and len(files) > 1:
        raise UsageError("Two files do not fit into standard output.", "Name a folder: -o FOLDER")
    to_print = target in (None, "-")
    places = [Path(file.name) if to_print else _place(Path(str(target)), file.name, len(files)) for file in files]
    if not to_print:
        write_files(zip(places, (file.text for file in files), strict=True), overwrite=force)
    if output.as_json:
        told = [
            {"path": None if to_print else str(place), "name": file.name, "text": file.text}
            for place, file in zip(places, files, strict=True)
        ]
        print_json({"session_id": found.id, "files": told})
    elif to_print:
        for file in files:
            click.echo(file.text, nl=False)
    else:
        for place in places:
            output.say(f"Wrote {place}")
        if form == "py":
            output.say(f"Run the tests with: python -m pytest {places[-1]}")


def _names_a_file(target: str) -> bool:
    """Whether ``target`` is a path rather than a sentence."""
    if target.endswith(_SUFFIXES) and not any(character.isspace() for character in target):
        return True
    try:
        return Path(target).is_file()
    except OSError:  # longer than any name
        return False


def _form_by_name(target: str) -> Any:
    """What the name of a file decides by itself; code and a specification look alike."""
    return {".json": "json", ".md": "markdown"}.get(Path(target).suffix if len(target) < 1000 else "")


def _place(target: Path, name: str, count: int) -> Path:
    if target.is_dir():
        return target / name
    if count == 1:
        return target
    from engine.errors import UsageError

    if target.exists() or target.suffix:
        raise UsageError(f"{target} is no folder, and two files have to be written.", "Name a folder: -o FOLDER")
    return target / name


def _tell(store: SessionStore, output: Output, session: Session, material: Material) -> None:
    from engine.ir.validate import validate

    draft = store.drafts.head(session.id)
    problems = validate(draft.ir) if draft else []
    if output.as_json:
        print_json(
            {
                "session": session_json.session(session),
                "draft": session_json.draft(draft) if draft else None,
                "problems": session_json.problems(problems),
            }
        )
        return
    output.say(f"{session.id}  {session.title}")
    output.problems(problems)
    if draft is None:
        output.say(f"Let the model draft it: lift run --resume {session.id}")
    elif draft.ir.holes:
        output.say(f"Open questions: {', '.join(hole.identifier for hole in draft.ir.holes)}")
        output.say(f"See them: lift session show {session.id}")
    elif material.code:
        output.say(f"Its code is kept with it: lift session show {session.id}")
    else:
        output.say(f"Let the model write the code: lift session generate {session.id}")
