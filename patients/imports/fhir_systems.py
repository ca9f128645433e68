"""Systems of codes in FHIR: those of everybody, and the product's own, by which two installations understand each
other. Pure."""

from __future__ import annotations

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
SNOMED = "http://snomed.info/sct"
ABSENT_REASON = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"

OWN = "urn:ildcare:"
TEST = f"{OWN}test"  # codes of the catalogues of measurements and antibodies
TAKEN_AT = f"{OWN}taken-at"  # what a value was taken at: fio2, flow, device, route, timing, hours_since_dose, kit
DRUG = f"{OWN}drug"
FACT = f"{OWN}fact"  # kinds of facts that are no result ("hrct"), and what they are about ("finding:cough")
PART = f"{OWN}part"  # what such a fact says ("hrct.ggo")
OF_OBSERVATIONS = (TEST, TAKEN_AT, FACT, PART)
ANSWER = f"{OWN}answer"
WHY_ABSENT = f"{OWN}absent"
MRN = f"{OWN}record-number"
ROW = f"{OWN}row"  # identifies a resource at the installation that made it

ANSWERS_SNOMED = {
    "positive": "10828004",
    "negative": "260385009",
    "indeterminate": "82334004",
    "weak_positive": "260408008",
}
# reasons for having no value, by the standard's code; the own code beside it says more
STANDARD_REASON = {"haemolysed": "error", "insufficient": "error", "not_done": "not-performed", "other": "unknown"}
