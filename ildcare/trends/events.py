"""What happened around the values of trend charts: events as flags above them, treatments as lanes below them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ildcare.drawing.lanes import DrugCourse
from ildcare.drawing.marks import Flag
from monitoring.models import Alert
from monitoring.rules import BY_CODE
from patients.clinical.drugs import DRUG_CLASSES, DRUGS
from patients.clinical.facts import (
    Decision,
    Discharge,
    Fact,
    HospitalAdmission,
    Hrct,
    Judgement,
    Measurement,
    Outcome,
    Treatment,
)
from patients.clinical.glucocorticoid import with_its_end
from patients.clinical.prophylaxis import Missing, prophylaxis_missing
from patients.clinical.snapshot import Snapshot
from patients.fact_words import withheld_text
from patients.result_words import oxygen_text, short_drug_name
from patients.wording import dose_text, listed, listed_apart, name_of, render, short_day, short_name_of, translated

Describe = Callable[[Fact, date], str]
FLAGGED = (Decision, Judgement, Hrct, HospitalAdmission, Discharge, Outcome)
MOST_LANES = 6


# -- flags ------------------------------------------------------------------------------------------------------------


def flags_of(snapshot: Snapshot, describe: Describe, alerts: Iterable[Alert] = ()) -> tuple[Flag, ...]:
    """Decisions, judgements, HRCT, stays, outcomes and alerts raised, by time; `describe` says a fact in words."""
    facts = [_flag(x, snapshot.today, describe) for x in snapshot.all_facts if isinstance(x, FLAGGED)]
    return tuple(sorted([*facts, *_raised(alerts, snapshot.today)], key=lambda x: x.day))


def _flag(fact: Fact, today: date, describe: Describe) -> Flag:
    letters = {
        Decision: (pgettext("flag", "D"), _("Decision")),
        Judgement: (pgettext("flag", "J"), _("Judgement of improvement")),
        Hrct: (pgettext("flag", "H"), _("HRCT")),
        HospitalAdmission: (pgettext("flag", "A"), _("Admission")),
        Discharge: (pgettext("flag", "L"), _("Discharge")),
        Outcome: (pgettext("flag", "O"), _("Outcome of the course")),
    }
    letter, kind = letters[type(fact)]
    return Flag(fact.day, letter, f"{short_day(fact.day, today)}: {kind}: {describe(fact, today)}")


def _raised(alerts: Iterable[Alert], today: date) -> Iterator[Flag]:
    for alert in alerts:
        rule = BY_CODE.get(alert.rule)
        title = translated(rule.title) if rule else alert.rule
        day = short_day(alert.opened_on, today)
        text = _("%(day)s: alert (%(severity)s): %(title)s") % {
            "day": day,
            "severity": alert.get_severity_display(),
            "title": title,
        }
        yield Flag(alert.opened_on, "!", text)


# -- lanes ------------------------------------------------------------------------------------------------------------


def drug_courses(snapshot: Snapshot) -> Iterator[DrugCourse]:
    """The courses of the drugs that have a lane, what matters most first, oldest first within each drug."""
    drugs = _in_order(snapshot)[:MOST_LANES]
    drawn = [x for x in snapshot.treatments if _lane(x) in drugs]
    for treatment in sorted(drawn, key=lambda x: (drugs.index(_lane(x)), x.on)):
        yield _drug_course(with_its_end(snapshot, treatment), snapshot.today)


def missing_courses(snapshot: Snapshot) -> Iterator[DrugCourse]:
    """What should be given and is not: pneumocystis prophylaxis, a lane of its own from the day on which it was due."""
    missing = prophylaxis_missing(snapshot)
    if missing is not None:
        yield DrugCourse(
            label=_("PCP proph."),
            start=missing.due,
            stop=None,
            dose=_missing_words(missing, snapshot.today),
            title=listed_apart(render(x) for x in (missing.why, *missing.beside)),
            missing=True,
        )


def _missing_words(missing: Missing, today: date) -> str:
    if missing.decided is not None:
        return withheld_text(missing.decided)
    return _("none since %(day)s") % {"day": short_day(missing.due, today)}


def oxygen_courses(values: Iterable[Measurement], today: date) -> Iterator[DrugCourse]:
    """What was breathed at the samples of a gas: a bar from the first to the last sample on the same oxygen, as high as
    its FiO2."""
    for _told, same in groupby(values, key=lambda x: (x.fio2, x.flow, x.device)):
        samples = list(same)
        first, last = samples[0], samples[-1]
        breathed = oxygen_text(first.fio2, first.flow, first.device)
        days = short_day(first.day, today) if first.day == last.day else _from_to(first.day, last.day, today)
        yield DrugCourse(
            label=_("FiO2"),
            start=first.day,
            stop=last.day,
            dose=f"{first.fio2:f}" if first.fio2 is not None and not first.device else breathed,
            title=listed([breathed or _("FiO2 not stated"), days]),
            amount=first.fio2,
            measure="fio2",
            missing=not breathed,
        )


def _from_to(first: date, last: date, today: date) -> str:
    return _("%(first)s to %(last)s") % {"first": short_day(first, today), "last": short_day(last, today)}


def left_out(snapshot: Snapshot) -> Iterator[str]:
    """Drugs that have no lane for want of room."""
    return (name or short_name_of("drug", drug) for drug, name in _in_order(snapshot)[MOST_LANES:])


def _lane(x: Treatment) -> tuple[str, str]:
    """A drug of the catalogue, or the name of another one."""
    return x.drug, (x.name or "") if x.drug == "other" else ""


def _in_order(snapshot: Snapshot) -> list[tuple[str, str]]:
    """The drugs of the course, by class as the catalogue orders them: what treats the disease before what protects."""
    classes = list(DRUG_CLASSES)
    drugs = dict.fromkeys(_lane(x) for x in snapshot.treatments)
    return sorted(drugs, key=lambda x: classes.index(DRUGS[x[0]].drug_class) if x[0] in DRUGS else len(classes))


def _drug_course(x: Treatment, today: date) -> DrugCourse:
    dose = dose_text(x.dose, x.unit or "") if x.dose is not None else ""
    words = [short_drug_name(x), name_of("route", x.route) if x.route else "", dose]
    return DrugCourse(
        label=short_drug_name(x) if x.drug == "other" else short_name_of("drug", x.drug),
        start=x.day,
        stop=x.stop,
        mark=x.drug == "ivcy" and x.stop == x.day,
        dose=dose,
        title=" ".join(word for word in words if word) + f", {_days_of(x, today)}",
        amount=x.dose,
        measure=f"{x.unit} {x.route}",
    )


def _days_of(treatment: Treatment, today: date) -> str:
    first = short_day(treatment.day, today)
    if treatment.stop is None:
        return _("from %(day)s") % {"day": first}
    return first if treatment.stop == treatment.day else _from_to(treatment.day, treatment.stop, today)
