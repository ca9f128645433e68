"""Myositis-specific antibodies and the answers of their tests. Source [S]; specification 1.

`ANTI_ARS` are the eight named antibodies that the pooled test anti-ARS stands for, specification 11 (15).
"""

from __future__ import annotations

from patients.clinical.entry import Entry, by_code
from patients.clinical.reasons import _

ANTIBODIES = by_code(
    (
        Entry("anti_mda5", _("anti-MDA5 antibody"), _("anti-MDA5")),
        Entry("anti_ars", _("anti-ARS antibody (pooled)"), _("anti-ARS")),
        Entry("anti_jo1", _("anti-Jo-1 antibody"), _("anti-Jo-1")),
        Entry("anti_pl7", _("anti-PL-7 antibody"), _("anti-PL-7")),
        Entry("anti_pl12", _("anti-PL-12 antibody"), _("anti-PL-12")),
        Entry("anti_ej", _("anti-EJ antibody"), _("anti-EJ")),
        Entry("anti_oj", _("anti-OJ antibody"), _("anti-OJ")),
        Entry("anti_ks", _("anti-KS antibody"), _("anti-KS")),
        Entry("anti_zo", _("anti-Zo antibody"), _("anti-Zo")),
        Entry("anti_ha", _("anti-Ha antibody"), _("anti-Ha")),
        # kept and shown, and route nothing, specification 12 (44)
        Entry("anti_ro52", _("anti-Ro52 antibody"), _("anti-Ro52")),
        Entry("anti_mi2", _("anti-Mi-2 antibody"), _("anti-Mi-2")),
        Entry("anti_tif1g", _("anti-TIF1-gamma antibody"), _("anti-TIF1-gamma")),
        Entry("anti_nxp2", _("anti-NXP2 antibody"), _("anti-NXP2")),
        Entry("anti_sae", _("anti-SAE antibody"), _("anti-SAE")),
        Entry("anti_srp", _("anti-SRP antibody"), _("anti-SRP")),
        Entry("anti_hmgcr", _("anti-HMGCR antibody"), _("anti-HMGCR")),
        Entry("anti_pmscl", _("anti-PM-Scl antibody"), _("anti-PM-Scl")),
        Entry("anti_ku", _("anti-Ku antibody"), _("anti-Ku")),
        Entry("anti_u1rnp", _("anti-U1RNP antibody"), _("anti-U1RNP")),
    )
)
ANTI_ARS = ("anti_jo1", "anti_pl7", "anti_pl12", "anti_ej", "anti_oj", "anti_ks", "anti_zo", "anti_ha")

ANSWERS = by_code(
    (
        Entry("positive", _("positive")),
        Entry("negative", _("negative")),
        Entry("weak_positive", _("weakly positive")),
        Entry("indeterminate", _("indeterminate")),
        Entry("pending", _("pending")),
    )
)
