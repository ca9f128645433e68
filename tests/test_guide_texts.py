"""What the user guide says is what the product does and how it calls it, in both languages."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.utils import translation

from ildcare.account.sessions import NOTED_EVERY  # read before the tests change it
from ildcare.paper.head import HOLDS_FOR
from ildcare.ward import ranking
from ildcare.ward.off_ward import AWAY_AFTER
from monitoring import clock, intervals, levels, readings
from monitoring.rules import BY_CODE, RULES, ferritin_high, ferritin_rise, kl6_ratio, pao2_low, step_not_started
from monitoring.unwatched import DANGERS, unwatched
from patients.forms.since_shown import STALE_AFTER
from patients.wording import translated
from tests.guide import LANGUAGES, SCREENSHOTS, catalogue, guide, labels_of, pictures_of, shape_of

# what a reader may act on, as it stands in the text: number by number out of the code
NUMBERS = {
    f"{ferritin_high.LIMIT:,} ng/mL",
    f"{ferritin_high.CRITICAL_FROM:,} ng/mL",
    f"{ferritin_rise.RISE_PER_CENT.default} %",
    f"{ferritin_rise.RISE_NG_ML.default} ng/mL",
    f"{kl6_ratio.RATIO}",
    f"{kl6_ratio.FIRST_DAY}–{kl6_ratio.LAST_DAY}",
    f"{pao2_low.LIMIT} mmHg",
    *(f"{x.low}–{x.high} ng/mL" for x in (levels.CSA_IV_PRE_DOSE, levels.CSA_ORAL_TROUGH)),
    f"{levels.CSA_ORAL_C2.low:,} ng/mL",
    f"{levels.CSA_ORAL_C2.high:,} ng/mL",
    f"{levels.CSA_IV_PRE_DOSE.critical} ng/mL",
}
COUNTS = {  # English and Japanese
    (f"{readings.BASELINE.default} days", f"{readings.BASELINE.default}日"),
    (f"{step_not_started.GRACE.default} hours", f"{step_not_started.GRACE.default}時間"),
    (f"{STALE_AFTER.seconds // 60} minutes", f"{STALE_AFTER.seconds // 60}分"),
    (f"{settings.SESSION_IDLE_SECONDS // 60} minutes", f"{settings.SESSION_IDLE_SECONDS // 60}分"),
    (f"{settings.SESSION_COOKIE_AGE // 3600} hours", f"{settings.SESSION_COOKIE_AGE // 3600}時間"),
    (f"{HOLDS_FOR.seconds // 3600} hours", f"{HOLDS_FOR.seconds // 3600}時間"),
    (f"{settings.DOWNTIME_MINUTES} minutes", f"{settings.DOWNTIME_MINUTES}分"),
    (f"{AWAY_AFTER.days} days", f"{AWAY_AFTER.days}日間"),
    (f"{ranking.FRESH_DAYS} days", f"{ranking.FRESH_DAYS}日"),
    (f"days {clock.T1_DAYS[0]} and {clock.T1_DAYS[1]}", f"{clock.T1_DAYS[0]}日目と{clock.T1_DAYS[1]}日目"),
    (f"every {clock.WEEK.default} days", f"{clock.WEEK.default}日ごと"),
    (f"{intervals.LEVEL_AFTER_DAYS} days after", f"{intervals.LEVEL_AFTER_DAYS}日後"),
}


NOT_WATCHED = {"en": "It does not watch yet:", "ja": "次のものはまだ監視していません："}


def test_both_guides_have_one_structure() -> None:
    assert shape_of("en") == shape_of("ja")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_is_there_and_shown_once(language: str) -> None:
    shown = pictures_of(language)
    assert sorted(shown) == sorted(x.stem for x in (SCREENSHOTS / language).glob("*.png"))
    assert len(shown) == len(re.findall(r"!\[", guide(language)))


def test_pictures_are_small() -> None:
    assert sum(x.stat().st_size for x in SCREENSHOTS.rglob("*.png")) < 3_000_000


def test_labels_are_those_of_the_interface() -> None:
    """Bold is a label: it stands so on a page, and the other guide names the same one."""
    known = catalogue()
    english, japanese = labels_of("en"), labels_of("ja")
    assert english - known.keys() == set(), "no such label"
    assert {x for x in english if not known[x] & japanese} == set(), "not named in the Japanese guide"
    assert japanese - {text for x in english for text in known[x]} == set(), "not named in the English guide"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_alert_has_its_row_with_its_basis(language: str) -> None:
    rows = dict(re.findall(r"^\| (.+?) \|.*\| ([SLJ].*?) \|$", guide(language), re.MULTILINE))
    with translation.override(language):
        titles = {translated(x.title): x.basis for x in RULES}
    assert rows.keys() == titles.keys()
    assert {title for title, basis in titles.items() if basis not in rows[title]} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_no_rule_watches_yet_is_said_and_nothing_else(language: str) -> None:
    """A kind of danger that is watched by now leaves the guide too."""
    said = [x for x in guide(language).split("\n- ") if x.startswith(NOT_WATCHED[language])]
    with translation.override(language):
        names = {translated(x.name): x.name in unwatched(BY_CODE) for x in DANGERS}
    text = " ".join(said[0].split()) if said else ""
    assert {name for name in names if name in text} == {name for name, missing in names.items() if missing}


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_those_of_the_code(language: str) -> None:
    wanted = NUMBERS | {x[LANGUAGES.index(language)] for x in COUNTS}
    assert {x for x in wanted if x not in guide(language)} == set()


def test_a_session_that_ends_is_announced() -> None:
    """The guide says two minutes; the page's script keeps the number."""
    script = (SCREENSHOTS.parent.parent / "static" / "session.js").read_text(encoding="utf-8")
    assert "const WARN = 120000;" in script
    assert NOTED_EVERY < 120
    assert "two minutes" in guide("en")
    assert "2分前" in guide("ja")
