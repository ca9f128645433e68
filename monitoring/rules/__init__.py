"""The published rules, one file each. A new rule is one file here and one name in RULES. Pure."""

from monitoring.engine import Group, Rule
from monitoring.rules import (
    aki,
    as_entry,
    bdg_positive,
    bdg_with_kl6,
    blood_pressure,
    cmv_antigenaemia,
    creatinine_rise,
    csa_high,
    csa_low,
    cytopenia,
    dyspnoea_worse,
    ferritin_high,
    ferritin_rise,
    gc_resistant,
    glucose,
    hrct_worse,
    hyperkalaemia,
    hypokalaemia,
    improvement_judgement_due,
    kl6_ratio,
    liver,
    lymphopenia,
    overdue,
    pao2_fall,
    pao2_low,
    poor_risk_met,
    sent_value_waits,
    step_not_started,
    vc_fall,
)

RULES: tuple[Rule, ...] = (
    as_entry.RULE,
    poor_risk_met.RULE,
    ferritin_high.RULE,
    ferritin_rise.RULE,
    kl6_ratio.RULE,
    gc_resistant.RULE,
    pao2_low.RULE,
    pao2_fall.RULE,
    vc_fall.RULE,
    hrct_worse.RULE,
    dyspnoea_worse.RULE,
    csa_low.RULE,
    csa_high.RULE,
    bdg_with_kl6.RULE,
    bdg_positive.RULE,
    cmv_antigenaemia.RULE,
    creatinine_rise.RULE,
    aki.RULE,
    liver.RULE,
    cytopenia.RULE,
    lymphopenia.RULE,
    hyperkalaemia.RULE,
    hypokalaemia.RULE,
    blood_pressure.RULE,
    glucose.RULE,
    step_not_started.RULE,
    improvement_judgement_due.RULE,
    overdue.RULE,
    sent_value_waits.RULE,
)
BY_CODE: dict[str, Rule] = {rule.code: rule for rule in RULES}


def group_of(code: str) -> Group:
    """The group of a rule, whose alerts are one card; of a code that is no rule any more course and risk."""
    return BY_CODE[code].group if code in BY_CODE else Group.COURSE
