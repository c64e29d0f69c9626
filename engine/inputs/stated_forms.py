"""Texts of the forms that a request states, such as ``YYYY-MM-DD``: inputs that a random search would not find."""

from __future__ import annotations

import re
from collections.abc import Iterator

_FORM = re.compile(r"\b(?:YYYY|YY|MM|DD|HH|SS)(?:[-./: T](?:YYYY|YY|MM|DD|HH|SS))+\b", re.IGNORECASE)
_PART = re.compile(r"[A-Z]{2,4}")
_SEEN = (
    {"YYYY": "2024", "YY": "24", "MM": "02", "DD": "29", "HH": "08", "SS": "07"},
    {"YYYY": "2023", "YY": "23", "MM": "12", "DD": "31", "HH": "23", "SS": "59"},
    {"YYYY": "2000", "YY": "00", "MM": "11", "DD": "01", "HH": "12", "SS": "00"},
)
"""A leap day, the end of a year, and a day in a month of thirty; minutes and months are written alike."""


def stated_forms(request: str) -> Iterator[str]:
    """Texts of each form of a date or a time that ``request`` states, written as usual in capitals or all small."""
    for form in dict.fromkeys(_FORM.findall(request)):
        if form in (form.upper(), form.lower()):
            for parts in _SEEN:
                yield _PART.sub(lambda part, parts=parts: parts.get(part[0], part[0]), form.upper())
