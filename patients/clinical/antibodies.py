"""The catalogue of myositis-specific antibodies [S]: anti-MDA5 and the anti-aminoacyl-tRNA synthetases."""

from __future__ import annotations

from dataclasses import dataclass

from patients.clinical.reasons import _


@dataclass(frozen=True, slots=True)
class AntibodyType:
    """One antibody. `name` is a message id; `ars` marks the named anti-ARS antibodies, `pooled` their joint test."""

    code: str
    name: str
    ars: bool = False
    pooled: bool = False


_ENTRIES = (
    AntibodyType("anti_mda5", _("anti-MDA5 (anti-CADM-140)")),
    AntibodyType("anti_ars", _("anti-ARS, pooled"), pooled=True),
    AntibodyType("anti_jo1", _("anti-Jo-1"), ars=True),
    AntibodyType("anti_pl7", _("anti-PL-7"), ars=True),
    AntibodyType("anti_pl12", _("anti-PL-12"), ars=True),
    AntibodyType("anti_ej", _("anti-EJ"), ars=True),
    AntibodyType("anti_oj", _("anti-OJ"), ars=True),
    AntibodyType("anti_ks", _("anti-KS"), ars=True),
    AntibodyType("anti_zo", _("anti-Zo"), ars=True),
    AntibodyType("anti_ha", _("anti-Ha"), ars=True),
)
ANTIBODIES: dict[str, AntibodyType] = {entry.code: entry for entry in _ENTRIES}
NAMED_ARS = tuple(entry.code for entry in _ENTRIES if entry.ars)
ANTIBODY_RESULTS: dict[str, str] = {
    "positive": _("positive"),
    "negative": _("negative"),
    "pending": _("awaited"),
}
