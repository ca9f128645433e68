"""The values that a coded column may hold. Codes of the catalogues (measurements, drugs, findings) are not here."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Route(models.TextChoices):
    """How a drug is given."""

    IV = "iv", _("intravenous")
    ORAL = "oral", _("oral")


class Timing(models.TextChoices):
    """When a drug level was taken with respect to the dose."""

    PRE_DOSE = "pre_dose", _("before the dose")
    TROUGH = "trough", _("trough")
    C2 = "c2", _("2 h after the dose (C2)")


class AntibodyAnswer(models.TextChoices):
    """Answer of an antibody test; pending while it is awaited."""

    POSITIVE = "positive", _("positive")
    NEGATIVE = "negative", _("negative")
    PENDING = "pending", _("pending")


class Consolidation(models.TextChoices):
    """Zone of consolidation on HRCT."""

    LOWER = "lower", _("lower zones")
    RANDOM = "random", _("random")
    OTHER = "other", _("other")
    NONE = "none", _("none")


class HrctPattern(models.TextChoices):
    """Pattern of an HRCT report."""

    NSIP = "NSIP", "NSIP"
    OP = "OP", "OP"
    UIP = "UIP", "UIP"
    DAD = "DAD", "DAD"
    UNCLASSIFIABLE = "unclassifiable", _("unclassifiable")


class HrctChange(models.TextChoices):
    """Change against the scan it was compared with."""

    INCREASED = "increased", _("increased")
    UNCHANGED = "unchanged", _("unchanged")
    DECREASED = "decreased", _("decreased")
    FIRST = "first", _("first scan")


class FindingChange(models.TextChoices):
    """Change of a clinical finding."""

    WORSE = "worse", _("worse")
    UNCHANGED = "unchanged", _("unchanged")
    IMPROVED = "improved", _("improved")


class HistologyPattern(models.TextChoices):
    """Pattern of a biopsy."""

    NSIP = "NSIP", "NSIP"
    DAD = "DAD", "DAD"
    UIP = "UIP", "UIP"
    OP = "OP", "OP"


class Myositis(models.TextChoices):
    """The diagnosis."""

    DM = "DM", _("dermatomyositis (DM)")
    PM = "PM", _("polymyositis (PM)")
    ADM = "ADM", _("amyopathic DM (ADM)")
    HYPOMYOPATHIC_DM = "hypomyopathic_DM", _("hypomyopathic DM")
    CADM = "CADM", _("clinically amyopathic DM (CADM)")


class SupportLevel(models.TextChoices):
    """Respiratory support, rising."""

    ROOM_AIR = "room_air", _("room air")
    OXYGEN = "oxygen", _("oxygen")
    HIGH_FLOW = "high_flow", _("high-flow oxygen")
    NIV = "niv", _("non-invasive ventilation")
    VENTILATION = "ventilation", _("mechanical ventilation")
    ECMO = "ecmo", _("ECMO")


class Improvement(models.TextChoices):
    """A clinician's judgement of improvement."""

    IMPROVED = "improved", _("improved")
    UNCHANGED = "unchanged", _("unchanged")
    WORSE = "worse", _("worse")


class Step(models.TextChoices):
    """A treatment step of the chart."""

    T1 = "T1", "T1"
    T2 = "T2", "T2"
    T3 = "T3", "T3"
    T4 = "T4", "T4"
    OBSERVATION = "observation", _("observation")


class DecidedCourse(models.TextChoices):
    """A course that a clinician may decide; acute/subacute is never decided, it is found."""

    CHRONIC = "C", _("chronic")


class OverrideReason(models.TextChoices):
    """Why the step of the chart is not followed: what is done instead first, disagreement after. Judgement: the paper
    names no list."""

    INFECTION = "infection", _("infection must be treated or excluded first")
    CONTRAINDICATION = "contraindication", _("contraindication (organ function, interaction, pregnancy)")
    ADVERSE_EVENT = "adverse_event", _("adverse event under this treatment before")
    AWAITS_RESULT = "awaits_result", _("a result is awaited (say which)")
    OTHER_TREATMENT = "other_treatment", _("another treatment is given instead (say which)")
    PATIENT_WISH = "patient_wish", _("wish of the patient or family")
    GOALS_OF_CARE = "goals_of_care", _("treatment is limited (goals of care)")
    FACTS_DOUBTED = "facts_doubted", _("disagree: a fact behind the step is doubted (say which)")
    MILDER_THAN_CHART = "milder", _("disagree: clinically milder than the chart says")
    GRAVER_THAN_CHART = "graver", _("disagree: clinically graver than the chart says")
    ANOTHER_CAUSE = "another_cause", _("disagree: the lung disease has another cause (say which)")
