"""Which kit the site's anti-MDA5 titres are of, where none is named."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patients", "0015_target_has_both_ends")]

    operations = [
        migrations.AddField(
            model_name="sitesettings",
            name="mda5_kit",
            field=models.CharField(
                blank=True, default="", max_length=60, verbose_name="kit of anti-MDA5 titres that name none"
            ),
        ),
    ]
