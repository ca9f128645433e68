"""No fact was known after it was received, and so none is about a time that had not come: one day of tolerance.

A table has no clock, but each row has the time at which it was received. The tolerance is for a machine whose clock is
ahead of the database's; who stores through a form or a file is refused to the second before. NOT VALID: rows from
before are read as what they are.
"""

from django.db import migrations

FACTS = (
    "patients_respiratoryonset",
    "patients_diagnosis",
    "patients_antibodyresult",
    "patients_measurement",
    "patients_hrctreport",
    "patients_finding",
    "patients_medicationcourse",
    "patients_histology",
    "patients_respiratorysupport",
    "patients_judgement",
    "patients_decision",
    "patients_hospitaladmission",
    "patients_discharge",
    "patients_careoutcome",
)


def _bound(table: str) -> migrations.RunSQL:
    name = f"{table.removeprefix('patients_')}_not_known_ahead"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (known <= recorded_at + interval '1 day') NOT VALID;",
        f"ALTER TABLE {table} DROP CONSTRAINT {name};",
    )


class Migration(migrations.Migration):
    dependencies = [("patients", "0040_planned_doses")]

    operations = [_bound(table) for table in FACTS]
