"""What is known: snapshots for one or many patients, latest values, histories. A constant number of queries each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import BigIntegerField, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.db.models.lookups import In
from django.utils import timezone

from patients.clinical import facts as clinical
from patients.clinical.awaiting import Awaiting
from patients.clinical.bounds import LAST_MOMENT
from patients.clinical.planned import PlannedDose
from patients.clinical.quantities import Quantity
from patients.clinical.snapshot import Snapshot, freeze
from patients.clinical.versions import STANDING_SQL, Version, standing
from patients.imports.awaited import awaited
from patients.merged import taken_back_copies
from patients.models import (
    FACT_TABLES,
    MACHINE,
    Admission,
    CareTask,
    DeliveredFact,
    EvaluationMark,
    Fact,
    FactQuerySet,
    Measurement,
    Message,
    MessagePart,
    PartState,
    Patient,
    Question,
    RecordMerge,
    SiteSettings,
    Source,
    Status,
    User,
    WaitingResult,
    Ward,
    standing_row,
)
from patients.names import Name, similar
from patients.reading import StoredRecord, record_since, records_of, versions_of

_site_in_use: ContextVar[SiteSettings | None] = ContextVar("settings of the site", default=None)


def site_settings() -> SiteSettings:
    """What the site has chosen; inside `site_clock` it was read already."""
    return _site_in_use.get() or SiteSettings.load()


def site_zone() -> ZoneInfo:
    """The time zone in which the site counts days."""
    return ZoneInfo(site_settings().time_zone)


@contextmanager
def site_clock(*, afresh: bool = False) -> Iterator[ZoneInfo]:
    """Whatever is read, shown and written inside has clock and choices of the site: a request, a task, a command.

    They are read once, by the outermost, or again by one that wants them `afresh`.
    """
    site = SiteSettings.load() if afresh else site_settings()
    token = _site_in_use.set(site)
    zone = ZoneInfo(site.time_zone)
    try:
        with timezone.override(zone):
            yield zone
    finally:
        _site_in_use.reset(token)


def take_snapshot(patient: Patient, as_of: datetime, known_at: datetime) -> Snapshot:
    """Everything known of the patient at `known_at` about times up to `as_of`, frozen."""
    return take_snapshots([patient.pk], as_of, known_at)[patient.pk]


def take_snapshots(patient_ids: Iterable[int], as_of: datetime, known_at: datetime) -> dict[int, Snapshot]:
    """Snapshots by patient id, in one query whatever their number. Unknown ids are left out."""
    site = site_settings()
    records = records_of(patient_ids, known_at, as_of, ZoneInfo(site.time_zone))
    return {pk: _frozen(site, records.pop(pk), as_of, known_at) for pk in list(records)}


def snapshot_with_versions(
    patient: Patient, moment: datetime, *, until: datetime | None = None
) -> tuple[Snapshot, list[Version]]:
    """The snapshot of a moment and every version known by then, or `until` later, read once, in one query."""
    site = site_settings()
    record = records_of([patient.pk], until or moment, moment, ZoneInfo(site.time_zone))[patient.pk]
    return _frozen(site, record, moment, moment), record.versions


@dataclass(frozen=True, slots=True)
class RecordRead:
    """A record as it was read, to be gone on with: its snapshot, every version of its facts, and how often it had
    changed by then."""

    snapshot: Snapshot
    versions: Sequence[Version]
    changes: int


def read_record(patient: Patient, now: datetime) -> RecordRead:
    """The record of now, in two queries."""
    changes = changes_of(patient)  # before the rest: what comes in between counts as having come after it
    return RecordRead(*snapshot_with_versions(patient, now, until=LAST_MOMENT), changes)


def changes_of(patient: Patient) -> int:
    """How often a record has changed: facts, stays, identity, what the site has chosen. One query."""
    counts = EvaluationMark.objects.filter(patient=patient).values_list("requested_count", flat=True)
    return counts.first() or 0


def snapshot_since(record: RecordRead, patient: Patient, stored: Iterable[Fact], now: datetime) -> Snapshot:
    """The snapshot of a record that has changed since it was read by these stored rows and nothing else: what was read
    and worked out of the others is gone on with. One query."""
    site = site_settings()
    since = record_since(patient.pk, stored, now, ZoneInfo(site.time_zone))
    since.versions = [*record.versions, *since.versions]
    return replace(_frozen(site, since, now, now), grown=record.snapshot.grown)


def _frozen(site: SiteSettings, record: StoredRecord, as_of: datetime, known_at: datetime) -> Snapshot:
    return freeze(
        standing(record.versions, known_at),
        as_of=as_of,
        known_at=known_at,
        zone=site.time_zone,
        settings=site.as_clinical(),
        sex=record.sex,
        birth_date=record.birth_date,
        on_ward=record.on_ward,
    )


COMING_AND_GOING = ("admission", "discharge", "outcome")


def stays_known(patient: Patient, now: datetime, *, on_ward: bool) -> Snapshot:
    """What is known of coming and going alone: for those who ask nothing else. One query.

    No choice of the site bears on it but its clock: the others are not read.
    """
    zone = site_zone()
    versions = standing(versions_of([patient.pk], now, zone, COMING_AND_GOING).get(patient.pk, ()), now)
    return freeze(
        versions,
        as_of=now,
        known_at=now,
        zone=zone.key,
        sex=patient.sex,
        birth_date=patient.birth_date,
        on_ward=on_ward,
    )


def find_version(reference: str, patient: Patient) -> Fact | None:
    """The stored row of a Snapshot's fact id ("measurement:0000000123"), if it is this patient's."""
    kind, _, number = reference.partition(":")
    table = FACT_TABLES.get(kind)
    if table is None or not number.isdecimal():
        return None
    rows: FactQuerySet = table._default_manager.filter(patient=patient)
    return rows.filter(pk=int(number)).select_related("recorded_by").first()


def history(row: Fact) -> list[Fact]:
    """All versions of the fact that this row is a version of, oldest first."""
    same = type(row)._default_manager.filter(patient_id=row.patient_id, identity=row.identity)
    return list(same.order_by("version").select_related("recorded_by"))


def text_results(patient: Patient, at: datetime | None = None) -> list[Measurement]:
    """Standing results that are no numbers ("haemolysed"): shown beside the numbers, never computed with.

    `at`: those that stood at that moment, whatever came later.
    """
    if at is None:
        return list(Measurement.objects.filter(patient=patient, value=None).standing().order_by("on", "id"))
    # named one by one: thousands of rows that were just stored are otherwise joined each with each
    wordy = set(Measurement.objects.filter(patient=patient, value=None).values_list("identity", flat=True))
    if not wordy:
        return []
    histories: defaultdict[str, list[Measurement]] = defaultdict(list)
    wordy -= taken_back_copies(wordy)
    for row in Measurement.objects.filter(patient=patient, known__lte=at, on__lte=at, identity__in=wordy):
        histories[row.identity].append(row)
    last = [standing_row(versions) for versions in histories.values()]
    stood = [x for x in last if x.value is None and x.status != Status.CANCELLED]
    return sorted(stood, key=lambda x: (x.on, x.pk))


def recorded_after(patient: Patient, moment: datetime, until: datetime = LAST_MOMENT) -> Iterator[QuerySet[Fact]]:
    """The rows of each table of facts that were recorded about a patient after a moment, as they were recorded."""
    for table in FACT_TABLES.values():
        rows = table._default_manager.filter(patient=patient, recorded_at__gt=moment, recorded_at__lte=until)
        yield rows.order_by("id")


@dataclass(frozen=True, slots=True)
class LatestValue:
    """The last standing value of a measurement."""

    code: str
    quantity: Quantity
    on: datetime
    status: str


# of the row "this" of results: NaN and infinity compare with nothing
A_NUMBER_SQL = "this.value NOT IN ('NaN', 'Infinity', '-Infinity')"

# the last standing numeric value of each code
LATEST = f"""
SELECT patient.id, code.code, found.* FROM unnest(%s::bigint[]) AS patient (id)
CROSS JOIN unnest(%s::text[]) AS code (code)
CROSS JOIN LATERAL (
    SELECT value, comparator, "on", status
    FROM patients_measurement AS this
    WHERE patient_id = patient.id AND this.code = code.code AND value IS NOT NULL
        AND {A_NUMBER_SQL} AND {STANDING_SQL.format(table="patients_measurement")}
    ORDER BY "on" DESC, known DESC, id DESC LIMIT 1
) AS found
"""  # noqa: S608 - the same text always


def latest_values(patient_ids: Iterable[int], codes: Sequence[str]) -> dict[int, dict[str, LatestValue]]:
    """The last value of each measurement code by patient id, in one query."""
    latest: dict[int, dict[str, LatestValue]] = {}
    with connection.cursor() as cursor:
        cursor.execute(LATEST, [list(patient_ids), list(codes)])
        for patient_id, code, value, comparator, on, status in cursor:
            latest.setdefault(patient_id, {})[code] = LatestValue(code, Quantity(value, comparator), on, status)
    return latest


def authors_of(facts: Iterable[clinical.Fact]) -> dict[str, str]:
    """Name of who recorded each standing version, by fact id; imported ones have none. One query a kind of fact."""
    numbers: dict[str, dict[int, str]] = defaultdict(dict)
    for fact in facts:
        kind, _, number = fact.id.partition(":")
        if number.isdecimal():
            numbers[kind][int(number)] = fact.id
    return {
        ids[row.pk]: str(row.recorded_by)
        for kind, ids in numbers.items()
        for row in FACT_TABLES[kind]._default_manager.filter(pk__in=ids).select_related("recorded_by")
        if row.recorded_by is not None
    }


def look_alikes(patients: Iterable[Patient], reader: User | None = None) -> dict[int, list[Patient]]:
    """By patient id, the others on the same wards, and on the reader's, whose names could be taken for each other. One
    query."""
    asked = {patient.pk: patient for patient in patients}
    wards = Admission.objects.filter(patient__in=list(asked), discharged_at=None).values("ward")
    there = Q(admissions__ward__in=wards)
    if reader is not None:
        there |= Q(admissions__ward__memberships__user=reader)
    beside = Patient.objects.filter(there, admissions__discharged_at=None)
    everybody = [(x, name_of_patient(x)) for x in {**asked, **{x.pk: x for x in beside}}.values()]
    found = {
        pk: [other for other, name in everybody if other.pk != pk and similar(name_of_patient(patient), name)]
        for pk, patient in asked.items()
    }
    return {pk: others for pk, others in found.items() if others}


def name_of_patient(patient: Patient) -> Name:
    """The name of a patient, made comparable."""
    return Name.of(patient.family_name, patient.given_name, patient.family_kana, patient.given_kana, patient.birth_date)


def wards_of(user: User) -> list[Ward]:
    """The wards whose lists the user may open."""
    return list(Ward.objects.filter(memberships__user=user).order_by("code"))


def newest_known(patient: Patient) -> datetime | None:
    """When the newest fact of the patient became known: "data as of"; None without any. One query."""
    each = [
        table._default_manager.filter(patient=patient).order_by().values("patient").annotate(newest=Max("known"))
        for table in FACT_TABLES.values()
    ]
    first, *others = [rows.values_list("newest", flat=True) for rows in each]
    return max(first.union(*others, all=True), default=None)


def waiting_results(patient: Patient) -> list[WaitingResult]:
    """What was sent of the patient, and of records merged into this one, and waits for an answer; newest sample first.

    Codes that nobody has said the meaning of are not among them: they are the whole site's.
    """
    absorbed = RecordMerge.objects.standing().filter(kept=patient).values("absorbed")
    of = Q(part__patient=patient) | Q(part__patient__in=absorbed)
    rows = WaitingResult.objects.open().filter(of).exclude(question=Question.UNMAPPED)
    return list(rows.order_by(F("on").desc(nulls_last=True), "pk"))


def awaited_by(patient_ids: Sequence[int]) -> dict[int, tuple[Awaiting, ...]]:
    """What was sent of patients, and of records merged into theirs, and waits for a person; one query for all."""
    kept = RecordMerge.objects.standing().filter(absorbed=OuterRef("part__patient")).values("kept")
    rows = WaitingResult.objects.open().exclude(question=Question.UNMAPPED).exclude(target="")
    whose: Any = Coalesce(Subquery(kept[:1]), F("part__patient"), output_field=BigIntegerField())
    of_these = rows.filter(In(whose, patient_ids)).order_by("pk")
    told = of_these.values_list(whose, "target", "text", "unit", "on", "part__message__received_at")
    found: dict[int, list[Awaiting]] = {}
    for patient, code, text, unit, on, since in told:
        found.setdefault(patient, []).append(awaited(code, text, unit, on=on, since=since))
    for patient, part in _of_almost_the_number(patient_ids):
        for code, text, unit, on in part.grave:
            at = datetime.fromisoformat(on) if on else None
            found.setdefault(patient, []).append(awaited(code, text, unit, on=at, since=part.looked_at))
    return {patient: tuple(waiting) for patient, waiting in found.items()}


def _of_almost_the_number(patient_ids: Sequence[int]) -> list[tuple[int, MessagePart]]:
    """By patient what was sent under almost that number, and waits until a person says whose it is."""
    parts = list(MessagePart.objects.filter(state=PartState.DOUBTFUL).exclude(grave=[]).order_by("pk"))
    if not parts:
        return []
    cores = {x.number_core for x in parts}
    people = Patient.objects.filter(In(F("pk"), patient_ids), number_core__in=cores).values_list("pk", "number_core")
    return [(pk, x) for pk, core in people for x in parts if x.number_core == core]


def planned_for(patient_ids: Sequence[int]) -> dict[int, tuple[PlannedDose, ...]]:
    """The doses of plans whose tasks are open, by patient and day; one query for all."""
    rows = CareTask.objects.open().filter(In(F("patient"), patient_ids)).exclude(drug="").order_by("due", "pk")
    found: dict[int, list[PlannedDose]] = {}
    for patient, drug, day, dose, since in rows.values_list("patient", "drug", "due", "dose", "created_at"):
        found.setdefault(patient, []).append(PlannedDose(drug=drug, day=day, dose=dose, since=since))
    return {patient: tuple(doses) for patient, doses in found.items()}


def messages_of(rows: Sequence[Fact]) -> dict[int, Message]:
    """By the key of the row the message that a version came with, without its bytes; nothing for what people typed."""
    sent = [x.pk for x in rows if x.source.startswith(f"{MACHINE}:")]
    if not sent:
        return {}
    told = DeliveredFact.objects.filter(kind=rows[0].KIND, row__in=sent).order_by("-pk")
    of = dict(told.values_list("row", "part__message"))
    messages = Message.objects.defer("body").in_bulk(of.values())
    return {row: messages[message] for row, message in of.items()}


def title_of_source(source: str) -> str:
    """The title of the machine that a column of origin names; "" for what no machine sent."""
    kind, _colon, name = source.partition(":")
    if kind != MACHINE:
        return ""
    return Source.objects.filter(name=name).values_list("title", flat=True).first() or name
