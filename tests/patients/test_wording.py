"""Sentences, numbers, days and names as the reader's language writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils.translation import override

from patients import wording
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import Term, reason
from patients.clinical.vocabulary import VOCABULARIES
from tests.together import each

TODAY = date(2024, 3, 9)
FERRITIN = reason(
    "ferritin %(value)s ng/mL on %(day)s > 1,000", value=Quantity(Decimal("1679"), ">"), day=date(2024, 3, 4)
)


def test_sentence_in_english_groups_thousands_and_leaves_out_this_year() -> None:
    with override("en"):
        assert wording.render(FERRITIN, today=TODAY) == "ferritin >1,679 ng/mL on 4 Mar > 1,000"


def test_sentence_names_another_year() -> None:
    with override("en"):
        assert "on 4 Mar 2024 >" in wording.render(FERRITIN, today=date(2025, 1, 1))


def test_sentence_in_japanese_writes_the_day_in_japanese() -> None:
    with override("ja"):
        assert "3月4日" in wording.render(FERRITIN, today=TODAY)
        assert "2024年3月4日" in wording.render(FERRITIN, today=date(2025, 1, 1))


def test_terms_inside_a_sentence_are_translated(monkeypatch) -> None:
    monkeypatch.setattr(wording, "gettext", {"%(test)s high": "%(test)s が高い", "ferritin": "フェリチン"}.__getitem__)
    assert wording.render(reason("%(test)s high", test=Term("ferritin"))) == "フェリチン が高い"


def test_sentence_without_parts_keeps_its_percent_sign() -> None:
    assert wording.render(reason("a fall of 10 %")) == "a fall of 10 %"


def test_empty_message_is_not_the_header_of_the_catalogue() -> None:
    with override("ja"):
        assert wording.translated("") == ""


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Quantity(Decimal("5"), "<"), "<5"),
        (Quantity(Decimal("58.10")), "58.10"),
        (Decimal("1.701"), "1.701"),
        (Decimal("60.0048"), "60.00"),
        (Decimal("1234567"), "1,234,567"),
        (1000, "1,000"),
    ],
)
def test_number(number, text) -> None:
    assert wording.number_text(number) == text


def test_number_rounded_for_display_half_up() -> None:
    assert wording.quantity_text(Quantity(Decimal("12.25")), 1) == "12.3"
    assert wording.quantity_text(Quantity(Decimal("1679"), ">"), 0) == ">1,679"


def test_value_with_its_unit() -> None:
    assert wording.measured_text("wbc", Quantity(Decimal("4200"))) == "4,200 /µL"
    assert wording.measured_text("temperature", Quantity(Decimal("38.2"))) == "38.2 °C"


def test_moment_is_shown_in_the_zone_of_the_site() -> None:
    late_evening_utc = datetime(2024, 3, 3, 22, 30, tzinfo=UTC)
    with override("en"):
        assert wording.moment_text(late_evening_utc) == "4 Mar 2024 07:30"
        assert wording.short_moment(late_evening_utc, TODAY) == "4 Mar 07:30"


def test_midnight_stands_for_the_day() -> None:
    with override("en"):
        assert wording.short_moment(datetime(2024, 3, 3, 15, tzinfo=UTC), TODAY) == "4 Mar"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_code_has_a_name(language) -> None:
    def holds(named: tuple[str, str]) -> None:
        assert wording.name_of(*named).strip()
        assert "_" not in wording.name_of(*named)
        assert wording.short_name_of(*named).strip()

    with override(language):
        each([(kind, code) for kind, of in VOCABULARIES.items() for code in of], holds)


def test_code_of_no_catalogue_stays_as_it_is() -> None:
    assert wording.name_of("test", "unheard_of") == "unheard_of"
    assert wording.name_of("source", "final") == "final"


def test_a_kind_that_does_not_exist_is_refused() -> None:
    with pytest.raises(LookupError):
        wording.name_of("medicine", "csa")  # type: ignore[arg-type]


def test_filters_in_a_template() -> None:
    names = '{{ "kl6"|name:"test" }} / {{ "csa"|short_name:"test" }}'
    template = Template("{% load reasons %}{{ why|sentence }} / " + names + " / {{ n|number }}")
    with override("en"):
        text = template.render(Context({"why": FERRITIN, "n": None}))
    assert text.startswith("ferritin &gt;1,679 ng/mL")
    assert text.endswith("/ KL-6 / CsA / ")
