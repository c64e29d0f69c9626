"""``lift session``: everything that can be done with what was made, without a screen."""

from __future__ import annotations

import click

from tui.lazy import LazyGroup

COMMANDS = {
    "list": ("tui.commands.session_list:list_", "List sessions: sorted, filtered, page by page."),
    "search": ("tui.commands.session_list", "Search prompts, specifications and code."),
    "tags": ("tui.commands.session_list", "List the tags in use."),
    "show": ("tui.commands.session_view", "Show a session: specification, holes, code, checks."),
    "history": ("tui.commands.session_view", "Who changed what, when and why."),
    "diff": ("tui.commands.session_view", "What changed between two drafts."),
    "new": ("tui.commands.session_files", "Begin a session from a prompt, a specification or code."),
    "import": ("tui.commands.session_files:import_", "Begin a session from an exported file."),
    "export": ("tui.commands.session_files", "Write a report, the specification, or code with its tests."),
    "edit": ("tui.commands.session_edit", "Edit the specification in your editor, or set one clause."),
    "add": ("tui.commands.session_edit", "Add a clause."),
    "remove": ("tui.commands.session_edit", "Remove a clause."),
    "move": ("tui.commands.session_edit", "Move a clause within its list."),
    "resolve": ("tui.commands.session_edit", "Answer an open question (a hole)."),
    "assist": ("tui.commands.session_model", "Let the model propose answers to a hole."),
    "refine": ("tui.commands.session_model", "Let the model change the specification as you say."),
    "accept": ("tui.commands.session_proposal", "Accept what a refinement proposes, or some of it."),
    "reject": ("tui.commands.session_proposal", "Turn down what a refinement proposes."),
    "generate": ("tui.commands.session_model", "Write code for a draft and check it."),
    "resume": ("tui.commands.session_model", "Go on with what was interrupted."),
    "undo": ("tui.commands.session_head", "Go back to the draft before the last change."),
    "redo": ("tui.commands.session_head", "Take the last undo back."),
    "select": ("tui.commands.session_head", "Make any draft the current one."),
    "fork": ("tui.commands.session_head", "Begin another session from a draft."),
    "finalize": ("tui.commands.session_life", "Sign the specification off."),
    "reopen": ("tui.commands.session_life", "Make a finalized or abandoned session editable again."),
    "abandon": ("tui.commands.session_life", "Put a session aside."),
    "rename": ("tui.commands.session_life", "Give a session a title."),
    "tag": ("tui.commands.session_life", "Put tags on a session."),
    "untag": ("tui.commands.session_life", "Take tags off a session."),
    "delete": ("tui.commands.session_life", "Take a session out of every list; undelete brings it back."),
    "undelete": ("tui.commands.session_life", "Bring a deleted session back."),
    "purge": ("tui.commands.session_life", "Remove a deleted session for good."),
    "prune": ("tui.commands.session_life", "Remove the sample sessions for good."),
}
"""Each command's module and one line of help; see :data:`tui.lazy.Table`."""


@click.group(cls=LazyGroup, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
def session() -> None:
    """Browse, refine, finalize and export sessions.

    SESSION is an id, or the start of one that fits no other, or "@" (or "last") for the session
    that was changed last. Drafts are called by their numbers. Every command takes --json and then
    prints one JSON document and nothing else; a failure is {"error": {"kind", "what", "todo"}}.
    """
