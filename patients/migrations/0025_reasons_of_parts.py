"""Why a person has to look at a part of a message: reasons, which every reader sees in their own language."""

from django.db import migrations, models

AS_REASONS = """
ALTER TABLE patients_messagepart ALTER COLUMN why TYPE jsonb USING CASE WHEN why = '' THEN '[]'::jsonb ELSE
    jsonb_build_array(jsonb_build_object(
        'message', why, 'parts', '{}'::jsonb, 'facts', '[]'::jsonb, 'basis', 'S'))
END;
"""
AS_TEXT = """
ALTER TABLE patients_messagepart ALTER COLUMN why TYPE text USING coalesce(why -> 0 ->> 'message', '');
"""


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0024_deliveries'),
    ]

    operations = [
        migrations.RunSQL(
            AS_REASONS,
            AS_TEXT,
            state_operations=[
                migrations.AlterField(
                    model_name='messagepart',
                    name='why',
                    field=models.JSONField(blank=True, default=list, verbose_name='why'),
                ),
            ],
        ),
    ]
