"""A fact in words, by its kind: the one place that says what a fact is called and what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.clinical import facts as f
from patients.clinical.hrct_terms import SIGNS
from patients.clinical.quantities import Quantity
from patients.models import Fact, Measurement
from patients.queries import site_zone
from patients.result_words import (
    drug_name,
    name_of_test,
    order_words,
    oxygen_text,
    result_text,
    without_value_text,
)
from patients.rows import version_of_row
from patients.wording import (
    dose_text,
    listed,
    listed_apart,
    month_text,
    name_of,
    number_text,
    short_day,
    short_moment,
    short_name_of,
    value_text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactLine:
    """One fact that is no measurement, in words. `known` only where it became known on another day; `doubt`: what
    contradicts it."""

    id: str
    day: str
    kind: str
    text: str
    known: str
    corrected: bool
    doubt: str = ""


def describe_lines(facts: Iterable[f.Fact], today: date, doubts: Mapping[str, str] | None = None) -> list[FactLine]:
    """Facts as lines of the page, in the order given; `doubts`: what contradicts them, by id."""
    lines = (_line(x, today) for x in facts)
    return [replace(x, doubt=(doubts or {}).get(x.id, "")) for x in lines]


def _line(fact: f.Fact, today: date) -> FactLine:
    known = short_day(fact.known_day, today) if fact.known_day != fact.day else ""
    if to_the_month(fact):
        day = month_text(fact.day)
    else:
        day = short_day(fact.day, today)
        local = timezone.localtime(fact.on)
        if (local.hour, local.minute) != (0, 0):
            day += f" {local:%H:%M}"
    kind = KIND_NAMES[type(fact)]()
    return FactLine(id=fact.id, day=day, kind=kind, text=describe(fact, today), known=known, corrected=fact.corrected)


def to_the_month(fact: f.Fact) -> bool:
    """Is only the month of the fact known? Its day is then the first of it."""
    return isinstance(fact, f.RespiratoryOnset | f.Diagnosis) and bool(fact.month)


KIND_NAMES = {
    f.RespiratoryOnset: lambda: _("Respiratory onset"),
    f.Diagnosis: lambda: _("Diagnosis"),
    f.Antibody: lambda: _("Antibody"),
    f.Hrct: lambda: _("HRCT"),
    f.Finding: lambda: _("Finding"),
    f.Treatment: lambda: _("Treatment"),
    f.Histology: lambda: _("Histology"),
    f.Support: lambda: _("Respiratory support"),
    f.Judgement: lambda: _("Judgement of improvement"),
    f.Decision: lambda: _("Decision"),
    f.HospitalAdmission: lambda: _("Admission"),
    f.Discharge: lambda: _("Discharge"),
    f.Outcome: lambda: _("Outcome of the course"),
    f.Unreadable: lambda: _("Entry"),
}


def readable(row: Fact) -> bool:
    """Can the row be read as the fact that it was stored as?"""
    return not isinstance(fact_of(row), f.Unreadable)


def cannot_be_read() -> str:
    """What every page says of an entry that cannot be read."""
    return _("this entry cannot be read: correct or cancel it")


def unreadable_lines(entries: Iterable[f.Unreadable]) -> list[FactLine]:
    """The entries of a record that cannot be read, in the words of every page that shows them."""
    text = cannot_be_read()
    return [FactLine(id=x.id, day="", kind=_stored_as(x), text=text, known="", corrected=x.corrected) for x in entries]


def _stored_as(fact: f.Unreadable) -> str:
    return kind_in_words(fact.kind)


def kind_in_words(kind: str) -> str:
    """What facts of a kind are called."""
    return _("Result") if kind == "measurement" else KIND_NAMES[f.CLASS_OF[kind]]()


def describe(fact: f.Fact, today: date) -> str:
    """What a fact says, in words of the reader's language."""
    if isinstance(fact, f.Unreadable):
        return cannot_be_read()
    if isinstance(fact, f.Diagnosis):
        return name_of("diagnosis", fact.myositis) + (f" ({_('provisional')})" if fact.provisional else "")
    if isinstance(fact, f.Antibody):
        return f"{name_of('antibody', fact.code)}: {name_of('antibody_result', fact.result)}"
    if isinstance(fact, f.Hrct):
        return _hrct(fact, today)
    if isinstance(fact, f.Finding):
        return _finding(fact)
    if isinstance(fact, f.Treatment):
        return _treatment(fact, today)
    return _other(fact)


def _other(fact: f.Fact) -> str:
    if isinstance(fact, f.Histology):
        return short_name_of("histology", fact.pattern)
    if isinstance(fact, f.Support):
        oxygen = "" if fact.level == "room_air" else oxygen_text(fact.fio2, fact.flow, fact.device)
        return listed(x for x in (name_of("support", fact.level), oxygen) if x)
    if isinstance(fact, f.Judgement):
        return " – ".join(x for x in (name_of("improvement", fact.improvement), fact.note) if x)
    if isinstance(fact, f.Decision):
        return _decision(fact)
    if isinstance(fact, f.HospitalAdmission):
        return _("came into the hospital")
    if isinstance(fact, f.Discharge):
        return name_of("destination", fact.to) if fact.to else _("left the hospital")
    if isinstance(fact, f.Outcome):
        cause = name_of("cause_of_death", fact.cause) if fact.cause else ""
        return listed(x for x in (name_of("outcome", fact.what), cause) if x)
    return _("first respiratory symptom")


def _decision(fact: f.Decision) -> str:
    if fact.prophylaxis_instead:
        return without_prophylaxis(fact)
    if fact.course:
        head = _("the course is chronic")
    else:
        verdict = _("accepted") if fact.accepted else _("not followed")
        step = name_of("step", fact.step or "")
        head = f"{step}: {verdict}" if fact.accepted is not None else step
    return " – ".join(x for x in (head, follows_text(fact), fact.reason) if x)


def follows_text(decision: f.Decision) -> str:
    """ "follows later evidence: Wu 2025, ..."; "" where no source is named."""
    return _("follows later evidence: %(source)s") % {"source": decision.follows} if decision.follows else ""


def without_prophylaxis(decision: f.Decision) -> str:
    """ "PCP prophylaxis: not given: sulfa allergy; atovaquone"."""
    return f"{_('PCP prophylaxis')}: {withheld_text(decision)}"


def withheld_text(decision: f.Decision) -> str:
    """ "not given: sulfa allergy; atovaquone"."""
    instead = name_of("prophylaxis_instead", decision.prophylaxis_instead or "")
    return _("not given: %(reason)s; %(instead)s") % {"reason": decision.reason, "instead": instead}


def _finding(fact: f.Finding) -> str:
    said = {True: _("present"), False: _("absent")}.get(fact.present) if fact.present is not None else ""
    words = listed(x for x in (said, name_of("finding_change", fact.change) if fact.change else "") if x)
    name = name_of("finding", fact.code)
    return f"{name}: {words}" if words else name


def _hrct(fact: f.Hrct, today: date) -> str:
    words = [name_of("hrct_sign", x) for x in SIGNS if getattr(fact, x)]
    words += [_("no %(sign)s") % {"sign": name_of("hrct_sign", x)} for x in SIGNS if getattr(fact, x) is False]
    if fact.consolidation:
        words.append(_("consolidation: %(zone)s") % {"zone": name_of("consolidation", fact.consolidation)})
    if fact.pattern:
        words.append(_("pattern %(pattern)s") % {"pattern": short_name_of("hrct_pattern", fact.pattern)})
    if fact.change:
        words.append(name_of("hrct_change", fact.change))
    if fact.compared_with:
        words.append(_("compared with %(day)s") % {"day": short_day(fact.compared_with, today)})
    return listed(words)


def _treatment(fact: f.Treatment, today: date) -> str:
    words = [drug_name(fact)]
    if fact.route:
        words.append(name_of("route", fact.route))
    if fact.dose is not None:
        words.append(dose_text(fact.dose, fact.unit or ""))
    if fact.stop:
        words.append(_("last given %(day)s") % {"day": short_day(fact.stop, today)})
    return listed([*words, *order_words(fact)])


def describe_row(row: Fact) -> str:
    """One stored version in words, as it was told."""
    fact = fact_of(row)
    words = f"{name_of_test(row.code, row.name)}: {_as_told(row)}" if isinstance(row, Measurement) else ""
    if words and not isinstance(fact, f.Unreadable):
        return words.strip()
    return " – ".join(x for x in (words.strip(), describe(fact, timezone.localdate())) if x)


CONDITIONS = ("fio2", "flow", "device", "route", "timing", "hours_since_dose", "kit")


def changes_text(before: Fact, after: Fact) -> str:
    """What a version of a result says otherwise than the one before it: "FiO2: 0.35 → 0.5"; "" where all is alike."""
    if not isinstance(before, Measurement) or not isinstance(after, Measurement):
        return ""
    changes = [("on", _("time"), short_moment(before.on), short_moment(after.on))]
    changes.append(("value", _("value"), _value_told(before), _value_told(after)))
    for name in CONDITIONS:
        label = str(after._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # a column
        changes.append((name, label, _condition_told(before, name), _condition_told(after, name)))
    return listed_apart(f"{label}: {old or '–'} → {new or '–'}" for _name, label, old, new in changes if old != new)


def _value_told(row: Measurement) -> str:
    return without_value_text(row.typed_value) if row.value is None else f"{row.typed_value} {row.typed_unit}".strip()


def _condition_told(row: Measurement, name: str) -> str:
    value = getattr(row, name)
    if value in (None, ""):
        return ""
    if name in ("device", "route", "timing"):
        return name_of(name, value)  # type: ignore[arg-type]  # each is the name of a kind of code
    return number_text(value) if isinstance(value, Decimal) else str(value)


def _as_told(row: Measurement) -> str:
    """A result as it was reported, with the oxygen it was taken on; or why it has no value."""
    if row.value is None:
        return without_value_text(row.typed_value)
    text = row.typed_value.replace("<=", "≤").replace(">=", "≥")
    if not row.typed_unit:  # a word of a test that is positive or negative
        text = value_text(row.code, Quantity(row.value, row.comparator))
    oxygen = oxygen_text(row.fio2, row.flow, row.device or None)
    return listed(x for x in (f"{text} {row.typed_unit}".strip(), oxygen) if x)


def fact_of(row: Fact) -> f.Fact:
    """What a stored version says, as the frozen fact of its kind (a cancelled one says what is withdrawn)."""
    return version_of_row(row, site_zone()).fact


NAME_THEMSELVES = (f.Antibody, f.Finding)  # "anti-MDA5 antibody: positive" needs no kind before it


def summary_of(row: Fact) -> str:
    """One stored version in a line of its own: "Ferritin 1,240 ng/mL", "Treatment: cyclosporine, oral, 200 mg/day"."""
    fact = fact_of(row)
    if isinstance(row, Measurement) and not isinstance(fact, f.Measurement | f.Unreadable):
        return f"{name_of_test(row.code, row.name)} {without_value_text(row.typed_value)}".strip()
    return line_of(fact)


def line_of(fact: f.Fact) -> str:
    """A fact in a line of its own, as `summary_of` gives a stored one."""
    if isinstance(fact, f.Unreadable):
        return describe(fact, timezone.localdate())
    if isinstance(fact, f.Measurement):
        return f"{name_of_test(fact.code, fact.name or '')} {result_text(fact)}".strip()
    words = describe(fact, timezone.localdate())
    if isinstance(fact, NAME_THEMSELVES):
        return words
    kind = KIND_NAMES[type(fact)]()
    return f"{kind}: {words}" if words else kind
