"""When a message was sent, and how its sender tells two results of one test apart."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0033_same_person'),
    ]

    operations = [
        migrations.AddField(
            model_name='deliveredfact',
            name='sub',
            field=models.CharField(blank=True, default='', max_length=20),
        ),
        migrations.AddField(
            model_name='message',
            name='sent_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='sent'),
        ),
    ]
