"""Forms of tables: the file with its source, and what each of its columns and codes is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from patients.clinical.antibodies import ANTIBODIES
from patients.clinical.drugs import LEVEL_ROUTES, TIMINGS
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.units import Unacceptable, unit_of
from patients.context import ContextForm
from patients.forms.layouts import beside
from patients.imports.code_map import CONTEXT
from patients.imports.table_map import (
    DATE_ORDERS,
    IGNORED,
    LEFT_OUT,
    LONGEST_MAP_NAME,
    RESULT,
    ROLES,
    Column,
    TableMap,
)
from patients.imports.table_text import ENCODINGS, MOST_TABLE_BYTES
from patients.models import Source, standing_mappings
from patients.wording import listed, render, translated

SUGGEST = ""
READ_AS = ("encoding", "delimiter", "sheet", "header")
MOST_COLUMNS = 150
DELIMITER_NAMES = ((",", _("comma")), (";", _("semicolon")), ("\t", _("tab")))


class SendForm(ContextForm):
    """The table, what it is from, and the mapping to read it by."""

    file = forms.FileField(
        label=_("Table (CSV, TSV or XLSX)"), widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"})
    )
    dictionary = forms.FileField(
        label=_("Data dictionary of REDCap, if it is such an export"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv"}),
    )
    source = forms.ModelChoiceField(label=_("Source"), queryset=Source.objects.none(), required=False, empty_label="—")
    new_source = forms.CharField(label=_("or a new source by name"), required=False, max_length=60)
    mapping = forms.ChoiceField(label=_("Mapping"), required=False, choices=())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = Source.objects.filter(active=True)  # type: ignore[attr-defined]
        saved = [(x.pk, x.name) for x in standing_mappings()]
        self.fields["mapping"].choices = [(SUGGEST, _("suggest one")), *saved]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """One source, and files that are not too large."""
        said = super().clean() or self.cleaned_data
        if bool(said.get("source")) == bool((said.get("new_source") or "").strip()):
            self.add_error("source", _("Choose the source of the table, or name a new one."))
        for name in ("file", "dictionary"):
            sent: UploadedFile | None = said.get(name)
            if sent is not None and (sent.size or 0) > MOST_TABLE_BYTES:
                self.add_error(name, _("The file is larger than 20 MB: divide it."))
        return said

    @property
    def helper(self) -> FormHelper:
        """The file first, then what it is from."""
        return beside("file", "source", "new_source", "mapping", "dictionary", button=_("Send"), wide=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRow:
    """A column on the page: its head, some of its cells, its fields, and what is asked of it."""

    head: str
    cells: str
    fields: tuple[Any, ...]
    questions: tuple[str, ...]
    faults: tuple[str, ...]


class MappingForm(ContextForm):
    """What each column, and each code of a long table, holds; how dates and numbers are written; under which name."""

    name = forms.CharField(label=_("Save the mapping as"), max_length=LONGEST_MAP_NAME)
    encoding = forms.ChoiceField(label=_("Encoding"), required=False, choices=())
    delimiter = forms.ChoiceField(label=_("Cells parted by"), required=False, choices=DELIMITER_NAMES)
    sheet = forms.ChoiceField(label=_("Sheet"), required=False, choices=())
    header = forms.IntegerField(label=_("Line of the heads"), min_value=1, max_value=100)
    date_order = forms.ChoiceField(label=_("Dates"), required=False, choices=())
    numbers = forms.ChoiceField(
        label=_("Numbers"),
        choices=(
            ("point", _("1679 and 1.5")),
            ("comma", _("1679 and 1,5")),
            ("thousands", _("1,679 and 1.5")),
        ),
    )

    def __init__(
        self,
        *args: Any,
        of: TableMap,
        sheets: Sequence[str] = (),
        is_workbook: bool = False,
        asked: Sequence[tuple[str, str]] = (),
        cells: Callable[[int], str] = lambda _place: "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            looks = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
            field.widget.attrs["class"] = looks
        self.of, self.asked_of, self.cells_of = of, asked, cells
        for name in ("encoding", "delimiter") if is_workbook else ("sheet",):
            del self.fields[name]
        self._file_fields(sheets)
        self.listed = of.columns[:MOST_COLUMNS]
        self.days = [(x.head, x.head) for x in of.columns if x.role == "day"]
        for n, column in enumerate(self.listed):
            self._column_fields(n, column)
        for n, test in enumerate(of.tests):
            self.fields[f"test_{n}"] = _choice(test_choices(), test.target, _("which test"))
            self.fields[f"test_unit_{n}"] = _text(test.unit, _("unit of values without one"), 40)

    @property
    def read_as(self) -> list[tuple[str, Any]]:
        """How the columns on the page were read: sent back with them, so that their numbers mean the same."""
        return [(f"as_{x}", getattr(self.of, x)) for x in READ_AS]

    def _file_fields(self, sheets: Sequence[str]) -> None:
        of = self.of
        encodings = [(code, translated(x.name)) for code, x in ENCODINGS.items()]
        orders = [("", "—"), *((code, translated(x.name)) for code, x in DATE_ORDERS.items())]
        numbers = "comma" if of.decimal_comma else "thousands" if of.thousands else "point"
        told: tuple[tuple[str, list[tuple[str, str]], str], ...] = (
            ("encoding", encodings, of.encoding),
            ("sheet", [(x, x) for x in sheets], of.sheet),
            ("date_order", orders, of.date_order),
        )
        for name, choices, initial in told:
            if name in self.fields:
                self.fields[name].choices = choices  # type: ignore[attr-defined]
                self.fields[name].initial = initial
        if "delimiter" in self.fields:
            self.fields["delimiter"].initial = of.delimiter
        self.fields["header"].initial, self.fields["numbers"].initial = of.header, numbers

    def _column_fields(self, n: int, column: Column) -> None:
        held = f"test:{column.target}" if column.role == RESULT else column.role
        self.fields[f"what_{n}"] = _choice(column_choices(), held, _("what it holds"))
        if self.is_bound:
            held = self.data.get(f"what_{n}", held)
        if held and not held.startswith("test:"):
            self._values_field(n, column)
            return
        target = held.removeprefix("test:")
        self.fields[f"unit_{n}"] = _text(column.unit, _("unit"), 40)
        if len(self.days) > 1:
            self.fields[f"day_{n}"] = _choice([("", _("day of the line")), *self.days], column.day, _("its day"))
        if "route" in _needs(target):
            for key, entries, label in (("route", LEVEL_ROUTES, _("route?")), ("timing", TIMINGS, _("timing?"))):
                choices = [("", label), *((x.code, translated(x.label)) for x in entries.values())]
                self.fields[f"{key}_{n}"] = _choice(choices, column.taken_at.get(key, ""), translated(ROLES[key].name))
        self._values_field(n, column, asks=target in ANTIBODIES)

    def _values_field(self, n: int, column: Column, *, asks: bool = False) -> None:
        if column.values or asks:
            text = "; ".join(f"{code} = {meaning}" for code, meaning in column.values.items())
            self.fields[f"values_{n}"] = _text(text, _("codes and what they mean (1 = positive; 0 = negative)"), 600)

    # -- what was said -------------------------------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        """Units that the tests have."""
        said = super().clean() or self.cleaned_data
        for n, _column in enumerate(self.listed):
            target = said.get(f"what_{n}", "").removeprefix("test:")
            self._check_unit(f"unit_{n}", target, said.get(f"unit_{n}", ""))
        for n, _test in enumerate(self.of.tests):
            self._check_unit(f"test_unit_{n}", said.get(f"test_{n}", ""), said.get(f"test_unit_{n}", ""))
        return said

    def _check_unit(self, field: str, target: str, unit: str) -> None:
        if not unit or field not in self.fields or target not in MEASUREMENTS:
            return
        try:
            unit_of(MEASUREMENTS[target], unit)
        except Unacceptable as error:
            self.add_error(field, render(error.reason))

    def complete(self) -> bool:
        """Is what was said enough to read by? Faults are added to the form."""
        for why in self.said.lacks():
            self.add_error(None, render(why))
        return not self.errors

    @property
    def said(self) -> TableMap:
        """The mapping as it was said."""
        data = self.cleaned_data
        shown = tuple(self._said_of(n, x) for n, x in enumerate(self.listed))
        return replace(
            self.of,
            columns=(*shown, *self.of.columns[len(shown) :]),
            tests=tuple(
                replace(x, target=data[f"test_{n}"], unit=data[f"test_unit_{n}"]) for n, x in enumerate(self.of.tests)
            ),
            encoding=data.get("encoding", ""),
            delimiter=data.get("delimiter", ""),
            sheet=data.get("sheet", ""),
            header=data["header"],
            date_order=data["date_order"],
            thousands=data["numbers"] == "thousands",
            decimal_comma=data["numbers"] == "comma",
        )

    def _said_of(self, n: int, column: Column) -> Column:
        data, held = self.cleaned_data, self.cleaned_data[f"what_{n}"]
        is_test = held.startswith("test:")
        taken_at = {key: data.get(f"{key}_{n}", "") for key in ("route", "timing")} if is_test else {}
        values = _values(data[f"values_{n}"]) if f"values_{n}" in data else column.values
        return Column(
            head=column.head,
            role=RESULT if is_test else held,
            target=held.removeprefix("test:") if is_test else "",
            unit=data.get(f"unit_{n}", "") if is_test else "",
            day=data.get(f"day_{n}", "") if is_test else "",
            values=values if held != IGNORED else {},
            taken_at={key: x for key, x in taken_at.items() if x},
        )

    # -- how it is shown -----------------------------------------------------------------------------------------------

    @property
    def general(self) -> list[Any]:
        """The fields about the whole file."""
        names = ("encoding", "delimiter", "sheet", "header", "date_order", "numbers")
        return [self[x] for x in names if x in self.fields]

    @property
    def columns(self) -> Iterator[ColumnRow]:
        """A row for each column."""
        for n, column in enumerate(self.listed):
            names = [f"{x}_{n}" for x in ("what", "unit", "day", "route", "timing", "values")]
            yield self._row(column.head, self.cells_of(n), [x for x in names if x in self.fields])

    @property
    def tests(self) -> Iterator[ColumnRow]:
        """A row for each code of a long table."""
        for n, test in enumerate(self.of.tests):
            head = listed(dict.fromkeys(x for x in (test.called, test.code) if x))
            yield replace(self._row(test.called or test.code, "", [f"test_{n}", f"test_unit_{n}"]), head=head)

    def _row(self, head: str, cells: str, names: Sequence[str]) -> ColumnRow:
        return ColumnRow(
            head=head,
            cells=cells,
            fields=tuple(self[x] for x in names),
            questions=tuple(why for about, why in self.asked_of if about == head),
            faults=tuple(str(x) for name in names for x in self.errors.get(name, ())) if self.is_bound else (),
        )

    @property
    def questions(self) -> list[str]:
        """What is asked of the whole table."""
        return [why for about, why in self.asked_of if not about]


def read_as_sent(data: Mapping[str, str]) -> TableMap:
    """How the columns of a form that comes back were read."""
    header = data.get("as_header", "")
    known = data.get("as_encoding", "") in ("", *ENCODINGS)
    return TableMap(
        columns=(),
        encoding=data.get("as_encoding", "") if known else "",
        delimiter=data.get("as_delimiter", "")[:1],
        sheet=data.get("as_sheet", ""),
        header=int(header) if header.isdecimal() and len(header) < 4 else 1,
    )


def _needs(target: str) -> tuple[str, ...]:
    return MEASUREMENTS[target].needs if target in MEASUREMENTS else ()


def _values(text: str) -> dict[str, str]:
    """ "1 = positive; 0 = negative" """
    pairs = (x.partition("=") for x in text.split(";") if "=" in x)
    return {code.strip(): meaning.strip() for code, _sign, meaning in pairs if code.strip()}


def _choice(choices: Sequence[Any], initial: str, label: Any) -> forms.ChoiceField:
    widget = forms.Select(attrs={"class": "form-select", "aria-label": label})
    return forms.ChoiceField(choices=choices, initial=initial, required=False, label=label, widget=widget)


def _text(initial: str, label: Any, longest: int) -> forms.CharField:
    attributes = {"class": "form-control", "aria-label": label, "placeholder": label, "autocomplete": "off"}
    return forms.CharField(
        initial=initial, required=False, label=label, max_length=longest, widget=forms.TextInput(attrs=attributes)
    )


def test_choices() -> list[Any]:
    """Nothing said yet, nothing that is kept, every test and antibody."""
    return [("", _("— (asked under Arrivals)")), (LEFT_OUT, _("nothing that is kept here")), *_tests("")]


def column_choices() -> list[Any]:
    """Not read; person, time and the parts of a result; what a value was taken at; every test and antibody."""
    roles = [(code, translated(x.name)) for code, x in ROLES.items()]
    context = [(f"test:{code}", translated(name)) for code, name in zip(CONTEXT, ("FiO2", "O2 flow"), strict=True)]
    return [("", _("not read")), (_("Person, sample, result"), roles), *_tests("test:", context)]


def _tests(prefix: str, more: Sequence[tuple[str, str]] = ()) -> list[Any]:
    tests = [(f"{prefix}{x.code}", translated(x.name)) for x in MEASUREMENTS.values() if not x.named]
    antibodies = [(f"{prefix}{x.code}", translated(x.label)) for x in ANTIBODIES.values()]
    return [(_("Tests"), [*sorted(tests, key=lambda x: x[1]), *more]), (_("Antibodies"), antibodies)]
