"""The pages of merging: choose, compare, merge once, take back; and every page that follows."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from django.urls import reverse
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients, sweep
from ildcare.moment.state_code import code_of
from ildcare.round.progress import progress_of
from monitoring.models import Alert
from monitoring.past import watch_at
from patients import actions
from patients.models import AuditEntry, EvaluationMark, Patient, RecordMerge
from tests.ildcare.admission.pages import token
from tests.monitoring.stored import open_rules
from tests.patients.conftest import make_patient, make_user
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, physician) -> Any:
    client.force_login(physician)
    return client


@pytest.fixture
def other(physician) -> Patient:
    other = make_patient("Q-2", physician, family_name="Satoh", birth_date=None)
    story = Story().onset(0).diagnosis(1, "DM").ferritin(2, "1679")
    actions.record_facts(patient=other, facts=story.versions, by=None, source="lab")
    evaluate_patients([other.pk])
    return other


def check(client: Any, kept: Patient, other: Patient) -> Any:
    return client.get(reverse("merge_check", args=[kept.pk, other.pk]))


def store(client: Any, kept: Patient, other: Patient, shown: Any, reason: str = "one person") -> Any:
    address = reverse("merge_store", args=[kept.pk, other.pk])
    return client.post(address, {"reason": reason, "context_token": token(shown)})


def merged(client: Any, kept: Patient, other: Patient) -> RecordMerge:
    assert store(client, kept, other, check(client, kept, other)).status_code == 302
    return RecordMerge.objects.latest("pk")


def take_back(client: Any, merge: RecordMerge, reason: str = "two persons", shown: Any = None) -> Any:
    shown = shown or client.get(reverse("merge_detail", args=[merge.kept_id, merge.pk]))
    address = reverse("merge_take_back", args=[merge.kept_id, merge.pk])
    return client.post(address, {"reason": reason, "context_token": token(shown)})


# -- choose and compare -----------------------------------------------------------------------------------------------


def test_records_that_look_alike_are_offered_and_others_are_found(signed_in, patient, other, physician) -> None:
    far = make_patient("R-3", physician, family_name="Mori", given_name="Ken", birth_date=date(1960, 1, 1))
    offered = signed_in.get(reverse("merge_choose", args=[patient.pk])).context["others"]
    assert offered == [other]
    found = signed_in.post(reverse("merge_find", args=[patient.pk]), {"words": "mori"}).context["others"]
    assert found == [far]
    assert AuditEntry.objects.filter(op="READ", patient=far.pk, table_name="merge: choice").exists()


def test_both_stand_side_by_side_with_what_merging_would_do(signed_in, patient, other, physician) -> None:
    actions.record_facts(
        patient=patient, facts=Story().ferritin(2, "900").onset(0).versions, by=physician, source="form"
    )
    answer = check(signed_in, patient, other)
    rows = {x.label: (x.kept, x.other, x.differs) for x in answer.context["rows"]}
    assert rows["Name"] == ("Sato Hanako", "Satoh Hanako", True)
    assert rows["birth date"] == ("1 Mar 1952", "not known", False)
    assert rows["Result"] == ("1", "1", False)
    text = answer.content.decode()
    assert "Ferritin 900 ng/mL" in text
    assert "Copied from record number Q-2: entries 2, open tasks 0, stays 0." in text
    assert not RecordMerge.objects.exists()


def test_a_refusal_is_said_before_anything_is_typed(signed_in, patient, other, physician, ward) -> None:
    actions.admit_patient(patient=other, ward=ward, by=physician, admitted_at=timezone.now())
    answer = check(signed_in, patient, other)
    assert answer.status_code == 422
    assert "Both records are on a ward" in answer.content.decode()
    assert 'id="merge-form"' not in answer.content.decode()


def test_a_record_of_another_ward_is_not_there(signed_in, patient, physician, other_ward) -> None:
    foreign = make_patient("F-1", None, other_ward)
    assert check(signed_in, patient, foreign).status_code == 404
    assert check(signed_in, patient, patient).status_code == 404
    assert store(signed_in, patient, foreign, check(signed_in, patient, patient)).status_code in (404, 409)


# -- merge ------------------------------------------------------------------------------------------------------------


def test_merged_the_answer_is_that_of_both(signed_in, patient, other) -> None:
    merge = merged(signed_in, patient, other)
    text = signed_in.get(reverse("merge_detail", args=[patient.pk, merge.pk]) + "?saved=1").content.decode()
    assert "The records were merged. Below it can be taken back." in text
    assert "1,679" in signed_in.get(reverse("patient_detail", args=[patient.pk])).content.decode()


def test_sent_twice_it_is_one_merge(signed_in, patient, other) -> None:
    shown = check(signed_in, patient, other)
    answers = [store(signed_in, patient, other, shown) for _ in range(2)]
    assert [x.status_code for x in answers] == [302, 302]
    assert answers[0].url == answers[1].url
    assert RecordMerge.objects.count() == 1


def test_two_tabs_the_second_is_told(signed_in, patient, other) -> None:
    first, second = check(signed_in, patient, other), check(signed_in, patient, other)
    assert store(signed_in, patient, other, first).status_code == 302
    answer = store(signed_in, patient, other, second)
    assert answer.status_code == 422
    assert "Q-2 was merged into another one already" in answer.content.decode()


def test_a_record_that_was_corrected_since_is_looked_at_again(signed_in, patient, other, physician) -> None:
    shown = check(signed_in, patient, other)
    actions.correct_identity(patient=other, by=physician, expected_version=1, reason="x", family_name="Sugimoto")
    assert store(signed_in, patient, other, shown).status_code == 409
    assert not RecordMerge.objects.exists()


def test_without_a_reason_it_comes_back(signed_in, patient, other) -> None:
    assert store(signed_in, patient, other, check(signed_in, patient, other), " ").status_code == 422
    assert not RecordMerge.objects.exists()


# -- afterwards -------------------------------------------------------------------------------------------------------


def test_the_merged_record_is_read_only_and_leads_to_the_kept_one(signed_in, patient, other) -> None:
    merged(signed_in, patient, other)
    answer = signed_in.get(reverse("patient_detail", args=[other.pk]))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "This record was merged into another one. It is read only." in text
    assert reverse("patient_detail", args=[patient.pk]) in text
    assert "/enter/" not in text
    assert '<form method="post" action="/patients/' not in text


def test_every_other_page_of_it_says_where_it_went(signed_in, patient, other) -> None:
    shown = signed_in.get(reverse("entry_form", args=[other.pk, "results"]))
    merged(signed_in, patient, other)
    for name in ("result_list", "treatment_list", "trend_list", "round_patient", "round_sheet", "patient_summary"):
        answer = signed_in.get(reverse(name, args=[other.pk]))
        assert answer.status_code == 409, name
        assert "It goes on as Sato Hanako, record number P-1." in answer.content.decode()
    data = {"context_token": token(shown), "on": "2024-03-01T08:00", "value_ferritin": "900", "panel": "activity"}
    answer = signed_in.post(reverse("entry_record", args=[other.pk, "results"]), data)
    assert answer.status_code == 409
    assert "in the meantime. Nothing was written." in answer.content.decode()


def test_a_stranger_to_the_kept_record_sees_nothing(client, signed_in, patient, other, other_ward) -> None:
    merged(signed_in, patient, other)
    client.force_login(make_user("stranger", "physician", other_ward))
    assert client.get(reverse("patient_detail", args=[other.pk])).status_code == 404


def test_the_search_says_into_which_record_it_went(signed_in, patient, other) -> None:
    merged(signed_in, patient, other)
    answer = signed_in.post(reverse("ward_search"), {"words": "Q-2"})
    text = answer.content.decode()
    assert "Record number Q-2 (Satoh Hanako) was merged into Sato Hanako, P-1." in text
    assert answer.context["total"] == 1


def test_the_code_of_an_old_sheet_leads_to_the_kept_record_at_that_moment(signed_in, patient, other) -> None:
    then = timezone.now()
    merged(signed_in, patient, other)
    answer = signed_in.post(reverse("ward_search"), {"words": code_of(other.pk, then)}, follow=True)
    assert answer.request["PATH_INFO"] == reverse("patient_detail", args=[patient.pk])
    assert "Record number Q-2 (Satoh Hanako) was merged into this one on" in answer.content.decode()


def test_alerts_end_with_the_word_merged_and_come_back(signed_in, patient, other) -> None:
    was = open_rules(other)
    assert was
    acknowledged = Alert.objects.filter(patient=other).first()
    before = timezone.now()
    merge = merged(signed_in, patient, other)
    assert open_rules(other) == set()
    assert set(Alert.objects.filter(patient=other).values_list("closed_because", flat=True)) == {"merged"}
    assert len(watch_at(other.pk, before).open) == len(was)
    assert watch_at(other.pk, timezone.now()).open == ()
    assert open_rules(patient) & was
    assert take_back(signed_in, merge).status_code == 302
    assert open_rules(other) == was
    assert Alert.objects.filter(patient=other).count() == len(was)
    assert Alert.objects.get(pk=acknowledged.pk).episode == acknowledged.episode
    assert len(watch_at(other.pk, timezone.now()).open) == len(was)


def test_an_absorbed_record_is_evaluated_by_nobody(signed_in, patient, other) -> None:
    merged(signed_in, patient, other)
    EvaluationMark.objects.filter(patient=other).update(needed_since=timezone.now())
    before = EvaluationMark.objects.get(patient=other).evaluated_at
    sweep()
    evaluate_patients([other.pk])
    assert EvaluationMark.objects.get(patient=other).evaluated_at == before


def test_a_round_goes_on_with_the_kept_record_in_its_place(signed_in, patient, other, physician) -> None:
    walk = actions.start_round(by=physician, order=[other.pk, patient.pk])
    merged(signed_in, patient, other)
    assert [x.patient for x in progress_of(walk, physician).stops] == [patient]


# -- take back --------------------------------------------------------------------------------------------------------


def test_taken_back_both_are_as_they_were(signed_in, patient, other) -> None:
    merge = merged(signed_in, patient, other)
    answer = take_back(signed_in, merge)
    assert answer.status_code == 302
    assert "The merge was taken back." in signed_in.get(answer.url).content.decode()
    answer = signed_in.get(reverse("patient_detail", args=[other.pk]))
    assert len(answer.context["record"].snapshot.all_facts) == 3
    assert "It is read only" not in answer.content.decode()
    answer = signed_in.get(reverse("patient_detail", args=[patient.pk]))
    assert answer.context["record"].snapshot.all_facts == ()
    assert [x.alert.closed_because for x in answer.context["watch"].withdrawn] != []  # who saw an alert is told
    assert "1,679" not in signed_in.get(reverse("result_list", args=[patient.pk])).content.decode()


def test_a_page_of_the_time_between_leaves_out_what_came_from_there(signed_in, patient, other) -> None:
    merge = merged(signed_in, patient, other)
    between = timezone.now()
    take_back(signed_in, merge)
    at = f"?at={quote(between.isoformat())}"
    answer = signed_in.get(reverse("patient_detail", args=[patient.pk]) + at)
    assert "was a part of this one then. The merge was taken back on" in answer.content.decode()
    assert answer.context["record"].snapshot.all_facts == ()


def test_what_was_entered_since_is_listed_before_and_stays(signed_in, patient, other, physician) -> None:
    merge = merged(signed_in, patient, other)
    actions.record_facts(patient=patient, facts=Story().ferritin(9, "700").versions, by=physician, source="form")
    text = signed_in.get(reverse("merge_detail", args=[patient.pk, merge.pk])).content.decode()
    assert "Ferritin 700 ng/mL" in text
    assert "(stays here)" in text
    take_back(signed_in, merge)
    assert "700" in signed_in.get(reverse("result_list", args=[patient.pk])).content.decode()


def test_taken_back_twice_is_once(signed_in, patient, other) -> None:
    merge = merged(signed_in, patient, other)
    address = reverse("merge_detail", args=[patient.pk, merge.pk])
    shown, second = signed_in.get(address), signed_in.get(address)
    assert [take_back(signed_in, merge, shown=shown).status_code for _ in range(2)] == [302, 302]
    assert take_back(signed_in, merge, shown=second).status_code == 409


def test_a_merge_of_another_record_is_not_there(signed_in, patient, other, physician) -> None:
    merge = merged(signed_in, patient, other)
    third = make_patient("R-3", physician)
    assert signed_in.get(reverse("merge_detail", args=[third.pk, merge.pk])).status_code == 404
