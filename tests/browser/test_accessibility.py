"""Every page and every state that is seldom seen, in both languages and themes: axe, the policy, widths, fingers.

One list, one browser for each language. What pages do is tried elsewhere, once; here they are only looked at. All of
axe looks at a page in both languages; with `--full` at each of its widths in both, in the gate at each in one of them,
in turn, and once where something was done on a page before (every width is measured in both languages anyway). The
theme changes while the page stands: the dark sheet names colours and nothing else (held below), so that only the rules
of axe which read colours can answer differently. The rule of contrast is the slow one: it is asked about every text
whose look (ink, size, grounds below it) was not found good before, in any state, width, theme or language.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from ildcare.cohort.backtest import Firing
from ildcare.cohort.job import Looked
from ildcare.cohort.members import Member
from ildcare.evaluation.sweep import sweep
from ildcare.exchange.table_job import take_file
from ildcare.exchange.table_reading import suggestion_for
from ildcare.paper.downtime import write_sheets
from ildcare.review.triggers import gather
from patients.actions import (
    begin_table,
    cancel_fact,
    correct_identity,
    issue_token,
    merge_records,
    record_entry,
    result_of,
    say_meaning,
    send_table,
    start_round,
    take_message,
)
from patients.forms import FORMS
from patients.imports.table_map import map_as_json
from patients.models import (
    Admission,
    CohortRun,
    Measurement,
    MessagePart,
    NonceUse,
    PartState,
    Patient,
    ReviewCase,
    Role,
    RunState,
    Source,
    TableMapping,
    User,
    Ward,
)
from tests.browser.accessible import (
    CONTRAST,
    LOOKS,
    bring_axe,
    listen,
    scrolls_sideways,
    squeezed,
    stray_blanks,
    too_many_sizes,
    violations,
)
from tests.browser.people import (
    admitted,
    awaiting_mda5,
    forty_days_treated,
    judgement_overdue,
    tell,
    two_kits_of_kl6,
)
from tests.effort import THIS_RUN
from tests.ildcare.record.test_entering import case
from tests.monitoring.canaries_spoke import tried
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.imports.sending import HEADER, message, obx
from tests.patients.imports.test_tables import text_of
from tests.story import Story

PHONE, TABLET, LAPTOP, DESK, WIDE = 390, 820, 1180, 1280, 1440
WIDTHS = (WIDE, DESK, LAPTOP, TABLET, PHONE)
LANGUAGES = ("en", "ja")
OF_EVERY_SHAPE = ("results", "treatment", "hrct")  # forms that between them have every kind of field
SETS = ("first_facts", "medication")
DARK_SHEET = Path(settings.BASE_DIR) / "static" / "dark.css"

# WCAG 2.5.8 leaves out links in a sentence; a field's own label counts with it; a row of the flow sheet is a table of
# values whose links repeat what the page of the fact offers, and its panels fold with the whole width of their label
LET_OFF = "p a, li a, td a, .panel-toggle, .visually-hidden *, .skip, svg a, label.form-check-label, .notice a"
TOO_SMALL = """([least, letOff]) => {
    const seen = (x) => x.checkVisibility({ visibilityProperty: true }) && x.getClientRects().length;
    const size = (x) => {
        const whole = x.closest("label") || (x.labels && x.labels[0] && x.closest(".form-check")) || x;
        const box = whole.getBoundingClientRect();
        return Math.min(box.width, box.height);
    };
    return [...document.querySelectorAll("a[href], button, summary, select, input:not([type=hidden]), textarea")]
        .filter((x) => seen(x) && !x.matches(letOff) && size(x) < least - 0.5)
        .map((x) => `${x.outerHTML.slice(0, 120)} ${Math.round(size(x))}`);
}"""


def do_nothing(page: Page) -> None:
    """The page as it comes."""


@dataclass(frozen=True)
class State:
    """A page as somebody meets it: where it is, what is done there first, at which widths axe looks."""

    path: str  # {names} are of the stage
    then: Callable[[Page], object] = do_nothing
    axe_at: tuple[int, ...] = (DESK,)
    usual: bool = False  # met every day: colours in both languages, and nothing is too small to touch

    @property
    def seldom(self) -> bool:
        """Is something done there that is not done every day?"""
        return not self.usual and self.then is not do_nothing

    def is_axe_in(self, language: str, number: int, *, full: bool) -> bool:
        """Does axe look at it in this language? In the gate in every other one only."""
        return full or (number + LANGUAGES.index(language)) % 2 == 0

    def is_seen_in(self, language: str, number: int, *, full: bool) -> bool:
        """Is it looked at in this language at all? What is seldom only where axe looks."""
        return not self.seldom or self.is_axe_in(language, number, full=full)


# -- what is done first -----------------------------------------------------------------------------------------------


def open_parts(page: Page) -> None:
    for part in ("#order-help", "#more-filters", "#ward-menu", "#keep-view", "#ward-actions"):
        page.evaluate("(x) => { const p = document.querySelector(x); if (p) p.open = true; }", part)


def show_keys(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def read_a_value(page: Page) -> None:
    """All tables of values open, the cursor on one."""
    page.eval_on_selector_all("#trends details", "found => found.forEach(x => (x.open = true))")
    page.locator("#trend-ferritin .trend-chart").focus()
    page.keyboard.press("ArrowLeft")


def send_empty(kind: str) -> Callable[[Page], None]:
    """A form of the menu, opened in place and sent empty: back with its faults."""

    def send(page: Page) -> None:
        page.locator("details.add > summary").click()
        page.locator(f".add-menu a[href*='/enter/{kind}?']").click()
        form = page.locator(f"#entry form[action$='/record/{kind}']")
        expect(form).to_be_visible()
        if kind not in SETS:  # which are refused when nothing is filled in
            form.locator("input[type=date], input[type=datetime-local]").first.fill("")
        form.locator("button[type=submit]").first.click()
        expect(form.locator(".invalid-feedback, [role=alert]").first).to_be_visible()

    return send


def ask_about_level(page: Page) -> None:
    """A level of a drug that does not run."""
    page.locator("#id_timing").select_option("trough")
    page.locator("#id_value_tac").fill("6.3")
    page.locator("#entry button[type=submit]").click()
    expect(page.locator("#id_confirmed")).to_be_visible()


def ask_on_the_sheet(page: Page) -> None:
    """A value to be asked about and one to be refused, both folds open."""
    page.locator("#value-crp").fill("60")
    page.locator("#value-creatinine").fill("65")
    page.locator("#value-creatinine").press("Enter")
    expect(page.locator("#told-creatinine .msg")).to_be_visible()
    page.eval_on_selector_all(".morning details", "found => found.forEach(x => (x.open = true))")


def preview_rows(page: Page) -> None:
    page.locator(".paste summary").click()
    page.locator("#paste").fill("CRP\t2.1\tmg/dL\nnobody\t1\t%")
    page.locator("button[value='paste:show']").click()
    expect(page.locator("#pasted")).to_be_visible()


def override_without_reason(page: Page) -> None:
    page.locator("label.pick:has(input[value=override])").click()
    page.locator("#round-form button[value=next]").click()
    expect(page.locator("#round-form .is-invalid").first).to_be_visible()


def name_nobody(page: Page) -> None:
    page.locator("#clock form button").click()
    expect(page.locator("#clock .invalid-feedback")).to_be_visible()


def name_somebody(page: Page) -> None:
    page.locator("#clock select").select_option(label="Hana Mori")
    page.locator("#clock form button").click()
    expect(page.locator("#clock")).to_contain_text("Hana Mori")


def open_all_details(page: Page) -> None:
    page.eval_on_selector_all("main details", "found => found.forEach(x => (x.open = true))")


def name_a_machine_in_vain(page: Page) -> None:
    page.locator("#new-machine button[type=submit]").click()
    expect(page.locator("#new-machine .invalid-feedback").first).to_be_visible()


def send_to_another(patient: Patient) -> Callable[[Page], None]:
    """The form of a patient's page with the address of another."""

    def send(page: Page) -> None:
        page.locator("main form").first.evaluate(
            "(form, address) => { form.action = address; for (const x of form.getAttributeNames())"
            " if (x.startsWith('hx-')) form.removeAttribute(x); form.submit(); }",
            f"/patients/{patient.pk}/record/results",
        )
        expect(page.locator("#conflict")).to_be_visible()

    return send


def check_file(path: Path, shows: str) -> Callable[[Page], None]:
    def choose(page: Page) -> None:
        page.locator("input[type=file]").set_input_files(path)
        page.locator("form[enctype] button").click()
        expect(page.locator(shows)).to_be_visible()

    return choose


def undo_in_vain(physician: User, patient: Patient) -> Callable[[Page], None]:
    """An entry of the reader that somebody cancelled between the page and its "Undo"."""

    def refuse(page: Page) -> None:
        facts = Story().finding(today(), "cough", present=True).versions
        (row,), _tasks = record_entry(patient=patient, by=physician, facts=facts, source="form")
        kept = result_of("finding", [row], (), ())
        NonceUse.objects.create(nonce=f"undo in vain {row.pk}", user=physician, patient=patient, result=kept)
        page.reload()
        cancel_fact(row=row, by=physician, reason="not so", expected_version=1)
        form = page.locator("#saved form")
        form.evaluate(
            "(x) => { for (const a of x.getAttributeNames()) if (a.startsWith('hx-')) x.removeAttribute(a); }"
        )
        form.evaluate("(x) => x.submit()")
        expect(page.locator(".panel.narrow [role=alert]")).to_be_visible()

    return refuse


def sign_in_in_vain(page: Page) -> None:
    page.locator("[name=username]").fill("nobody")
    page.locator("[name=password]").fill("wrong")
    page.locator("main form button").click()
    expect(page.locator("main form .alert")).to_be_visible()


def lose_the_session(page: Page) -> None:
    page.locator("details.add > summary").click()
    page.locator(".add-menu a[href*='/enter/results?']").click()
    page.locator("[name=value_ferritin]").fill("1240")
    Session.objects.all().delete()
    page.locator("#entry button[type=submit]").click()
    expect(page.locator("#session-ended")).to_be_visible()


# -- the list ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stage:
    """People and things that pages are of, by the names in paths."""

    physician: User
    senior: User
    administrator: User
    undecided: Patient
    newcomer: User
    other: Patient
    names: dict[str, object]
    files: Path


def machines_sent(patient: Patient) -> None:
    """Of each kind of question one: a code, a level without route, a day, a number that is almost his, a stranger."""
    source = Source.objects.create(name="lab", title="Laboratory", sender="LAB|EAST")
    person = f"PID|1||{patient.mrn}^^^EAST^MR||{patient.family_name}^{patient.given_name}"
    level = obx("3M805000001905101^CsA^JC10", "182", "ng/mL")
    month = obx("2276-4^Ferritin^LN", "1679", "ng/mL", time="202603")
    for segments, who in (
        ((level, month, obx("77^unheard of^99X", "1", "mg/dL")), person),
        ((obx("2276-4^Ferritin^LN", "2", "ng/mL"),), person.replace(patient.mrn, f"00{patient.mrn}")),
        ((obx("2276-4^Ferritin^LN", "3", "ng/mL"),), "PID|1||55501^^^EAST^MR||Nobody^Here"),
    ):
        take_message(source=source, document=message(*segments, person=who), form="hl7v2")


def tables_sent(physician: User, patient: Patient) -> dict[str, int]:
    """A table whose first lines are looked at, with a fact, a question and a refusal; and one that was taken."""
    source = Source.objects.create(name="sheet", title="Ward sheet")
    rows = [["ID", "Date", "Ferritin (ng/mL)", "PaO2 (mmHg)"], [patient.mrn, "2026-03-04", "1679", "58"]]
    rows += [[patient.mrn, "2026-03-40", "1500", ""], ["55502", "2026-03-04", "90", ""]]
    body = text_of(rows)
    content = map_as_json(suggestion_for(body, source="sheet").of)
    mapping = TableMapping.objects.create(name="weekly", content=content, by=physician)
    shown, taken = (
        send_table(source=source, name=x, body=body, mapping=mapping, by=physician)
        for x in ("looked-at.csv", "taken.csv")
    )
    begin_table(file=taken, by=physician)
    take_file(taken.pk)
    return {"table": shown.pk, "taken": taken.pk}


def machines_known(administrator: User) -> None:
    """One with tokens, that has been silent for too long and sent what could not be read; one that may not send."""
    source, other = Source.objects.get(name="lab"), Source.objects.get(name="sheet")
    for scopes, addresses in ((["send"], ["10.0.0.0/8", "2001:db8::/32"]), (["read", "send"], [])):
        wards = list(Ward.objects.all()[:1]) if "read" in scopes else []
        issue_token(source=source, title="engine", scopes=scopes, wards=wards, addresses=addresses, by=administrator)
    for kind in ("MDM^T02", "ADT^A60"):
        document = message(obx("2276-4^Ferritin^LN", "1", "ng/mL"), header=HEADER.replace("ORU^R01", kind))
        take_message(source=source, document=document, form="hl7v2", control_id=f"C-{kind[:3]}17")
    Source.objects.filter(pk=source.pk).update(silent_since=timezone.now() - timedelta(hours=7))
    Source.objects.filter(pk=other.pk).update(active=False)


def a_cohort(user: User) -> CohortRun:
    """A run with two groups that are shown, one that is not, and rules that told of enough people."""
    spread = [
        (step, days, event) for step in ("T1", "T2") for days, event in ((40, ""), (90, "respiratory"), (700, ""))
    ]
    told = {"subtype": "A/S-2", "course": "A/S", "antibody": "neither", "sex": "female", "age": 61, "era": 2020}
    people = [
        Member(number=n, first_step=step, highest_step=step, days=days + n, event=event, **told)
        for n, (step, days, event) in enumerate([*spread, *spread, ("T3", 5, "other")], start=1)
    ]
    firings = [Firing(rule="AKI", alerts=2, followed=1, worse=1) for _x in people]
    looked = Looked(members=tuple(people), firings=tuple(firings), days=900)
    now, number = timezone.now(), len(people)
    done = {"state": RunState.DONE, "ended_at": now, "total": number, "done": number, "result": looked.as_json()}
    return CohortRun.objects.create(known_at=now, with_rules=True, by=user, **done)


@pytest.fixture
def stage(ward, physician, undecided, other, tmp_path: Path) -> Stage:
    User.objects.filter(pk=physician.pk).update(first_name="Hana", last_name="Mori")
    Admission.objects.filter(patient=undecided).update(bed="701", consultant="Mori")
    Admission.objects.filter(patient=other).update(bed="702", consultant="Ito")
    settled = admitted("B-3", physician, ward, awaiting_mda5(), family_name="Inoue", given_name="Taro")
    before = quote((timezone.now()).isoformat())
    tell(settled, Story().ferritin(today(), "1679"), None)
    late = admitted("B-7", physician, ward, judgement_overdue(), family_name="Abe", given_name="Jun")
    treated = admitted("B-8", physician, ward, forty_days_treated(), family_name="Ono", given_name="Mari")
    long = admitted("B-9", physician, ward, two_kits_of_kl6(), family_name="Nakamura", given_name="Kazuko")
    twice = admitted("B-10", physician, ward, awaiting_mda5(), family_name="Ito", given_name="Yui")
    known = make_patient("B-10X", physician, family_name="Ito", given_name="Yui")
    tell(known, Story().ferritin(today() - 1, "900"), None)
    merged = make_patient("B-10Y", physician, family_name="Ito", given_name="Yui")
    correct_identity(patient=twice, by=physician, expected_version=1, reason="misspelt", given_name="Yuiko")
    cohort = a_cohort(physician)
    merge = merge_records(kept=twice, absorbed=merged, by=physician, reason="registered twice").merge
    walk = start_round(by=physician, order=[settled.pk, other.pk])
    machines_sent(settled)
    empty = Ward.objects.create(code="south-1", name="South 1", name_ja="南1病棟")
    people = {"undecided": undecided, "settled": settled, "late": late, "treated": treated, "long": long}
    people |= {"twice": twice, "merged": merged, "blank": make_patient("B-11", physician, ward, family_name="Kato")}
    (tmp_path / "good.json").write_text(json.dumps(case()), encoding="utf-8")
    (tmp_path / "bad.json").write_text(json.dumps(case(events=[{"kind": "?"}])), encoding="utf-8")
    value = Measurement.objects.filter(patient=undecided).first()
    assert value is not None
    names = {name: f"/patients/{patient.pk}/" for name, patient in people.items()}
    past = quote((timezone.now() - timedelta(hours=1)).isoformat())
    tables, administrator = tables_sent(physician, settled), make_user("administrator", Role.ADMINISTRATOR)
    machines_known(administrator)
    code = {"system": "99X", "code": "901", "called": "Enzyme", "by": physician}
    former, _taken = say_meaning(target="ldh", **code)
    say_meaning(target="ck", reason="It was the other one.", **code)
    gather(timezone.now())
    return Stage(
        physician,
        make_user("senior", Role.SENIOR, ward),
        administrator,
        undecided,
        make_user("newcomer", Role.PHYSICIAN, empty),
        other,
        {
            **names,
            "round": walk.pk,
            "value": value.reference,
            "past": past,
            "before": before,
            "known": known.pk,
            "merge": merge.pk,
            "stranger": MessagePart.objects.filter(state=PartState.UNKNOWN).earliest("pk").pk,
            "meaning": former.pk,
            "case": ReviewCase.objects.filter(patient=treated, trigger="subtype").get().pk,
            "cohort": cohort.pk,
            **tables,
        },
        tmp_path,
    )


def states(stage: Stage) -> list[State]:
    """All of one session, those that write last."""
    everywhere, both, one = (WIDE, TABLET, PHONE), (LAPTOP, PHONE), (LAPTOP,)
    parts = ("results", "treatments", "trends", "trends/compare", "course", "paper", "round", "?at={past}")
    entries = ("enter/results", "enter/hrct", "enter/treatment", "enter/decision", "facts/{value}")
    entries += ("enter/first_facts", "enter/medication", "enter/taper", "enter/judgement")
    return [
        State("/", axe_at=(DESK, *both), usual=True),
        *(State(f"{{undecided}}{x}", axe_at=both, usual=True) for x in ("", *entries)),
        *(State(f"{{undecided}}{x}", axe_at=one, usual=True) for x in parts),
        *(State(x, axe_at=one, usual=True) for x in ("/round/", "/review/overrides")),
        *(State(x, axe_at=one, usual=True) for x in ("/cohort?by=first_step", "/cohort/{cohort}/export")),
        *(State(x, axe_at=one, usual=True) for x in ("/rules/", "/rules/PAO2_LOW", "/rules/changes")),
        *(State(x, axe_at=one, usual=True) for x in ("/evidence/", "/evidence/wu_2025")),
        *(State(x, axe_at=both, usual=True) for x in ("/nowhere", "/cases/import", "/arrivals/", "/notifications/")),
        State("/arrivals/people/{stranger}/", axe_at=both, usual=True),
        State("/arrivals/codes/{meaning}", axe_at=both, usual=True),
        *(State(f"{{undecided}}stay{x}", axe_at=both, usual=True) for x in ("", "?do=discharge", "?do=outcome")),
        *(State(f"/patients/{x}", axe_at=both, usual=True) for x in ("new", "off-ward", "own")),
        *(State(f"/inbox/{x}", axe_at=both, usual=True) for x in ("", "?what=ended", "levels", "tests", "tasks")),
        *(State(f"/inbox/{x}", open_all_details, axe_at=one) for x in ("", "tests")),
        *(State(f"/exchange/tables{x}", axe_at=both, usual=True) for x in ("", "/{table}/columns", "/{table}/preview")),
        *(State(x, axe_at=both, usual=True) for x in ("/exchange/tables/{taken}", "{undecided}export", "/ward/export")),
        State("/patients/999999/", axe_at=(TABLET,)),
        State("{blank}", axe_at=both, usual=True),
        # the ward list in every shape
        *(State(x, open_parts) for x in ("/", "/?consultant=Ito", "/?step=T4", "/?ward=all&sort=changed")),
        State("/", show_keys),
        # charts, tables and timelines with much in them
        *(State(f"{{treated}}{x}", axe_at=everywhere) for x in ("treatments", "results")),
        *(State(f"{{long}}{x}", read_a_value) for x in ("trends", "trends/compare")),
        State("{long}", open_all_details, everywhere),
        State("{treated}enter/results?panel=drug_levels"),
        State("{treated}enter/results?panel=drug_levels", ask_about_level),
        *(State(x, axe_at=both, usual=True) for x in ("{treated}morning", "/ward/morning")),
        State("{long}morning", ask_on_the_sheet, (WIDE, TABLET, PHONE)),
        State("{undecided}morning", preview_rows, (TABLET,)),
        State("{settled}?at={before}", axe_at=everywhere),
        # whom a record is about
        State("{twice}identity", axe_at=everywhere, usual=True),
        State("{twice}merge", axe_at=both, usual=True),
        State("{twice}merge/{known}", axe_at=everywhere, usual=True),
        State("{twice}merges/{merge}", axe_at=both, usual=True),
        State("{twice}?at={before}", axe_at=one),
        State("{merged}", axe_at=both),
        State("{merged}results", axe_at=one),
        # a round
        State("{settled}round?round={round}"),
        State("/round/{round}/"),
        State("{late}round", override_without_reason, (TABLET,)),
        # refused
        *(State("{undecided}", send_empty(kind), (TABLET,) if kind in OF_EVERY_SHAPE else ()) for kind in FORMS),
        State("{undecided}enter/results", send_to_another(stage.other), (TABLET,)),
        State("/cases/import", check_file(stage.files / "bad.json", "section[role=alert]")),
        State("/cases/import", check_file(stage.files / "good.json", "#preview")),
        State("{late}round", name_nobody, (TABLET,)),
        State("{late}round", name_somebody, (TABLET,)),
        State("{undecided}", undo_in_vain(stage.physician, stage.undecided), (TABLET, PHONE)),
        State("{undecided}", lose_the_session, (TABLET,)),
    ]


def states_of_the_senior() -> list[State]:
    """Looking back at cases."""
    everywhere = (WIDE, TABLET, PHONE)
    return [
        State("/review/", axe_at=everywhere, usual=True),
        State("/review/cases/{case}", axe_at=everywhere, usual=True),
        State("/review/cases/{case}?whole=1", open_all_details, axe_at=(WIDE,)),
        *(
            State(f"/review/{x}", axe_at=(LAPTOP, PHONE), usual=True)
            for x in ("figures", "learning", "overrides", "numbers")
        ),
    ]


def states_of_the_administrator() -> list[State]:
    """Who runs the site: machines, and what of them could not be read."""
    everywhere = (WIDE, TABLET, PHONE)
    return [
        State("/site/", axe_at=everywhere, usual=True),
        State("/machines/", axe_at=everywhere, usual=True),
        State("/machines/", open_all_details, axe_at=everywhere, usual=True),
        State("/machines/", name_a_machine_in_vain, (TABLET,)),
        State("/machines/refused", axe_at=everywhere, usual=True),
        State("/machines/codes", axe_at=everywhere, usual=True),
        State("/delivery/", axe_at=everywhere, usual=True),
        State("/delivery/", open_all_details, axe_at=everywhere, usual=True),
    ]


class Eye:
    """Looks at states in one language, and keeps what is wrong with them."""

    def __init__(self, page: Page, language: str, address: str, names: dict[str, object], good: set[str]) -> None:
        self.page, self.language, self.address, self.names, self.good = page, language, address, names, good
        self.faults: list[str] = []
        self.number = 0  # of the state that it looks at
        self.complaints = listen(page)
        bring_axe(page)

    def see(self, state: State) -> None:
        """Go there, do what is done there, look."""
        self.number += 1
        if not state.is_seen_in(self.language, self.number, full=THIS_RUN.full):
            return
        self.resize((*state.axe_at, TABLET)[0])
        self.page.goto(self.address + state.path.format(**self.names))
        assert self.page.locator("html").get_attribute("lang") == self.language
        state.then(self.page)
        self.page.wait_for_load_state()  # what was done may have led to another page
        self.look(f"{state.path} {getattr(state.then, '__qualname__', '')}", state)

    def look(self, name: str, state: State) -> None:
        """At every width, first where the page stands, and there in the dark too; where axe does not look in this run,
        at the widths of a ward, a tablet and a telephone."""
        axe = state.is_axe_in(self.language, self.number, full=THIS_RUN.full)
        first = self.width()
        for width in sorted(WIDTHS if axe else {first, WIDE, TABLET, PHONE}, key=lambda x: x != first):
            self.resize(width)
            if scrolls_sideways(self.page):
                self.faults.append(f"{name} scrolls sideways at {width}")
            self.faults += [f"{name} at {width} is squeezed: {x}" for x in squeezed(self.page)]
            if width in (first, PHONE):
                self.faults += [f"{name} at {width} has more than five sizes, {x}" for x in too_many_sizes(self.page)]
            if width == first:
                self.faults += [f"{name} has a stray blank: {x}" for x in stray_blanks(self.page)]
            if state.usual and width in (TABLET, PHONE):
                self.faults += [f"{name} at {width}: {x}" for x in self.page.evaluate(TOO_SMALL, [44, LET_OFF])]
            if axe and width in state.axe_at:
                self.faults += [f"{name} at {width}: {x}" for x in violations(self.page, self.good)]
            if axe and width == first and state.axe_at:
                self.page.emulate_media(color_scheme="dark")
                self.faults += [f"{name} in the dark: {x}" for x in violations(self.page, self.good, rest=False)]
                self.page.emulate_media(color_scheme="light")

    def width(self) -> int:
        """Of the window."""
        size = self.page.viewport_size
        return size["width"] if size else 0

    def resize(self, width: int) -> None:
        """Each change is drawn anew by all of the browser: none where none is needed."""
        if self.width() != width:
            self.page.set_viewport_size({"width": width, "height": 900})


def sign_in(context: BrowserContext, user: User, address: str) -> None:
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    context.clear_cookies()
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": address}])


@pytest.fixture(scope="module")
def good_looks() -> set[str]:
    """Looks of texts with enough contrast, found in either language and theme: neither decides it, colours do."""
    return set()


@pytest.mark.within(day=600)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_and_every_state(
    language: str,
    new_context: Callable[..., BrowserContext],
    live_server,
    stage: Stage,
    good_looks: set[str],
    monkeypatch,
) -> None:
    """Nothing that axe or the browser complains of, at any width; what a finger is to hit is 44 px (WCAG 2.5.8)."""
    monkeypatch.setattr("django.conf.settings.DOWNTIME_LANGUAGES", ["en", "ja"])
    # a colour halfway between two themes is nobody's
    context = new_context(extra_http_headers={"Accept-Language": language}, reduced_motion="reduce")
    eye = Eye(context.new_page(), language, live_server.url, stage.names, good_looks)
    eye.see(State("/", axe_at=(PHONE,)))
    eye.see(State("/", sign_in_in_vain, (PHONE,)))
    sign_in(context, stage.newcomer, live_server.url)
    for path in ("/", "/round/"):
        eye.see(State(path, axe_at=(TABLET,)))
    sign_in(context, stage.physician, live_server.url)
    sweep()  # or the pages say that nobody watches
    tried()  # or that no rule could be shown to speak
    for state in states(stage):
        eye.see(state)
    sign_in(context, stage.senior, live_server.url)
    for state in states_of_the_senior():
        eye.see(state)
    sign_in(context, stage.administrator, live_server.url)
    for state in states_of_the_administrator():
        eye.see(state)
    assert not Measurement.objects.filter(source="form").exists()
    see_downtime_sheets(eye, stage.files / "downtime")
    assert eye.faults == [], "\n".join(eye.faults)
    assert eye.complaints == []


def see_downtime_sheets(eye: Eye, folder: Path) -> None:
    """R62: opened as a file, without any server; one that is too old says so."""
    write_sheets(folder)
    index = folder / "index.html"
    for text in (index.read_text(), re.sub(r'data-until="\d{4}', 'data-until="2020', index.read_text())):
        index.write_text(text)
        eye.resize(WIDE)
        eye.page.goto(f"file://{index}")
        eye.look("downtime sheets", State("", axe_at=(WIDE, TABLET, PHONE)))


@pytest.mark.parametrize("number", [0, 1])
def test_axe_looks_in_one_language_and_with_full_in_both(number: int) -> None:
    page, done = State("/"), State("/", show_keys)
    for state in (page, done, State("/", show_keys, usual=True)):
        assert sum(state.is_axe_in(x, number, full=False) for x in LANGUAGES) == 1
        assert all(state.is_axe_in(x, number, full=True) and state.is_seen_in(x, number, full=True) for x in LANGUAGES)
    assert all(page.is_seen_in(x, number, full=False) for x in LANGUAGES), "a page is laid out in both"
    assert sum(done.is_seen_in(x, number, full=False) for x in LANGUAGES) == 1


def test_the_dark_sheet_names_colours_and_nothing_else() -> None:
    """A rule that hid or moved something in the dark would have to be looked at with all of axe."""
    text = re.sub(r"/\*.*?\*/", "", DARK_SHEET.read_text(encoding="utf-8"), flags=re.DOTALL)
    declared = re.findall(r"^\s*([\w-]+):", text, re.MULTILINE)
    assert [x for x in declared if not x.startswith("--") and x != "color-scheme"] == []


BLANKS = (
    ("<p>one <b>two</b> ; three</p>", ["one two ; three"]),
    ("<p>one</p><p>; two</p>", []),
    ("<style>b::after { content: '; ' }</style><p><b>one </b>two</p>", ["one ; two"]),
    ("<style>b::after { content: '; ' }</style><p><b>one</b>two MDA5 ? 3 .5</p>", []),
    ("<p>一 、二（ 三）</p>", ["一 、二（ 三）"]),
)


@pytest.mark.parametrize(("body", "found"), BLANKS)
def test_a_stray_blank_is_found_where_the_eye_sees_it(page: Page, body: str, found: list[str]) -> None:
    page.set_content(f"<body>{body}</body>")
    assert stray_blanks(page) == found


def test_more_than_five_sizes_are_told_with_their_texts(page: Page) -> None:
    five = "".join(f"<p style='font-size: {x}px'>Text</p>" for x in range(12, 17))
    page.set_content(f"<body>{five}<svg><text font-size='9'>9</text></svg></body>")
    assert too_many_sizes(page) == []
    page.set_content(f"<body>{five}<p style='font-size: 17px'>Text</p></body>")
    assert len(too_many_sizes(page)) == 6


GREY = "color: #767676"  # on white just enough (4.54), on anything darker not
BEHIND = "<div style='background: #555; height: 60px'></div>"
LOOKS_WORSE = {
    "ground": f"<div style='background: #eee'><p style='{GREY}'>Text</p></div>",
    "own ground": f"<p style='{GREY}; background: #eee'>Text</p>",
    "translucent ground": f"<div style='background: #0002'><p style='{GREY}'>Text</p></div>",
    "opacity": f"<div style='opacity: 0.8'><p style='{GREY}'>Text</p></div>",
    "opacity of a ground": f"<div style='opacity: 0.8'><p style='{GREY}; background: #fff'>Text</p></div>",
    "ink": "<p style='color: #888'>Text</p>",
    "size": "<p style='color: #949494'>Text</p>",
    "weight": "<p style='color: #949494; font-size: 19px'>Text</p>",
    "positioned": f"{BEHIND}<p style='{GREY}; position: absolute; top: 20px'>Text</p>",
    "moved": f"{BEHIND}<p style='{GREY}; position: relative; top: -60px'>Text</p>",
    "pulled": f"{BEHIND}<p style='{GREY}; margin-top: -40px'>Text</p>",
    "shifted": f"{BEHIND}<p style='{GREY}; transform: translateY(-60px)'>Text</p>",
}


def test_a_text_that_looks_worse_than_one_found_good_is_asked_about(page: Page) -> None:
    """The look of a text holds all that contrast depends on; one that is good is not asked about again."""
    good: set[str] = set()

    def see(body: str) -> list[str]:
        page.set_content(
            f"<html lang='en'><title>Looks</title><body style='background: #fff'><main>{body}</main></body>"
        )
        return [rule for rule, _ in violations(page, good) if rule == CONTRAST]

    large = (
        "<p style='color: #949494; font-size: 24px'>Text</p><p style='color: #949494; font: bold 19px serif'>Text</p>"
    )
    assert see(f"<p style='{GREY}'>Text</p>{large}") == []
    assert len(good) == len(page.evaluate(LOOKS)) == 3
    assert set(page.evaluate(LOOKS)) == good
    assert {how: see(body) for how, body in LOOKS_WORSE.items()} == {how: [CONTRAST] for how in LOOKS_WORSE}


def test_every_rule_that_a_page_breaks_is_told_and_in_the_dark_those_that_read_colours(page: Page) -> None:
    """One run of axe asks contrast of some texts and the other rules of everything; it leaves nothing in the page."""
    plain_link = (
        "<p style='color: #000'>Some text <a href='#x' style='color: #222; text-decoration: none'>a link</a></p>"
    )
    body = f"<main><h1>Looks</h1><img src='data:,'>{plain_link}<p style='color: #bbb'>Pale</p></main>"
    page.set_content(f"<html lang='en'><title>Looks</title><body style='background: #fff'>{body}</body>")
    broken = dict(violations(page, set()))
    assert set(broken) == {"image-alt", "link-in-text-block", CONTRAST}
    assert broken["image-alt"] == ['<img src="data:,">']
    assert ["Pale" in x for x in broken[CONTRAST]] == [True]
    assert set(dict(violations(page, set(), rest=False))) == {"link-in-text-block", CONTRAST}
    good = set(page.evaluate(LOOKS))  # nothing is asked of contrast then, and everything of the rest
    assert set(dict(violations(page, good))) == {"image-alt", "link-in-text-block"}
    assert "data-asked" not in page.content()
