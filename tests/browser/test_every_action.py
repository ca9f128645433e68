"""Every action on who a record is about and where the patient lies, in a browser of 390 px and by keyboard alone; sent
twice by an impatient hand, from two tabs, and once more after the way back: it is done once, and the page says so.

What needs no browser is asked without one: whom an action is refused to, in words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, ViewportSize, expect

from patients import actions as do
from patients.models import Bed, IdentityChange, Patient, RecordMerge, Responsibility, Role, StayEvent, User, Ward
from tests.browser.accessible import listen, scrolls_sideways
from tests.browser.standing import physician as physician
from tests.browser.standing import server as server
from tests.browser.standing import signed_in as signed_in
from tests.browser.standing import ward as ward
from tests.effort import THIS_RUN
from tests.patients.conftest import make_patient, make_user

PHONE: ViewportSize = {"width": 390, "height": 844}
NUMBERS = count(1)
NOT_OFFERED = 0
MOST_TABS = 80  # from the top of a page to what is looked for


@dataclass(kw_only=True)
class Case:
    """A patient on a ward with a free bed beside, and who can be named."""

    patient: Patient
    ward: Ward
    bed: str
    by: User
    nurse: User
    twin: Patient | None = None
    merge: RecordMerge | None = None

    @property
    def address(self) -> str:
        return f"/patients/{self.patient.pk}"


def nothing(_case: Case) -> None:
    """The patient lies on the ward: that is all an action needs."""


def gone(case: Case) -> None:
    do.discharge_patient(patient=case.patient, by=case.by, at=timezone.now(), to="home")


def of_the_team(case: Case) -> None:
    do.change_consultant(patient=case.patient, by=case.by, consultant=case.by)
    do.join_team(patient=case.patient, user=case.nurse, by=case.by)


def doubled(case: Case) -> None:
    case.twin = make_patient(f"{case.patient.mrn}X", case.by)


def merged(case: Case) -> None:
    doubled(case)
    assert case.twin is not None
    case.merge = do.merge_records(kept=case.patient, absorbed=case.twin, by=case.by, reason="one person").merge


def steps(kind: str) -> Callable[[Case], int]:
    return lambda case: StayEvent.objects.filter(patient=case.patient, kind=kind).count()


def responsible(kind: str) -> Callable[[Case], int]:
    """How often somebody became responsible: whether or not it ended since."""
    return lambda case: Responsibility.objects.filter(patient=case.patient, kind=kind).count()


def ended(case: Case) -> int:
    return Responsibility.objects.filter(patient=case.patient, kind="team").exclude(until=None).count()


def merges(**wanted: Any) -> Callable[[Case], int]:
    return lambda case: RecordMerge.objects.filter(kept=case.patient, **wanted).count()


@dataclass(frozen=True, kw_only=True)
class Action:
    """One action. `typed`: fields and what is typed in them, {bed} the free bed, {mrn} a new number; `stored`: how many
    of it there are; `said`: on the page that follows, `where`; `second`, `again`: how the other tab is answered, and
    the page after the way back; `refused`: the words of a 422; `roles`: to whom the action is refused."""

    name: str
    prepare: Callable[[Case], None] = nothing
    at: Callable[[Case], str]
    send: Callable[[Case], str]
    typed: dict[str, str] = field(default_factory=dict)
    stored: Callable[[Case], int]
    before: int = 0
    said: str
    where: str = "#saved-step"
    second: int = 409
    again: int = NOT_OFFERED
    refused: str = ""
    roles: tuple[Role, ...] = (Role.PHARMACIST,)


def step_of(do: str) -> dict[str, Any]:
    return {"at": lambda x: f"{x.address}/stay?do={do}", "send": lambda x: f"{x.address}/stay/{do}"}


def last_step(case: Case) -> str:
    return f"{case.address}/stay/take-back/{StayEvent.objects.filter(patient=case.patient).latest('pk').pk}"


NO_REPORTS = (Role.PHARMACIST, Role.NURSE)
ACTIONS = [
    Action(
        name="register",
        at=lambda _case: "/patients/new",
        send=lambda _case: "/patients/register",
        typed={"mrn": "{mrn}", "place": "{bed}", "family_name": "Mori", "given_name": "{mrn}"},
        stored=lambda case: Patient.objects.filter(mrn=f"N-{case.patient.mrn}").count(),
        said="Admitted to East 7",
        second=422,
        refused="is known",
    ),
    Action(
        name="admit",
        prepare=gone,
        **step_of("admit"),
        typed={"place": "{bed}"},
        stored=steps("admitted"),
        before=1,
        said="Admitted to East 7",
    ),
    Action(
        name="move",
        **step_of("move"),
        typed={"place": "{bed}"},
        stored=steps("moved"),
        said="Moved to East 7",
        again=422,
    ),
    Action(name="discharge", **step_of("discharge"), typed={"to": "h"}, stored=steps("discharged"), said="Discharged"),
    Action(
        name="death",
        **step_of("outcome"),
        typed={"what": "d"},
        stored=steps("outcome"),
        said="Death",
        roles=NO_REPORTS,
    ),
    Action(
        name="consultant",
        **step_of("consultant"),
        typed={"consultant": "physician"},
        stored=responsible("consultant"),
        said="Consultant: physician",
        again=302,  # who is responsible already stays so
    ),
    Action(
        name="join",
        at=lambda x: f"{x.address}/stay",
        send=lambda x: f"{x.address}/stay/join",
        typed={"member": "nurse"},
        stored=responsible("team"),
        where=".people",
        said="nurse",
        second=302,  # who is of the team already stays so
    ),
    Action(
        name="leave",
        prepare=of_the_team,
        at=lambda x: f"{x.address}/stay",
        send=lambda x: f"{x.address}/stay/leave",
        stored=ended,
        where=".people:not(:has(form))",
        said="physician",
        second=302,
    ),
    Action(
        name="take back",
        prepare=gone,
        at=lambda x: f"{x.address}/stay",
        send=last_step,
        stored=steps("taken_back"),
        where=".taken-back",
        said="Discharged home",
    ),
    Action(
        name="identity",
        at=lambda x: f"{x.address}/identity",
        send=lambda x: f"{x.address}/identity/correct",
        typed={"family_name": "Yamanaka", "reason": "misspelt"},
        stored=lambda case: IdentityChange.objects.filter(patient=case.patient).count(),
        where=".notice.good",
        said="Saved",
        again=422,
        roles=NO_REPORTS,
    ),
    Action(
        name="merge",
        prepare=doubled,
        at=lambda x: f"{x.address}/merge/{x.twin and x.twin.pk}",
        send=lambda x: f"{x.address}/merge/{x.twin and x.twin.pk}/store",
        typed={"reason": "twice"},
        stored=merges(),
        where=".notice.good",
        said="The records were merged",
        second=422,
        refused="was merged into another one already",
        roles=NO_REPORTS,
    ),
    Action(
        name="take a merge back",
        prepare=merged,
        at=lambda x: f"{x.address}/merges/{x.merge and x.merge.pk}",
        send=lambda x: f"{x.address}/merges/{x.merge and x.merge.pk}/take-back",
        typed={"reason": "two persons"},
        stored=merges(taken_back_at__isnull=False),
        where=".notice.good",
        said="The merge was taken back",
        roles=NO_REPORTS,
    ),
]
EVERY = pytest.mark.parametrize("action", ACTIONS, ids=lambda x: x.name)


@pytest.fixture(scope="module")
def nurse(ward: Ward) -> User:
    return make_user("nurse", Role.NURSE, ward)


@pytest.fixture(scope="module")
def others(ward: Ward) -> dict[Role, User]:
    return {x: make_user(f"other {x}", x, ward) for x in (Role.PHARMACIST, Role.NURSE)}


@pytest.fixture
def case(ward: Ward, physician: User, nurse: User) -> Case:
    number = next(NUMBERS)
    bed = Bed.objects.create(ward=ward, label=f"8{number:02}", position=number)
    patient = make_patient(f"E{number}", physician, ward, family_name=f"Case{number}", birth_date=None)
    return Case(patient=patient, ward=ward, bed=bed.label, by=physician, nurse=nurse)


@pytest.fixture
def tab(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    yield page
    page.close()


def words_for(action: Action, case: Case) -> dict[str, str]:
    parts = {"bed": case.bed, "mrn": f"N-{case.patient.mrn}"}
    return {name: text.format(**parts) for name, text in action.typed.items()}


def form_of(page: Page, address: str) -> Any:
    return page.locator(f"form[action='{address}']")


def tab_to(page: Page, address: str, name: str) -> None:
    """Tab by tab to a field of the form, or to its button."""
    there = """([address, name]) => { const x = document.activeElement;
        return x.form?.getAttribute("action") === address && (name ? x.name === name : x.type === "submit"); }"""
    for _ in range(MOST_TABS):
        if page.evaluate(there, [address, name]):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name or 'the button'} is not reached by Tab")


def send_by_keys(page: Page, address: str, words: dict[str, str]) -> None:
    """Fill in and send by keyboard, and press Enter once more before the answer is there."""
    for name, text in words.items():
        tab_to(page, address, name)
        if page.evaluate("document.activeElement.tagName") == "INPUT":
            page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type(text)
    tab_to(page, address, "")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")


def send_by_hand(page: Page, address: str, words: dict[str, str]) -> int:
    """Fill in and send what stands in the form: the status of the answer, or that the page does not offer it."""
    form = form_of(page, address)
    if not form.count():
        return NOT_OFFERED
    for name, text in words.items():
        box = form.locator(f"[name={name}]")
        if box.evaluate("x => x.tagName") == "INPUT":
            box.fill(text)
            continue
        label = re.compile(rf"^{re.escape(text)}", re.IGNORECASE)
        option = box.locator("option:not([disabled])").filter(has_text=label)
        if not option.count():
            return NOT_OFFERED
        box.select_option(option.first.get_attribute("value"))
    with page.expect_response(lambda x: x.request.method == "POST" and x.url.endswith(address)) as answer:
        form.locator("button[type=submit]").click()
    return answer.value.status


@pytest.mark.parametrize("action", ACTIONS if THIS_RUN.full else ACTIONS[::3], ids=lambda x: x.name)
def test_it_is_done_once_by_keys_twice_pressed_from_two_tabs_and_after_the_way_back(
    signed_in: Page, tab: Page, server: str, case: Case, action: Action
) -> None:
    page, complaints = signed_in, listen(signed_in)
    page.set_viewport_size(PHONE)
    action.prepare(case)
    address, words = action.send(case), words_for(action, case)
    for each in (page, tab):
        each.goto(server + action.at(case))
    assert action.stored(case) == action.before
    assert not scrolls_sideways(page)

    send_by_keys(page, address, words)
    expect(page.locator(action.where)).to_contain_text(action.said)
    assert action.stored(case) == action.before + 1
    assert not scrolls_sideways(page)

    status = send_by_hand(tab, address, words)  # opened before, sent after
    assert status == action.second
    if status == 422:
        expect(tab.locator("main")).to_contain_text(action.refused)
    if status == 409:
        expect(tab.locator("#conflict")).to_be_visible()
    assert action.stored(case) == action.before + 1

    page.go_back()
    assert send_by_hand(page, address, words) == action.again
    assert action.stored(case) == action.before + 1
    assert complaints == []


@EVERY
def test_it_is_refused_in_words_to_whom_it_is_not_for(case: Case, others: dict[Role, User], action: Action) -> None:
    action.prepare(case)
    client, address = Client(), action.send(case)
    for role in action.roles:
        client.force_login(others[role])
        answer = client.post(address)
        assert answer.status_code == 403
        assert "Your role does not include this. Nothing was done." in answer.content.decode()
    assert action.stored(case) == action.before
