"""After a merge: what was signed or typed in the other record is led to from every page where it is looked for, and
what contradicts each other is marked."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients import actions
from patients.models import Patient, Role, RoundDraft
from tests.ildcare.admission.conftest import as_user
from tests.ildcare.admission.pages import token
from tests.patients.conftest import make_patient, make_user
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(physician) -> Patient:
    return make_patient("Q-2", physician, family_name="Satoh", birth_date=None)


def tell(patient: Patient, story: Story) -> None:
    actions.record_facts(patient=patient, facts=story.versions, by=None, source="lab")


def merge(kept: Patient, absorbed: Patient, by: Any) -> Any:
    return actions.merge_records(kept=kept, absorbed=absorbed, by=by, reason="one person").merge


def page(browser: Client, name: str, patient: Patient, **query: str) -> str:
    return " ".join(browser.get(reverse(name, args=[patient.pk]), query).content.decode().split())


def test_two_values_of_one_moment_are_marked_beside_each_other_and_above(browser, patient, other, physician) -> None:
    tell(patient, Story().ferritin("1T08:00", "900").diagnosis(0, "DM"))
    tell(other, Story().ferritin("1T08:00", "999").diagnosis(0, "PM"))
    made = merge(patient, other, physician)
    record = page(browser, "patient_detail", patient, whole="1")
    assert record.count("two values of Ferritin at one moment (2 Mar 2024): 900 and 999") >= 2
    above = record.split('id="at-odds"')[1].split("</div>")[0]
    for said in ("Ferritin 900 ng/mL", "Ferritin 999 ng/mL", "dermatomyositis (DM)", "polymyositis (PM)", "(Q-2)"):
        assert said in above
    assert above.count("/facts/") == 4
    course = record.split('id="course"')[1]
    assert "contradicts: Diagnosis: polymyositis (PM), of record number Q-2" in course
    assert 'id="at-odds"' in page(browser, "round_patient", patient)
    actions.take_back_merge(merge=made, by=physician, reason="two persons")
    assert "at-odds" not in page(browser, "patient_detail", patient)


def test_a_drug_that_runs_in_both_is_marked_in_the_table_of_treatments(browser, patient, other, physician) -> None:
    tell(patient, Story().drug(0, "csa"))
    tell(other, Story().drug(3, "csa"))
    merge(patient, other, physician)
    for name in ("patient_detail", "treatment_list"):
        table = page(browser, name, patient, whole="1").split('class="grid given"')[1].split("</table>")[0]
        assert table.count("contradicts: Treatment: cyclosporine") == 2


def test_the_entry_itself_says_what_contradicts_it(browser, patient, other, physician) -> None:
    tell(patient, Story().diagnosis(0, "DM"))
    tell(other, Story().diagnosis(0, "PM"))
    merge(patient, other, physician)
    entry = page(browser, "patient_detail", patient).split('id="at-odds"')[1].split('href="')[1].split('"')[0]
    assert "contradicts: Diagnosis: polymyositis (PM), of record number Q-2" in browser.get(entry).content.decode()


def test_what_was_signed_there_is_read_here(browser, patient, other, physician) -> None:
    actions.record_round_visit(
        patient=other, by=physician, shown_at=timezone.now(), note="coughs less", plan="CT on Friday"
    )
    merge(patient, other, physician)
    for name in ("course_detail", "round_patient"):
        signed = page(browser, name, patient).split('id="visits-there"')[1].split("</section>")[0]
        assert "coughs less" in signed
        assert "CT on Friday" in signed
        assert f'href="{reverse("patient_detail", args=[other.pk])}"' in signed
    assert "visits-there" not in page(browser, "course_detail", patient, at="2024-01-01T08:00")


def test_who_typed_there_is_told_until_it_is_not_needed(browser, patient, other, physician, ward) -> None:
    actions.keep_round_draft(patient=other, by=physician, note="coughs less", plan="")
    colleague = as_user(make_user("colleague", Role.PHYSICIAN, ward))
    merge(patient, other, physician)
    for name, record in (
        ("patient_detail", patient),
        ("round_patient", patient),
        ("morning_sheet", patient),
        ("patient_detail", other),
    ):
        told = page(browser, name, record).split('id="left-drafts"')[1].split("</ul>")[0]
        assert "record number Q-2" in told
        assert "coughs less" in told
        assert "coughs less" not in page(colleague, name, record)
    shown = page(browser, "patient_detail", patient).split('id="left-drafts"')[1]
    mark = shown.split('name="context_token" value="')[1].split('"')[0]
    answer = browser.post(reverse("left_draft_drop", args=[patient.pk]), {"context_token": mark})
    assert answer.url == reverse("patient_detail", args=[patient.pk])
    assert not RoundDraft.objects.exists()
    assert "left-drafts" not in page(browser, "patient_detail", patient)


def test_the_dry_run_says_what_becomes_of_visits_and_drafts(browser, patient, other, physician) -> None:
    actions.record_round_visit(patient=other, by=physician, shown_at=timezone.now())
    actions.keep_round_draft(patient=other, by=physician, note="x", plan="")
    shown = browser.get(reverse("merge_check", args=[patient.pk, other.pk]))
    assert token(shown)
    text = shown.content.decode()
    assert "Signed visits stay where they were signed, and are read from here: 1." in text
    assert "Drafts stay there, and are shown here to who typed them: 1." in text


# -- the head of the page ---------------------------------------------------------------------------------------------


def head(browser: Client, patient: Patient) -> str:
    return page(browser, "patient_detail", patient).split('class="identity"')[1].split("</header>")[0]


def test_the_head_says_what_the_record_was_called_before(browser, patient, other, physician) -> None:
    assert "formerly" not in head(browser, patient)
    correct = {"patient": patient, "by": physician, "reason": "misspelt"}
    actions.correct_identity(**correct, expected_version=1, sex="male")
    assert "formerly" not in head(browser, patient)
    actions.correct_identity(**correct, expected_version=2, family_name="Saito")
    assert "formerly Sato Hanako</div>" in head(browser, patient)
    made = merge(patient, other, physician)
    assert "formerly Sato Hanako; Satoh Hanako No. Q-2</div>" in head(browser, patient)
    actions.take_back_merge(merge=made, by=physician, reason="two persons")
    assert "formerly Sato Hanako</div>" in head(browser, patient)


def test_a_name_that_stands_again_is_no_former_one(browser, patient, physician) -> None:
    for n, name in enumerate(("Saito", "Sato"), 1):
        actions.correct_identity(patient=patient, by=physician, reason="misspelt", expected_version=n, family_name=name)
    assert "formerly Saito Hanako</div>" in head(browser, patient)


def test_a_look_alike_leads_to_the_comparison_for_who_may_merge(browser, patient, physician, nurse, ward) -> None:
    alike = make_patient("P-9", physician, ward)
    compare = reverse("merge_check", args=[patient.pk, alike.pk])
    assert compare in head(browser, patient)
    told = head(as_user(nurse), patient)
    assert "(P-9" in told
    assert compare not in told


def test_a_look_alike_whom_the_reader_may_not_open_is_no_link(browser, patient, physician, ward, other_ward) -> None:
    actions.change_consultant(patient=patient, by=physician, consultant=physician)
    actions.move_patient(patient=patient, by=physician, ward=other_ward)
    alike = make_patient("P-9", None, other_ward)
    told = head(browser, patient)
    assert "(P-9" in told
    assert reverse("merge_check", args=[patient.pk, alike.pk]) not in told
