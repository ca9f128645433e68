"""Exports of a REDCap project, read by its data dictionary: choices, dates by form, lines of one record. Pure.

A record is linked by the first field of the dictionary; the record number is a field of its own where there is one. A
box that is not ticked says nothing. Events and repeated instruments have each their line, and so their day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from patients.clinical.antibodies import ANTIBODIES
from patients.clinical.reasons import Reason, _, reason
from patients.imports.code_map import CodeMap
from patients.imports.spellings import answer_of
from patients.imports.table_heads import HEADS, roles_of
from patients.imports.table_map import RESULT, Column, TableMap, folded
from patients.imports.table_suggestion import CALLED, ColumnQuestion, Names, Suggestion, column_of_test, with_writing
from patients.imports.table_text import Table, refused

OWN = ("redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance", "redcap_data_access_group",
    "redcap_survey_identifier", "event name", "repeat instrument", "repeat instance", "data access group")  # fmt: skip
KEYS = {
    "name": "variable / field name",
    "form": "form name",
    "kind": "field type",
    "label": "field label",
    "choices": "choices, calculations, or slider labels",
    "note": "field note",
    "validation": "text validation type or show slider number",
    "identifier": "identifier?",
}
CHOICES = ("radio", "dropdown", "checkbox")
YES_NO = ("yesno", "truefalse")
TAG = re.compile(r"<[^>]*>")
TICKED = re.compile(r"(.+)___(.+)")
TICKED_LABEL = re.compile(r"(.+?) \(choice=(.+)\)")
COMPLETE = re.compile(r".+_complete|complete\?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a project as its dictionary tells it."""

    name: str
    form: str
    kind: str
    label: str
    choices: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    validation: str = ""

    @property
    def is_date(self) -> bool:
        """Does it hold a day, or a day and a time?"""
        return self.validation.startswith("date")


def is_dictionary(table: Table) -> bool:
    """Are these the lines of a data dictionary?"""
    heads = {folded(x) for x in table.heads(1)}
    return {KEYS["name"], KEYS["kind"]} <= heads or {"field_name", "field_type"} <= heads


def fields_in(table: Table) -> tuple[Field, ...]:
    """The fields of a dictionary, in its order. Raises CaseFaults for any other table."""
    if not is_dictionary(table):
        raise refused(_("this is no data dictionary of REDCap: its first column is Variable / Field Name"))
    heads = [folded(x) for x in table.heads(1)]
    places = {key: next((heads.index(x) for x in _also(key) if x in heads), -1) for key in KEYS}
    return tuple(_field(row, places) for _number, row in table.below(1) if row and row[0].strip())


def _also(key: str) -> tuple[str, ...]:
    """Both ways in which the column is called: by the page of the designer, and by the interface for machines."""
    api = {"name": "field_name", "form": "form_name", "kind": "field_type", "label": "field_label",
        "note": "field_note", "choices": "select_choices_or_calculations",
        "validation": "text_validation_type_or_show_slider_number", "identifier": "identifier"}  # fmt: skip
    return KEYS[key], api[key]


def _field(row: Sequence[str], places: Mapping[str, int]) -> Field:
    cells = {key: row[place].strip() if 0 <= place < len(row) else "" for key, place in places.items()}
    kind = cells["kind"].casefold()
    return Field(
        name=cells["name"],
        form=cells["form"],
        kind=kind,
        label=" ".join(TAG.sub(" ", cells["label"]).split()),
        choices=dict(_choices(cells["choices"])) if kind in CHOICES else {},
        note=cells["note"],
        validation=cells["validation"].casefold(),
    )


def _choices(text: str) -> Iterator[tuple[str, str]]:
    """1, Positive | 2, Negative"""
    for choice in text.split("|"):
        code, comma, label = choice.partition(",")
        if comma and code.strip():
            yield code.strip(), " ".join(TAG.sub(" ", label).split())


def suggested_by(
    fields: Sequence[Field], table: Table, codes: CodeMap, *, source: str, called: Mapping[str, str] | None = None
) -> Suggestion:
    """A map of an export by the dictionary of its project. `called`: what tests are called besides."""
    heads = [x for x in table.heads(1) if x.strip()]
    reading = _Reading(fields, heads, Names(codes, {**CALLED, **(called or {})}))
    found = [reading.column(x) for x in heads]
    of = TableMap(
        columns=tuple(column for column, _why in found),
        source=source,
        encoding=table.encoding,
        delimiter=table.delimiter,
        sheet=table.sheet,
        decimal_comma=any("comma_decimal" in x.validation for x in fields),
    )
    if of.first("mrn") is None:
        of = replace(of, columns=tuple(replace(x, role="mrn") if x.role == "link" else x for x in of.columns))
        found[0][1].append(
            reason(_("the number of the record in REDCap is taken for the record number: is it the same?"))
        )
    questions = [ColumnQuestion(column.head, x) for column, why in found for x in why]
    written = with_writing(table, of, questions)
    return replace(written, of=replace(written.of, decimal_comma=of.decimal_comma, thousands=False))


class _Reading:
    def __init__(self, fields: Sequence[Field], heads: Sequence[str], names: Names) -> None:
        self.names, self.first = names, fields[0] if fields else None
        self.fields = {folded(y): x for x in reversed(fields) for y in (x.label, x.name) if y}
        self.roles = {head: role for role, head in self._roles(heads).items()}
        self.days = self._days(heads)

    def _roles(self, heads: Sequence[str]) -> dict[str, str]:
        """By role the head whose name or label is usual."""
        found = roles_of(heads)
        for head in heads:
            about = self.fields.get(folded(head))
            label = roles_of([about.label]) if about else {}
            for role in label:
                found.setdefault(role, head)
        return {x: found[x] for x in found if x in HEADS and x not in ("day", "value", "code", "test", "unit", "flag")}

    def _days(self, heads: Sequence[str]) -> dict[str, str]:
        """By form the head of its first day; a day of birth is none."""
        there: dict[str, str] = {}
        for head in heads:
            about = self.fields.get(folded(head))
            if about is not None and about.is_date and self.roles.get(head) != "born":
                there.setdefault(about.form, head)
        return there

    def column(self, head: str) -> tuple[Column, list[Reason]]:
        """The column of a head, and what is asked of it."""
        plain = folded(head)
        if plain in OWN or COMPLETE.fullmatch(plain):
            return Column(head=head), []
        ticked = TICKED.fullmatch(head) or TICKED_LABEL.fullmatch(head)
        about = self.fields.get(folded(ticked[1]) if ticked else plain)
        if about is None:
            return Column(head=head), []
        if head in self.roles and about is not self.first:
            return Column(head=head, role=self.roles[head], values=self._values_of_person(about, head)), []
        if about is self.first:
            return Column(head=head, role="link"), []
        if about.is_date:
            return Column(head=head, role="day" if self.days.get(about.form) == head else ""), []
        return self._test(head, about, ticked[2] if ticked else "")

    def _values_of_person(self, about: Field, head: str) -> Mapping[str, str]:
        return about.choices if self.roles[head] == "sex" else {}

    def _test(self, head: str, about: Field, choice: str) -> tuple[Column, list[Reason]]:
        choice_label = about.choices.get(choice, choice)
        found = column_of_test(choice_label or head, self.names, label="" if choice else about.label, unit=about.note)
        column, why = replace(found.column, head=head), list(found.why)
        if column.role != RESULT:
            return column, []
        values, questions = _values(about, column.target, bool(choice))
        day = self.days.get(about.form, "")
        only = len(set(self.days.values())) < 2
        return replace(column, values=values, day="" if only else day), [*why, *questions]


def _values(about: Field, target: str, is_ticked: bool) -> tuple[Mapping[str, str], list[Reason]]:
    """What the codes of a field mean for its test, and what is asked."""
    is_antibody = target in ANTIBODIES
    if is_ticked:
        return {"1": "positive", "0": "", "Checked": "positive", "Unchecked": ""}, []
    if about.kind in YES_NO and is_antibody:
        return {"1": "positive", "0": "negative"}, [reason(_("yes is read as positive and no as negative: is it so?"))]
    if about.choices and is_antibody:
        odd = [x for x in about.choices.values() if answer_of(x) is None]
        why = [
            reason(_("the choice %(text)s is neither positive nor negative: what does it mean?"), text=x) for x in odd
        ]
        return {code: ("" if label in odd else label) for code, label in about.choices.items()}, why
    return about.choices, []
