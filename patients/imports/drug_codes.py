"""Codes of drugs as orders carry them, by what the catalogue calls the drug. Pure.

They are the rows of `patients/codes/drugs.csv` whose code and meaning were read in their source; a test holds both
together.

The form decides: an ointment or eye drops of a drug are not the drug of the catalogue (""). A code that stands for
several drugs of the catalogue is not among them, nor is any HOT code: none was read. Another glucocorticoid is named by
itself, so that its dose is converted.

Sources: price list of the Japanese ministry of health (first seven characters of the YJ code), RxNorm ingredients, as
the column `source` says of each row.
"""

from __future__ import annotations

from collections.abc import Mapping

YJ_CODES = "http://capstandard.jp/iyaku.info/CodeSystem/YJ-code"  # JP Core
RXNORM_CODES = "http://www.nlm.nih.gov/research/umls/rxnorm"
# by the first seven characters of a YJ code
YJ: Mapping[str, str] = {
    "1315705": "",
    "1317714": "",
    "1319750": "",
    "1319755": "",
    "1319800": "",
    "2456402": "",
    "2456700": "",
    "2646712": "",
    "2655709": "",
    "2699709": "",
    "6343412": "",
    "6343439": "",
    "6343501": "",
    "6419101": "",
    "2129010": "amiodarone",
    "2129410": "amiodarone",
    "6290006": "atovaquone",
    "3999005": "aza",
    "6149004": "azithromycin",
    "6149400": "azithromycin",
    "3999043": "baricitinib",
    "6399418": "basiliximab",
    "2454004": "betamethasone",
    "2190026": "bosentan",
    "1139002": "carbamazepine",
    "6179402": "caspofungin",
    "6149003": "clarithromycin",
    "6199102": "clarithromycin",
    "6199104": "clarithromycin",
    "2529702": "clotrimazole",
    "2655700": "clotrimazole",
    "6250109": "cobicistat",
    "6250110": "cobicistat",
    "6250118": "cobicistat",
    "3999004": "csa",
    "3999406": "csa",
    "4211002": "cy_oral",
    "2699003": "dapsone",
    "2454002": "dexamethasone",
    "2171006": "diltiazem",
    "2171405": "diltiazem",
    "6141001": "erythromycin",
    "6141002": "erythromycin",
    "6141004": "erythromycin",
    "6141400": "erythromycin",
    "6290002": "fluconazole",
    "6290401": "fluconazole",
    "6290402": "fluconazole",
    "1132401": "fosphenytoin",
    "6250402": "ganciclovir",
    "2456001": "gc",
    "2456002": "gc",
    "2456405": "gc",
    "2452002": "hydrocortisone",
    "3999038": "hydroxychloroquine",
    "6179003": "isavuconazole",
    "6179404": "isavuconazole",
    "6290004": "itraconazole",
    "4211401": "ivcy",
    "6343400": "ivig",
    "6343402": "ivig",
    "6343420": "ivig",
    "6343427": "ivig",
    "6343428": "ivig",
    "6250048": "letermovir",
    "6250406": "letermovir",
    "3999016": "methotrexate",
    "3999468": "methotrexate",
    "4222001": "methotrexate",
    "4222400": "methotrexate",
    "2456003": "methylprednisolone",
    "2456400": "methylprednisolone",
    "6179400": "micafungin",
    "2529704": "miconazole",
    "2655702": "miconazole",
    "6290003": "miconazole",
    "6290400": "miconazole",
    "6290704": "miconazole",
    "3999017": "mmf",
    "2149019": "nicardipine",
    "2149400": "nicardipine",
    "3999039": "nintedanib",
    "6250120": "nirmatrelvir_ritonavir",
    "6419400": "pentamidine",
    "1125003": "phenobarbital",
    "1125004": "phenobarbital",
    "1125402": "phenobarbital",
    "1125700": "phenobarbital",
    "1139400": "phenobarbital",
    "1132002": "phenytoin",
    "1132400": "phenytoin",
    "3999025": "pirfenidone",
    "6179002": "posaconazole",
    "6179403": "posaconazole",
    "6169001": "rifabutin",
    "6164001": "rifampicin",
    "6250011": "ritonavir",
    "6250101": "ritonavir",
    "4291407": "rtx",
    "4291439": "rtx",
    "4291451": "rtx",
    "3999014": "tac",
    "3999416": "tac",
    "6290100": "tmp_smx",
    "6419500": "tmp_smx",
    "3999034": "tofacitinib",
    "6250025": "valganciclovir",
    "2129402": "verapamil",
    "2171008": "verapamil",
    "6179001": "voriconazole",
    "6179401": "voriconazole",
}
# by the concept of an ingredient
RXNORM: Mapping[str, str] = {
    "1256": "aza",
    "1514": "betamethasone",
    "2002": "carbamazepine",
    "3008": "csa",
    "3108": "dapsone",
    "3264": "dexamethasone",
    "4053": "erythromycin",
    "72236": "fosphenytoin",
    "8638": "gc",
    "8640": "gc",
    "5492": "hydrocortisone",
    "5521": "hydroxychloroquine",
    "3002": "ivcy",
    "6851": "methotrexate",
    "6902": "methylprednisolone",
    "7145": "mmf",
    "8183": "phenytoin",
    "121191": "rtx",
    "42316": "tac",
    "10831": "tmp_smx",
    "121243": "voriconazole",
}
YJ_LENGTHS = (7, 9, 12)  # of a code as it is sent, whole or cut


def drug_of_code(system: str, code: str) -> str | None:
    """What the catalogue calls a drug by a code; "" for what is known and never this drug, None for what is not."""
    if system == YJ_CODES:
        return YJ.get(code[:7].upper()) if len(code) in YJ_LENGTHS else None
    return RXNORM.get(code) if system == RXNORM_CODES else None
