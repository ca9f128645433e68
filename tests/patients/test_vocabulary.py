"""One code in two vocabularies: which there are, and that each is called by its kind."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import get_args

import pytest
from django.utils.translation import override

from patients.clinical.vocabulary import LACKED_FACTS, VOCABULARIES, Kind, word
from patients.wording import name_of

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"

# codes that stand in more than one vocabulary, with what each kind calls them in English and in Japanese
SHARED: dict[str, dict[str, tuple[str, str]]] = {
    "csa": {"test": ("Cyclosporine level", "シクロスポリン濃度"), "drug": ("cyclosporine", "シクロスポリン")},
    "tac": {"test": ("Tacrolimus level", "タクロリムス濃度"), "drug": ("tacrolimus", "タクロリムス")},
    "infection": {
        "finding": ("infection", "感染症"),
        "override_reason": ("infection must be treated or excluded first", "感染症の治療または除外が先"),
    },
    "worse": {"finding_change": ("worse", "悪化"), "improvement": ("worse", "悪化")},
    "improved": {"finding_change": ("improved", "改善"), "improvement": ("improved", "改善")},
    "unchanged": {
        "finding_change": ("unchanged", "不変"),
        "hrct_change": ("unchanged", "不変"),
        "improvement": ("unchanged", "不変"),
    },
    **{
        code: {"hrct_pattern": names, "histology": names}
        for code, names in {
            "NSIP": ("non-specific interstitial pneumonia (NSIP)", "非特異性間質性肺炎（NSIP）"),
            "DAD": ("diffuse alveolar damage (DAD)", "びまん性肺胞傷害（DAD）"),
            "UIP": ("usual interstitial pneumonia (UIP)", "通常型間質性肺炎（UIP）"),
            "OP": ("organising pneumonia (OP)", "器質化肺炎（OP）"),
        }.items()
    },
}


# and those that the case format brought: in English
SHARED_SINCE: dict[str, dict[str, str]] = {
    "other": {
        "test": "Other test",
        "drug": "other drug",
        "absent": "another reason",
        "indication": "another disease",
        "consolidation": "other",
        "cause_of_death": "another cause",
    },
    "infection": {
        "finding": "infection",
        "override_reason": SHARED["infection"]["override_reason"][0],
        "cause_of_death": "infection",
    },
    "atovaquone": {"drug": "atovaquone", "prophylaxis_instead": "atovaquone"},
    "pentamidine": {"drug": "pentamidine", "prophylaxis_instead": "pentamidine"},
    "dapsone": {"drug": "dapsone", "prophylaxis_instead": "dapsone"},
    "pneumomediastinum": {"finding": "pneumomediastinum", "hrct_sign": "pneumomediastinum"},
    "high_flow": {"support": "high-flow oxygen", "device": "high-flow oxygen"},
    "niv": {"support": "non-invasive ventilation", "device": "non-invasive ventilation"},
}


def test_no_other_code_stands_in_two_vocabularies() -> None:
    kinds = defaultdict(set)
    for kind, vocabulary in VOCABULARIES.items():
        for code in vocabulary:
            kinds[code].add(kind)
    shared = {code: set(x) for code, x in {**SHARED, **SHARED_SINCE}.items()}
    assert {code: x for code, x in kinds.items() if len(x) > 1} == shared


@pytest.mark.parametrize(("code", "kind"), [(code, kind) for code, of in SHARED.items() for kind in of])
def test_a_shared_code_is_called_by_its_kind(code, kind) -> None:
    for language, name in zip(("en", "ja"), SHARED[code][kind], strict=True):
        with override(language):
            assert name_of(kind, code) == name


@pytest.mark.parametrize(("code", "kind"), [(code, kind) for code, of in SHARED_SINCE.items() for kind in of])
def test_a_code_that_the_format_brought_is_called_by_its_kind(code, kind) -> None:
    with override("en"):
        assert name_of(kind, code) == SHARED_SINCE[code][kind]


def test_what_an_answer_can_lack_shares_no_code_and_is_called_by_its_kind() -> None:
    parts = [*(VOCABULARIES[x] for x in ("test", "antibody", "finding")), LACKED_FACTS]
    codes = [code for part in parts for code in part]
    assert len(codes) == len(set(codes))
    assert {code for part in parts for code, entry in part.items() if word("missing", code) is not entry} == set()


def test_every_kind_has_a_vocabulary() -> None:
    assert set(get_args(Kind)) - {"missing"} == set(VOCABULARIES)


def test_every_name_on_a_page_says_of_what_kind_it_is() -> None:
    named = re.compile(r"\|(?:short_)?name(?::\"(\w+)\")?(?![\w:])")
    found = {
        f"{path.name}: {match.group()}"
        for path in TEMPLATES.rglob("*.html")
        for match in named.finditer(path.read_text(encoding="utf-8"))
        if match[1] not in get_args(Kind)
    }
    assert found == set()
