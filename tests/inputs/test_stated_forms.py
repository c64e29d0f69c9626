"""Texts of the forms of dates and times that a request states."""

from __future__ import annotations

import datetime

import pytest

from engine.inputs.stated_forms import stated_forms


def test_a_date_is_a_date() -> None:
    found = [*stated_forms("Given a date in the form YYYY-MM-DD, return its weekday.")]
    assert [datetime.date.fromisoformat(text).isoformat() for text in found] == found
    assert "2024-02-29" in found


def test_a_time_is_a_time() -> None:
    found = [*stated_forms("The time is given as HH:MM:SS.")]
    assert [datetime.time.fromisoformat(text).isoformat() for text in found] == found


@pytest.mark.parametrize(
    ("form", "text"),
    [("yyyy/mm/dd", "2024/02/29"), ("DD.MM.YYYY", "29.02.2024"), ("MM-YY", "02-24"), ("YYYY-MM", "2024-02")],
)
def test_other_forms(form: str, text: str) -> None:
    assert next(stated_forms(f"The form is {form}.")) == text


def test_each_form_once() -> None:
    assert len([*stated_forms("From YYYY-MM-DD to YYYY-MM-DD.")]) == len({*stated_forms("YYYY-MM-DD")})


@pytest.mark.parametrize("request_text", ["Add two numbers.", "Count MM in the text.", "Ss-Dd", ""])
def test_other_words_are_no_forms(request_text: str) -> None:
    assert [*stated_forms(request_text)] == []
