"""The ward's handover list: one row a patient in the order of the list, with room to write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from ildcare.moment.state_code import code_of
from ildcare.paper.head import foot_of, labels
from ildcare.paper.parts import SIGNS, cell_texts, decision_reason, last_decision, verdict_text
from ildcare.paper.render import render_pdf
from ildcare.record.state_bar import QUIET, drugs_now, prophylaxis_now
from ildcare.ward.cells import Cell
from ildcare.ward.html_rows import pill_text
from ildcare.ward.line import Line
from monitoring.queries import last_sweep
from patients.clinical.snapshot import Snapshot
from patients.models import RoundVisit, User, Ward
from patients.queries import authors_of, take_snapshots
from patients.rounds import last_plans
from patients.wording import listed, short_moment

LONGEST_PLAN = 600


def handover_pdf(
    lines: Sequence[Line], wards: Sequence[Ward], user: User | None, now: datetime, *, filtered: bool = False
) -> bytes:
    """The list as PDF; `filtered`: some patients of the wards may be left out."""
    return render_pdf("handover", handover_data(lines, wards, user, now, filtered=filtered))


def handover_data(
    lines: Sequence[Line], wards: Sequence[Ward], user: User | None, now: datetime, *, filtered: bool = False
) -> dict[str, Any]:
    """All texts of the list, in the active language. What is given and the
    plans are read for all at once."""
    swept = last_sweep()
    ids = [x.patient.pk for x in lines]
    plans, snapshots = last_plans(ids), take_snapshots(ids, now, now)
    authors = authors_of(x for s in snapshots.values() if (x := last_decision(s)) is not None)
    names = listed(x.name_in(get_language() or "en") for x in wards)
    count = ngettext("%(n)s patient", "%(n)s patients", len(lines)) % {"n": len(lines)}
    heads = (_("Bed"), _("Patient"), _("Diagnosis, subtype"), _("Step, drugs"), _("Results"), _("Alerts"), _("Notes"))
    return {
        "lang": (get_language() or "en").partition("-")[0],
        "title": _("Ward handover") + f" {names} – {count}",
        "warning": " ".join(_warnings(lines, filtered)),
        "foot": foot_of(user, now, now, swept=swept.finished_at if swept else None),
        "labels": labels(page=_("page"), plan=_("Plan"), none=_("none")),
        "heads": list(heads),
        "rows": [_row(x, plans.get(x.patient.pk), snapshots.get(x.patient.pk), authors, now) for x in lines],
    }


def _warnings(lines: Sequence[Line], filtered: bool) -> Iterator[str]:
    if filtered:
        yield _("Filtered list: not everybody of the ward.")
    if any(x.unread for x in lines):
        yield _("Part of this list could not be read; the rest is shown. The order may be wrong.")


def _row(
    line: Line, visit: RoundVisit | None, snapshot: Snapshot | None, authors: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    patient = line.patient
    age = _("%(age)s y") % {"age": line.age} if line.age is not None else ""
    about = " · ".join(x for x in (age, str(patient.get_sex_display()), patient.mrn) if x)
    subtype = line.subtype or " / ".join(line.subtypes_possible)
    mda5 = {"positive": "MDA5 +", "negative": "MDA5 −", "contradiction": _("MDA5 conflict: result against titre")}.get(
        line.mda5, "MDA5 ?"
    )
    day = _("therapy day %(n)s") % {"n": line.day_of_therapy} if line.day_of_therapy is not None else ""
    plan = visit.plan if visit else ""
    return {
        "bed": line.bed or "–",
        "name": f"{patient.family_name} {patient.given_name}",
        "kana": f"{patient.family_kana} {patient.given_kana}".strip(),
        "about": about,
        "code": code_of(patient.pk, now),
        "alike": listed(f"{x} ({x.mrn})" for x in line.alike),
        "diagnosis": "\n".join(x for x in (line.diagnosis or "?", subtype, mda5) if x),
        "step": pill_text(line),
        "chart": line.glance.chart,
        "decided": _decided(line, snapshot, authors) if snapshot else line.overridden,
        "day": day,
        "given": _given(snapshot) if snapshot else [],
        "values": [_value(x) for x in line.cells if x.text],
        "alerts": _alerts(line),
        "changed": " · ".join(line.changed),
        "tasks": _tasks(line),
        "plan": plan if len(plan) <= LONGEST_PLAN else plan[: LONGEST_PLAN - 1] + "…",
    }


def _given(snapshot: Snapshot) -> list[dict[str, str]]:
    """The drugs, and what is given against pneumocystis where that is asked for."""
    said = [x for x in (drugs_now(snapshot), prophylaxis_now(snapshot)) if x.style != QUIET]
    return cell_texts(*said)


def _value(cell: Cell) -> str:
    """With what it must not be read without: FiO2, route and time of the sample."""
    about = listed(x for x in (cell.day, cell.note, _("preliminary") if cell.preliminary else "", cell.doubt) if x)
    return f"{cell.label} {cell.text} {cell.unit} ({about})"


def _decided(line: Line, snapshot: Snapshot, authors: Mapping[str, str]) -> str:
    """The decision about the step with its reason, who decided and when; accepted, only where it is the chart's."""
    decision = last_decision(snapshot)
    if decision is None or (decision.accepted and decision.step != line.step):
        return ""
    expired = line.decided is not None and line.decided.stands is False and not decision.accepted
    about = [short_moment(decision.on), authors.get(decision.id, ""), _("expired") if expired else ""]
    why = " – ".join(x for x in (verdict_text(decision), decision_reason(decision)) if x)
    return f"{why} ({listed(x for x in about if x)})"


def _alerts(line: Line) -> str:
    """Counts by severity, and the gravest one in words."""
    signs = {severity.label: sign for severity, sign in SIGNS.items()}
    counts = " ".join(f"{signs[x.severity]}{x.count}{'✓' if x.acknowledged else ''}" for x in line.badges)
    passed = _("passed on") if line.passed_on else ""
    parts = [x for x in (*_doubts(line), passed, f"{counts} {_top(line)}".strip()) if x]
    return " – ".join(parts) or _("no open alert")


def _top(line: Line) -> str:
    """The gravest alert by name, with its reason."""
    return ": ".join(x for x in (line.top_alert, line.top_reason) if x)


def _doubts(line: Line) -> list[str]:
    """What could not be read or judged: the list never stays silent about it."""
    doubts = [_("alerts could not be read")] if "alerts" in line.unread else []
    doubts += [_("part of this line could not be read")] if line.unread - {"alerts"} else []
    doubts += [_("evaluation failed")] if line.failed else []
    doubts += [] if line.evaluated else [_("not evaluated yet")]
    return doubts + ([_("newer data waiting")] if line.waiting else [])


def _tasks(line: Line) -> str:
    if not line.tasks_open:
        return ""
    return f"{ngettext('%(n)s task', '%(n)s tasks', line.tasks_open) % {'n': line.tasks_open}}: {line.next_task}"
