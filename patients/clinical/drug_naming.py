"""Which drug of the catalogue a name means: codes, generic and brand names, English and Japanese. Pure.

Kana of either kind and width are one, salt forms, dosage forms and strengths are not looked at: "tacrolimus hydrate",
"ﾀｸﾛﾘﾑｽ水和物" and "プログラフカプセル1mg" are tacrolimus. Source: specification 12 (51), 13 (69), (85).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from patients.clinical.drug_names import GLUCOCORTICOIDS, MEMBERS, NAMES
from patients.clinical.drugs import DRUGS
from patients.clinical.facts import Treatment
from patients.clinical.reasons import _

OTHER = "other"
SPELLINGS = {"st_john's_wort": "st_johns_wort", "mtx": "methotrexate"}

# mg of each that act as 5 mg of prednisolone, specification 13 (69)
EQUAL_TO_5_MG = {
    _("methylprednisolone"): Decimal(4),
    _("hydrocortisone"): Decimal(20),
    _("dexamethasone"): Decimal("0.75"),
    _("betamethasone"): Decimal("0.6"),
}
CONVERTED_UNITS = ("mg/day", "mg/kg/day", "mg", "mg/kg", "mg/dose")
IN_GRAMS = {"g/day": "mg/day", "g": "mg"}
PULSE_FROM = Decimal(250)  # mg of methylprednisolone a day, intravenously, specification 13 (69)
MILLIONTH, THOUSANDTH = Decimal("0.000001"), Decimal("0.001")

SALTS = (
    "hydrate", "monohydrate", "dihydrate", "trihydrate", "anhydrous", "hydrochloride", "dihydrochloride", "sulfate",
    "sulphate", "citrate", "acetate", "nitrate", "phosphate", "mesilate", "mesylate", "maleate", "fumarate", "tartrate",
    "besilate", "besylate", "succinate", "hemisuccinate", "esilate", "ethanesulfonate", "isethionate", "isetionate",
    "sodium", "calcium", "potassium", "fumaric acid",
)  # fmt: skip
SALTS_JA = (
    "水和物", "一水和物", "無水物", "塩酸塩", "硫酸塩", "クエン酸塩", "酢酸塩", "硝酸塩", "リン酸塩", "メシル酸塩",
    "マレイン酸塩", "フマル酸塩", "フマル酸", "酒石酸塩", "ベシル酸塩", "エタンスルホン酸塩", "イセチオン酸塩",
    "コハク酸エステル", "リン酸エステル", "ナトリウム", "カルシウム", "カリウム", "(遺伝子組換え)",
)  # fmt: skip
# systemic forms only: an ointment, eye drops or an enema are not the drug of the catalogue
FORMS_JA = (
    "錠", "od錠", "カプセル", "散", "顆粒", "細粒", "内用液", "シロップ", "ドライシロップ", "注", "注射液", "注射用",
    "静注", "静注用", "点滴静注", "点滴静注用", "点滴静注液", "原末", "配合錠", "配合顆粒",
)  # fmt: skip
BEFORE_JA = ("注射用", "経口用", "点滴静注用", "静注用")
STRENGTH = re.compile(r"\d+(?:\.\d+)?(?:mg|g|%|ml|ug|mcg|μg|単位)(?:/\d*(?:\.\d+)?ml)?$")
MAKER = re.compile(r"「[^」]*」$|\[[^\]]*\]$")
HIRAGANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}
LIGATURES = re.compile(r"[\s・･\-‐–—_,/'’.]+")


@dataclass(frozen=True, slots=True)
class Named:
    """What a name means: the code, and a name to keep beside it where the code says less (a member of a class).

    `steroid`: the glucocorticoid, where it is another than prednisolone: its dose is to be converted.
    """

    code: str
    name: str | None = None
    steroid: str | None = None


def drug_named(text: str) -> Named | None:
    """The catalogue's drug that a code or a name means, in any case and kana; None where it has none."""
    plain = "_".join(text.lower().replace("-", " ").split())
    code = SPELLINGS.get(plain, plain)
    if code in DRUGS:
        return Named(code)
    return next((found for key in _keys(text) if (found := KNOWN.get(key)) is not None), None)


def code_of(treatment: Treatment) -> str:
    """The drug that is meant: for one that is kept by its name the one of the catalogue, if the name means one."""
    named = drug_named(treatment.name) if treatment.drug == OTHER and treatment.name else None
    return named.code if named else treatment.drug


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().translate(HIRAGANA).strip()


def _key(text: str) -> str:
    return LIGATURES.sub("", text)


def _keys(text: str) -> Iterator[str]:
    """The name as it stands, then with less and less of form, strength and salt."""
    name = _folded(text)
    yield _key(name)
    while (shorter := _shorter(name)) != name:
        name = shorter
        yield _key(name)


def _shorter(name: str) -> str:
    """The name without its last part that is no name of a drug; the same where nothing is left to take away."""
    for pattern in (MAKER, STRENGTH):
        cut = pattern.sub("", name).strip()
        if cut != name:
            return cut
    for ending in sorted((*SALTS_JA, *FORMS_JA), key=len, reverse=True):
        if name.endswith(ending) and len(name) > len(ending):
            return name.removesuffix(ending).strip()
    for beginning in BEFORE_JA:
        if name.startswith(beginning) and len(name) > len(beginning):
            return name.removeprefix(beginning).strip()
    first, _, last = name.rpartition(" ")
    return first.strip() if first and last in SALTS else name


def _known() -> dict[str, Named]:
    known: dict[str, Named] = {}
    for steroid, names in GLUCOCORTICOIDS.items():
        known |= {_key(_folded(x)): Named("gc", steroid, steroid) for x in names}
    for code, names in MEMBERS.items():
        known |= {_key(_folded(x)): Named(code, x) for x in names}
    for code, names in NAMES.items():
        known |= {_key(_folded(x)): Named(code) for x in names}
    return known


KNOWN: Mapping[str, Named] = _known()


# -- glucocorticoids --------------------------------------------------------------------------------------------------


def as_prednisolone(steroid: str, dose: Decimal) -> Decimal:
    """The dose of prednisolone that acts like this dose of another glucocorticoid, in the same unit."""
    return _scaled(dose, Decimal(5), EQUAL_TO_5_MG[steroid], MILLIONTH)


def from_prednisolone(steroid: str, dose: Decimal) -> Decimal:
    """The dose of a glucocorticoid that was converted to this dose of prednisolone, to a thousandth."""
    return _scaled(dose, EQUAL_TO_5_MG[steroid], Decimal(5), THOUSANDTH)


def as_methylprednisolone(steroid: str, dose: Decimal) -> Decimal:
    """The dose of methylprednisolone that acts like this dose of another glucocorticoid, in the same unit."""
    return _scaled(dose, EQUAL_TO_5_MG["methylprednisolone"], EQUAL_TO_5_MG[steroid], MILLIONTH)


def from_methylprednisolone(steroid: str, dose: Decimal) -> Decimal:
    """The dose of a glucocorticoid that was converted to this dose of methylprednisolone, to a thousandth."""
    return _scaled(dose, EQUAL_TO_5_MG[steroid], EQUAL_TO_5_MG["methylprednisolone"], THOUSANDTH)


@dataclass(frozen=True, slots=True)
class Kept:
    """An order as it is kept: code, name beside it, dose. `as_if`: the glucocorticoid that a dose was converted to."""

    drug: str
    name: str | None
    dose: Decimal | None
    unit: str | None
    as_if: str = ""


def kept(named: Named, dose: Decimal | None, unit: str | None, route: str | None) -> Kept:
    """How an order by name is kept: cyclophosphamide by its route, another glucocorticoid as prednisolone or pulse.

    Without a route cyclophosphamide by the day is oral; grams of a glucocorticoid are kept in mg. Raises
    `CannotBeConverted` for a dose in another unit than mg or g, in all, by the kilogram or by the day.
    """
    if named.steroid and dose is not None:
        return _kept_steroid(named.steroid, dose, unit, route)
    daily = route is None and unit == "mg/day"
    drug = "cy_oral" if named.code == "ivcy" and (route == "oral" or daily) else named.code
    return Kept(drug, named.name, dose, unit)


class CannotBeConverted(ValueError):  # noqa: N818 - what the dose is
    """A dose of a glucocorticoid in a unit that has no equivalent."""


def _kept_steroid(steroid: str, dose: Decimal, unit: str | None, route: str | None) -> Kept:
    if unit in IN_GRAMS:
        dose, unit = _scaled(dose, Decimal(1000), Decimal(1), MILLIONTH), IN_GRAMS[unit]
    if _is_pulse(steroid, dose, unit, route):
        if steroid == "methylprednisolone":
            return Kept("gc_pulse", None, dose, unit)
        return Kept("gc_pulse", steroid, as_methylprednisolone(steroid, dose), unit, _("methylprednisolone"))
    if unit not in CONVERTED_UNITS:
        raise CannotBeConverted(unit)
    return Kept("gc", steroid, as_prednisolone(steroid, dose), unit, _("prednisolone"))


def _is_pulse(steroid: str, dose: Decimal, unit: str | None, route: str | None) -> bool:
    """Methylprednisolone of 250 mg a day or more, or as much of another, intravenously (or by a route not told)."""
    if route not in ("iv", None) or unit not in ("mg/day", "mg"):
        return False
    return dose * EQUAL_TO_5_MG["methylprednisolone"] >= PULSE_FROM * EQUAL_TO_5_MG[steroid]


def _scaled(dose: Decimal, factor: Decimal, divisor: Decimal, digits: Decimal) -> Decimal:
    """dose x factor / divisor, without trailing zeros."""
    text = f"{(dose * factor / divisor).quantize(digits, ROUND_HALF_EVEN):f}"
    return Decimal(text.rstrip("0").rstrip("."))
