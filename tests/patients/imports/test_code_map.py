"""What a code means: by its whole pattern and material, never by five characters, and never guessed."""

from __future__ import annotations

import pytest

from patients.clinical.antibodies import ANTIBODIES
from patients.clinical.drugs import TIMINGS
from patients.clinical.measurements import MEASUREMENTS
from patients.code_maps import bundled_map, offered_rows
from patients.imports.code_map import HOLDS, JLAC10, LOINC, CodeMap, CodeRow, Coding, is_known
from tests.together import each


def meaning(*codings: tuple[str, str] | tuple[str, str, str], material: str = "") -> str:
    """The catalogue's code; "-" what is never taken, "?" what nobody has said, "held" what a person takes."""
    match = bundled_map().find([Coding(*x) for x in codings], material)
    if match.row is None:
        return "held" if match.why else "?"
    return "-" if match.never else "held" if match.why else match.row.target


@pytest.mark.parametrize(
    ("code", "target"),
    [
        ("5C095000002302301", "ferritin"),
        ("5C095-0000-023-023-01", "ferritin"),
        ("5C095", "ferritin"),  # a short code, and the pattern leaves everything else open
        ("3C015000002327101", "creatinine"),
        ("3C015000000127101", "-"),  # of urine
        ("3H080000002026153", "pao2"),
        ("3H080000001926153", "held"),  # blood with additive: nobody says that it is arterial
        ("3H080000004026153", "-"),
        ("3H080", "?"),  # a whole family of tests
        ("5F194142101917301", "cmv_pp65"),
        ("5F194", "?"),
        ("5F194143201917301", "-"),
        ("5C070000002306201", "crp"),
        ("5C070000002306212", "-"),  # a class, no concentration
    ],
)
def test_125_jlac10_by_pattern_and_material(code: str, target: str) -> None:
    assert meaning(("JC10", code)) == target


def test_125_the_material_of_the_specimen_counts_where_the_code_leaves_it_open() -> None:
    assert meaning(("JC10", "3B035"), material="023") == "ast"
    assert meaning(("JC10", "3B035"), material="001") == "-"


@pytest.mark.parametrize(
    ("code", "target"),
    [
        ("2276-4", "ferritin"),
        ("2703-7", "pao2"),
        ("11556-8", "held"),
        ("2705-2", "-"),
        ("1968-7", "-"),
        ("9999-9", "?"),
    ],
)
def test_loinc(code: str, target: str) -> None:
    assert meaning(("http://loinc.org", code)) == meaning(("LN", code)) == target


def test_codes_of_one_result_that_name_different_tests_are_not_guessed_between() -> None:
    assert meaning(("LN", "2276-4"), ("JC10", "5C210000002305201")) == "held"
    assert meaning(("LN", "2276-4"), ("JC10", "5C095000002302301"), ("99Z", "unknown")) == "ferritin"
    assert meaning(("LN", "2276-4"), ("LN", "1968-7")) == "held"


def test_a_local_code_of_another_table_is_not_taken_for_it() -> None:
    assert meaning(("local", "F001", "フェリチン")) == "ferritin"
    assert meaning(("local", "F001", "総蛋白")) == "?"
    assert meaning(("99X", "F001", "フェリチン")) == "?"


def test_names_are_asked_only_where_no_code_is_known() -> None:
    assert meaning(("99X", "7", "抗MDA5抗体")) == "anti_mda5"
    assert meaning(("LN", "2276-4", "抗MDA5抗体")) == "ferritin"


def test_a_level_by_its_code_says_when_it_was_taken() -> None:
    row = bundled_map().row_of(Coding("LN", "32997-9"))
    assert row is not None
    assert (row.target, row.timing) == ("csa", "c2")


def test_a_site_says_what_its_codes_mean_behind_the_bundled_ones() -> None:
    own = bundled_map().with_rows([CodeRow(system="99X", code="7", target="ldh")])
    found = own.find([Coding("99X", "7")])
    assert found.row is not None
    assert found.row.target == "ldh"
    other = own.with_rows([CodeRow(system=LOINC, code="2276-4", target="")])
    assert other.find([Coding("LN", "2276-4")]).never, "the site does not take it"


def test_the_most_specific_pattern_wins() -> None:
    rows = (
        CodeRow(system=JLAC10, code="1A000????????????", target="ldh"),
        CodeRow(system=JLAC10, code="1A0001???????????", target="crp"),
    )
    for order in (rows, rows[::-1]):
        found = CodeMap(order).find([Coding("JLAC10", "1A000100002300001")])
        assert found.row is not None
        assert found.row.target == "crp"


def test_every_row_names_what_the_catalogue_has() -> None:
    def holds(row: CodeRow) -> None:
        assert not row.target or is_known(row.target) or row.target.endswith("_pct")
        assert not row.hold or row.hold in HOLDS
        assert not row.timing or row.timing in TIMINGS
        takes_kit = row.target in MEASUREMENTS and "kit" in MEASUREMENTS[row.target].takes
        assert row.target not in MEASUREMENTS or not row.kit or takes_kit or row.hold == ""

    each([*bundled_map().rows, *offered_rows()], holds)


def test_what_is_from_memory_is_offered_and_never_applied() -> None:
    bundled = {(x.system, x.code, x.target) for x in bundled_map().rows}
    offered = {(x.system, x.code, x.target) for x in offered_rows()}
    assert len(offered) > 100
    assert (LOINC, "24373-3", "ferritin") in offered
    assert bundled & offered == set()


def test_every_antibody_and_most_measurements_can_arrive() -> None:
    targets = {x.target for x in bundled_map().rows}
    assert {"anti_mda5", "anti_ars", "anti_jo1"} <= targets & set(ANTIBODIES)
    assert {"ferritin", "kl6", "spd", "pao2", "csa", "tac", "bdg", "creatinine", "wbc", "potassium"} <= targets


@pytest.mark.parametrize(
    ("target", "sent", "unit"),
    [
        ("ferritin", "ng./ml", "ng/mL"),
        ("crp", "ug/mL", "mg/L"),  # 1 ug/mL is 1 mg/L
        ("platelets", "10^4μｌ", "10*4/uL"),
        ("wbc", "個/μl", "/uL"),
        ("creatinine", "μモル/L", "umol/L"),
        ("kl6", "U/mL", "U/mL"),
        ("kl6", "μ/ml", None),
        ("mda5_titre", "(index)", "(index)"),  # from memory: not applied
    ],
)
def test_spellings_of_units(target: str, sent: str, unit: str | None) -> None:
    assert bundled_map().unit_of(target, sent) == unit


def test_a_spelling_names_a_unit_of_its_test() -> None:
    for (target, _sent), unit in bundled_map().units.items():
        assert unit == "" or unit in {x.code for x in MEASUREMENTS[target].units}
