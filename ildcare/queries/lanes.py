"""The treatments below the trend charts: the drugs that matter most first, each dose step with its height."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from ildcare.charts import Given
from patients.clinical.drugs import DRUG_CLASSES, DRUGS
from patients.clinical.facts import Treatment
from patients.clinical.snapshot import Snapshot
from patients.wording import code_name, dose_text, short_day, short_name_of

MOST_LANES = 6


def given_of(snapshot: Snapshot) -> Iterator[Given]:
    """The courses of the drugs that have a lane, oldest first within each."""
    drugs = _in_order(snapshot)[:MOST_LANES]
    shown = [x for x in snapshot.treatments if x.drug in drugs]
    for treatment in sorted(shown, key=lambda x: (drugs.index(x.drug), x.on)):
        yield _given(treatment, snapshot.today)


def left_out(snapshot: Snapshot) -> Iterator[str]:
    """Drugs that have no lane for want of room."""
    return (short_name_of(x) for x in _in_order(snapshot)[MOST_LANES:])


def _in_order(snapshot: Snapshot) -> list[str]:
    """The drugs given, by class as the catalogue orders them: what treats the disease before what protects."""
    classes = list(DRUG_CLASSES)
    given = dict.fromkeys(x.drug for x in snapshot.treatments)
    return sorted(given, key=lambda x: classes.index(DRUGS[x].drug_class) if x in DRUGS else len(classes))


def _given(x: Treatment, today: date) -> Given:
    dose = dose_text(x.dose, x.unit or "") if x.dose is not None else ""
    words = [short_name_of(x.drug), code_name(x.route) if x.route else "", dose]
    title = " ".join(word for word in words if word) + f", {_days_of(x, today)}"
    mark = x.drug == "ivcy" and x.stop == x.day
    return Given(short_name_of(x.drug), x.day, x.stop, mark, dose, title, amount=x.dose, measure=f"{x.unit} {x.route}")


def _days_of(treatment: Treatment, today: date) -> str:
    first = short_day(treatment.day, today)
    if treatment.stop is None:
        return _("from %(day)s") % {"day": first}
    last = short_day(treatment.stop, today)
    return first if first == last else _("%(first)s to %(last)s") % {"first": first, "last": last}
