"""From a proposal on the page of a rule to another number in force, and back: by two people, in both languages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ildcare.account.sessions import BEGUN, moment
from ildcare.evaluation.effect import work_out_effects
from monitoring.changing_rules import in_force
from monitoring.models import ChangeState, RuleChange
from patients.actions import admit_patient, record_facts
from patients.models import Role, SiteSettings
from tests.ildcare.rulebook.test_rule_pages import page
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.story import Story

pytestmark = pytest.mark.django_db
CODE = "HYPERKALAEMIA"
PASSWORD = "correct horse battery"


@pytest.fixture
def two(ward) -> tuple[Client, Client]:
    """A senior physician and a pharmacist, each in a browser."""
    clients = []
    for name, role in (("kato", Role.SENIOR), ("ueda", Role.PHARMACIST)):
        user = make_user(name, role, ward)
        user.set_password(PASSWORD)
        user.save()
        client = Client()
        client.force_login(user)
        clients.append(client)
    return clients[0], clients[1]


@pytest.fixture
def torii(two, ward):
    """A patient of the ward whose potassium was 5.6 yesterday."""
    patient = make_patient("K-1", family_name="Torii", given_name="Kaori")
    story = Story().test(f"{today() - 1}T08:00", "potassium", "5.6")
    record_facts(patient=patient, facts=story.versions, by=None, source="test")
    admit_patient(patient=patient, ward=ward, by=None, admitted_at=timezone.now() - timedelta(days=3))
    return patient


def hidden(text: str, action: str = "") -> dict[str, str]:
    """The hidden fields of the form that is sent to an address ("": the first)."""
    form = text.partition(f'action="{action}"' if action else '<form method="post"')[2].partition("</form>")[0]
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))


def propose(client: Client, warns: str = "5.8", reason: str = "our analyser reads high", **more: str):
    address = reverse("rule_propose", args=[CODE])
    text = client.get(address).content.decode()
    fields = dict(re.findall(r'name="(value_[^"]+)" value="([^"]+)"', text))
    assert fields["value_HYPERKALAEMIA_warns"]
    sent = fields | hidden(text) | {"value_HYPERKALAEMIA_warns": warns, "reason": reason} | more
    return client.post(address, sent)


def decide(client: Client, change: RuleChange, name: str, **more: str):
    text = page(client, "rule_change", number=change.pk)
    address = (
        reverse("rule_change_back", args=[change.pk])
        if name == "back"
        else reverse("rule_change_decide", args=[change.pk, name])
    )
    return client.post(address, hidden(text, address) | {"password": PASSWORD} | more)


def test_a_number_changes_by_two_people_and_goes_back_in_one_step(two, torii) -> None:
    senior, pharmacist = two
    answer = propose(senior)
    (change,) = RuleChange.objects.all()
    assert answer.url == reverse("rule_change", args=[change.pk])
    assert "being replayed" in page(pharmacist, "rule_change", number=change.pk)
    work_out_effects()
    shown = words_of(page(pharmacist, "rule_change", number=change.pk))
    assert "1 fewer" in shown
    assert "Torii" in shown
    assert "5.5 mmol/L" in shown
    assert "5.8 mmol/L" in shown
    assert "another person decides" in page(senior, "rule_change", number=change.pk)
    assert decide(pharmacist, change, "try").status_code == 302
    assert "can be put in force from" in page(pharmacist, "rule_change", number=change.pk)
    assert f"/rules/changes/{change.pk}/force" not in page(pharmacist, "rule_change", number=change.pk)
    RuleChange.objects.filter(pk=change.pk).update(shadow_at=timezone.now() - timedelta(hours=25))
    assert decide(pharmacist, change, "force").status_code == 302
    assert SiteSettings.load().rule_values == {"HYPERKALAEMIA.warns": "5.8"}
    assert "5.8 mmol/L" in words_of(page(senior, "rule_detail", code=CODE))
    assert f"Change {change.pk}, in force since" in words_of(page(senior, "rule_detail", code=CODE))
    answer = decide(senior, change, "back", reason="one was missed")
    back = in_force()
    assert back is not None
    assert answer.url == reverse("rule_change", args=[back.pk])
    assert SiteSettings.load().rule_values == {}
    shown = words_of(page(senior, "rule_changes"))
    assert "one was missed" in shown
    assert "our analyser reads high" in shown


@pytest.mark.parametrize(
    ("warns", "reason", "fault"),
    [
        ("6.4", "r", "less than or equal to 6.0"),
        ("abc", "r", "Enter a number"),
        ("NaN", "r", "Enter a number"),
        ("5.6001", "r", "no more than 3 decimal places"),
        ("5.8", "", "This field is required"),
        ("5.5", "r", "Nothing would change"),
    ],
)
def test_what_cannot_be_proposed_is_said_beside_the_field(two, warns: str, reason: str, fault: str) -> None:
    answer = propose(two[0], warns, reason)
    assert answer.status_code == 422
    assert fault in words_of(answer.content.decode())
    assert not RuleChange.objects.exists()


def test_a_rule_that_is_switched_off_stands_on_every_page(two) -> None:
    senior, pharmacist = two
    propose(senior, "5.5", off="on")
    (change,) = RuleChange.objects.all()
    work_out_effects()
    decide(pharmacist, change, "try")
    RuleChange.objects.filter(pk=change.pk).update(shadow_at=timezone.now() - timedelta(hours=25))
    decide(pharmacist, change, "force")
    change.refresh_from_db()
    assert change.state == ChangeState.LIVE
    assert "Switched off at this site: Potassium high." in words_of(page(senior, "rule_list"))
    assert "switched off at this site" in page(senior, "rule_detail", code=CODE)
    assert "Not watched yet: Potassium high" in words_of(page(senior, "rule_changes"))


def test_r47_the_password_is_asked_again_of_who_decides(two) -> None:
    senior, pharmacist = two
    propose(senior)
    (change,) = RuleChange.objects.all()
    work_out_effects()
    session = pharmacist.session
    session[BEGUN] = moment() - settings.PASSWORD_AGAIN_SECONDS - 1
    session.save()
    assert decide(pharmacist, change, "try", password="wrong").status_code == 422
    change.refresh_from_db()
    assert change.state == ChangeState.PROPOSED
    assert decide(pharmacist, change, "try").status_code == 302


def test_whoever_proposed_it_is_offered_no_decision_and_a_made_up_one_is_refused(two) -> None:
    senior, pharmacist = two
    propose(senior)
    (change,) = RuleChange.objects.all()
    work_out_effects()
    assert f"/rules/changes/{change.pk}/try" not in page(senior, "rule_change", number=change.pk)
    assert f"/rules/changes/{change.pk}/try" in page(pharmacist, "rule_change", number=change.pk)
    assert pharmacist.post(f"/rules/changes/{change.pk}/approve").status_code == 404


def test_a_reader_of_another_ward_sees_how_many_and_not_whose(two, torii, ward) -> None:
    propose(two[0])
    (change,) = RuleChange.objects.all()
    work_out_effects()
    elsewhere = Client()
    elsewhere.force_login(make_user("far", Role.PHYSICIAN))
    shown = words_of(page(elsewhere, "rule_change", number=change.pk))
    assert "1 fewer" in shown
    assert "Torii" not in shown
    assert "1 of a patient whom you may not see" in shown
    administrator = Client()
    administrator.force_login(make_user("admin", Role.ADMINISTRATOR))
    shown = words_of(page(administrator, "rule_change", number=change.pk))
    assert "Torii" not in shown
    assert "shown to who may see records" in shown


def test_the_pages_are_japanese_too(two, torii) -> None:
    propose(two[0])
    (change,) = RuleChange.objects.all()
    work_out_effects()
    shown = words_of(page(two[1], "rule_change", "ja", number=change.pk))
    assert "ルールの変更" in shown
    assert "カリウム、警告（以上）" in shown
    assert "1 減" in shown


def test_that_a_source_was_read_here_is_proposed_with_a_tick_and_said_in_words(two) -> None:
    senior, pharmacist = two
    address = reverse("rule_propose", args=["STEP_NOT_STARTED"])
    text = senior.get(address).content.decode()
    tick = "value_STEP_NOT_STARTED_source_read"
    assert re.search(rf'<input[^>]*type="checkbox"[^>]*name="{tick}"|name="{tick}"[^>]*type="checkbox"', text)
    numbers = dict(re.findall(r'name="(value_[^"]+)" value="([^"]+)"', text))
    numbers.pop(tick, None)
    senior.post(address, numbers | hidden(text) | {tick: "on", "reason": "read by the department"})
    (change,) = RuleChange.objects.all()
    assert change.values == {"STEP_NOT_STARTED.source_read": "1"}
    shown = words_of(page(pharmacist, "rule_change", number=change.pk))
    assert "the source was read here, and says so no yes" in shown
    assert "yes or no" in words_of(page(pharmacist, "rule_detail", code="STEP_NOT_STARTED"))


def test_choices_of_the_site_are_proposed_on_a_page_of_their_own(two, torii) -> None:
    senior, pharmacist = two
    address = reverse("site_propose")
    assert address in page(senior, "rule_changes")
    text = senior.get(address).content.decode()
    sent = {
        **hidden(text),
        "hypomyopathic_counts_as_adm": "on",
        "bilirubin_upper_limit": "1.2",
        "escalation_minutes": "30",
        "escalation_role": Role.PHARMACIST,
        "snooze_critical_hours": "2",
        "snooze_warning_hours": "24",
        "reason": "our laboratory",
    }
    assert senior.post(address, sent | {"bilirubin_upper_limit": "abc"}).status_code == 422
    assert senior.post(address, sent).status_code == 302
    (change,) = RuleChange.objects.all()
    work_out_effects()
    shown = words_of(page(pharmacist, "rule_change", number=change.pk))
    assert "Upper limit of bilirubin (mg/dL) 1.5 1.2" in shown
    assert "hypomyopathic" not in shown
    begun = decide(pharmacist, change, "try")
    assert begun.status_code == 302
