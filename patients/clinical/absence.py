"""A result that has no value, and why: kept and shown, no value for any rule, the request stays due. Pure.

Source: specification 12 (53); a test that is positive or negative can also be undecided.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from patients.clinical.entry import Entry, by_code
from patients.clinical.measurement_type import MeasurementType
from patients.clinical.reasons import _

ABSENT = by_code(
    (
        Entry("haemolysed", _("haemolysed")),
        Entry("insufficient", _("not enough sample")),
        Entry("not_done", _("not done")),
        Entry("other", _("another reason")),
    )
)
INDETERMINATE = "indeterminate"  # the word of a test that is neither positive nor negative

SPELLINGS = {
    "haemolysed": ("haemolysed", "hemolysed", "hemolyzed", "haemolyzed", "haemolysis", "hemolysis", "溶血"),
    "insufficient": ("insufficient", "not enough sample", "qns", "検体不足", "検体量不足", "量不足"),
    "not_done": ("not done", "not_done", "not measured", "未実施", "未検", "未測定", "中止"),
}
UNDECIDED = ("indeterminate", "equivocal", "borderline", "±", "+-", "(±)", "(+-)", "判定保留", "保留")


def without_value(why: str, unit: str) -> dict[str, Any]:
    """What storage keeps of a result without a value, beside a fact that has no value to tell (`Version.details`)."""
    return {"value": None, "comparator": "", "typed_value": why, "typed_unit": unit}


def absence_of(kind: MeasurementType, text: str) -> str | None:
    """The code of the reason that a text gives for having no value; "indeterminate" of a test that is undecided."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    if kind.positive_from is not None and plain in UNDECIDED:
        return INDETERMINATE
    return next((code for code, spellings in SPELLINGS.items() if plain in spellings), None)
