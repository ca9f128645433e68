"""A case as its page shows it: the time line in four lanes, the same as a list, and what was so at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.utils import timezone
from django.utils.translation import gettext as _

from ildcare.drawing import case_lanes as drawing
from ildcare.review.course import Course, on_the_line
from ildcare.review.delays import Answer, Delay
from ildcare.review.reader import Reader
from ildcare.review.words import length_text
from monitoring.engine import Severity
from monitoring.models import AlertEvent, Doing, EventKind
from monitoring.past import views_at
from monitoring.queries import AlertView
from monitoring.wording import rule_title, subject_text
from patients.clinical import facts as f
from patients.clinical.drug_levels import is_level
from patients.clinical.regimen import rank
from patients.models import Patient
from patients.result_words import result_text
from patients.wording import listed, name_of, short_name_of


class Lane(StrEnum):
    """Of what an event tells; in this order one below the other."""

    KNOWN = "known"
    SHOWN = "shown"
    ACKNOWLEDGED = "acknowledged"
    GIVEN = "given"


LANES = tuple(Lane)
DRAWN = frozenset({EventKind.OPENED, EventKind.RAISED, EventKind.CORRECTED, EventKind.ESCALATED})
ANSWERS = frozenset({EventKind.ACKNOWLEDGED, EventKind.SNOOZED})
LISTED = DRAWN | ANSWERS | {EventKind.ENDED, EventKind.WITHDRAWN}
MOST_LINES = 8  # of a cell
DECISIVE = frozenset({"ferritin", "pao2", "mda5_titre", "vc", "fvc"})  # of which few come
STYLES = {Severity.CRITICAL: "critical", Severity.WARNING: "warning", Severity.INFO: "info"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event of the course: its lane, when, what in two short lines, how it looks, by whom; `end` of a course."""

    lane: str
    at: datetime
    text: str
    more: str = ""
    look: str = ""
    quiet: bool = False  # in the list alone
    when: str = ""
    short: str = ""  # on the line, where that is other words
    weight: int = 0  # on the line the lightest find their room first


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a cell, and how it looks."""

    text: str
    look: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """What was so at a moment, a cell a lane."""

    when: str
    known: tuple[Line, ...]
    shown: tuple[Line, ...]
    acknowledged: tuple[Line, ...]
    given: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePicture:
    """All of the upper half of the page. `number`: of the moment among those that can be chosen."""

    drawing: drawing.CaseDrawing
    happenings: tuple[Happening, ...]
    differences: tuple[str, ...]
    then: Then
    at: datetime
    moments: tuple[datetime, ...]

    @property
    def before(self) -> datetime | None:
        """The moment before the chosen one."""
        return next((x for x in reversed(self.moments) if x < self.at), None)

    @property
    def after(self) -> datetime | None:
        """The moment after it."""
        return next((x for x in self.moments if x > self.at), None)


class CaseTelling:
    """Tells the course around a case to a reader."""

    def __init__(self, patient: Patient, course: Course, reader: Reader, now: datetime) -> None:
        self.patient, self.course, self.reader, self.now = patient, course, reader, now

    def picture(self, at: datetime) -> CasePicture:
        """The page with one moment chosen."""
        course = self.course
        happenings = [x for x in self.happenings() if course.begin <= x.at <= course.end]
        happenings.sort(key=lambda x: (x.at, LANES.index(x.lane)))
        differences = tuple(self._differences())
        scene = drawing.Scene(
            begin=course.begin,
            end=course.end,
            zone=course.zone,
            lanes=tuple(tuple(_event(x) for x in happenings if x.lane == lane and not x.quiet) for lane in LANES[:3]),
            courses=tuple(self._courses()),
            differences=differences,
            at=at,
            at_text=self.when(at),
        )
        return CasePicture(
            drawing=drawing.draw(scene, self._day),
            happenings=tuple(happenings),
            differences=tuple(x.text for x in differences),
            then=self._then(at),
            at=at,
            moments=tuple(sorted({x.at for x in happenings})),
        )

    def when(self, at: datetime) -> str:
        """A moment in the reader's days."""
        return self.reader.moment(self.patient.pk, at)

    def _day(self, day: date) -> str:
        return self.reader.day(self.patient.pk, day)

    # -- what happened ------------------------------------------------------------------------------------------------

    def happenings(self) -> Iterator[Happening]:
        """Everything that happened, lane by lane."""
        yield from self._known()
        yield from self._answers()
        for event in self.course.events:
            if event.kind in LISTED and event.severity >= Severity.WARNING:
                yield self._alert(event)
        yield from self._decisions()
        yield from self._given()

    def _known(self) -> Iterator[Happening]:
        for version in self.course.versions:
            fact = version.fact
            if not on_the_line(fact):
                continue
            words = self.reader.fact(fact)
            if version.cancelled:
                words = _("cancelled: %(fact)s") % {"fact": words}
            elif fact.corrected:
                words = _("corrected: %(fact)s") % {"fact": words}
            late = fact.known - fact.on >= timedelta(hours=12)
            more = _("of %(day)s") % {"day": self._day(fact.day)} if late else ""
            short = "" if version.cancelled or fact.corrected else self._short(fact)
            found = self._happening(Lane.KNOWN, fact.known, words, more=more)
            yield replace(found, short=short, weight=weight_of(fact))

    def _short(self, fact: f.Fact) -> str:
        if isinstance(fact, f.Measurement):
            return f"{short_name_of('test', fact.code)} {result_text(fact)}"
        if isinstance(fact, f.Antibody):
            answer = name_of("antibody_result", fact.result)
            return f"{short_name_of('antibody', fact.code)}: {answer}"
        return ""

    def _answers(self) -> Iterator[Happening]:
        for answer in self.course.answers:
            words = self.answer_in_words(answer)
            yield self._happening(
                Lane.SHOWN, answer.at, words, more=answer.subtype or _course(answer.course), look="chart"
            )

    def answer_in_words(self, answer: Answer) -> str:
        """The step, or those that are possible."""
        if answer.step:
            return short_name_of("step", answer.step)
        if answer.possible:
            steps = listed(short_name_of("step", x) for x in answer.possible)
            return _("undecided: %(steps)s") % {"steps": steps}
        return _("no step")

    def _alert(self, event: AlertEvent) -> Happening:
        title = alert_title(event.alert.rule, event.alert.subject)
        if event.kind in ANSWERS:
            who = self.reader.person(event.by)
            more = " ".join(x for x in (who, self._said(event)) if x)
            return self._happening(Lane.ACKNOWLEDGED, event.at, title, more=more, look="good")
        words = title if event.kind == EventKind.OPENED else f"{title}: {event.get_kind_display()}"
        look = STYLES[Severity(event.severity)]
        found = self._happening(Lane.SHOWN, event.at, words, look=look, quiet=event.kind not in DRAWN)
        return replace(found, weight=0 if event.severity == Severity.CRITICAL else 1)

    def _said(self, event: AlertEvent) -> str:
        """What was said with an answer: as a code, and in words where the reader may read them."""
        coded = str(Doing(event.doing).label) if event.doing else ""
        if event.kind == EventKind.SNOOZED:
            coded = str(event.get_kind_display())
        note = self.reader.text(event.note, event.by.role if event.by else "") if event.note else ""
        return listed(x for x in (coded, note) if x)

    def _decisions(self) -> Iterator[Happening]:
        for version in self.course.versions:
            fact = version.fact
            if isinstance(fact, f.Decision) and not version.cancelled:
                look = "departure" if fact.accepted is False else "good"
                yield self._happening(Lane.ACKNOWLEDGED, fact.known, self._decided(fact), look=look)

    def _decided(self, fact: f.Decision) -> str:
        why = name_of("override_reason", fact.code) if fact.code else ""
        return " – ".join(x for x in (self.reader.fact(fact), why) if x)

    def _given(self) -> Iterator[Happening]:
        for x in self.course.treatments:
            yield self._happening(Lane.GIVEN, x.on, _("begun: %(drug)s") % {"drug": self._drug(x)})
            if x.stop is not None:
                ended = min(x.on + (x.stop - x.day) + timedelta(days=1), self.course.end)
                yield self._happening(
                    Lane.GIVEN, ended, _("last given: %(drug)s") % {"drug": self._drug(x)}, quiet=True
                )

    def _drug(self, x: f.Treatment) -> str:
        return self.reader.fact(x).partition(": ")[2] or self.reader.fact(x)

    def _happening(
        self, lane: str, at: datetime, text: str, *, more: str = "", look: str = "", quiet: bool = False
    ) -> Happening:
        return Happening(lane=lane, at=at, text=text, more=more, look=look, quiet=quiet, when=self.when(at))

    # -- courses and differences --------------------------------------------------------------------------------------

    def _courses(self) -> Iterator[drawing.Course]:
        for x in self.course.treatments:
            stop = None if x.stop is None else x.on + (x.stop - x.day) + timedelta(days=1)
            name = short_name_of("drug", x.drug)
            yield drawing.Course(start=x.on, stop=stop, text=name, title=self._drug(x))

    def _differences(self) -> Iterator[drawing.Difference]:
        for x in self.course.delays:
            if not x.early:
                yield drawing.Difference(x.since, x.until or self.course.end, self.delay_in_words(x))

    def delay_in_words(self, delay: Delay) -> str:
        """ "63 h from answer to T3"."""
        told = {"time": length_text(int(delay.length(self.now) / timedelta(minutes=1))), "step": delay.step}
        if delay.until is None:
            return _("%(time)s since the answer, %(step)s not started") % told
        return _("%(time)s from answer to %(step)s") % told

    # -- one moment ---------------------------------------------------------------------------------------------------

    def _then(self, at: datetime) -> Then:
        answer = self.course.answer_at(at)
        alerts = [x for x in views_at(self.patient.pk, at) if x.alert.is_open and x.severity >= Severity.WARNING]
        facts = self.course.facts_at(at)
        return Then(
            when=self.when(at),
            known=tuple(self._known_then(facts, answer)),
            shown=tuple(self._shown_then(answer, alerts)),
            acknowledged=tuple(self._acknowledged_then(facts, alerts)),
            given=tuple(self._given_then(facts, answer, at)),
        )

    def _known_then(self, facts: Iterable[f.Fact], answer: Answer | None) -> Iterator[Line]:
        newest: dict[object, f.Fact] = {}
        for fact in sorted((x for x in facts if on_the_line(x)), key=lambda x: (x.on, x.id)):
            newest[type(fact), getattr(fact, "code", "")] = fact
        lines = sorted(newest.values(), key=lambda x: (-weight_of(x), x.on, x.id), reverse=True)
        for fact in lines[:MOST_LINES]:
            yield Line(f"{self.reader.fact(fact)} ({self._day(fact.day)})")
        if len(lines) > MOST_LINES:
            yield Line(_("%(n)s more in the list") % {"n": len(lines) - MOST_LINES}, "soft")
        missing = listed(name_of("missing", x) for x in (answer.missing if answer else ()))
        if missing:
            yield Line(_("not known: %(facts)s") % {"facts": missing}, "unknown")

    def _shown_then(self, answer: Answer | None, alerts: Sequence[AlertView]) -> Iterator[Line]:
        if answer is None:
            yield Line(_("no answer of the chart yet"), "unknown")
        else:
            words = listed(x for x in (self.answer_in_words(answer), answer.subtype) if x)
            yield Line(words, "strong" if answer.step else "unknown")
        for x in alerts:
            yield Line(alert_title(x.alert.rule, x.alert.subject), STYLES[x.severity])

    def _acknowledged_then(self, facts: Iterable[f.Fact], alerts: Sequence[AlertView]) -> Iterator[Line]:
        for x in alerts:
            title, at = alert_title(x.alert.rule, x.alert.subject), x.alert.acknowledged_at
            if at is None:
                yield Line(_("%(alert)s: nobody") % {"alert": title}, STYLES[x.severity])
            else:
                told = {"alert": title, "who": self.reader.person(x.alert.acknowledged_by), "when": self.when(at)}
                yield Line(_("%(alert)s: %(who)s, %(when)s") % told)
        decided = [x for x in facts if isinstance(x, f.Decision)]
        if decided:
            last = max(decided, key=lambda x: (x.known, x.id))
            yield Line(f"{self._decided(last)} ({self.when(last.known)})", "strong")
        elif not alerts:
            yield Line(_("nothing asked for an answer"), "soft")

    def _given_then(self, facts: Iterable[f.Fact], answer: Answer | None, at: datetime) -> Iterator[Line]:
        day = timezone.localtime(at).date()
        courses = [x for x in facts if isinstance(x, f.Treatment)]
        runs = [x for x in courses if x.on <= at and (x.stop is None or x.stop >= day)]
        for x in runs[:MOST_LINES]:
            yield Line(_("%(drug)s since %(day)s") % {"drug": self._drug(x), "day": self._day(x.day)})
        if not runs:
            yield Line(_("nothing recorded as given"), "unknown")
        if answer is not None and answer.step:
            yield from self._against(answer)

    def _against(self, answer: Answer) -> Iterator[Line]:
        """Where what runs is another step than the chart's."""
        step = short_name_of("step", answer.step)
        if not answer.running and answer.step != "observation":
            yield Line(_("the chart says %(step)s, no step runs") % {"step": step}, "critical")
        elif answer.running and rank(answer.running) != rank(answer.step):
            told = {"step": step, "running": answer.running}
            yield Line(_("the chart says %(step)s, %(running)s runs") % told, "critical")


def _event(x: Happening) -> drawing.Event:
    title = f"{x.when}: {x.text} {x.more}".strip()
    more = x.more or x.when
    return drawing.Event(at=x.at, text=x.short or x.text, more=more, style=x.look, title=title, weight=x.weight)


def weight_of(fact: f.Fact) -> int:
    """How soon a fact finds its room: first what the steps of the chart hang on, last what says little alone [J]."""
    if isinstance(fact, f.Measurement):
        return 0 if fact.code in DECISIVE or is_level(fact.code) else 1 if fact.code == "spo2" else 2
    if isinstance(fact, f.Finding):
        return 1 if fact.code.startswith("dyspnoea") else 3
    if isinstance(fact, f.Antibody):
        return 0 if fact.code in ("anti_mda5", "anti_ars") else 1
    return 0 if isinstance(fact, f.Hrct | f.Judgement | f.Diagnosis | f.Outcome) else 1


def alert_title(rule: str, subject: str) -> str:
    """An alert in a few words. What a drug outside the catalogue is called stays out."""
    words = subject_text(rule, subject) if subject and rule not in ("INTERACTION", "SENT_VALUE_WAITS") else ""
    return f"{rule_title(rule)} ({words})" if words else rule_title(rule)


def _course(course: str) -> str:
    return name_of("course", course) if course else ""
