"""What stands further down the patient page comes by itself: the same as on the page with everything, of the same
moment, for the same readers, and noted as one reading."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.moment.page_mark import page_mark
from ildcare.record.parts import AWAITED, PARTS
from patients import actions
from patients.models import AuditEntry, Patient, Role, User
from tests.ildcare.record.test_wide_reads import queries_of
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import other_ward as other_ward
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import plain, words_of
from tests.story import Story

pytestmark = [pytest.mark.django_db, pytest.mark.shared]


def course(number: int, ward: Any, by: User, results: int = 3) -> Patient:
    """An acute course under treatment, with levels, a value that was corrected and one without a number."""
    patient = make_patient(f"P-{number}", by, ward)
    now = today()
    story = Story().onset(now - 30, known=now - 9).diagnosis(now - 9, "DM").drug(now - 8, "gc").drug(now - 8, "csa")
    story.ferritin(now - 9, "890", id="f1").ferritin(now - 3, "1240").pao2(now - 3, "71").test(
        now - 2, "csa", "210", route="oral", timing="trough"
    )
    story.test(now - 9, "kl6", "900").test(now - 2, "kl6", "1300")
    for n in range(results):
        story.test(f"{now - 2}T{n % 24:02}:{n // 24:02}", "ldh", str(200 + n))
    actions.record_facts(patient=patient, facts=story.versions, by=by, source="test")
    evaluate_patients([patient.pk])
    return patient


@pytest.fixture
def ill(ward, physician) -> Patient:
    return course(1, ward, physician)


@pytest.fixture
def reader(client, physician):
    client.force_login(physician)
    return client


def mark_of(page: str) -> str:
    """What the page sends with the question for a part."""
    (mark,) = set(re.findall(r"""hx-headers='{"X-Page": "([^"]+)"}'""", page))
    return mark


def part(client, address: str, name: str, mark: str = "", **more: Any):
    """The answer to htmx."""
    sent = {"HX-Request": "true", "HX-Target": name, **({"X-Page": mark} if mark else {})}
    return client.get(address, headers={**sent, **more})


def section(page: str, name: str) -> str:
    """A part as it stands on a page."""
    return re.search(rf'<section\s+class="panel[^"]*"\s+id="{name}".*?</section>', page, re.DOTALL)[0]


def without_whole(html: str) -> str:
    """Addresses of the page with everything as they are on the page."""
    html = re.sub(r"(&amp;|\?|%3F|%26)whole(=|%3D)1", "", html.replace("whole=1&amp;", ""))
    return html.replace('?"', '"')


def here(page: str) -> str:
    """Where its parts are asked for."""
    return unescape(re.search(r'hx-get="([^"]+)"', section(page, "chart"))[1])


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("at", ["", "?at=yesterday", "?range=4w"])
@pytest.mark.parametrize("name", PARTS)
def test_a_part_is_what_the_page_with_everything_has_there(reader, ill, name, at, language) -> None:
    yesterday = (timezone.localtime() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    address = f"/patients/{ill.pk}/{at.replace('yesterday', yesterday)}"
    accepts = {"Accept-Language": language}
    page = reader.get(address, headers=accepts).content.decode()
    whole = reader.get(f"{address}{'&' if at else '?'}whole=1", headers=accepts).content.decode()
    answer = part(reader, here(page), name, mark_of(page), **accepts)
    assert answer["X-Patient"] == str(ill.pk)
    there = without_whole(section(whole, name))
    assert plain(without_whole(answer.content.decode())).strip() == plain(there).strip()
    assert len(words_of(there)) > 60


def test_what_decides_is_on_the_first_paint(reader, ill) -> None:
    page = reader.get(f"/patients/{ill.pk}/").content.decode()
    for name in ("state-bar", "answer", "alerts", "news", "tasks"):
        assert f'id="{name}"' in page
    assert "1,240" in words_of(page)
    assert "possible" in words_of(section(page, "alerts")) or "critical" in section(page, "alerts")
    for name in AWAITED:
        said = words_of(section(page, name))
        assert "Not loaded yet" in said
        assert "recorded yet" not in said
    for name in set(PARTS) - set(AWAITED):  # a tab of its own, or no more than a link away
        assert f'id="{name}"' not in page


def test_the_link_without_script_leads_to_the_page_with_every_part(reader, ill) -> None:
    page = reader.get(f"/patients/{ill.pk}/?range=4w").content.decode()
    for name in AWAITED:
        address = unescape(re.search(r'href="([^"]+)"', section(page, name))[1])
        assert address.endswith(f"#{name}")
        whole = reader.get(address).content.decode()
        assert "Not loaded yet" not in whole
        assert "hx-trigger" not in section(whole, name)
    assert 'id="range-4w"' in whole


def noted(patient: Patient) -> int:
    return AuditEntry.objects.filter(op="READ", patient=patient.pk).count()


def test_a_page_that_was_looked_at_to_its_end_is_one_reading(reader, ill) -> None:
    before = noted(ill)
    page = reader.get(f"/patients/{ill.pk}/").content.decode()
    for name in PARTS:
        assert part(reader, here(page), name, mark_of(page)).status_code == 200
    assert noted(ill) == before + 1


@pytest.mark.parametrize("whose", ["nobody", "other reader", "other record", "forged"])
def test_a_part_that_belongs_to_no_page_of_this_reader_is_a_reading_of_its_own(reader, ill, ward, whose) -> None:
    other = make_user("colleague", Role.PHYSICIAN, ward)
    twin = course(2, ward, other)
    now = timezone.now()
    request = reader.get(f"/patients/{ill.pk}/").wsgi_request
    theirs = type("Request", (), {"user": other})()
    mark = {
        "nobody": "",
        "other reader": page_mark(theirs, ill.pk, now),
        "other record": page_mark(request, twin.pk, now),
        "forged": page_mark(request, ill.pk, now) + "x",
    }[whose]
    before = noted(ill)
    assert part(reader, f"/patients/{ill.pk}/", "results", mark).status_code == 200
    assert noted(ill) == before + 1


def test_the_mark_of_a_page_opens_nothing_but_its_parts(reader, ill) -> None:
    page = reader.get(f"/patients/{ill.pk}/").content.decode()
    before = noted(ill)
    for target in ("", "content", "answer"):
        assert 'id="answer"' in part(reader, f"/patients/{ill.pk}/", target, mark_of(page)).content.decode()
    assert noted(ill) == before + 3


def test_a_part_is_of_the_moment_of_its_page(reader, ill, physician) -> None:
    """What came meanwhile is not among what the page showed; the page opened anew has it."""
    page = reader.get(f"/patients/{ill.pk}/").content.decode()
    story = Story().ferritin(today(), "4711", id="f9").judged(today(), "worse")
    news = [replace(x, fact=replace(x.fact, known=timezone.now())) for x in story.versions]
    actions.record_facts(patient=ill, facts=news, by=physician, source="test")
    then = {name: part(reader, here(page), name, mark_of(page)).content.decode() for name in PARTS}
    now = {name: part(reader, here(page), name).content.decode() for name in PARTS}
    assert "4,711" not in words_of(then["results"]) + words_of(then["trends"])
    assert "4,711" in words_of(now["results"])
    assert "Judgement" not in words_of(then["course"])
    assert "Judgement" in words_of(now["course"])
    # a moment in the address does not lead out of it
    later = part(reader, f"/patients/{ill.pk}/?at={timezone.now().isoformat()[:19]}Z", "results", mark_of(page))
    assert "4,711" not in words_of(later)


def test_a_part_asks_for_the_same_right_as_its_page(client, ill, ward, other_ward) -> None:
    for role, on, status in (
        (Role.NURSE, ward, 200),
        (Role.PHYSICIAN, other_ward, 404),
        (Role.ADMINISTRATOR, ward, 403),
    ):
        user = make_user(f"{role}-{on.code}", role, on)
        client.force_login(user)
        mark = page_mark(type("Request", (), {"user": user})(), ill.pk, timezone.now())
        answer = part(client, f"/patients/{ill.pk}/", "results", mark)
        assert answer.status_code == status
        assert "/facts/" not in answer.content.decode()  # nobody of these corrects


def test_nothing_of_the_past_or_of_a_merged_record_leads_to_an_entry(reader, ill, ward, physician) -> None:
    twin = course(2, ward, physician)
    assert "/facts/" in part(reader, f"/patients/{twin.pk}/", "results").content.decode()
    past = f"/patients/{twin.pk}/?at={(timezone.localtime() - timedelta(hours=1)):%Y-%m-%dT%H:%M}"
    actions.discharge_patient(patient=twin, by=physician, at=timezone.now(), to="")
    actions.merge_records(kept=ill, absorbed=twin, by=physician, reason="one person")
    for address in (past, f"/patients/{twin.pk}/", f"/patients/{ill.pk}/?at={past.split('=')[1]}"):
        page = reader.get(address).content.decode()
        for name in PARTS:
            answer = part(reader, here(page), name, mark_of(page))
            assert (answer.status_code, "/facts/" in answer.content.decode()) == (200, False), (address, name)


@pytest.mark.parametrize("name", PARTS)
def test_a_part_runs_as_many_queries_for_200_results_as_for_3(
    reader, ward, physician, name, django_assert_max_num_queries
) -> None:
    marked = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": name}
    reader.defaults.update(marked)
    few, many = (
        queries_of(reader, f"/patients/{course(n, ward, physician, count).pk}/", django_assert_max_num_queries, 15)
        for n, count in ((1, 3), (2, 200))
    )
    assert few == many


def test_other_days_of_the_trends_are_only_the_trends(reader, ill) -> None:
    for address in (f"/patients/{ill.pk}/?range=all", f"/patients/{ill.pk}/trends?range=all"):
        answer = part(reader, address, "trends").content.decode()
        assert answer.lstrip().startswith("<section")
        assert 'id="range-all"' in answer
    alone = make_patient("P-9", reader.get("/").wsgi_request.user, ill.admission.ward)
    assert "recorded at least twice" in part(reader, f"/patients/{alone.pk}/trends", "trends").content.decode()
