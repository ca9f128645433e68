"""Sources of later literature that this product knows from another text only [L2], until a site has read them. Pure.

A site says so as it changes a number of a rule: by two people, with a reason, and back in one step. The statement then
carries the mark of any later literature. Specification 13, its first line.
"""

from __future__ import annotations

from decimal import Decimal

from patients.clinical.snapshot import Snapshot

# codes of the site's answers, each held by the rule that tells the statement
RAPID_PROGRESSION = "STEP_NOT_STARTED.source_read"  # ACR/CHEST 2023, 10.1002/acr.25348: glucocorticoid and two agents
CREATININE_FIFTY = "CREATININE_RISE.source_read"  # more than 50 % above the baseline
TROUGH_BY_DESIGN = "CSA_LOW.source_read"  # C2 and not C0 tracked the effect of ciclosporin: Kotani
YES = Decimal(1)


def later_basis(snapshot: Snapshot, source: str) -> str:
    """The basis of a statement: "L" where the site has read its source, else "L2"."""
    return "L" if snapshot.settings.rules.by_code.get(source) == YES else "L2"
