"""Tables, step by step: send a file, say what its columns are, look at its first lines, take it, see what became of it.

A file belongs to who sent it. A short one is taken at once, a long one by a worker while its page shows how far it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ildcare.exchange.table_files import outcome_of, own_file, own_files
from ildcare.exchange.table_forms import READ_AS, MappingForm, SendForm, read_as_sent
from ildcare.exchange.table_job import RIGHT, ask_to_take, is_short, take_file
from ildcare.exchange.table_preview import Preview, preview_of
from ildcare.exchange.table_reading import body_of, suggestion_for, table_of
from ildcare.exchange.table_rejects import reject_file
from patients.access import permission
from patients.actions import add_source, begin_table, cancel_table, save_mapping, send_table
from patients.audit import note_read
from patients.changes import Refused
from patients.context import ContextForm, done_once
from patients.imports.case import CaseFaults
from patients.imports.table_map import TableMap, map_as_json
from patients.imports.table_parts import map_of_form
from patients.imports.table_suggestion import Suggestion, overlaid
from patients.imports.table_text import Table
from patients.models import OPEN_STATES, FileState, TableFile, standing_mappings
from patients.requests import AuthenticatedHttpRequest
from patients.wording import render as sentence_of
from patients.workbooks import is_workbook

SAMPLES = 3  # cells of a column that are shown


@require_safe
@permission(RIGHT)
def table_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Choose a file; the files one sent, and the mappings that are saved."""
    return _list(request, SendForm(request=request, target="table"))


@require_POST
@permission(RIGHT)
def table_send(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Keep a file, to say what its columns are."""
    form = SendForm(request.POST, request.FILES, request=request, target="table")
    if not form.is_valid():
        return _list(request, form, 422)
    data = form.cleaned_data
    body = data["file"].read()
    dictionary = data["dictionary"].read() if data["dictionary"] else None
    mapping = next((x for x in standing_mappings() if str(x.pk) == data["mapping"]), None)
    try:
        suggestion_for(body, dictionary=dictionary)  # what cannot be read at all is not kept

        def change() -> int:
            source = data["source"] or add_source(title=data["new_source"].strip(), by=request.user)
            name = data["file"].name or _("table")
            file = send_table(
                source=source, name=name, body=body, dictionary=dictionary, mapping=mapping, by=request.user
            )
            return file.pk

        number, _repeated = form.once(change)
    except CaseFaults as faults:
        return _list(request, form, 422, [sentence_of(x.reason) for x in faults.faults])
    except Refused as refused:
        return _list(request, form, 422, refused.faults)
    return redirect("table_preview" if mapping else "table_columns", number)


@require_safe
@permission(RIGHT)
def table_columns(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """What the columns seem to be, to be said otherwise."""
    file = _file(request, number)
    if file.state not in OPEN_STATES:
        return redirect("table_result", file.pk)
    return _columns(request, file, _form(request, file))


@require_POST
@permission(RIGHT)
def table_columns_save(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Save the mapping by its name; or look at the columns again with the other encoding, sheet or line of heads."""
    file = _file(request, number)
    if file.state not in OPEN_STATES:
        return redirect("table_result", file.pk)
    form = _form(request, file, request.POST)
    if not form.is_valid():
        return _columns(request, file, form, 422)
    if _reads_otherwise(form):
        return _read_otherwise(request, file, form)
    if not form.complete():
        return _columns(request, file, form, 422)
    content, name = map_as_json(form.said), form.cleaned_data["name"].strip()
    if not done_once(form, lambda: save_mapping(file=file, name=name, content=content, by=request.user).pk):
        return _columns(request, file, form, 422)
    return redirect("table_preview", file.pk)


def _read_otherwise(request: AuthenticatedHttpRequest, file: TableFile, form: MappingForm) -> HttpResponse:
    """The columns as they are when the file is read in the way that was said; nothing is saved."""
    try:
        _suggestion(file, form.said)
    except CaseFaults as faults:
        for fault in faults.faults:
            form.add_error(None, sentence_of(fault.reason))
        return _columns(request, file, form, 422)
    return _columns(request, file, _form(request, file, of=form.said, name=form.cleaned_data["name"]))


@require_safe
@permission(RIGHT)
def table_preview(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """The first lines as they would be taken."""
    file = _file(request, number)
    if file.state != FileState.MAPPED:
        return redirect("table_result", file.pk)
    return _preview(request, file)


@require_POST
@permission(RIGHT)
def table_take(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Take the file: at once if it is short, else by a worker."""
    file = _file(request, number)
    form = ContextForm(request.POST, request=request, target=f"table:{file.pk}")
    if not form.is_valid() or not done_once(form, lambda: begin_table(file=file, by=request.user).pk):
        return _preview(request, file, form)
    if is_short(file):
        take_file(file.pk)
    else:
        ask_to_take(file.pk)
    return redirect("table_result", file.pk)


@require_POST
@permission(RIGHT)
def table_cancel(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """Take no more of the file; what was taken stays."""
    file = _file(request, number)
    form = ContextForm(request.POST, request=request, target=f"table:{file.pk}")
    if not form.is_valid() or not done_once(form, lambda: cancel_table(file=file, by=request.user).pk):
        return _result(request, file, form)
    return redirect("table_result", file.pk)


@require_safe
@permission(RIGHT)
def table_result(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """How far the file is, and what became of it."""
    return _result(request, _file(request, number))


@require_safe
@permission(RIGHT)
def table_rejects(request: AuthenticatedHttpRequest, number: int) -> HttpResponse:
    """The refused lines as a file to be mended and sent again."""
    file = _file(request, number)
    try:
        found = reject_file(file)
    except CaseFaults as faults:
        raise Http404 from faults
    note_read(None, f"refused lines of table {file.pk}", by=request.user)
    answer = HttpResponse(found.body, content_type=found.media_type)
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{_quoted(found.name)}"
    return answer


# -- pages ------------------------------------------------------------------------------------------------------------


def _quoted(name: str) -> str:
    return quote(name.replace("/", "_"))


def _list(
    request: AuthenticatedHttpRequest, form: SendForm, status: int = 200, faults: Iterable[str] = ()
) -> HttpResponse:
    context = {
        "page": "table_list",
        "form": form,
        "faults": list(faults),
        "files": own_files(request.user),
        "mappings": standing_mappings().select_related("by"),
    }
    return render(request, "ildcare/exchange/table_list.html", context, status=status)


def _file(request: AuthenticatedHttpRequest, number: int) -> TableFile:
    """One of the reader's files; another's does not exist for him."""
    file = own_file(request.user, number)
    if file is None:
        raise Http404
    return file


def _map(file: TableFile) -> TableMap:
    return map_of_form(file.content or {})


def _suggestion(file: TableFile, of: TableMap | None = None) -> tuple[Suggestion, Table]:
    document = file.document
    body, dictionary = body_of(file), bytes(document.dictionary) if document.dictionary else None
    return suggestion_for(body, dictionary=dictionary, source=file.source.name, of=of), table_of(body, of)


def _form(
    request: AuthenticatedHttpRequest, file: TableFile, data: Any = None, *, of: TableMap | None = None, name: str = ""
) -> MappingForm:
    """The form of a file, with what its columns seem to be; by a mapping where one was said."""
    saved = _map(file) if file.content else None
    read_as = of or (read_as_sent(data) if data is not None else saved)
    try:
        found, table = _suggestion(file, read_as)
    except CaseFaults:  # a mapping of another file, whose encoding or sheet this one has not
        found, table = _suggestion(file)
    meant = overlaid(found.of, of or saved)
    places = [n for n, x in enumerate(table.heads(meant.header)) if x.strip()]
    return MappingForm(
        data,
        request=request,
        target=f"table:{file.pk}",
        of=meant,
        sheets=table.sheets,
        is_workbook=is_workbook(body_of(file)),
        asked=[(x.head, sentence_of(x.why)) for x in found.questions],
        cells=lambda n: _samples(table, meant.header, places[n]) if n < len(places) else "",
        initial={"name": name or (file.mapping.name if file.mapping else file.source.title)},
    )


def _samples(table: Table, header: int, place: int) -> str:
    told = (row[place].strip() for _number, row in table.below(header) if place < len(row) and row[place].strip())
    return " · ".join(x[:24] for x, _n in zip(told, range(SAMPLES), strict=False))


def _reads_otherwise(form: MappingForm) -> bool:
    """Was another encoding, delimiter, sheet or line of heads said than the columns on the page were read by?"""
    return any(getattr(form.said, x) != getattr(form.of, x) for x in READ_AS)


def _columns(request: AuthenticatedHttpRequest, file: TableFile, form: MappingForm, status: int = 200) -> HttpResponse:
    note_read(None, f"columns of table {file.pk}", by=request.user)
    context = {"page": "table_list", "file": file, "form": form}
    return render(request, "ildcare/exchange/table_columns.html", context, status=status)


def _preview(request: AuthenticatedHttpRequest, file: TableFile, refused: ContextForm | None = None) -> HttpResponse:
    faults, found = list[str](), None
    try:
        found = preview_of(file, _map(file), request.user)
    except CaseFaults as refusal:
        faults = [sentence_of(x.reason) for x in refusal.faults]
    if refused is not None:
        faults += [str(x) for x in refused.non_field_errors()]
    _note(request, file, found)
    form = ContextForm(request=request, target=f"table:{file.pk}")
    context = {"page": "table_list", "file": file, "preview": found, "faults": faults, "form": form}
    return render(request, "ildcare/exchange/table_preview.html", context, status=422 if faults else 200)


def _note(request: AuthenticatedHttpRequest, file: TableFile, found: Preview | None) -> None:
    what = f"preview of table {file.pk}"
    for patient in found.patients if found else ():
        note_read(patient.pk, what, by=request.user)
    note_read(None, what, by=request.user)


def _result(request: AuthenticatedHttpRequest, file: TableFile, refused: ContextForm | None = None) -> HttpResponse:
    if file.state in OPEN_STATES:
        return redirect("table_preview" if file.content else "table_columns", file.pk)
    context = {
        "page": "table_list",
        "file": file,
        "outcome": outcome_of(file),
        "form": ContextForm(request=request, target=f"table:{file.pk}"),
        "faults": refused.non_field_errors() if refused else (),
        "again": reverse("table_result", args=[file.pk]),
    }
    name = "ildcare/exchange/table_result.html" + ("#progress" if request.htmx else "")
    return render(request, name, context, status=422 if refused else 200)
