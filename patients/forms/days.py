"""Days and times of forms. Their bounds are those of every form (`patients.context.ContextForm`)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from patients.clinical.bounds import storable_day
from patients.clinical.wall_clock import NotOneMoment, moment_at
from patients.wording import render

FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
WITH_OFFSET = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(Z|[+-]\d{2}:?\d{2})")


class DateInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DateTimeInput(forms.DateTimeInput):
    """The browser's own calendar and clock; a line of text where an offset is asked for, which that clock lacks."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class DayField(forms.DateField):
    """A calendar day at the site. `planned`: of something yet to be done, so that it may lie ahead."""

    def __init__(self, *, planned: bool = False, **kwargs: Any) -> None:
        super().__init__(widget=DateInput(), **kwargs)
        self.planned = planned


class MomentField(forms.DateTimeField):
    """A day and clock at the site, or with an offset. A clock time that is no moment, or two, is asked about."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=DateTimeInput(), input_formats=FORMATS, **kwargs)

    def to_python(self, value: Any) -> datetime | None:
        """The aware moment that was typed."""
        text = value.strip() if isinstance(value, str) else ""
        if not text:
            return super().to_python(value)
        if WITH_OFFSET.fullmatch(text):
            return self._with_offset(text)
        wall: Any = super(forms.DateTimeField, self).to_python(text)
        zone = timezone.get_current_timezone()
        assert isinstance(zone, ZoneInfo)
        if not storable_day(wall.date()):  # out of bounds in any zone, and perhaps out of the range of times
            return datetime.combine(wall.date(), wall.time(), UTC)
        try:
            return moment_at(wall, zone)
        except NotOneMoment as error:
            self.widget.input_type = "text"
            raise forms.ValidationError(render(error.reason), code="not_one_moment") from None

    def _with_offset(self, text: str) -> datetime:
        try:
            return datetime.fromisoformat(text)  # its bounds are looked at before any arithmetic
        except ValueError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None
