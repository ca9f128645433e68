"""What the lines, bands and breaks of a trend chart mean, in words under it; limits carry the names of their rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from ildcare.drawing.charts import Chart, Limit
from ildcare.trends.points import GASES, conditions_text
from ildcare.trends.ratio import RatioWindow, window_legend
from monitoring.levels import band_at
from monitoring.limits import expected
from monitoring.rules import ferritin_high, pao2_low
from patients.clinical.drug_levels import is_level
from patients.clinical.facts import Measurement
from patients.clinical.measurement_type import Reference
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.snapshot import Snapshot
from patients.wording import number_text, short_day, translated, unit_symbol


@dataclass(frozen=True, slots=True)
class LegendLine:
    """One line of the legend: `kind` is what is drawn (limit, band, break, gases, window, thinned)."""

    kind: str
    text: str


def limits_of(code: str) -> Iterator[Limit]:
    """Thresholds of the rules, where they are the same for the whole chart."""
    if code == "ferritin":
        name = translated(ferritin_high.RULE.title)
        yield Limit(ferritin_high.LIMIT, number_text(ferritin_high.LIMIT), name)
        critical = _("critical from here on")
        yield Limit(ferritin_high.CRITICAL_FROM, number_text(ferritin_high.CRITICAL_FROM), f"{name}: {critical}")
    if code == "pao2":
        yield Limit(pao2_low.LIMIT, number_text(pao2_low.LIMIT), translated(pao2_low.RULE.title))


def legend_of(
    code: str, values: Sequence[Measurement], chart: Chart, snapshot: Snapshot, ratio: RatioWindow | None = None
) -> Iterator[LegendLine]:
    """The legend of one chart, only of what is drawn in it."""
    for limit in limits_of(code):
        yield LegendLine("limit", f"{limit.label} {unit_symbol(code)}: {limit.name}")
    if chart.window and ratio:
        yield LegendLine("window", window_legend(ratio))
    reference = expected(values[-1], snapshot.sex, snapshot.treatments, snapshot.settings.rules)
    if chart.band and reference:
        yield LegendLine("band", _band(values[-1], reference, snapshot))
    if not MEASUREMENTS[code].judges(values[-1].kit):
        text = _("no reference: the limit of the kit %(kit)s is not in the catalogue; the values are not judged")
        yield LegendLine("band", text % {"kit": translated(values[-1].kit or "")})
    yield from _breaks(code, values)
    yield from _changed_targets(code, values, snapshot)
    if chart.thinned:
        text = _("%(count)s values between those drawn are not drawn; none of them is an extreme or beyond a limit")
        yield LegendLine("thinned", text % {"count": chart.thinned})


def _changed_targets(code: str, values: Sequence[Measurement], snapshot: Snapshot) -> Iterator[LegendLine]:
    """Only the band of the newest level is drawn; those before may have been judged by another one."""
    bands: dict[tuple[str | None, str | None], set[tuple[Decimal, Decimal]]] = {}
    for x in values if is_level(code) else ():
        if band := band_at(x, snapshot):
            bands.setdefault((x.route, x.timing), set()).add((band.low, band.high))
    if any(len(x) > 1 for x in bands.values()):
        yield LegendLine("break", _("the target changed; each level is judged by the one that held at its sample"))


def _band(newest: Measurement, reference: Reference, snapshot: Snapshot) -> str:
    low, high = (number_text(x) if x is not None else "" for x in (reference.low, reference.high))
    values = f"{low}–{high}" if low and high else f"≥{low}" if low else f"{'<' if reference.strict_high else '≤'}{high}"
    parts = {"values": values, "unit": unit_symbol(newest.code)}
    if is_level(newest.code):
        band = band_at(newest, snapshot)
        text = _("target of the newest level (%(sample)s): %(values)s %(unit)s")
        if band and band.order:
            text = _("band of the order for the newest level (%(sample)s): %(values)s %(unit)s")
        return text % {**parts, "sample": conditions_text(newest)}
    return _("reference: %(values)s %(unit)s") % parts


def _breaks(code: str, values: Sequence[Measurement]) -> Iterator[LegendLine]:
    """Kit breaks name both kits; gases and levels say once what is not joined."""
    if code in GASES:
        if len({(x.fio2, x.flow, x.device) for x in values}) > 1:
            yield LegendLine("break", _("values at different FiO2, flow or device are neither joined nor compared"))
        return
    if is_level(code):
        if len({(x.route, x.timing) for x in values}) > 1:
            yield LegendLine(
                "break", _("levels of different route or timing are not joined; each is judged by its own band")
            )
        return
    before = None
    for x in values:
        if x.kit and before is not None and before.kit != x.kit:
            parts = {"before": translated(before.kit or ""), "after": translated(x.kit), "day": short_day(x.day)}
            yield LegendLine("break", _("%(before)s | %(after)s, from %(day)s: not comparable") % parts)
        before = x if x.kit else before
