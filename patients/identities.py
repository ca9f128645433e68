"""Who a record was about at an earlier moment, and what bounds a birth date."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.clinical.bounds import Bounds, Outside
from patients.clinical.snapshot import SEXES
from patients.fact_words import summary_of
from patients.merge_plan import held_by
from patients.merged import merges_into
from patients.models import Fact, IdentityChange, Patient, RecordMerge
from patients.queries import site_zone
from patients.wording import day_text, moment_text, translated

# what identifies a person, in the order in which it is told
IDENTITY = ("mrn", "family_name", "given_name", "family_kana", "given_kana", "sex", "birth_date")
NAMES_TOGETHER = {"family_name": ("family_name", "given_name"), "family_kana": ("family_kana", "given_kana")}
MOST_NAMED = 3  # entries before a birth date that a refusal names
MOST_FORMER = 3  # names and numbers that stood before, in the head of a page


def identity_now(patient: Patient) -> dict[str, str | None]:
    """The identity of a patient as texts: what a change of it keeps."""
    values = {name: getattr(patient, name) for name in IDENTITY}
    return {name: x.isoformat() if isinstance(x, date) else x for name, x in values.items()}


@dataclass(frozen=True, slots=True)
class Differing:
    """One detail of two identities, in words: what stood before, what stands since."""

    label: str
    before: str
    after: str


def differing(before: dict[str, Any], after: dict[str, Any]) -> list[Differing]:
    """Where two identities differ, each name as a whole."""
    found = []
    for name in IDENTITY:
        if name in ("given_name", "given_kana"):
            continue
        parts = NAMES_TOGETHER.get(name, (name,))
        if any(before.get(x) != after.get(x) for x in parts):
            found.append(Differing(_label(name), _text(before, parts), _text(after, parts)))
    return found


def identity_in_words(identity: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """Each detail of an identity: its label, what stands there, and whether anything does."""
    parts = {name: NAMES_TOGETHER.get(name, (name,)) for name in IDENTITY if name not in ("given_name", "given_kana")}
    told = {name: any(identity.get(x) not in (None, "", "unknown") for x in both) for name, both in parts.items()}
    return [(_label(name), _text(identity, both), told[name]) for name, both in parts.items()]


def _label(name: str) -> str:
    if name == "family_name":
        return _("Name")
    if name == "family_kana":
        return _("Name (kana)")
    return str(Patient._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def _text(identity: dict[str, Any], parts: Iterable[str]) -> str:
    told = " ".join(str(identity.get(x) or "") for x in parts).strip()
    if not told:
        return _("not known")
    if "sex" in parts:
        return translated(SEXES[told].label) if told in SEXES else told
    return day_text(date.fromisoformat(told)) if "birth_date" in parts else told


def formerly(patient: Patient) -> list[str]:
    """Other names and numbers that the record had, or that went into it with a merge: the newest first, each once, the
    first few. Two queries, and one more for each step of a chain of merges."""
    stood = [x.before for x in IdentityChange.objects.filter(patient=patient)]
    stood += [identity_now(x.absorbed) for x in merges_into(patient.pk)]
    now = identity_now(patient)
    said = (_name_and_number(x, now) for x in stood)
    return [x for x in dict.fromkeys(said) if x][:MOST_FORMER]


def _name_and_number(identity: dict[str, Any], now: dict[str, Any]) -> str:
    """What of both is not as it is now."""
    names = NAMES_TOGETHER["family_name"]
    said = [_text(identity, names)] if any(identity.get(x) != now.get(x) for x in names) else []
    if identity.get("mrn") != now["mrn"]:
        said.append(_("No. %(mrn)s") % {"mrn": identity.get("mrn")})
    return " ".join(said)


@dataclass(frozen=True, slots=True)
class Then:
    """What a page of an earlier moment says of the identity: `changed`, what was another one then; `sentences` on
    merges; `others`: the records that were one of their own then, or were a part of this one then and are none now."""

    changed: tuple[Differing, ...] = ()
    sentences: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changed or self.sentences)


def identity_then(patient: Patient, moment: datetime) -> Then:
    """How the identity of a record differed at an earlier moment from what stands now. Two queries."""
    first = IdentityChange.objects.filter(patient=patient, at__gt=moment).order_by("at", "id").first()
    changed = tuple(differing(first.before, identity_now(patient))) if first else ()
    merges = RecordMerge.objects.filter(kept=patient).select_related("absorbed").order_by("merged_at")
    return Then(changed, tuple(x for merge in merges for x in _merge_then(merge, moment)))


def _merge_then(merge: RecordMerge, moment: datetime) -> Iterable[str]:
    parts = {"name": merge.absorbed, "mrn": merge.absorbed.mrn, "when": moment_text(merge.merged_at)}
    if merge.taken_back_at is None and moment < merge.merged_at:
        yield (
            _("Record number %(mrn)s (%(name)s) was merged into this one on %(when)s: what it held then stands here.")
            % parts
        )
    if merge.taken_back_at is not None and merge.merged_at <= moment < merge.taken_back_at:
        parts["back"] = moment_text(merge.taken_back_at)
        yield (
            _(
                "Record number %(mrn)s (%(name)s) was a part of this one then. The merge was taken back on %(back)s:"
                " what came from there is left out here."
            )
            % parts
        )


def before_birth(patient: Patient, born: date) -> list[str]:
    """A sentence for each entry of the record that would lie before this birth date, the first ones only."""
    stays = [(at, _("Stay on a ward")) for at in patient.admissions.values_list("admitted_at", flat=True)]
    zone = site_zone()
    facts = [(x.standing.on, summary_of(x.standing)) for x in held_by(patient, zone) if x.stands]
    return _said_of([*facts, *stays], born, zone)


def before_birth_of(born: date | None, rows: Iterable[Fact]) -> list[str]:
    """The same of these rows; nothing where the birth date is not known."""
    return _said_of([(x.on, summary_of(x)) for x in rows], born, site_zone()) if born else []


def _said_of(entries: Iterable[tuple[datetime, str]], born: date, zone: ZoneInfo) -> list[str]:
    bounds = Bounds(now=timezone.now(), zone=zone, born=born)
    early = sorted(x for x in entries if bounds.of_moment(x[0]) is Outside.BEFORE_BIRTH)
    named = ({"entry": text, "when": day_text(on.astimezone(zone).date())} for on, text in early[:MOST_NAMED])
    return [_("This entry would lie before the birth: %(entry)s (%(when)s).") % x for x in named]
