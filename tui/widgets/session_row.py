"""One session as a row of the list: one line where there is room, two where there is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

if TYPE_CHECKING:
    from engine.sessions.records import Session

ROOMY = 64
"""From this width on, in cells, a row is one line."""

STATE_SIGNS = {"draft": "○", "finalized": "◆", "abandoned": "◌"}
"""A sign for each state, so that it does not take colours to tell them apart."""

RUN_MARKS = {
    "running": ("▶", "running"),
    "interrupted": ("‖", "interrupted"),
    "cancelled": ("‖", "stopped"),
    "failed": ("!", "run failed"),
}
"""A sign and words for each state of the newest run that a user should know of."""

MARKED = "bold underline $warning"
"""The style of the words that were searched for."""

_MINUTE, _HOUR, _DAY = 60.0, 3_600.0, 86_400.0
_AGES = ((365 * _DAY, "y"), (60 * _DAY, "mo"), (_DAY, "d"), (_HOUR, "h"), (_MINUTE, "m"))
_LENGTHS = {"y": 365 * _DAY, "mo": 30.4375 * _DAY, "d": _DAY, "h": _HOUR, "m": _MINUTE}
_AGE_WIDTH, _CHECKS_WIDTH, _HOLES_WIDTH, _RUN_WIDTH = 6, 8, 4, 2
_INDENT = 4
_TAGS_SHARE = 3
"""Tags may take this part (one third) of the room for the title, so that neither pushes the other out."""
_CONTEXT = 12
"""How much of what stands before the first match is kept when not all of it fits, in characters."""


@dataclass(frozen=True)
class RowStyle:
    """How rows are drawn.

    Attributes:
        width: cells of a line.
        now_s: the time, in seconds since the epoch, for ages.
        by_creation: the age is that of the session, not of its last change.
        snippets: each row has one line more, for what a search found.
    """

    width: int
    now_s: float
    by_creation: bool = False
    snippets: bool = False

    @property
    def tall(self) -> bool:
        """Whether a session takes two lines."""
        return self.width < ROOMY

    @property
    def height(self) -> int:
        """Lines of a row."""
        return 1 + self.tall + self.snippets


def age(then_s: float, now_s: float) -> str:
    """The time between two times (seconds since the epoch), in one unit: ``3 m``, ``2 d``."""
    passed = now_s - then_s
    for least, unit in _AGES:
        if passed >= least:
            return f"{passed / _LENGTHS[unit]:.0f} {unit}" if unit == "mo" else f"{passed // _LENGTHS[unit]:.0f} {unit}"
    return "now"


def row_lines(
    session: Session, style: RowStyle, *, is_open: bool = False, is_current: bool = False, snippet: str = ""
) -> list[Content]:
    """The lines of one row, each exactly as wide as ``style`` says.

    Args:
        is_open: the session is the one that the other panes show.
        is_current: the cursor is on it.
        snippet: what a search found in it, with the words in the marks of :mod:`engine.sessions.search`.
    """
    from tui.wording import printable

    mark = "»" if is_open else "›" if is_current else " "
    sign = STATE_SIGNS.get(session.state, "?")
    title = printable(session.title or session.function) or "(no title)"
    head: list[tuple[str, str]] = [
        (f"{mark} ", "bold $accent" if mark != " " else ""),
        (f"{sign} ", "$success" if session.state == "finalized" else "$muted"),
        (title, "bold" if is_open else ""),
    ]
    lines = _two_lines(session, style, head) if style.tall else [_one_line(session, style, head)]
    if is_current:  # colours of their own would be hard to read on the cursor's
        lines = [line.without_spans for line in lines]
    if style.snippets:
        found = snippet_line(snippet, style.width - _INDENT, plain=is_current)
        lines.append(_fit(Content.assemble(" " * _INDENT, found), style.width))
    return lines


def snippet_line(snippet: str, width: int, *, plain: bool = False) -> Content:
    """A snippet of a search as one line that begins late enough to show the first word that matched.

    Args:
        width: cells of the line.
        plain: without colours.
    """
    from engine.sessions.search import MARK_END, MARK_START
    from tui.wording import printable

    before, *pieces = " ".join(snippet.split()).split(MARK_START)
    first = pieces[0].partition(MARK_END)[0] if pieces else ""
    room = max(width - Content(first).cell_length - 1, 0)
    if pieces and Content(before).cell_length > room:
        before = f"…{before[-min(room, _CONTEXT) :] if room else ''}"
    others = "" if plain else "$muted"
    parts = [(printable(before), others)]
    for piece in pieces:
        matched, _, rest = piece.partition(MARK_END)
        parts += [(printable(matched), "bold underline" if plain else MARKED), (printable(rest), others)]
    return Content.assemble(*parts)


def _one_line(session: Session, style: RowStyle, head: list[tuple[str, str]]) -> Content:
    run = _run_mark(session, words=False)
    checks, width = _checks(session)
    right = Content.assemble(
        " ",
        (f"{run[0]:<{_RUN_WIDTH}}", run[1]),
        (f"{_holes(session):<{_HOLES_WIDTH}}", "$warning" if session.holes_open else ""),
        *checks,
        " " * (_CHECKS_WIDTH - width),
        (f"{_age(session, style):>{_AGE_WIDTH}}", "$muted"),
    )
    room = style.width - right.cell_length
    title = Content.assemble(*head)
    if not session.tags:
        return _fit(title, room).append(right)
    tags = Content.styled(f"  {_tags(session)}", "$secondary").truncate(room // _TAGS_SHARE, ellipsis=True)
    title = title.truncate(room - tags.cell_length, ellipsis=True)
    return _fit(title.append(tags), room).append(right)


def _two_lines(session: Session, style: RowStyle, head: list[tuple[str, str]]) -> list[Content]:
    right = Content.assemble((f" {_age(session, style)}", "$muted"))
    room = style.width - right.cell_length
    # Words give way to their signs where not all fits.
    left = next(
        (facts for words in ((True, True), (True, False)) if (facts := _facts(session, *words)).cell_length <= room),
        _facts(session, run_word=False, state_word=False),
    )
    return [_fit(Content.assemble(*head), style.width), _fit(left, room).append(right)]


def _facts(session: Session, run_word: bool, state_word: bool) -> Content:
    run = _run_mark(session, words=run_word)
    facts = [
        [(session.state, "$muted")] if state_word and session.state != "draft" else [],
        [run] if run[0] else [],
        [(_holes(session), "$warning")] if session.holes_open else [],
        _checks(session)[0],
        [(_tags(session), "$secondary")] if session.tags else [],
    ]
    parts = [part for fact in facts if fact for part in ((" ", ""), *fact)]
    if not parts:
        parts = [(" no specification yet" if session.head_id is None else " not checked yet", "$muted")]
    return Content.assemble(" " * (_INDENT - 1), *parts)


def _fit(content: Content, width: int) -> Content:
    return content.truncate(max(width, 0), ellipsis=True, pad=True)


def _age(session: Session, style: RowStyle) -> str:
    return age((session.created_at if style.by_creation else session.updated_at).timestamp(), style.now_s)


def _holes(session: Session) -> str:
    return f"?{session.holes_open}" if session.holes_open else ""


def _checks(session: Session) -> tuple[list[tuple[str, str]], int]:
    """The verdicts as styled parts, and their width in cells."""
    parts: list[tuple[str, str]] = []
    if session.checks_passed:
        parts.append((f"✓{session.checks_passed}", "$success"))
    if session.checks_failed:
        parts += [(" ", "")] if parts else []
        parts.append((f"✗{session.checks_failed}", "bold $error"))
    return parts, sum(len(text) for text, _ in parts)


def _run_mark(session: Session, *, words: bool) -> tuple[str, str]:
    sign, word = RUN_MARKS.get(session.run_status, ("", ""))
    style = ("$accent" if session.run_status == "running" else "$warning") if sign else ""
    return (f"{sign} {word}" if words and sign else sign), style


def _tags(session: Session) -> str:
    from tui.wording import printable

    return printable(" ".join(f"#{tag}" for tag in session.tags))
