"""The figures of agreement on paper. Numbers only: no patient is named."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ildcare.paper.head import foot_of, labels
from ildcare.paper.render import render_pdf
from ildcare.review.figure_reads import Agreement, period_text, table_of
from monitoring.queries import last_sweep
from patients.models import User
from patients.wording import day_text


def figures_pdf(found: Agreement, user: User, now: datetime) -> bytes:
    """The figures as PDF."""
    return render_pdf("review_figures", figures_data(found, user, now))


def figures_data(found: Agreement, user: User, now: datetime) -> dict[str, Any]:
    """All texts of the sheet, in the active language."""
    swept = last_sweep()
    first, last = period_text(found)
    note = _(
        "Lengths of time as median (lower to upper quartile) of n. A thing counts for the ward where its patient lay "
        "when it happened. J: a reading of this product, not printed in the paper."
    )
    return {
        "lang": (get_language() or "en").partition("-")[0],
        "title": _("Figures of agreement"),
        "period": _("%(first)s to %(last)s") % {"first": day_text(first), "last": day_text(last)},
        "note": note,
        "foot": foot_of(user, now, now, swept=swept.finished_at if swept else None, kept=True),
        "labels": labels(page=_("page")),
        "heads": [_("Figure"), *(x.title for x in found.columns)],
        "rows": [[name, *texts] for name, texts in table_of(found)],
    }
