"""Messages of machines as they came, what of them waits for a person, and what codes mean here."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


APPENDED = ("codemeaning", "deliveredfact")
WATCHED = """
CREATE TRIGGER {0}_append_only BEFORE UPDATE OR DELETE ON patients_{0}
    FOR EACH ROW EXECUTE FUNCTION fact_refuse_change();
CREATE TRIGGER {0}_never_truncated BEFORE TRUNCATE ON patients_{0}
    FOR EACH STATEMENT EXECUTE FUNCTION fact_refuse_change();
ALTER TABLE patients_{0} ENABLE ALWAYS TRIGGER {0}_append_only;
ALTER TABLE patients_{0} ENABLE ALWAYS TRIGGER {0}_never_truncated;
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ildcare_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON patients_{0} FROM ildcare_app;
    END IF;
END $$;
"""
UNWATCHED = """
DROP TRIGGER {0}_append_only ON patients_{0};
DROP TRIGGER {0}_never_truncated ON patients_{0};
"""
# a message is kept as it came; of its bytes, which the table holds, the audit repeats none
AUDITED = """
SELECT audit.watch('patients_message', ARRAY['body']);
SELECT audit.watch(relation::regclass) FROM unnest(ARRAY[
    'patients_source', 'patients_messagepart', 'patients_waitingresult', 'patients_codemeaning', 'patients_deliveredfact'
]) AS relation;
"""
UNAUDITED = """
SELECT audit.unwatch(relation::regclass) FROM unnest(ARRAY[
    'patients_message', 'patients_source', 'patients_messagepart', 'patients_waitingresult', 'patients_codemeaning',
    'patients_deliveredfact'
]) AS relation;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0001_squashed_0023_sheet_draft'),
    ]

    operations = [
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('format', models.CharField(max_length=20, verbose_name='format')),
                ('control_id', models.CharField(blank=True, default='', max_length=100, verbose_name='number of the message')),
                ('digest', models.CharField(max_length=64)),
                ('body', models.BinaryField(blank=True, null=True, verbose_name='as it came')),
                ('refused', models.JSONField(blank=True, null=True, verbose_name='refused')),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='received')),
            ],
            options={
                'verbose_name': 'message',
                'verbose_name_plural': 'messages',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.SlugField(max_length=30, unique=True, verbose_name='name')),
                ('title', models.CharField(max_length=100, verbose_name='title')),
                ('sender', models.CharField(blank=True, max_length=100, null=True, unique=True, verbose_name='names itself')),
                ('groups_thousands', models.BooleanField(default=False, verbose_name='writes 1,679 for 1679')),
                ('active', models.BooleanField(default=True, verbose_name='may send')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'verbose_name': 'source of results',
                'verbose_name_plural': 'sources of results',
                'ordering': ['title'],
            },
        ),
        migrations.CreateModel(
            name='MessagePart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveIntegerField()),
                ('person', models.JSONField(verbose_name='person')),
                ('number_core', models.CharField(max_length=80)),
                ('looked_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('taken', 'taken'), ('unknown', 'nobody here has this number'), ('doubtful', 'almost the number of somebody here'), ('other_person', 'the number of somebody with another name, sex or birth date'), ('no_number', 'no record number'), ('elsewhere', 'on no ward that is kept here'), ('asked', 'a person has to do it'), ('done', 'a person has looked')], max_length=12, verbose_name='state')),
                ('why', models.TextField(blank=True, default='', verbose_name='why')),
                ('results', models.PositiveIntegerField(default=0, verbose_name='results')),
                ('understood', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), blank=True, default=list, editable=False, size=None)),
                ('answer', models.CharField(blank=True, default='', max_length=20)),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='settled')),
                ('reason', models.TextField(blank=True, default='', verbose_name='reason')),
                ('message', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='patients.message')),
                ('patient', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='message_parts', to='patients.patient')),
                ('settled_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'part of a message',
                'verbose_name_plural': 'parts of messages',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='DeliveredFact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('row', models.PositiveBigIntegerField()),
                ('part', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='facts', to='patients.messagepart')),
            ],
            options={
                'verbose_name': 'delivered fact',
                'verbose_name_plural': 'delivered facts',
            },
        ),
        migrations.AddField(
            model_name='message',
            name='source',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='patients.source'),
        ),
        migrations.CreateModel(
            name='WaitingResult',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('question', models.CharField(choices=[('unmapped', 'what does this code mean?'), ('codes', 'which of its codes is right?'), ('value', 'is the value right, and what is missing?'), ('time', 'when was the sample taken?'), ('status', 'does it hold?')], max_length=10, verbose_name='question')),
                ('why', models.JSONField(verbose_name='why')),
                ('system', models.CharField(blank=True, default='', max_length=100, verbose_name='table of codes')),
                ('code', models.CharField(blank=True, default='', max_length=100, verbose_name='code')),
                ('called', models.CharField(blank=True, default='', max_length=200, verbose_name='name')),
                ('target', models.CharField(blank=True, default='', max_length=40, verbose_name='test')),
                ('text', models.CharField(blank=True, default='', max_length=200, verbose_name='as sent')),
                ('unit', models.CharField(blank=True, default='', max_length=60, verbose_name='unit')),
                ('on', models.DateTimeField(blank=True, null=True, verbose_name='sampled')),
                ('answers', models.JSONField(blank=True, default=dict, verbose_name='answers')),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='settled')),
                ('taken', models.BooleanField(blank=True, null=True, verbose_name='taken')),
                ('reason', models.TextField(blank=True, default='', verbose_name='reason')),
                ('part', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='waiting', to='patients.messagepart')),
                ('settled_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'result that waits',
                'verbose_name_plural': 'results that wait',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='CodeMeaning',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('system', models.CharField(blank=True, default='', max_length=100, verbose_name='table of codes')),
                ('code', models.CharField(max_length=100, verbose_name='code')),
                ('called', models.CharField(blank=True, default='', max_length=200, verbose_name='name')),
                ('target', models.CharField(blank=True, default='', max_length=40, verbose_name='test')),
                ('unit', models.CharField(blank=True, default='', max_length=60, verbose_name='unit of values without one')),
                ('reason', models.TextField(blank=True, default='', verbose_name='reason')),
                ('since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='since')),
                ('by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'meaning of a code',
                'verbose_name_plural': 'meanings of codes',
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('code', ''), _negated=True), name='codemeaning_code_given')],
            },
        ),
        migrations.AddIndex(
            model_name='messagepart',
            index=models.Index(condition=models.Q(('state', 'taken'), _negated=True), fields=['number_core'], name='messagepart_waiting'),
        ),
        migrations.AddConstraint(
            model_name='messagepart',
            constraint=models.UniqueConstraint(fields=('message', 'place'), name='messagepart_once'),
        ),
        migrations.AddConstraint(
            model_name='messagepart',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('patient__isnull', False), ('state', 'taken')), models.Q(('state', 'taken'), _negated=True), _connector='OR'), name='messagepart_taken_by_somebody'),
        ),
        migrations.AddIndex(
            model_name='deliveredfact',
            index=models.Index(fields=['kind', 'row'], name='deliveredfact_of_row'),
        ),
        migrations.AddConstraint(
            model_name='deliveredfact',
            constraint=models.UniqueConstraint(fields=('part', 'kind', 'row'), name='deliveredfact_once'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['source', 'received_at'], name='message_of_source'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(fields=('source', 'digest'), name='message_once'),
        ),
        migrations.AddIndex(
            model_name='waitingresult',
            index=models.Index(condition=models.Q(('settled_at__isnull', True)), fields=['question', 'system', 'code'], name='waitingresult_open'),
        ),
        migrations.AddConstraint(
            model_name='waitingresult',
            constraint=models.UniqueConstraint(fields=('part', 'number', 'target'), name='waitingresult_once'),
        ),
        migrations.AddConstraint(
            model_name='waitingresult',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('settled_at__isnull', True), ('taken__isnull', True)), models.Q(('settled_at__isnull', False), ('taken__isnull', False)), _connector='OR'), name='waitingresult_settled_one_way'),
        ),
        *(migrations.RunSQL(WATCHED.format(x), UNWATCHED.format(x)) for x in APPENDED),
        migrations.RunSQL(AUDITED, UNAUDITED),
    ]
