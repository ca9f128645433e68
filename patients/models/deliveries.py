"""What machines send: who they are, each message as it came, the results that wait for a person, what codes mean here.

A message is kept as it came, and sending it again changes nothing. What of it was understood became facts; what was not
waits, and nothing of it is lost. What a site says that a code means is only ever appended.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from patients.models.records import Patient

MACHINE = "machine"  # before the name of a source, in the column of a fact that says where it is from


class Source(models.Model):
    """A machine that sends. `sender`: how it names itself in messages ("LAB|EAST"); `groups_thousands`: writes 1,679
    for 1679."""

    name = models.SlugField(_("name"), max_length=30, unique=True)
    title = models.CharField(_("title"), max_length=100)
    # unique: a message of the lower layer protocol says who sends by this alone
    sender = models.CharField(_("names itself"), max_length=100, null=True, blank=True, unique=True)
    # whose numbers are record numbers of this hospital: assigning authorities of HL7 v2, systems of FHIR; none said:
    # the only number of a message counts, or the one without an authority
    authorities = ArrayField(
        models.CharField(max_length=200), default=list, blank=True, verbose_name=_("whose numbers")
    )
    # from which the listener for HL7 v2 takes its messages (none: from anywhere); tokens have networks of their own
    networks = ArrayField(models.CharField(max_length=50), default=list, blank=True, verbose_name=_("networks"))
    groups_thousands = models.BooleanField(_("writes 1,679 for 1679"), default=False)
    active = models.BooleanField(_("may send"), default=True)
    # of the site; without one its own rhythm tells (`patients.actions.silence`)
    silent_after = models.DurationField(_("silence that is too long"), null=True, blank=True)
    silent_since = models.DateTimeField(_("silent since"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("source of results")
        verbose_name_plural = _("sources of results")
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


class Message(models.Model):
    """A message as it came. `digest` names its bytes; `refused`: why nothing of it could be read (a reason as JSON);
    `pruned_at`: since when its bytes are not kept any more (`patients.actions.retention`)."""

    # covered by the constraint below
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="messages", db_index=False)
    format = models.CharField(_("format"), max_length=20)
    control_id = models.CharField(_("number of the message"), max_length=100, blank=True, default="")
    digest = models.CharField(max_length=64)
    body = models.BinaryField(_("as it came"), null=True, blank=True)
    refused = models.JSONField(_("refused"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"), db_default=Now(), editable=False)
    map_version = models.CharField(max_length=60, blank=True, default="", editable=False)  # of codes, when last read
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True, editable=False)  # as its sender says
    pruned_at = models.DateTimeField(_("message pruned"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-id"]
        # sent again: the same bytes of the same sender are one message
        constraints = [models.UniqueConstraint(name="message_once", fields=["source", "digest"])]
        # a source's messages by time: how long it has been silent, what is old enough to go
        indexes = [
            models.Index(name="message_of_source", fields=["source", "received_at"]),
            # what could be read by nobody: the page of refused messages, mostly few
            models.Index(name="message_refused", fields=["-id"], condition=Q(refused__isnull=False)),
            # what is old enough to go; what was pruned is not asked again
            models.Index(name="message_kept", fields=["received_at"], condition=Q(body__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.control_id or self.pk}"


class PartState(models.TextChoices):
    """Whose record a part of a message went to, or why to nobody's."""

    TAKEN = "taken", _("taken")
    UNKNOWN = "unknown", _("nobody here has this number")
    DOUBTFUL = "doubtful", _("almost the number of somebody here")
    OTHER_PERSON = "other_person", _("the number of somebody with another name, sex or birth date")
    NO_NUMBER = "no_number", _("no record number")
    SEVERAL = "several", _("more than one record number")
    ELSEWHERE = "elsewhere", _("on no ward that is kept here")
    ASKED = "asked", _("a person has to do it")
    DONE = "done", _("a person has looked")


ASKING = (
    PartState.DOUBTFUL,
    PartState.OTHER_PERSON,
    PartState.NO_NUMBER,
    PartState.SEVERAL,
    PartState.ASKED,
)


OF_NO_CLEAR_NUMBER = (PartState.NO_NUMBER, PartState.SEVERAL)  # of which nobody can say by a number whose they are


# settled by the identity of somebody here: read again when one is registered or corrected
OF_NOBODY_YET = (PartState.UNKNOWN, PartState.DOUBTFUL, PartState.OTHER_PERSON)
# of which a person may say whose they are, by picking the patient
TO_BE_PICKED = (PartState.UNKNOWN, *OF_NO_CLEAR_NUMBER)


class PartQuerySet(models.QuerySet["MessagePart"]):
    """Parts of messages."""

    def asking(self) -> PartQuerySet:
        """Those that a person has to look at."""
        return self.filter(state__in=ASKING)

    def of_nobody_here(self) -> PartQuerySet:
        """Those of a number that nobody here has: taken when it is registered."""
        return self.filter(state=PartState.UNKNOWN)

    def of_nobody_yet(self) -> PartQuerySet:
        """Those that wait until the identity of somebody here fits."""
        return self.filter(state__in=OF_NOBODY_YET)


class MessagePart(models.Model):
    """What a message says of one person. `person` as sent; `number_core` as numbers are compared that are almost the
    same; `looked_at`: when it was last asked whose it is."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="parts", db_index=False)
    place = models.PositiveIntegerField()
    person = models.JSONField(_("person"))
    number_core = models.CharField(max_length=80)
    looked_at = models.DateTimeField()
    state = models.CharField(_("state"), max_length=12, choices=PartState.choices)
    why = models.JSONField(_("why"), default=list, blank=True)  # reasons: why a person has to look
    # indexed: what came for a patient
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="message_parts")
    results = models.PositiveIntegerField(_("results"), default=0)
    # of a movement its event (A01 ...) and when it happened: messages do not arrive in the order of what they tell
    event = models.CharField(max_length=10, blank=True, default="", editable=False)
    moved_at = models.DateTimeField(null=True, blank=True, editable=False)
    # of a number that is almost somebody's: test, value, unit and time of its results, so that a grave one is told
    grave = models.JSONField(default=list, blank=True, editable=False)
    # what of it was understood: number and test ("3:ferritin"); read again, it says nothing new, whatever came since
    understood = ArrayField(models.CharField(max_length=60), default=list, blank=True, editable=False)
    answer = models.CharField(max_length=20, blank=True, default="")  # the key of the patient whose somebody said it is
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    reason = models.TextField(_("reason"), blank=True, default="")

    objects = PartQuerySet.as_manager()

    class Meta:
        verbose_name = _("part of a message")
        verbose_name_plural = _("parts of messages")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="messagepart_once", fields=["message", "place"]),
            models.CheckConstraint(
                name="messagepart_taken_by_somebody",
                condition=Q(state="taken", patient__isnull=False) | ~Q(state="taken"),
            ),
        ]
        # what waits for a number that is registered now; mostly nobody's
        indexes = [
            models.Index(name="messagepart_waiting", fields=["number_core"], condition=~Q(state="taken")),
        ]

    def __str__(self) -> str:
        return f"{self.message_id}.{self.place}"


class Question(models.TextChoices):
    """What a person is asked about a result that waits."""

    UNMAPPED = "unmapped", _("what does this code mean?")
    CODES = "codes", _("which of its codes is right?")
    VALUE = "value", _("is the value right, and what is missing?")
    TIME = "time", _("when was the sample taken?")
    STATUS = "status", _("does it hold?")


class WaitingQuerySet(models.QuerySet["WaitingResult"]):
    """Results that wait, or waited."""

    def open(self) -> WaitingQuerySet:
        """Those that nobody has settled."""
        return self.filter(settled_at=None)


class WaitingResult(models.Model):
    """A result of a known patient that nobody may guess: the question, what was sent, and how it was settled.

    `result` names it among the results of its sender and patient (`patients.imports.same_result`), `status` as sent;
    `again`: the question that is asked of the same result of another message, and settles this one too.
    """

    part = models.ForeignKey(MessagePart, on_delete=models.PROTECT, related_name="waiting", db_index=False)
    number = models.PositiveIntegerField()
    question = models.CharField(_("question"), max_length=10, choices=Question.choices)
    why = models.JSONField(_("why"))
    system = models.CharField(_("table of codes"), max_length=100, blank=True, default="")
    code = models.CharField(_("code"), max_length=100, blank=True, default="")
    called = models.CharField(_("name"), max_length=200, blank=True, default="")
    target = models.CharField(_("test"), max_length=40, blank=True, default="")
    text = models.CharField(_("as sent"), max_length=200, blank=True, default="")
    unit = models.CharField(_("unit"), max_length=60, blank=True, default="")
    on = models.DateTimeField(_("sampled"), null=True, blank=True)
    result = models.CharField(max_length=300, blank=True, default="", editable=False)
    status = models.CharField(_("status"), max_length=12, blank=True, default="", editable=False)
    again = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False, editable=False
    )
    answers = models.JSONField(_("answers"), default=dict, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    taken = models.BooleanField(_("taken"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True, default="")

    objects = WaitingQuerySet.as_manager()

    class Meta:
        verbose_name = _("result that waits")
        verbose_name_plural = _("results that wait")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="waitingresult_once", fields=["part", "number", "target"]),
            models.CheckConstraint(
                name="waitingresult_settled_one_way",
                condition=Q(settled_at__isnull=True, taken__isnull=True)
                | Q(settled_at__isnull=False, taken__isnull=False),
            ),
        ]
        indexes = [
            # the worklist, and everything of one kind that waits; mostly few
            models.Index(
                name="waitingresult_open", fields=["question", "system", "code"], condition=Q(settled_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code or self.called}: {self.text}"

    @property
    def unnamed(self) -> bool:
        """Did its sender write a code and no name?"""
        return self.called in ("", self.code)


class DeliveredFact(models.Model):
    """Which fact came out of which part of a message."""

    part = models.ForeignKey(MessagePart, on_delete=models.PROTECT, related_name="facts", db_index=False)
    kind = models.CharField(max_length=20)
    row = models.PositiveBigIntegerField()
    system = models.CharField(max_length=100, blank=True, default="")  # the code under which it was sent
    code = models.CharField(max_length=100, blank=True, default="")
    sub = models.CharField(max_length=20, blank=True, default="")  # its sender tells two of a test apart

    class Meta:
        verbose_name = _("delivered fact")
        verbose_name_plural = _("delivered facts")
        constraints = [models.UniqueConstraint(name="deliveredfact_once", fields=["part", "kind", "row"])]
        # where a fact came from: its page
        indexes = [
            models.Index(name="deliveredfact_of_row", fields=["kind", "row"]),
            # what was taken under a code, when its meaning is corrected
            models.Index(name="deliveredfact_of_code", fields=["code", "system"], condition=~Q(code="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.row}"


class CodeMeaning(models.Model):
    """What a site says that a code means, since when, by whom and why. The last one of a code stands; an empty
    `target` says that it is nothing that is kept here."""

    system = models.CharField(_("table of codes"), max_length=100, blank=True, default="")
    code = models.CharField(_("code"), max_length=100)
    called = models.CharField(_("name"), max_length=200, blank=True, default="")
    target = models.CharField(_("test"), max_length=40, blank=True, default="")
    unit = models.CharField(_("unit of values without one"), max_length=60, blank=True, default="")
    reason = models.TextField(_("reason"), blank=True, default="")
    since = models.DateTimeField(_("since"), db_default=Now(), editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("meaning of a code")
        verbose_name_plural = _("meanings of codes")
        ordering = ["id"]
        constraints = [models.CheckConstraint(name="codemeaning_code_given", condition=~Q(code=""))]

    def __str__(self) -> str:
        return f"{self.system} {self.code}"


class UnitMeaning(models.Model):
    """In which unit a source sends values of a code that it sends without one, or with a spelling that nobody may take
    for one (`sent`): since when, by whom and why. The last one stands, as long as the code means this test."""

    # covered by the index below
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="units", db_index=False)
    system = models.CharField(_("table of codes"), max_length=100, blank=True, default="")
    code = models.CharField(_("code"), max_length=100)
    called = models.CharField(_("name"), max_length=200, blank=True, default="")
    target = models.CharField(_("test"), max_length=40)
    sent = models.CharField(_("unit as sent"), max_length=60, blank=True, default="")
    unit = models.CharField(_("unit"), max_length=40)
    reason = models.TextField(_("reason"))
    since = models.DateTimeField(_("since"), db_default=Now(), editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("unit of a source")
        verbose_name_plural = _("units of sources")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="unitmeaning_says_what_and_why", condition=~Q(unit="") & ~Q(reason="")),
        ]
        # what a source said, whenever one of its messages is read
        indexes = [models.Index(name="unitmeaning_of_source", fields=["source"])]

    def __str__(self) -> str:
        return f"{self.code} {self.unit}"


def standing_meanings() -> models.QuerySet[CodeMeaning]:
    """Of each code what was said last, in the order in which it was said."""
    last: Any = CodeMeaning.objects.order_by("system", "code", "-id").distinct("system", "code").values("pk")
    return CodeMeaning.objects.filter(pk__in=last).order_by(F("id"))
