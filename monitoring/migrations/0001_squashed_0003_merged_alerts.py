"""All tables of monitoring as they are after 0003, made at once. Events of alerts are only ever appended; alerts and their
events are under the eyes of the audit. TRUNCATE passes in a test database for its owner (as with facts).
"""

import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.conf import settings
from django.db import migrations, models

APPEND_ONLY = r"""
CREATE FUNCTION alertevent_refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_database() LIKE 'test\_%' AND pg_has_role(
        session_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER'
    ) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'the history of alerts is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER alertevent_append_only BEFORE UPDATE OR DELETE ON monitoring_alertevent
    FOR EACH ROW EXECUTE FUNCTION alertevent_refuse_change();
CREATE TRIGGER alertevent_never_truncated BEFORE TRUNCATE ON monitoring_alertevent
    FOR EACH STATEMENT EXECUTE FUNCTION alertevent_refuse_change();
ALTER TABLE monitoring_alertevent ENABLE ALWAYS TRIGGER alertevent_append_only;
ALTER TABLE monitoring_alertevent ENABLE ALWAYS TRIGGER alertevent_never_truncated;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON monitoring_alertevent FROM ildcare_app;
    END IF;
END $$;
SELECT audit.watch('monitoring_alert');
SELECT audit.watch('monitoring_alertevent');
"""

UNDO = """
SELECT audit.unwatch('monitoring_alert');
SELECT audit.unwatch('monitoring_alertevent');
DROP TRIGGER alertevent_append_only ON monitoring_alertevent;
DROP TRIGGER alertevent_never_truncated ON monitoring_alertevent;
DROP FUNCTION alertevent_refuse_change();
"""


class Migration(migrations.Migration):

    replaces = [
        ('monitoring', '0001_initial'),
        ('monitoring', '0002_history_and_audit'),
        ('monitoring', '0003_merged_alerts'),
    ]

    dependencies = [('patients', '0001_squashed_0023_sheet_draft')]

    operations = [
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('rule', models.CharField(max_length=40, verbose_name='rule')),
                ('rule_version', models.PositiveSmallIntegerField(verbose_name='version of the rule')),
                ('subject', models.CharField(blank=True, default='', max_length=40, verbose_name='subject')),
                ('episode', models.PositiveIntegerField(default=1, verbose_name='episode')),
                ('severity', models.PositiveSmallIntegerField(choices=[(1, 'info'), (2, 'warning'), (3, 'critical')], verbose_name='severity')),
                ('possible', models.BooleanField(default=False, verbose_name='possible')),
                ('reasons', models.JSONField(verbose_name='reasons')),
                ('facts', models.JSONField(verbose_name='facts')),
                ('evidence', models.JSONField(verbose_name='evidence')),
                ('opened_on', models.DateField(verbose_name='opened on')),
                ('opened_at', models.DateTimeField(verbose_name='raised')),
                ('value_on', models.DateField(verbose_name='day of the value')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('closed_because', models.CharField(blank=True, choices=[('ended', 'the condition ended'), ('withdrawn', 'withdrawn – result corrected'), ('merged', 'merged')], default='', max_length=10, verbose_name='closed because')),
                ('acknowledged_at', models.DateTimeField(blank=True, null=True, verbose_name='acknowledged')),
                ('doing', models.CharField(blank=True, choices=[('repeat_ordered', 'test or repeat ordered'), ('dose_changed', 'dose changed'), ('treatment_started', 'treatment started or stepped up'), ('review_at_round', 'will review at the round'), ('discussed', 'discussed with … (name in the note)'), ('already_known', 'already known and acted on'), ('another_cause', 'disagree: another cause (say which)'), ('value_doubted', 'disagree: the value is doubted'), ('not_relevant', 'disagree: not relevant for this patient')], default='', max_length=20, verbose_name='what is being done')),
                ('note', models.TextField(blank=True, default='', verbose_name='note')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('acknowledged_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='alerts', to='patients.patient', verbose_name='patient')),
            ],
            options={
                'verbose_name': 'alert',
                'verbose_name_plural': 'alerts',
                'indexes': [models.Index(condition=models.Q(('closed_at__isnull', False)), fields=['patient', 'closed_at'], name='alert_closed')],
                'constraints': [models.UniqueConstraint(fields=('patient', 'rule', 'subject', 'episode', 'rule_version'), name='alert_once_per_episode'), models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('patient', 'rule', 'subject'), include=('severity', 'acknowledged_at'), name='alert_one_open'), models.CheckConstraint(condition=models.Q(('severity__in', [1, 2, 3])), name='alert_severity_known'), models.CheckConstraint(condition=models.Q(models.Q(('acknowledged_at__isnull', True), ('acknowledged_by__isnull', True), ('doing', '')), models.Q(('acknowledged_at__isnull', False), ('acknowledged_by__isnull', False)), _connector='OR'), name='alert_acknowledged_by_someone'), models.CheckConstraint(condition=models.Q(models.Q(('severity', 3), _negated=True), ('acknowledged_at__isnull', True), models.Q(('doing', ''), _negated=True), _connector='OR'), name='alert_critical_acknowledged_with_a_deed'), models.CheckConstraint(condition=models.Q(('closed_at__isnull', True), ('closed_at__gte', models.F('opened_at')), _connector='OR'), name='alert_closes_after_opening'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closed_because', '')), models.Q(('closed_at__isnull', False), ('closed_because__in', ['ended', 'withdrawn', 'merged'])), _connector='OR'), name='alert_closed_for_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='LastExamination',
            fields=[
                ('patient', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='last_examination', serialize=False, to='patients.patient', verbose_name='patient')),
                ('at', models.DateTimeField(verbose_name='time')),
                ('remarks', models.JSONField(default=list, verbose_name='remarks')),
                ('failed_rules', models.JSONField(default=list, verbose_name='rules that failed')),
            ],
            options={
                'verbose_name': 'last examination',
                'verbose_name_plural': 'last examinations',
            },
        ),
        migrations.CreateModel(
            name='SweepRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField(verbose_name='started')),
                ('finished_at', models.DateTimeField(db_index=True, verbose_name='finished')),
                ('evaluated', models.PositiveIntegerField(default=0, verbose_name='patients evaluated')),
                ('failed', models.PositiveIntegerField(default=0, verbose_name='patients failed')),
                ('waiting', models.PositiveIntegerField(default=0, verbose_name='patients still waiting')),
            ],
            options={
                'verbose_name': 'sweep',
                'verbose_name_plural': 'sweeps',
            },
        ),
        migrations.CreateModel(
            name='AlertEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='time')),
                ('kind', models.CharField(choices=[('opened', 'opened'), ('raised', 'severity raised'), ('lowered', 'severity lowered'), ('updated', 'newer facts'), ('corrected', 'a result behind it was corrected'), ('ended', 'the condition ended'), ('withdrawn', 'withdrawn – result corrected'), ('merged', 'merged'), ('returned', 'back: the merge was taken back'), ('acknowledged', 'acknowledged')], max_length=12, verbose_name='event')),
                ('severity', models.PositiveSmallIntegerField(choices=[(1, 'info'), (2, 'warning'), (3, 'critical')], verbose_name='severity')),
                ('rule_version', models.PositiveSmallIntegerField(verbose_name='version of the rule')),
                ('reasons', models.JSONField(verbose_name='reasons')),
                ('evidence', models.JSONField(verbose_name='evidence')),
                ('doing', models.CharField(blank=True, choices=[('repeat_ordered', 'test or repeat ordered'), ('dose_changed', 'dose changed'), ('treatment_started', 'treatment started or stepped up'), ('review_at_round', 'will review at the round'), ('discussed', 'discussed with … (name in the note)'), ('already_known', 'already known and acted on'), ('another_cause', 'disagree: another cause (say which)'), ('value_doubted', 'disagree: the value is doubted'), ('not_relevant', 'disagree: not relevant for this patient')], default='', max_length=20, verbose_name='what is being done')),
                ('note', models.TextField(blank=True, default='', verbose_name='note')),
                ('alert', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='monitoring.alert', verbose_name='alert')),
                ('by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
            ],
            options={
                'verbose_name': 'event of an alert',
                'verbose_name_plural': 'events of alerts',
                'ordering': ['id'],
                'indexes': [models.Index(fields=['patient', 'at'], name='alertevent_patient')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('kind', 'acknowledged'), _negated=True), ('by__isnull', False), _connector='OR'), name='alertevent_acknowledged_by_someone'), models.CheckConstraint(condition=models.Q(('kind__in', ['opened', 'raised', 'lowered', 'updated', 'corrected', 'ended', 'withdrawn', 'merged', 'returned', 'acknowledged'])), name='alertevent_kind_known')],
            },
        ),
        migrations.CreateModel(
            name='OutboxEntry',
            fields=[
                ('event', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='outbox', serialize=False, to='monitoring.alertevent')),
                ('written_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'announcement',
                'verbose_name_plural': 'announcements',
                'indexes': [models.Index(condition=models.Q(('sent_at__isnull', True)), fields=['event'], name='outbox_waiting')],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, UNDO),
    ]
