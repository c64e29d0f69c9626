"""What the list of sessions shows: which sessions, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    from engine.sessions.listing import Filter

Sort = Literal["updated", "created", "title"]

SORTS: dict[Sort, str] = {"updated": "last changed first", "created": "newest first", "title": "by title"}
"""The orders, with their names for people; the sort key goes through them in this order."""


@dataclass(frozen=True)
class Query:
    """Filters and an order; a filter that is None lets every session through.

    Attributes:
        state: draft, finalized or abandoned.
        tag: only sessions that carry this tag.
        model: only sessions whose newest run used this model.
        has_holes: with, or without, open questions.
        failing: with, or without, failing checks.
        deleted: the deleted sessions instead of the others.
    """

    state: str | None = None
    tag: str | None = None
    model: str | None = None
    has_holes: bool | None = None
    failing: bool | None = None
    deleted: bool = False
    sort: Sort = "updated"

    def with_sort(self, sort: object) -> Query:
        """The same with another order; unchanged when that is no order."""
        return replace(self, sort=cast("Sort", sort)) if sort in SORTS else self

    def next_sort(self) -> Query:
        """The same in the next order."""
        names = list(SORTS)
        return replace(self, sort=names[(names.index(self.sort) + 1) % len(names)])

    def toggled(self, name: str, value: Any) -> Query:
        """The same with the filter ``name`` set to ``value``, or lifted if it had that value."""
        lifted = False if name == "deleted" else None
        return replace(self, **{name: lifted if getattr(self, name) == value else value})

    def without_filters(self) -> Query:
        """The same with no filter."""
        return Query(sort=self.sort)

    @property
    def filtered(self) -> bool:
        """Whether there is a filter."""
        return self != self.without_filters()

    def filter(self) -> Filter:
        """The filters, as the store understands them."""
        from engine.sessions.listing import Filter

        return Filter.model_validate({name: getattr(self, name) for name in Filter.model_fields})

    def words(self) -> list[str]:
        """The filters, one by one, in words."""
        found = ["deleted"] if self.deleted else []
        if self.state is not None:
            found.append(self.state)
        if self.tag is not None:
            found.append(f"#{self.tag}")
        if self.model is not None:
            found.append(f"model {self.model}")
        if self.has_holes is not None:
            found.append("with questions" if self.has_holes else "no questions")
        if self.failing is not None:
            found.append("failing checks" if self.failing else "no failing checks")
        return found
