"""Results that are taken back, in whatever order the messages arrive: a withdrawn one never stands in silence."""

from __future__ import annotations

from datetime import date

import pytest

from patients.actions import answer_question, refuse_result, take_message
from patients.models import AntibodyResult, Measurement, Patient, Source, WaitingResult, standing_row
from tests.patients.conftest import make_patient
from tests.patients.imports.sending import HEADER, ORDER, message, obx

pytestmark = pytest.mark.django_db
FERRITIN, WBC = "2276-4^Ferritin^LN", "6690-2^WBC^LN"
NEUTROPHILS, SHARE = "751-8^Neutrophils^LN", "770-8^Neutrophils %^LN"
UNNAMED = ORDER.replace("|P1|F1|", "|||")
FINAL = obx(FERRITIN, "1679", "ng/mL")
EARLY, LATE = "20260305091000", "20260305101000"


@pytest.fixture
def source(db) -> Source:
    return Source.objects.create(name="lab-east", title="East laboratory", sender="LAB|EAST")


@pytest.fixture
def torii(ward, physician) -> Patient:
    names = {"family_name": "Torii", "given_name": "Kaori", "birth_date": date(1962, 9, 14), "sex": "female"}
    return make_patient("7001234", physician, ward, **names)


def take(source: Source, *segments: str, sent: str = EARLY, order: str = ORDER):
    document = message(order, *segments, header=HEADER.replace(EARLY, sent))
    return take_message(source=source, document=document, form="hl7v2")


def standing(code: str = "ferritin") -> list[str]:
    """The values that stand, of every identity of a test."""
    rows: dict[str, list[Measurement]] = {}
    for x in Measurement.objects.filter(code=code).order_by("version"):
        rows.setdefault(x.identity, []).append(x)
    last = [standing_row(x) for x in rows.values()]
    return [f"{x.value.normalize():f}" for x in last if x.status != "cancelled" and x.value is not None]


def why() -> list[str]:
    return [x.why["message"] for x in WaitingResult.objects.open().order_by("pk")]


@pytest.mark.parametrize("status", ["W", "D"])
@pytest.mark.parametrize("order", [ORDER, UNNAMED])
@pytest.mark.parametrize("turned", [False, True])
def test_a_withdrawal_sent_after_the_result_withdraws_it_whichever_comes_first(
    source: Source, torii: Patient, status: str, order: str, turned: bool
) -> None:
    ways = [
        lambda: take(source, FINAL, sent=EARLY, order=order),
        lambda: take(source, obx(FERRITIN, "1679", "ng/mL", status=status), sent=LATE, order=order),
    ]
    for way in ways[::-1] if turned else ways:
        way()
    assert (standing(), why()) == ([], [])
    assert Measurement.objects.filter(status="cancelled").count() == 1


@pytest.mark.parametrize("order", [ORDER, UNNAMED])
def test_a_result_sent_again_after_its_withdrawal_stands(source: Source, torii: Patient, order: str) -> None:
    take(source, obx(FERRITIN, "", status="W"), sent=EARLY, order=order)
    take(source, FINAL, sent=LATE, order=order)
    assert (standing(), why()) == (["1679"], [])


def test_a_withdrawal_that_comes_after_what_was_sent_again_is_asked_about(
    source: Source, torii: Patient, physician
) -> None:
    take(source, FINAL, sent=LATE)
    take(source, obx(FERRITIN, "", status="W"), sent=EARLY)
    assert standing() == ["1679"]
    assert "sent again later" in why()[0]
    answer_question(waiting=WaitingResult.objects.open().get(), answers={"status": "cancelled"}, by=physician)
    assert (standing(), why()) == ([], [])


def test_a_withdrawal_that_a_person_says_does_not_hold_withdraws_nothing(
    source: Source, torii: Patient, physician
) -> None:
    take(source, FINAL, sent=LATE)
    take(source, obx(FERRITIN, "", status="W"), sent=EARLY)
    answer_question(waiting=WaitingResult.objects.open().get(), answers={"status": "final"}, by=physician)
    assert (standing(), why()) == (["1679"], [])


@pytest.mark.parametrize("holds", [True, False])
def test_where_the_messages_do_not_say_which_came_first_the_result_waits(
    source: Source, torii: Patient, physician, holds: bool
) -> None:
    take(source, obx(FERRITIN, "", status="W"))
    take(source, FINAL)
    assert standing() == [], "a withdrawn result never stands in silence"
    (question,) = why()
    assert "does this one hold?" in question
    waiting = WaitingResult.objects.open().get(status="final")
    if holds:
        answer_question(waiting=waiting, answers={"status": "final"}, by=physician)
        assert (standing(), why()) == (["1679"], [])
    else:
        refuse_result(waiting=waiting, reason="withdrawn by phone", by=physician)
        assert standing() == []


ANTI_JO1 = "8076-2^Jo-1^LN"


def antibodies() -> list[str]:
    rows = list(AntibodyResult.objects.order_by("version"))
    return [x.result for x in [standing_row(rows)] if x.status != "cancelled"] if rows else []


def test_a_withdrawal_that_was_settled_still_holds_its_result_back(source: Source, torii: Patient, physician) -> None:
    take(source, obx(ANTI_JO1, "", kind="ST", status="W"), sent=LATE)
    refuse_result(waiting=WaitingResult.objects.open().get(), reason="nothing here", by=physician)
    take(source, obx(ANTI_JO1, "POS", kind="ST"), sent=EARLY)
    assert antibodies() == []
    assert "does this one hold?" in why()[0]


@pytest.mark.parametrize("holds", [True, False])
def test_the_question_about_a_withdrawal_is_not_closed_by_its_result(
    source: Source, torii: Patient, physician, holds: bool
) -> None:
    take(source, obx(ANTI_JO1, "", kind="ST", status="W"))
    assert "withdraws a result that is not here" in why()[0]
    take(source, obx(ANTI_JO1, "POS", kind="ST"))
    assert (len(why()), antibodies()) == (2, []), "they do not say which was sent first"
    waiting = WaitingResult.objects.open().get(status="final")
    if holds:
        answer_question(waiting=waiting, answers={"status": "final"}, by=physician)
        assert (antibodies(), why()) == (["positive"], [])
    else:
        refuse_result(waiting=waiting, reason="withdrawn by phone", by=physician)
        assert antibodies() == []


@pytest.mark.parametrize("orders", [(ORDER, UNNAMED), (UNNAMED, ORDER)])
def test_a_withdrawal_before_its_result_is_found_where_one_of_both_has_no_number(
    source: Source, torii: Patient, orders: tuple[str, str]
) -> None:
    take(source, obx(FERRITIN, "", status="W"), sent=LATE, order=orders[0])
    take(source, FINAL, sent=EARLY, order=orders[1])
    assert (standing(), why()) == ([], [])


def test_a_withdrawal_without_a_number_does_not_choose_between_two(source: Source, torii: Patient) -> None:
    take(source, FINAL)
    take(source, obx(FERRITIN, "1700", "ng/mL"), order=ORDER.replace("F1", "F2"))
    take(source, obx(FERRITIN, "", status="W"), sent=LATE, order=UNNAMED)
    assert sorted(standing()) == ["1679", "1700"]
    assert "one of several" in why()[0]


def test_a_withdrawal_without_a_number_leaves_what_others_told(source: Source, torii: Patient, physician) -> None:
    other = Source.objects.create(name="west", title="West", sender="LAB|WEST")
    take(source, FINAL, order=UNNAMED)
    take(other, obx(FERRITIN, "", status="W"), sent=LATE, order=UNNAMED)
    assert standing() == ["1679"]


def test_a_message_that_withdraws_and_tells_again_holds(source: Source, torii: Patient) -> None:
    take(source, FINAL)
    take(source, obx(FERRITIN, "", status="W"), obx(FERRITIN, "1700", "ng/mL"), sent=LATE)
    assert standing() == ["1700"]


def test_a_withdrawn_question_is_asked_no_more(source: Source, torii: Patient) -> None:
    take(source, obx(FERRITIN, "1679", ""))
    take(source, obx(FERRITIN, "", status="W"), sent=LATE)
    assert (standing(), why()) == ([], [])


def test_an_antibody_withdrawn_before_it_comes_does_not_stand(source: Source, torii: Patient) -> None:
    take(source, obx(ANTI_JO1, "", kind="ST", status="W"), sent=LATE)
    take(source, obx(ANTI_JO1, "POS", kind="ST"), sent=EARLY)
    assert (antibodies(), why()) == ([], [])
    take(source, obx(ANTI_JO1, "POS", kind="ST"), sent="20260305111000")
    assert (antibodies(), why()) == (["positive"], []), "sent again"


# -- shares of the white cells ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("turned", [False, True])
def test_a_withdrawn_share_leaves_the_count_of_the_same_order(source: Source, torii: Patient, turned: bool) -> None:
    ways = [
        lambda: take(source, obx(NEUTROPHILS, "4100", "/uL"), sent=EARLY),
        lambda: take(source, obx(SHARE, "", "%", status="W"), sent=LATE),
    ]
    for way in ways[::-1] if turned else ways:
        way()
    assert standing("neutrophils") == ["4100"]


def test_a_withdrawn_share_withdraws_the_count_that_was_made_of_it(source: Source, torii: Patient) -> None:
    take(source, obx(WBC, "8000", "/uL"), obx(SHARE, "50", "%"))
    assert standing("neutrophils") == ["4000"]
    take(source, obx(SHARE, "", "%", status="W"), sent=LATE)
    assert (standing("neutrophils"), why()) == ([], [])


# -- results that are told apart by OBX-4 -----------------------------------------------------------------------------


def numbered(sub: str, value: str, status: str = "F") -> str:
    return obx(FERRITIN, value, "ng/mL", status=status).replace(f"{FERRITIN}||", f"{FERRITIN}|{sub}|")


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("turned", [False, True])
def test_two_results_that_are_told_apart_never_supersede_each_other(
    source: Source, torii: Patient, physician, together: bool, turned: bool
) -> None:
    told = [numbered("1", "1679"), numbered("2", "900")]
    told = told[::-1] if turned else told
    for segments in [told] if together else [[x] for x in told]:
        take(source, *segments)
    assert len(standing()) == (0 if together else 1)
    assert {"apart" in x for x in why()} == {True}
    waiting = WaitingResult.objects.open().earliest("pk")
    answer_question(waiting=waiting, answers={"beside": "yes"}, by=physician)
    assert (sorted(standing()), why()) == (["1679", "900"], [])


def test_what_was_put_beside_the_other_is_corrected_there(source: Source, torii: Patient, physician) -> None:
    take(source, numbered("1", "1679"))
    take(source, numbered("2", "900"))
    answer_question(waiting=WaitingResult.objects.open().get(), answers={"beside": "yes"}, by=physician)
    take(source, numbered("2", "950", status="C"), sent=LATE)
    assert (sorted(standing()), why()) == (["1679", "950"], [])
    take(source, numbered("2", "", status="W"), sent="20260305111000")
    assert (standing(), why()) == (["1679"], [])


@pytest.mark.parametrize(("one", "other"), [("1", "1"), ("", "2")])
def test_one_result_that_is_told_again_is_no_other(source: Source, torii: Patient, one: str, other: str) -> None:
    take(source, numbered(one, "1679"))
    take(source, numbered(other, "1700", status="C"), sent=LATE)
    assert (standing(), why()) == (["1700"], [])


def test_the_same_value_told_twice_is_no_question(source: Source, torii: Patient) -> None:
    take(source, numbered("1", "1679"), numbered("2", "1679"))
    assert (standing(), why()) == (["1679"], [])
