"""The one sentence of a patient on the list: the finding first, then the number, then the day, never cut off. Pure.

It is put together of what fits: of the leading card what was found, the sentence with its numbers where there is room
for it, and what the next cards found. What does not fit is left out whole, and stands where the row is opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from patients.clinical.reasons import _

LONGEST = 80  # columns: a letter is one, a kana or kanji two

# What a rule found in fewer words than its title has, for this one line
BRIEF = {
    "AS_ENTRY": _("Acute or subacute course"),
    "POOR_RISK_MET": _("Poor risk"),
    "KL6_RATIO": _("KL-6 over 1.70 times"),
    "KL6_RISE": _("KL-6 up by more than 850"),
    "DISCORDANT": _("Ferritin up while the titre falls"),
    "GC_RESISTANT": _("Worse on glucocorticoid"),
    "OXYGEN_NEED": _("More oxygen"),
    "HRCT_WORSE": _("HRCT worse"),
    "DYSPNOEA_WORSE": _("Dyspnoea worse"),
    "BDG_WITH_KL6": _("Infection before escalation"),
    "CMV_ANTIGENAEMIA": _("CMV antigenaemia"),
    "FEVER_IMMUNOSUPPRESSED": _("Fever"),
    "CREATININE_RISE": _("Creatinine rising"),
    "LYMPHOPENIA": _("Lymphocytes low"),
    "CSA_TARGET_DELAY": _("CsA not in its band"),
    "TAC_TARGET_DELAY": _("TAC not in its band"),
    "SCREENING_MISSING": _("Screening incomplete"),
    "PROPHYLAXIS_MISSING": _("No pneumocystis prophylaxis"),
    "STEP_NOT_STARTED": _("Step not begun"),
    "IMPROVEMENT_JUDGEMENT_DUE": _("Improvement to be judged"),
    "ANTIBODY_UNRESOLVED": _("Anti-MDA5 not settled"),
}


@dataclass(frozen=True, slots=True)
class CardText:
    """What a card says, in the language of the reader. `short`: in a few words; `sentence`: with numbers and day;
    `alone`: what stands for both where the sentence is too long; `value`: the deciding value as the sentence has it,
    which leads it where there is no room for `short` besides; `must`: what stands before it is told shorter, so that
    there is room for this."""

    short: str
    sentence: str = ""
    alone: str = ""
    value: str = ""
    must: bool = False


@dataclass(frozen=True, slots=True)
class Why:
    """The sentence in three: `lead` stands out, where it is not the beginning something stands `before` it."""

    lead: str
    after: str = ""
    before: str = ""

    @property
    def text(self) -> str:
        """The whole."""
        return f"{self.before}{self.lead}{self.after}"


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands between parts in the language: after a finding, and between findings."""

    colon: str = ": "
    between: str = "; "


def width(text: str) -> int:
    """Columns that a text takes."""
    return sum(2 if east_asian_width(x) in "WF" else 1 for x in text)


def why_now(texts: Sequence[CardText], marks: Marks, longest: int = LONGEST) -> Why:
    """The sentence of what cards tell, the leading one first; empty of none. What is longer than `longest` by itself
    is told whole all the same: nothing is cut off."""
    if not texts:
        return Why("")
    kept = sum(width(f"{marks.between}{x.short}") for x in texts[1:2] if x.must)
    first = _of_one(texts[0], marks, longest - kept)
    return _and_more(first, (x.alone or x.short for x in texts[1:]), marks, longest)


def _of_one(texts: CardText, marks: Marks, longest: int) -> Why:
    found, sentence = texts.short, texts.sentence
    if not (found and sentence):
        return Why(_capital(found or sentence))
    fits = width(sentence) <= longest
    if fits and (led := _led_by(found, sentence)):
        return led
    if width(f"{found}{marks.colon}{sentence}") <= longest:
        return Why(found, f"{marks.colon}{sentence}")
    by_value = _led_by(texts.value, sentence) if fits and texts.value else None
    return by_value or Why(_capital(texts.alone or found))


def _led_by(words: str, sentence: str) -> Why | None:
    """The sentence, in which these words stand out; None where it does not have them."""
    place = sentence.casefold().find(words.casefold())
    if place < 0:
        return None
    before, lead, after = sentence[:place], sentence[place : place + len(words)], sentence[place + len(words) :]
    return Why(lead if before else _capital(lead), after, _capital(before))


def _and_more(first: Why, others: Iterable[str], marks: Marks, longest: int) -> Why:
    """The findings of other cards while there is room; a word that was said is not said again."""
    after = first.after
    for other in others:
        more = f"{after}{marks.between}{_small(other)}"
        if (
            other
            and other.casefold() not in f"{first.text}{after}".casefold()
            and width(first.before + first.lead + more) <= longest
        ):
            after = more
    return Why(first.lead, after, first.before)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _small(text: str) -> str:
    """In the middle of a sentence; a name of capitals ("KL-6", "CsA") stays, and an abbreviation ("Mg")."""
    rest = text.split(" ", 1)[0][1:]
    return text[:1].lower() + text[1:] if len(rest) > 1 and rest.isalpha() and rest.islower() else text
