"""Numbers that a site may change: each changes what its rule says, and what the site has chosen stands in the words."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain, pairwise
from pathlib import Path

import pytest

from ildcare.record.flow_sheet import flow_sheet
from monitoring import levels, saturation
from monitoring.engine import Severity, examine
from monitoring.levels import band_at
from monitoring.limits import place_of
from monitoring.rules import BY_CODE, RULES, SITE_VALUES, aki, creatinine_rise, liver, lymphopenia
from monitoring.site_values import SiteValue
from patients.clinical.reasons import say
from patients.clinical.regimen import Indicated, regimen_of
from patients.clinical.snapshot import RuleChoices, Settings, Snapshot
from tests.monitoring.looking import indicated
from tests.monitoring.site_value_stories import STORIES
from tests.story import Story
from tests.together import each


def chosen(story: Story, day: int, off: frozenset[str] = frozenset(), **values: str) -> Snapshot:
    """The snapshot at a site with other numbers: HYPERKALAEMIA__warns="5.7"."""
    numbers = tuple((name.replace("__", "."), Decimal(value)) for name, value in values.items())
    return story.snapshot(day, settings=Settings(rules=RuleChoices(values=numbers, off=off)))


def told(snapshot: Snapshot, rule: str) -> list[str]:
    """The sentences of a rule."""
    return [say(why) for x in examine(RULES, snapshot).issues if x.rule == rule for why in x.reasons]


def test_every_number_has_its_own_code_and_lies_within_its_bounds() -> None:
    held = [x for rule in RULES for x in rule.values]
    assert len({x.code for x in held}) == len({id(x) for x in held})
    for value in held:
        assert value.fits(value.default), value.code
        assert value.least < value.most, value.code
        assert value.code.partition(".")[0] in {x.code for x in RULES if value in x.values}, value.code


@pytest.mark.parametrize(("number", "fits"), [("5.2", False), ("5.3", True), ("6.0", True), ("6.1", False)])
def test_a_site_chooses_within_bounds(number: str, fits: bool) -> None:
    assert SITE_VALUES["HYPERKALAEMIA.warns"].fits(Decimal(number)) is fits


def test_days_are_whole() -> None:
    assert not SITE_VALUES["AADO2_RISE.days"].fits(Decimal("7.5"))


def test_the_number_of_the_site_decides_and_is_named() -> None:
    story = Story().test(0, "potassium", "5.5")
    assert told(story.snapshot(0), "HYPERKALAEMIA") == ["potassium 5.5 mmol/L on 1 Mar, 5.5 or more"]
    assert told(chosen(story, 0, HYPERKALAEMIA__warns="5.6"), "HYPERKALAEMIA") == []
    lower = Story().test(0, "potassium", "5.4")
    assert told(chosen(lower, 0, HYPERKALAEMIA__warns="5.4"), "HYPERKALAEMIA") == [
        "potassium 5.4 mmol/L on 1 Mar, 5.4 or more"
    ]


def test_a_rule_that_is_switched_off_says_nothing_and_closes_what_it_had_opened() -> None:
    story = Story().test(0, "potassium", "6.5")
    examination = examine(RULES, chosen(story, 0, frozenset({"HYPERKALAEMIA"})))
    assert not [x for x in examination.issues if x.rule == "HYPERKALAEMIA"]
    assert "HYPERKALAEMIA" in examination.judged  # so that its alert ends


def test_every_number_is_read() -> None:
    """With another number its rules say something else of a story; a number without a story fails too."""

    def is_read(value: SiteValue) -> None:
        story, day, changed = STORIES[value.code]
        assert value.fits(Decimal(changed))
        rules = [x for x in RULES if value in x.values]
        choices = RuleChoices(values=((value.code, Decimal(changed)),))
        usual, other = (
            examine(rules, story.snapshot(day, settings=Settings(rules=x)), indicated("T1", 0))
            for x in (RuleChoices(), choices)
        )
        assert not usual.failures, usual.failures
        assert not other.failures, other.failures
        assert (usual.issues, usual.remarks) != (other.issues, other.remarks), "nothing changed"

    each(SITE_VALUES.values(), is_read, lambda x: x.code)
    assert STORIES.keys() == SITE_VALUES.keys()


# numbers of one rule from the least to the greatest
IN_ORDER = (
    ("SPO2_LOW.critical", "SPO2_LOW.closes_on_oxygen"),
    ("CYTOPENIA.severe", "CYTOPENIA.anc_critical", "CYTOPENIA.anc_warns"),
    ("CYTOPENIA.wbc_critical", "CYTOPENIA.wbc_warns"),
    ("CYTOPENIA.plt_critical", "CYTOPENIA.plt_warns"),
    ("CYTOPENIA.hb_critical", "CYTOPENIA.hb_warns"),
    ("LYMPHOPENIA.warns", "LYMPHOPENIA.closes"),
    ("HYPOKALAEMIA.critical", "HYPOKALAEMIA.warns"),
    ("BLOOD_PRESSURE.systolic", "BLOOD_PRESSURE.systolic_critical"),
    ("BLOOD_PRESSURE.diastolic", "BLOOD_PRESSURE.diastolic_critical"),
    ("GLUCOSE.very_low", "GLUCOSE.low", "GLUCOSE.closes", "GLUCOSE.high", "GLUCOSE.very_high"),
    ("FEVER_IMMUNOSUPPRESSED.calm", "FEVER_IMMUNOSUPPRESSED.fever"),
    ("HYPERINFLAMMATION.rising", "HYPERINFLAMMATION.high"),
    ("HYPERINFLAMMATION.nadir_from", "HYPERINFLAMMATION.nadir_to"),
    ("CNI_NEURO_TMA.ivcy_from", "CNI_NEURO_TMA.ivcy_to"),
    ("CREATININE_RISE.base_days", "CREATININE_RISE.oldest_base"),
    ("SCREENING_MISSING.from", "SCREENING_MISSING.critical"),
    ("GC_STOPPED.least", "GC_STOPPED.from"),
    ("CY_CUMULATIVE.info", "CY_CUMULATIVE.warns", "CY_CUMULATIVE.again"),
)


def test_limits_of_one_rule_never_cross() -> None:
    """Whatever a site chooses within the bounds; they may touch."""

    def is_ordered(codes: tuple[str, ...]) -> None:
        told = [SITE_VALUES[x] for x in codes]
        assert all(x.most <= later.least for x, later in pairwise(told))

    each(IN_ORDER, is_ordered)


def test_limits_do_not_cross_those_that_no_site_changes() -> None:
    fixed = {
        "SPO2_LOW.closes": (saturation.WARNING_AT, None),
        "CREATININE_RISE.closes": (None, (creatinine_rise.FIRES - 1) * 100),
        "AKI.closes": (None, aki.STAGES[-1][1]),
        "AKI.closes_by": (None, aki.RISE),
        "LIVER.closes": (None, liver.WARNS),
        "LYMPHOPENIA.closes": (None, lymphopenia.LOW),
        "TAC_BAND.again": (levels.TAC_TROUGH.high, levels.TAC_TROUGH.critical),
    }
    for code, (least, most) in fixed.items():
        assert least is None or least <= SITE_VALUES[code].least, code
        assert most is None or SITE_VALUES[code].most <= most, code


def bases(snapshot: Snapshot, rule: str) -> set[str]:
    """The marks of what a rule says."""
    issues = examine(RULES, snapshot, indicated("T1", 0)).issues
    return {why.basis for x in issues if x.rule == rule for why in x.reasons}


@pytest.mark.parametrize("rule", ["STEP_NOT_STARTED", "CREATININE_RISE"])
def test_a_source_that_was_not_read_is_marked_until_the_site_has_read_it(rule: str) -> None:
    story, day, _changed = STORIES[f"{rule}.source_read"]
    assert "L2" in bases(story.snapshot(day), rule)
    read = bases(chosen(story, int(day), **{f"{rule}__source_read": "1"}), rule)
    assert "L" in read
    assert "L2" not in read


def test_a_later_regimen_carries_the_mark_of_its_source() -> None:
    story, day, _changed = STORIES["STEP_NOT_STARTED.source_read"]

    def marks(snapshot: Snapshot) -> set[str]:
        variants = [why for x in regimen_of(snapshot).starts for why in x.variants]
        return {why.basis for why in variants if say(why).startswith("later regimen")}

    assert marks(story.snapshot(day)) == {"L2"}
    assert marks(chosen(story, int(day), STEP_NOT_STARTED__source_read="1")) == {"L"}


# -- none is forgotten ------------------------------------------------------------------------------------------------

ROOT = Path(__file__).resolve().parent.parent.parent
GROUND = ("oxygen_need", "prophylaxis", "progression", "screening")  # of the ground floor, read by rules alone
DECLARING = {"site_value", "site_count", "SiteNumber"}
# numbers of a judgement that are of no rule, or no limit of one
NO_LIMIT_OF_A_RULE = {
    "LONGEST_MOVE": "of the worklists",
    "RESULT_WITHIN": "of the worklists",
    "TRIAL": "of the change of rules",
    "REPEATED_WITHIN": "of the report on fatigue",
    "LOUDER": "of the report on fatigue",
    "FOLLOWED_WITHIN": "of the report on fatigue",
    "FEW": "of the report on fatigue",
    "DAILY_UNTIL": "how an age is said",
    "SAME_EPISODE_WITHIN": "of the life of alerts",
    "ENDED_READABLE_FOR": "of the page",
    "FIRST_WAIT": "of the messages",
    "ASSESSED_DAYS": "a line that is no alert",
    "IVIG_DAYS": "a line that is no alert",
    "MOOD_MG": "a line that is no alert",
}


def judged_numbers(path: Path) -> Iterator[str]:
    """Names of a module that hold a number marked [J] and declare it to no site."""
    text = path.read_text(encoding="utf-8")
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    marked = {x.start[0] for x in tokens if x.type == tokenize.COMMENT and "[J]" in x.string}
    alone = {n for n in marked if text.splitlines()[n - 1].lstrip().startswith("#")}
    for node in ast.parse(text).body:
        if not isinstance(node, ast.Assign) or not (
            marked & set(range(node.lineno, (node.end_lineno or node.lineno) + 1)) or node.lineno - 1 in alone
        ):
            continue
        calls = {x.func.id for x in ast.walk(node.value) if isinstance(x, ast.Call) and isinstance(x.func, ast.Name)}
        constants = [x.value for x in ast.walk(node.value) if isinstance(x, ast.Constant)]
        if not calls & DECLARING and any(str(x).replace(".", "").isdigit() for x in constants):
            first = node.targets[0]
            yield ast.unparse(first.elts[0] if isinstance(first, ast.Tuple) else first)


def test_every_number_of_a_rule_that_is_marked_as_a_judgement_is_declared_to_the_site() -> None:
    rules = [*(ROOT / "monitoring").glob("*.py"), *(ROOT / "monitoring" / "rules").glob("*.py")]
    ground = [ROOT / "patients" / "clinical" / f"{name}.py" for name in GROUND]
    found = set(chain.from_iterable(judged_numbers(path) for path in (*rules, *ground)))
    assert found == set(NO_LIMIT_OF_A_RULE)


@pytest.mark.parametrize(
    ("timing", "value", "code", "chosen", "without", "with_it"),
    [
        ("c2", "2100", "CSA_HIGH.c2", "2500", "high", "within"),
        ("c2", "1900", "CSA_HIGH.c2", "1800", "within", "high"),
        ("trough", "420", "CSA_HIGH.critical", "450", "high", "high"),
    ],
)
def test_rules_lists_and_sheets_judge_a_level_by_the_same_number(timing, value, code, chosen, without, with_it) -> None:
    choices = RuleChoices(values=((code, Decimal(chosen)),))
    story = Story().drug(0, "csa", route="oral").test(1, "csa", value, route="oral", timing=timing)
    for settings, place in ((Settings(), without), (Settings(rules=choices), with_it)):
        snapshot = story.snapshot(1, settings=settings)
        (level,) = snapshot.series("csa")
        assert place_of(level, "", snapshot.treatments, (level,), settings.rules) == place
        cell = flow_sheet(story.versions, "female", choices=settings.rules).rows[0].cells[0][0]
        assert cell.position == place
        severities = {x.severity for x in examine((BY_CODE["CSA_HIGH"],), snapshot, Indicated()).issues}
        band = band_at(level, snapshot)
        assert band is not None
        assert bool(severities) == (place == "high")
        assert (Severity.CRITICAL in severities) == band.is_dangerous(level)
