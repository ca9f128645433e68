"""That somebody with another name, sex or birth date is the patient of a number, as a person said it."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


WATCHED = """
CREATE TRIGGER sameperson_append_only BEFORE UPDATE OR DELETE ON patients_sameperson
    FOR EACH ROW EXECUTE FUNCTION fact_refuse_change();
CREATE TRIGGER sameperson_never_truncated BEFORE TRUNCATE ON patients_sameperson
    FOR EACH STATEMENT EXECUTE FUNCTION fact_refuse_change();
ALTER TABLE patients_sameperson ENABLE ALWAYS TRIGGER sameperson_append_only;
ALTER TABLE patients_sameperson ENABLE ALWAYS TRIGGER sameperson_never_truncated;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON patients_sameperson FROM ildcare_app;
    END IF;
END $$;
SELECT audit.watch('patients_sameperson');
"""
UNWATCHED = """
SELECT audit.unwatch('patients_sameperson');
DROP TRIGGER sameperson_append_only ON patients_sameperson;
DROP TRIGGER sameperson_never_truncated ON patients_sameperson;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0032_whose_numbers'),
    ]

    operations = [
        migrations.CreateModel(
            name='SamePerson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('differs', models.JSONField(verbose_name='differs')),
                ('reason', models.TextField(verbose_name='reason')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='since')),
                ('by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='said_to_be', to='patients.patient', verbose_name='patient')),
            ],
            options={
                'verbose_name': 'same person',
                'verbose_name_plural': 'same persons',
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='sameperson_says_why')],
            },
        ),
        migrations.RunSQL(WATCHED, UNWATCHED),
    ]
