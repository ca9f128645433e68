"""The replay: what it prints, that it needs no database, that published courses give what a clinician expects."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ildcare.evaluation.replay import after_last_event, as_json, as_of_text, replay
from patients.imports.case import Case
from patients.imports.case_file import parse
from tests.patients.imports.writing import case, document, event, ferritin, pao2

ROOT = Path(__file__).parents[3]
CASES = ROOT / "ildcare" / "demo" / "cases"
EXPECTED: dict[str, dict[str, Any]] = json.loads((ROOT / "tests" / "cases" / "expected.json").read_text("utf-8"))
KEYS = [
    "as_of", "course", "subtype", "subtypes_possible", "step", "steps_possible", "poor_risk", "missing", "path",
    "alerts",
]  # fmt: skip
ZONE = "Asia/Tokyo"


def published(name: str) -> Case:
    return parse((CASES / f"{name}.json").read_bytes(), now=datetime(2026, 1, 1, tzinfo=UTC))


def replayed(told: Case, as_of: str) -> dict[str, Any]:
    return as_json(replay(told, as_of_text(as_of, ZONE)))


# -- published courses ------------------------------------------------------------------------------------------------


def test_every_published_case_has_its_expectation():
    assert sorted(EXPECTED) == sorted(path.stem for path in CASES.glob("*.json"))


@pytest.mark.parametrize("name", EXPECTED)
def test_published_case_stands_where_the_paper_puts_it(name):
    wanted = EXPECTED[name]
    found = replayed(published(name), wanted["as_of"])
    assert found["course"] in wanted["course"]
    assert found["subtype"] in wanted["subtype"]
    assert found["step"] in wanted["step"]
    assert found["step"] not in wanted.get("step_must_not", [])
    assert {code: found["poor_risk"][code] for code in wanted["poor_risk"]} == wanted["poor_risk"]


@pytest.mark.parametrize("name", EXPECTED)
def test_published_case_alerts_in_time(name):
    wanted = EXPECTED[name]
    alerts = replayed(published(name), wanted["alerts_as_of"])["alerts"]
    for must in wanted["alerts_must"]:
        severities = {x["severity"] for x in alerts if x["rule"] == must["rule"] and x["on"] <= must["by"]}
        assert severities, must
        assert must.get("severity") in (None, *severities)
    assert {x["rule"] for x in alerts}.isdisjoint(wanted["alerts_must_not"])


# -- the object -------------------------------------------------------------------------------------------------------


def test_json_has_exactly_the_keys_of_the_format():
    found = replayed(published("IDA2023-3"), "2024-04-13")
    assert list(found) == KEYS
    assert list(found["poor_risk"]) == ["adm", "mda5", "ferritin", "hrct", "pao2"]
    assert {frozenset(x) for x in found["alerts"]} == {frozenset({"rule", "on", "severity", "reason", "open"})}
    assert {x["severity"] for x in found["alerts"]} <= {"critical", "warning", "info"}
    json.dumps(found)


def test_undecided_step_is_null_with_more_than_one_possible():
    found = replayed(case(), "2024-03-04")
    assert found["step"] is None
    assert len(found["steps_possible"]) > 1
    assert set(found["poor_risk"].values()) == {None}
    assert found["missing"]


def test_as_of_a_date_is_its_end():
    assert as_of_text("2024-03-04", ZONE).isoformat() == "2024-03-04T23:59:59.999999+09:00"


def test_as_of_a_time_is_that_time_at_the_site():
    assert as_of_text("2024-03-04T08:00", ZONE).isoformat() == "2024-03-04T08:00:00+09:00"


def test_default_is_the_end_of_the_day_after_a_dated_last_event():
    last = after_last_event(case(ferritin(on="2024-03-04T08:00"), ferritin(on="2024-03-09")))
    assert last is not None
    assert last.isoformat() == "2024-03-09T23:59:59.999999+09:00"


def test_default_is_the_time_of_a_timed_last_event_and_known_counts():
    last = after_last_event(case(ferritin(), ferritin(on="2024-03-05", known="2024-03-09T08:00")))
    assert last is not None
    assert last.isoformat() == "2024-03-09T08:00:00+09:00"


def test_nothing_later_is_seen():
    told = case(pao2("58"), ferritin("1679", on="2024-03-05"), ferritin("1700", known="2024-03-06"))
    assert replayed(told, "2024-03-04")["poor_risk"]["ferritin"] is None
    assert replayed(told, "2024-03-05")["poor_risk"]["ferritin"] is True


def test_an_alert_is_dated_by_the_day_it_became_known_and_closes_when_its_condition_ends():
    told = case(
        event("respiratory_onset", on="2024-03-01"),
        pao2("58", on="2024-03-04", known="2024-03-05"),
        pao2("75", on="2024-03-08"),
    )
    (early,) = [x for x in replayed(told, "2024-03-06")["alerts"] if x["rule"] == "PAO2_LOW"]
    (late,) = [x for x in replayed(told, "2024-03-09")["alerts"] if x["rule"] == "PAO2_LOW"]
    assert (early["on"], early["open"]) == ("2024-03-05", True)
    assert (late["on"], late["open"]) == ("2024-03-05", False)
    assert "58" in early["reason"]


def test_an_alert_that_rested_on_a_cancelled_result_stays_listed_as_closed():
    told = case(
        event("respiratory_onset", on="2024-03-01"),
        ferritin("5000", id="L1"),
        ferritin("5000", id="L1", status="cancelled", known="2024-03-06"),
    )
    (alert,) = [x for x in replayed(told, "2024-03-07")["alerts"] if x["rule"] == "FERRITIN_HIGH"]
    assert (alert["on"], alert["open"]) == ("2024-03-04", False)
    assert replayed(told, "2024-03-05")["poor_risk"]["ferritin"] is True
    assert replayed(told, "2024-03-07")["poor_risk"]["ferritin"] is None


def test_order_of_events_in_the_file_does_not_matter():
    told = json.loads((CASES / "IDA2023-3.json").read_text("utf-8"))
    forwards = replayed(case(*told["events"]), "2024-04-13")
    backwards = replayed(case(*reversed(told["events"])), "2024-04-13")
    assert forwards == backwards


# -- two years --------------------------------------------------------------------------------------------------------


def two_years() -> Case:
    """A ward's worth: daily SpO2 and weekly bloods for two years, with treatment from day 1."""
    events: list[dict[str, Any]] = [
        event("respiratory_onset", on="2022-03-01"),
        event("treatment", on="2022-03-02", drug="gc", dose=50, unit="mg/day"),
        event("treatment", on="2022-03-02", drug="csa", route="oral"),
    ]
    for n in range(730):
        day = (date(2022, 3, 1) + timedelta(days=n)).isoformat()
        events.append(event(on=f"{day}T07:00", code="spo2", value="96", unit="%", fio2=0.21))
        if n % 7 == 0:
            events += [
                event(on=f"{day}T08:00", code=code, value=value, unit=unit)
                for code, value, unit in (
                    ("ferritin", str(300 + n), "ng/mL"), ("kl6", "800", "U/mL"), ("crp", "0.3", "mg/dL"),
                    ("ldh", "250", "U/L"), ("creatinine", "0.8", "mg/dL"), ("alt", "30", "U/L"), ("wbc", "8000", "/uL"),
                )
            ]  # fmt: skip
    return case(*events)


def test_two_years_of_daily_results_are_replayed_whole():
    told = two_years()
    found = replayed(told, "2024-03-01")
    assert len(told.events) > 1400
    assert [x for x in found["alerts"] if x["rule"] == "AS_ENTRY"]


# -- the command ------------------------------------------------------------------------------------------------------


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("replay", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.fixture
def file(tmp_path):
    def write(text: str) -> str:
        path = tmp_path / "case.json"
        path.write_text(text, "utf-8")
        return str(path)

    return write


def test_command_prints_one_json_object():
    found = json.loads(run(str(CASES / "GU2021.json"), "--as-of", "2024-03-01", "--json"))
    assert (found["course"], found["step"]) == ("A/S", "T3")


def test_command_speaks_in_sentences():
    told = run(str(CASES / "IDA2023-3.json"))
    assert "Step: T3" in told
    assert "anti-MDA5 positive on 2 Mar" in told
    assert "FERRITIN_HIGH" in told


def test_command_says_unknown_and_not_no(file):
    told = run(file(document(event("diagnosis", myositis="DM"))))
    assert "Course: not known" in told
    assert "PaO2 below 60 mmHg: unknown" in told


def test_command_refuses_with_every_fault(file):
    with pytest.raises(CommandError, match=r"(?s)event 1: .*event 2: "):
        run(file(document(ferritin("x"), ferritin(unit="y"))))


def test_command_refuses_a_date_it_cannot_read():
    with pytest.raises(CommandError, match="--as-of"):
        run(str(CASES / "GU2021.json"), "--as-of", "tomorrow")


def test_command_says_that_a_file_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        run(str(tmp_path / "none.json"))


def test_several_files_are_one_object_a_line_with_the_name_of_each():
    paths = [str(CASES / f"{name}.json") for name in EXPECTED]
    lines = [json.loads(line) for line in run("--json", *paths).splitlines()]
    assert [x.pop("file") for x in lines] == paths
    assert lines == [json.loads(run(path, "--json")) for path in paths]


def test_several_files_in_sentences_stand_below_their_names():
    paths = [str(CASES / "GU2021.json"), str(CASES / "IDA2023-3.json")]
    text = run(*paths)
    assert text == "".join(f"== {path}\n{run(path)}" for path in paths)


@pytest.mark.parametrize("how", [["--json"], []])
def test_a_bad_file_among_good_ones_says_its_faults_and_the_others_are_answered(file, tmp_path, how):
    good, bad = str(CASES / "GU2021.json"), file(document(ferritin("x"), ferritin(unit="y")))
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(CommandError, match="2 of 4 files refused"):
        call_command("replay", *how, good, bad, str(tmp_path / "none.json"), good, stdout=out, stderr=err)
    if how:
        first, refused, missing, last = map(json.loads, out.getvalue().splitlines())
        assert first == last
        assert first["step"] == "T3"
        assert [list(x) for x in (refused, missing)] == [["file", "faults"]] * 2
        assert refused["file"] == bad
        assert [x.partition(":")[0] for x in refused["faults"]] == ["event 1", "event 2"]
        assert missing["faults"] == ["No such file or directory"]
    else:
        assert out.getvalue().count("Step: T3") == 2
        assert [x in err.getvalue() for x in (f"{bad}: refused", "event 1: ", "event 2: ", "No such")] == [True] * 4


def test_a_moment_that_cannot_be_read_is_no_fault_of_the_files():
    path = str(CASES / "GU2021.json")
    with pytest.raises(CommandError, match="--as-of"):
        run("--json", path, path, "--as-of", "tomorrow")


def test_command_needs_no_database():
    """A process of its own whose database is nowhere."""
    nowhere = {**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
    done = subprocess.run(
        [sys.executable, "-m", "django", "replay", str(CASES / "GU2021.json"), "--json"],
        env={**nowhere, "DJANGO_SETTINGS_MODULE": "ildcare.settings"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["step"] == "T3"


def test_a_case_is_replayed_on_either_chart(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    events = [
        event("respiratory_onset", on="2024-03-01"),
        event("diagnosis", on="2024-03-01", myositis="PM"),
        event("antibody", on="2024-03-01", code="anti_mda5", result="negative"),
        ferritin("300", on="2024-03-01"),
        pao2("80", on="2024-03-01"),
        event("hrct", on="2024-03-01", ggo=True, consolidation="none", change="first"),
        event("finding", on="2024-03-01", code="dyspnoea_on_exertion", present=True, change="worse"),
        event("treatment", on="2024-03-03", drug="gc", route="oral", dose="50", unit="mg/day"),
        event("judgement", on="2024-03-13", improvement="worse"),
    ]
    path.write_text(document(*events))
    steps = []
    for chosen in ({}, {"chart": "kurasawa_arai_2014_drill 1"}):
        out = io.StringIO()
        call_command("replay", str(path), json=True, stdout=out, **chosen)
        steps.append(json.loads(out.getvalue())["step"])
    assert steps == ["T2", "T3"]
