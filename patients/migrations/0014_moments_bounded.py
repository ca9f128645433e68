"""Days and times of every table lie between 1900 and 2199, and numbers are numbers.

NOT VALID: facts are append-only, so rows from before may stand that violate this. They are read as what they are
(entries that cannot be read); new ones are refused. Evaluations that keep failing are counted on every page.
"""

from django.db import migrations, models

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
# the clocks of two sites are at most a day and some hours apart
MOMENT = "{column} >= '1899-12-31 00:00+00' AND {column} < '2200-01-02 00:00+00'"
DAY = "{column} BETWEEN '1900-01-01' AND '2199-12-31'"
NUMBER = "{column} NOT IN ('NaN', 'Infinity', '-Infinity')"

MOMENTS = [
    *((table, column) for table in FACTS for column in ("on", "known")),
    ("patients_measurement", "resulted_at"),
    ("patients_admission", "admitted_at"),
    ("patients_admission", "discharged_at"),
    ("patients_roundvisit", "at"),
    ("patients_roundvisit", "shown_at"),
]
DAYS = [
    ("patients_medicationcourse", "stop"),
    ("patients_hrctreport", "compared_with"),
    ("patients_patient", "birth_date"),
    ("patients_caretask", "due"),
    ("patients_judgementowner", "due"),
]
# value, dose and target have theirs; a comparison refuses NaN where both ends are given (NaN is above every number)
NUMBERS = [("patients_measurement", "hours_since_dose")]

BOUNDS = [(MOMENT, MOMENTS, "bounded"), (DAY, DAYS, "bounded"), (NUMBER, NUMBERS, "is_number")]


def _bound(table: str, column: str, check: str, word: str) -> migrations.RunSQL:
    name = f"{table.removeprefix('patients_')}_{column}_{word}"
    condition = check.format(column=f'"{column}"')
    return migrations.RunSQL(
        f'ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ("{column}" IS NULL OR ({condition})) NOT VALID;',
        f"ALTER TABLE {table} DROP CONSTRAINT {name};",
    )


class Migration(migrations.Migration):
    dependencies = [("patients", "0013_search_entry")]

    operations = [
        *(_bound(table, column, check, word) for check, places, word in BOUNDS for table, column in places),
        migrations.AddIndex(
            model_name="evaluationmark",
            index=models.Index(name="evaluation_failing", fields=["failures"], condition=models.Q(failures__gt=0)),
        ),
    ]
