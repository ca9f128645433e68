"""Record numbers as they are compared: without case, width and blanks (`number_key`), and besides without leading zeros
and punctuation (`number_core`)."""

import re
import unicodedata
from collections import defaultdict

from django.core.management.base import CommandError
from django.db import migrations, models

AT_ONCE = 1000


def key_of(number: str) -> str:
    """As the product folds a record number at this version."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", number).casefold())
    letters = "".join(x for x in plain if unicodedata.category(x) not in {"Zs", "Zl", "Zp", "Cc", "Cf", "Cs"})
    return unicodedata.normalize("NFKC", letters)


def core_of(number: str) -> str:
    """The same without leading zeros and punctuation."""
    zeros = re.compile(r"(?<![0-9])0+(?=[0-9])")
    bare = (x for x in zeros.sub("", key_of(number)) if x in "%_" or not unicodedata.category(x).startswith("P"))
    return zeros.sub("", "".join(bare))


def refuse_doubles(numbers: list[str]) -> None:
    """CommandError with a sentence if two patients have one number but for case, width and blanks, or one has none."""
    by_key = defaultdict(list)
    for number in numbers:
        by_key[key_of(number)].append(number)
    faults = ["a record number consists of blanks"] if "" in by_key else []
    faults += [" and ".join(f"“{x}”" for x in same) + " are one number" for same in by_key.values() if len(same) > 1]
    if faults:
        raise CommandError(
            "Record numbers are compared without case, width and blanks from this version on, and some patients stand in "
            f"the way: {'; '.join(sorted(faults))}. Nothing was changed. Find out whether they are one person, correct "
            "the number of one of them with the version before, and start again."
        )


def fold_numbers(apps, schema_editor):  # noqa: ARG001 - Django's signature
    """Existing patients; refused as a whole if two have the same number."""
    patients = apps.get_model("patients", "Patient").objects.order_by("pk")
    refuse_doubles(list(patients.values_list("mrn", flat=True)))
    rows = list(patients.only("pk", "mrn"))
    for row in rows:
        row.number_key, row.number_core = key_of(row.mrn), core_of(row.mrn)
    patients.model.objects.bulk_update(rows, ["number_key", "number_core"], batch_size=AT_ONCE)


class Migration(migrations.Migration):
    dependencies = [("patients", "0011_case_format_2_append_only")]

    operations = [
        migrations.AddField("patient", "number_key", models.CharField(default="", editable=False, max_length=800)),
        migrations.AddField("patient", "number_core", models.CharField(default="", editable=False, max_length=800)),
        migrations.RunPython(fold_numbers, migrations.RunPython.noop),
    ]
