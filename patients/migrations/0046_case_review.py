"""Cases that are looked at afterwards. What is said of them is append-only in the database itself; of a case itself one
thing changes: since when it is closed. All of it is audited, the key of the pseudonyms without its secret.
"""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

WATCHED = """
CREATE TRIGGER reviewentry_append_only BEFORE UPDATE OR DELETE ON patients_reviewentry
    FOR EACH ROW EXECUTE FUNCTION fact_refuse_change();
CREATE TRIGGER reviewentry_never_truncated BEFORE TRUNCATE ON patients_reviewentry
    FOR EACH STATEMENT EXECUTE FUNCTION fact_refuse_change();
ALTER TABLE patients_reviewentry ENABLE ALWAYS TRIGGER reviewentry_append_only;
ALTER TABLE patients_reviewentry ENABLE ALWAYS TRIGGER reviewentry_never_truncated;

CREATE FUNCTION reviewcase_refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF to_jsonb(NEW) - 'closed_at' = to_jsonb(OLD) - 'closed_at' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a case to review is only closed and opened again' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER reviewcase_only_closed BEFORE UPDATE ON patients_reviewcase
    FOR EACH ROW EXECUTE FUNCTION reviewcase_refuse_change();
CREATE TRIGGER reviewcase_never_deleted BEFORE DELETE ON patients_reviewcase
    FOR EACH ROW EXECUTE FUNCTION fact_refuse_change();
CREATE TRIGGER reviewcase_never_truncated BEFORE TRUNCATE ON patients_reviewcase
    FOR EACH STATEMENT EXECUTE FUNCTION fact_refuse_change();
ALTER TABLE patients_reviewcase ENABLE ALWAYS TRIGGER reviewcase_only_closed;
ALTER TABLE patients_reviewcase ENABLE ALWAYS TRIGGER reviewcase_never_deleted;
ALTER TABLE patients_reviewcase ENABLE ALWAYS TRIGGER reviewcase_never_truncated;

CREATE TRIGGER reviewkey_append_only BEFORE UPDATE OR DELETE ON patients_reviewkey
    FOR EACH ROW EXECUTE FUNCTION fact_refuse_change();
CREATE TRIGGER reviewkey_never_truncated BEFORE TRUNCATE ON patients_reviewkey
    FOR EACH STATEMENT EXECUTE FUNCTION fact_refuse_change();
ALTER TABLE patients_reviewkey ENABLE ALWAYS TRIGGER reviewkey_append_only;
ALTER TABLE patients_reviewkey ENABLE ALWAYS TRIGGER reviewkey_never_truncated;

DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON patients_reviewentry, patients_reviewkey FROM ildcare_app;
        REVOKE DELETE, TRUNCATE ON patients_reviewcase FROM ildcare_app;
    END IF;
END $$;
SELECT audit.watch('patients_reviewentry'::regclass);
SELECT audit.watch('patients_reviewcase'::regclass);
SELECT audit.watch('patients_reviewkey'::regclass, ARRAY['secret']);
"""
UNDO = """
SELECT audit.unwatch('patients_reviewkey'::regclass);
SELECT audit.unwatch('patients_reviewcase'::regclass);
SELECT audit.unwatch('patients_reviewentry'::regclass);
DROP TRIGGER reviewkey_append_only ON patients_reviewkey;
DROP TRIGGER reviewkey_never_truncated ON patients_reviewkey;
DROP TRIGGER reviewcase_only_closed ON patients_reviewcase;
DROP TRIGGER reviewcase_never_deleted ON patients_reviewcase;
DROP TRIGGER reviewcase_never_truncated ON patients_reviewcase;
DROP FUNCTION reviewcase_refuse_change();
DROP TRIGGER reviewentry_append_only ON patients_reviewentry;
DROP TRIGGER reviewentry_never_truncated ON patients_reviewentry;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('patients', '0045_later_evidence_followed'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReviewCase',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('trigger', models.CharField(choices=[('subtype', 'subtype or course settled'), ('override', 'step not followed'), ('evidence', 'conflict with later evidence'), ('card', 'critical card unanswered'), ('step', 'step not started'), ('death', 'death'), ('transfer', 'transfer'), ('sample', 'drawn at random')], max_length=10, verbose_name='reason')),
                ('key', models.CharField(max_length=220)),
                ('about', models.JSONField(default=dict, verbose_name='about')),
                ('arose_at', models.DateTimeField(verbose_name='time')),
                ('opened_at', models.DateTimeField(verbose_name='opened')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
            ],
            options={
                'verbose_name': 'case to review',
                'verbose_name_plural': 'cases to review',
                'ordering': ['-arose_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ReviewEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('taken', 'taken'), ('released', 'released'), ('verdict', 'verdict signed'), ('comment', 'comment'), ('request', 'correction asked for'), ('reopened', 'opened again')], max_length=10, verbose_name='step')),
                ('role', models.CharField(choices=[('physician', 'physician'), ('senior', 'senior physician (reviewer)'), ('pharmacist', 'pharmacist'), ('nurse', 'nurse'), ('administrator', 'administrator'), ('reviewer', 'reviewer without names')], max_length=20, verbose_name='role')),
                ('at', models.DateTimeField(verbose_name='time')),
                ('chart', models.CharField(blank=True, choices=[('right', 'Right'), ('wrong', 'Wrong'), ('unknown', 'Cannot say')], default='', max_length=10, verbose_name="chart's answer")),
                ('delay', models.CharField(blank=True, choices=[('avoidable', 'Avoidable'), ('justified', 'Justified'), ('none', 'No delay'), ('unknown', 'Cannot say')], default='', max_length=10, verbose_name='delay')),
                ('lesson', models.CharField(blank=True, choices=[('nothing', 'nothing new'), ('needless_wait', 'waited for a result that could not change the step'), ('test_late', 'a test that decides came late'), ('alert_unanswered', 'an alert was answered late'), ('step_late', 'the step was begun late, for reasons of organisation'), ('target_late', 'the drug level reached its target late'), ('reason_unclear', 'why the chart was not followed is not clear from the record'), ('fact_wrong', 'a fact of the record was wrong or missing'), ('departure_right', 'not following the chart was right'), ('chart_silent', 'the chart has no answer for this situation'), ('other', 'something else (say what)')], default='', max_length=20, verbose_name='what it teaches')),
                ('audience', models.CharField(blank=True, choices=[('team', 'the treating team'), ('ward', 'ward meeting'), ('pharmacy', 'pharmacy'), ('laboratory', 'laboratory'), ('rules', 'who changes the rules of the site'), ('nobody', 'nobody in particular')], default='', max_length=12, verbose_name='for whom')),
                ('text', models.TextField(blank=True, default='', verbose_name='in words')),
                ('fact', models.CharField(blank=True, default='', max_length=40, verbose_name='entry in doubt')),
            ],
            options={
                'verbose_name': 'step of a review',
                'verbose_name_plural': 'steps of reviews',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='ReviewKey',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('secret', models.CharField(editable=False, max_length=64)),
            ],
            options={
                'verbose_name': 'key of pseudonyms',
                'verbose_name_plural': 'keys of pseudonyms',
            },
        ),
        migrations.RemoveConstraint(
            model_name='user',
            name='user_role_known',
        ),
        migrations.AddField(
            model_name='sitesettings',
            name='review_after_minutes',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='minutes after which a critical card without an answer is a case to review (empty: when it is passed on)'),
        ),
        migrations.AddField(
            model_name='sitesettings',
            name='review_sample',
            field=models.PositiveSmallIntegerField(default=3, verbose_name='patients of a month who are drawn at random to be reviewed'),
        ),
        migrations.AlterField(
            model_name='sitesettings',
            name='escalation_role',
            field=models.CharField(choices=[('physician', 'physician'), ('senior', 'senior physician (reviewer)'), ('pharmacist', 'pharmacist'), ('nurse', 'nurse'), ('administrator', 'administrator'), ('reviewer', 'reviewer without names')], default='senior', max_length=20, verbose_name='to whom it is passed on'),
        ),
        migrations.AlterField(
            model_name='user',
            name='role',
            field=models.CharField(blank=True, choices=[('physician', 'physician'), ('senior', 'senior physician (reviewer)'), ('pharmacist', 'pharmacist'), ('nurse', 'nurse'), ('administrator', 'administrator'), ('reviewer', 'reviewer without names')], default='', max_length=20, verbose_name='role'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['', 'physician', 'senior', 'pharmacist', 'nurse', 'administrator', 'reviewer'])), name='user_role_known'),
        ),
        migrations.AddField(
            model_name='reviewcase',
            name='patient',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='review_cases', to='patients.patient', verbose_name='patient'),
        ),
        migrations.AddField(
            model_name='reviewentry',
            name='by',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reviewentry',
            name='case',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='patients.reviewcase', verbose_name='case to review'),
        ),
        migrations.AddField(
            model_name='reviewentry',
            name='task',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='review_entry', to='patients.caretask'),
        ),
        migrations.AddConstraint(
            model_name='reviewkey',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='reviewkey_one_row'),
        ),
        migrations.AddIndex(
            model_name='reviewcase',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['-arose_at'], name='reviewcase_open'),
        ),
        migrations.AddIndex(
            model_name='reviewcase',
            index=models.Index(condition=models.Q(('closed_at__isnull', False)), fields=['-closed_at'], name='reviewcase_closed'),
        ),
        migrations.AddConstraint(
            model_name='reviewcase',
            constraint=models.UniqueConstraint(fields=('patient', 'trigger', 'key'), name='reviewcase_once'),
        ),
        migrations.AddConstraint(
            model_name='reviewcase',
            constraint=models.CheckConstraint(condition=models.Q(('trigger__in', ['subtype', 'override', 'evidence', 'card', 'step', 'death', 'transfer', 'sample'])), name='reviewcase_trigger_known'),
        ),
        migrations.AddIndex(
            model_name='reviewentry',
            index=models.Index(fields=['case', 'id'], name='reviewentry_of_case'),
        ),
        migrations.AddConstraint(
            model_name='reviewentry',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['taken', 'released', 'verdict', 'comment', 'request', 'reopened'])), name='reviewentry_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='reviewentry',
            constraint=models.CheckConstraint(condition=models.Q(('chart__in', ['', 'right', 'wrong', 'unknown'])), name='reviewentry_chart_known'),
        ),
        migrations.AddConstraint(
            model_name='reviewentry',
            constraint=models.CheckConstraint(condition=models.Q(('delay__in', ['', 'avoidable', 'justified', 'none', 'unknown'])), name='reviewentry_delay_known'),
        ),
        migrations.AddConstraint(
            model_name='reviewentry',
            constraint=models.CheckConstraint(condition=models.Q(('lesson__in', ['', 'nothing', 'needless_wait', 'test_late', 'alert_unanswered', 'step_late', 'target_late', 'reason_unclear', 'fact_wrong', 'departure_right', 'chart_silent', 'other'])), name='reviewentry_lesson_known'),
        ),
        migrations.AddConstraint(
            model_name='reviewentry',
            constraint=models.CheckConstraint(condition=models.Q(('audience__in', ['', 'team', 'ward', 'pharmacy', 'laboratory', 'rules', 'nobody'])), name='reviewentry_audience_known'),
        ),
        migrations.AddConstraint(
            model_name='reviewentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'verdict'), models.Q(('chart', ''), _negated=True), models.Q(('delay', ''), _negated=True), models.Q(('lesson', ''), _negated=True), models.Q(('audience', ''), _negated=True)), models.Q(models.Q(('kind', 'verdict'), _negated=True), ('audience', ''), ('chart', ''), ('delay', ''), ('lesson', '')), _connector='OR'), name='reviewentry_verdict_answers'),
        ),
        migrations.AddConstraint(
            model_name='reviewentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['comment', 'request', 'reopened']), _negated=True), models.Q(('text', ''), _negated=True), _connector='OR'), name='reviewentry_says_why'),
        ),
        migrations.AddConstraint(
            model_name='reviewentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'request'), ('task__isnull', False)), models.Q(models.Q(('kind', 'request'), _negated=True), ('fact', ''), ('task__isnull', True)), _connector='OR'), name='reviewentry_request_has_its_task'),
        ),
        migrations.AddConstraint(
            model_name='reviewentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lesson', 'other'), _negated=True), models.Q(('text', ''), _negated=True), _connector='OR'), name='reviewentry_other_says_what'),
        ),
        migrations.RunSQL(WATCHED, UNDO),
    ]
