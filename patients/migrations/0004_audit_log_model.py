"""The audit log, readable through the ORM."""


from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0003_audit'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('txid', models.BigIntegerField()),
                ('at', models.DateTimeField(verbose_name='time')),
                ('db_user', models.TextField(verbose_name='database user')),
                ('actor', models.BigIntegerField(null=True, verbose_name='user')),
                ('session', models.TextField(blank=True)),
                ('request_id', models.TextField(blank=True)),
                ('reason', models.TextField(blank=True, verbose_name='reason')),
                ('op', models.TextField(verbose_name='deed')),
                ('table_name', models.TextField(verbose_name='table or page')),
                ('pk_text', models.TextField(blank=True, db_column='pk')),
                ('patient', models.BigIntegerField(null=True, verbose_name='patient')),
                ('old', models.JSONField(null=True)),
                ('new', models.JSONField(null=True)),
            ],
            options={
                'verbose_name': 'audit entry',
                'verbose_name_plural': 'audit log',
                'db_table': '"audit"."log"',
                'ordering': ['-id'],
                'managed': False,
            },
        ),
    ]
