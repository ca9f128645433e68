"""Who works here: users with one role, wards, and who belongs to which ward."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person is on the ward; `patients.access` says what each may do."""

    PHYSICIAN = "physician", _("physician")
    SENIOR = "senior", _("senior physician (reviewer)")
    PHARMACIST = "pharmacist", _("pharmacist")
    NURSE = "nurse", _("nurse")
    ADMINISTRATOR = "administrator", _("administrator")
    REVIEWER = "reviewer", _("reviewer without names")


class Language(models.TextChoices):
    """Languages of the interface; names stand in their own language."""

    ENGLISH = "en", "English"
    JAPANESE = "ja", "日本語"


class User(AbstractUser):
    """A person who signs in. Without a role a user may do nothing with patients."""

    role = models.CharField(_("role"), max_length=20, choices=Role, blank=True, default="")
    language = models.CharField(_("language"), max_length=5, choices=Language, blank=True, default="")

    def get_full_name(self) -> str:
        """Family name first where the name is written in Chinese characters or kana."""
        if any("\u3040" <= letter <= "\u9fff" for letter in self.last_name):
            return f"{self.last_name} {self.first_name}".strip()
        return super().get_full_name()

    def __str__(self) -> str:
        """As others know the person: the name, or what is typed to sign in where there is none."""
        return self.get_full_name() or self.get_username()

    class Meta(AbstractUser.Meta):  # type: ignore[name-defined, misc]  # the stubs leave it out
        swappable = "AUTH_USER_MODEL"
        constraints = [
            models.CheckConstraint(name="user_role_known", condition=Q(role__in=["", *Role.values])),
            models.CheckConstraint(name="user_language_known", condition=Q(language__in=["", *Language.values])),
        ]


class Ward(models.Model):
    """A ward. Patients are seen by the people of the ward where they lie."""

    # unique: it names the ward in the address of its list; lists of wards are ordered by it
    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_ja = models.CharField(_("Japanese name"), max_length=100, blank=True, default="")
    members: "models.ManyToManyField[User, WardMembership]" = models.ManyToManyField(
        User, through="WardMembership", related_name="wards"
    )

    class Meta:
        verbose_name = _("ward")
        verbose_name_plural = _("wards")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    def name_in(self, language: str) -> str:
        """The name in a language ("ja" where there is one, otherwise English)."""
        return self.name_ja if language.startswith("ja") and self.name_ja else self.name


class WardMembership(models.Model):
    """A user works on a ward."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("user"))
    ward = models.ForeignKey(Ward, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("ward"))

    class Meta:
        verbose_name = _("ward membership")
        verbose_name_plural = _("ward memberships")
        # the wards of a user (`wards_of`) and whether a ward is one of them (`visible_to`)
        constraints = [models.UniqueConstraint(name="membership_once", fields=["user", "ward"])]

    def __str__(self) -> str:
        return f"{self.user} – {self.ward}"
