"""Beds, the steps of stays, and who is responsible. Steps are append-only in the database itself; all of it is audited.

A stay that was there before has the steps that are known of it: admitted, and discharged where it ended.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


WATCHED = """
CREATE TRIGGER stay_append_only BEFORE UPDATE OR DELETE ON patients_stayevent
    FOR EACH ROW EXECUTE FUNCTION fact_refuse_change();
CREATE TRIGGER stay_never_truncated BEFORE TRUNCATE ON patients_stayevent
    FOR EACH STATEMENT EXECUTE FUNCTION fact_refuse_change();
ALTER TABLE patients_stayevent ENABLE ALWAYS TRIGGER stay_append_only;
ALTER TABLE patients_stayevent ENABLE ALWAYS TRIGGER stay_never_truncated;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON patients_stayevent FROM ildcare_app;
    END IF;
END $$;
SELECT audit.watch(relation::regclass) FROM unnest(ARRAY[
    'patients_stayevent', 'patients_bed', 'patients_responsibility'
]) AS relation;
"""
UNWATCHED = """
SELECT audit.unwatch(relation::regclass) FROM unnest(ARRAY[
    'patients_stayevent', 'patients_bed', 'patients_responsibility'
]) AS relation;
DROP TRIGGER stay_append_only ON patients_stayevent;
DROP TRIGGER stay_never_truncated ON patients_stayevent;
"""

MOMENTS = (("stayevent", "at"), ("responsibility", "since"), ("responsibility", "until"))
BOUND = """ALTER TABLE patients_{table} ADD CONSTRAINT {table}_{column}_bounded CHECK ({column} IS NULL
    OR ({column} >= '1899-12-31 00:00+00' AND {column} < '2200-01-02 00:00+00'));"""
UNBOUND = "ALTER TABLE patients_{table} DROP CONSTRAINT {table}_{column}_bounded;"

# in the order in which it happened, because the last step of a patient is the one with the highest id
STEPS_BEFORE = """
INSERT INTO patients_stayevent (kind, patient_id, stay_id, at, ward_id, bed, consultant, "to", what, facts)
SELECT kind, patient_id, id, at, ward_id, bed, consultant, '', '', '{}' FROM (
    SELECT 'admitted' AS kind, admitted_at AS at, 1 AS turn, stay.* FROM patients_admission AS stay
    UNION ALL
    SELECT 'discharged', discharged_at, 2, stay.* FROM patients_admission AS stay WHERE discharged_at IS NOT NULL
) AS step ORDER BY patient_id, admitted_at, id, turn;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0020_visit_taken_back_append_only'),
    ]

    operations = [
        migrations.CreateModel(
            name='Bed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('label', models.CharField(max_length=20, verbose_name='bed')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('in_use', models.BooleanField(default=True, verbose_name='in use')),
            ],
            options={
                'verbose_name': 'bed',
                'verbose_name_plural': 'beds',
                'ordering': ['position', 'label'],
            },
        ),
        migrations.CreateModel(
            name='Responsibility',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('consultant', 'consultant'), ('team', 'team')], max_length=10, verbose_name='as')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('until', models.DateTimeField(blank=True, null=True, verbose_name='until')),
            ],
            options={
                'verbose_name': 'responsibility',
                'verbose_name_plural': 'responsibilities',
                'ordering': ['kind', 'since', 'id'],
            },
        ),
        migrations.CreateModel(
            name='StayEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('admitted', 'admitted'), ('moved', 'moved'), ('consultant', 'other consultant'), ('discharged', 'discharged'), ('outcome', 'outcome'), ('taken_back', 'taken back')], max_length=12, verbose_name='step')),
                ('at', models.DateTimeField(verbose_name='time')),
                ('bed', models.CharField(blank=True, default='', max_length=20, verbose_name='bed')),
                ('consultant', models.CharField(blank=True, default='', max_length=100, verbose_name='consultant')),
                ('to', models.CharField(blank=True, choices=[('home', 'home'), ('other_ward', 'another ward'), ('other_hospital', 'another hospital')], default='', max_length=20, verbose_name='to')),
                ('what', models.CharField(blank=True, choices=[('death', 'death'), ('lung_transplant', 'lung transplant'), ('transferred', 'transferred to another hospital'), ('care_ended', 'end of care')], default='', max_length=20, verbose_name='outcome')),
                ('facts', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=220), blank=True, default=list, editable=False, size=None)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='received')),
            ],
            options={
                'verbose_name': 'step of a stay',
                'verbose_name_plural': 'steps of stays',
                'ordering': ['id'],
            },
        ),
        migrations.AddField(
            model_name='admission',
            name='taken_back',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddConstraint(
            model_name='admission',
            constraint=models.CheckConstraint(condition=models.Q(('taken_back', False), models.Q(('discharged_at', models.F('admitted_at')), ('discharged_at__isnull', False)), _connector='OR'), name='admission_taken_back_is_closed'),
        ),
        migrations.AddField(
            model_name='bed',
            name='ward',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='beds', to='patients.ward', verbose_name='ward'),
        ),
        migrations.AddField(
            model_name='responsibility',
            name='patient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='responsibilities', to='patients.patient', verbose_name='patient'),
        ),
        migrations.AddField(
            model_name='responsibility',
            name='recorded_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='responsibility',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='responsibilities', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AddField(
            model_name='stayevent',
            name='patient',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='stay_events', to='patients.patient', verbose_name='patient'),
        ),
        migrations.AddField(
            model_name='stayevent',
            name='recorded_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='stayevent',
            name='responsible',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='stayevent',
            name='stay',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='patients.admission'),
        ),
        migrations.AddField(
            model_name='stayevent',
            name='takes_back',
            field=models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='taken_back_by', to='patients.stayevent'),
        ),
        migrations.AddField(
            model_name='stayevent',
            name='ward',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.ward', verbose_name='ward'),
        ),
        migrations.AddConstraint(
            model_name='bed',
            constraint=models.UniqueConstraint(fields=('ward', 'label'), name='bed_once'),
        ),
        migrations.AddConstraint(
            model_name='bed',
            constraint=models.CheckConstraint(condition=models.Q(('label', ''), _negated=True), name='bed_named'),
        ),
        migrations.AddConstraint(
            model_name='responsibility',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['consultant', 'team'])), name='responsibility_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='responsibility',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'consultant'), ('until__isnull', True)), fields=('patient',), name='responsibility_one_consultant'),
        ),
        migrations.AddConstraint(
            model_name='responsibility',
            constraint=models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('patient', 'user', 'kind'), name='responsibility_once'),
        ),
        migrations.AddConstraint(
            model_name='responsibility',
            constraint=models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gte', models.F('since')), _connector='OR'), name='responsibility_ends_after_start'),
        ),
        migrations.AddIndex(
            model_name='stayevent',
            index=models.Index(fields=['patient', '-id'], name='stayevent_patient'),
        ),
        migrations.AddConstraint(
            model_name='stayevent',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['admitted', 'moved', 'consultant', 'discharged', 'outcome', 'taken_back'])), name='stayevent_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='stayevent',
            constraint=models.CheckConstraint(condition=models.Q(('to__in', ['', 'home', 'other_ward', 'other_hospital'])), name='stayevent_to_known'),
        ),
        migrations.AddConstraint(
            model_name='stayevent',
            constraint=models.CheckConstraint(condition=models.Q(('what__in', ['', 'death', 'lung_transplant', 'transferred', 'care_ended'])), name='stayevent_what_known'),
        ),
        migrations.AddConstraint(
            model_name='stayevent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'outcome'), models.Q(('what', ''), _negated=True)), models.Q(models.Q(('kind', 'outcome'), _negated=True), ('what', '')), _connector='OR'), name='stayevent_what_of_an_outcome'),
        ),
        migrations.AddConstraint(
            model_name='stayevent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'taken_back'), ('takes_back__isnull', False)), models.Q(models.Q(('kind', 'taken_back'), _negated=True), ('takes_back__isnull', True)), _connector='OR'), name='stayevent_takes_back_a_step'),
        ),
        migrations.RunSQL(WATCHED, UNWATCHED),
        *(
            migrations.RunSQL(BOUND.format(table=table, column=column), UNBOUND.format(table=table, column=column))
            for table, column in MOMENTS
        ),
        migrations.RunSQL(STEPS_BEFORE, migrations.RunSQL.noop),
    ]
