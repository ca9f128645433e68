"""Episodes of a condition in a series: since when it stands, that it is over; how old its last value is. Pure.

A condition opens at one limit and closes at another that lies inside it (hysteresis), or only after several values, or
after some time: specification 13 (92) [J]. Whether it stands is folded out of the series as it is known, never out of
what was stored before: the same facts always give the same answer. Silence closes nothing: the last value stands, and
says how old it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from monitoring.site_values import DAYS_UNIT, SiteValue, site_count
from patients.clinical.facts import Fact
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import UNKNOWN, YES, Truth

# days after which a last value says how old it is, 13 (92) [J]; each named after the first of the rules that read it
OLD_AFTER = site_count("HYPERKALAEMIA.old_after", _("the last value says its age after"), 7, DAYS_UNIT, (2, 30))
LEVEL_OLD_AFTER = site_count("CSA_LOW.old_after", _("the last drug level says its age after"), 4, DAYS_UNIT, (1, 14))
COUNT_OLD_AFTER = site_count("CYTOPENIA.old_after", _("the last blood count says its age after"), 4, DAYS_UNIT, (1, 14))
OXYGEN_OLD_AFTER = site_count(
    "PAO2_LOW.old_after", _("the last value of oxygen says its age after"), 1, DAYS_UNIT, (1, 7)
)
# beyond these its age is told by its last step and not anew every day [J]
DAILY_UNTIL = 14
STEPS = (364, 273, 182, 91, 56, 49, 42, 35, 28, 21, DAILY_UNTIL)

OLD = _("last value %(n)s days old")
OLDER = _("last value more than %(n)s days old")
AT_ONCE = timedelta()

F = TypeVar("F", bound=Fact)


@dataclass(frozen=True, slots=True)
class Run(Generic[F]):
    """An episode that stands: its values from the one that opened it to the newest.

    possible: nothing opened it for sure, and the newest value leaves open whether it would.
    """

    values: tuple[F, ...]
    possible: bool = False

    @property
    def newest(self) -> F:
        """The last value; inside both limits it keeps the episode open and no more."""
        return self.values[-1]

    @property
    def known(self) -> datetime:
        """From when the episode was known."""
        return max(self.values[0].on, self.values[0].known)


def open_run(
    series: Sequence[F],
    opens: Callable[[F], Truth],
    closes: Callable[[F], Truth],
    *,
    values: int = 1,
    lasting: timedelta = AT_ONCE,
) -> Run[F] | None:
    """The episode that stands at the end of a series, oldest first; None where none does.

    It opens with a value that surely does. It closes with `values` values in a row that surely close it, of which the
    last lies `lasting` or more after the last one that did not. What may or may not be opens and closes nothing.
    """
    later: list[F] = []  # from the newest on backwards
    opened = 0
    calm, calm_end = 0, None
    for x in reversed(series):
        if calm_end is not None and calm >= values and calm_end - x.on >= lasting:
            break
        later.append(x)
        if opens(x) is YES:
            opened, calm, calm_end = len(later), 0, None
        elif closes(x) is YES:
            calm, calm_end = calm + 1, calm_end or x.on
        else:
            calm, calm_end = 0, None
    if opened:
        return Run(tuple(reversed(later[:opened])))
    return Run((series[-1],), possible=True) if series and opens(series[-1]) is UNKNOWN else None


def age(snapshot: Snapshot, last: Fact, after: SiteValue = OLD_AFTER) -> Iterator[Reason]:
    """How old the last value of an alert is, where it is older than so many days."""
    days = snapshot.days_since(last.day)
    if days <= after.days(snapshot):
        return
    step = next((x for x in STEPS if days > x), None)
    if step is None:
        yield reason(OLD, facts=(last.id,), basis="J", n=days)
    else:
        yield reason(OLDER, facts=(last.id,), basis="J", n=step)


def frozen_run(
    series: Sequence[F], against: Callable[[F, Sequence[F]], F | None], closes: Callable[[F, F], Truth]
) -> tuple[Run[F], F] | None:
    """The episode that stands, and the value that it was opened against, which stays its reference until it closes.

    `against`: of a value and those before it, the one against which it opens; None where it does not. A reference that
    moved along with time would end every episode by itself.
    """
    run: list[F] = []
    reference: F | None = None
    for n, x in enumerate(series):
        if reference is not None and closes(x, reference) is YES:
            run, reference = [], None
        elif reference is not None or (reference := against(x, series[:n])) is not None:
            run.append(x)
    return None if reference is None else (Run(tuple(run)), reference)
