"""Tables of people, records and facts."""

from decimal import Decimal

import django.contrib.auth.models
import django.contrib.auth.validators
import django.core.serializers.json
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import patients.models.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="Patient",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mrn", models.CharField(max_length=40, unique=True, verbose_name="record number")),
                ("family_name", models.CharField(max_length=100, verbose_name="family name")),
                ("given_name", models.CharField(max_length=100, verbose_name="given name")),
                (
                    "family_kana",
                    models.CharField(blank=True, default="", max_length=100, verbose_name="family name (kana)"),
                ),
                (
                    "given_kana",
                    models.CharField(blank=True, default="", max_length=100, verbose_name="given name (kana)"),
                ),
                (
                    "sex",
                    models.CharField(
                        choices=[("female", "female"), ("male", "male"), ("unknown", "unknown")],
                        default="unknown",
                        max_length=10,
                        verbose_name="sex",
                    ),
                ),
                ("birth_date", models.DateField(blank=True, null=True, verbose_name="birth date")),
                ("source", models.TextField(blank=True, default="", verbose_name="source or note")),
                (
                    "registered_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="registered"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "verbose_name": "patient",
                "verbose_name_plural": "patients",
                "ordering": ["family_name", "given_name", "mrn"],
            },
        ),
        migrations.CreateModel(
            name="Ward",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=20, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("name_ja", models.CharField(blank=True, default="", max_length=100, verbose_name="Japanese name")),
            ],
            options={
                "verbose_name": "ward",
                "verbose_name_plural": "wards",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                (
                    "role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("physician", "physician"),
                            ("senior", "senior physician (reviewer)"),
                            ("pharmacist", "pharmacist"),
                            ("nurse", "nurse"),
                            ("administrator", "administrator"),
                        ],
                        default="",
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        choices=[("en", "English"), ("ja", "日本語")],
                        default="",
                        max_length=5,
                        verbose_name="language",
                    ),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "abstract": False,
                "swappable": "AUTH_USER_MODEL",
            },
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name="EvaluationMark",
            fields=[
                (
                    "patient",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="evaluation_mark",
                        serialize=False,
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
                ("needed_since", models.DateTimeField(blank=True, null=True)),
                ("requested_count", models.PositiveBigIntegerField(default=0)),
                ("evaluated_at", models.DateTimeField(blank=True, null=True)),
                ("next_due_at", models.DateTimeField(blank=True, null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("last_error_class", models.CharField(blank=True, default="", max_length=200)),
            ],
            options={
                "verbose_name": "evaluation mark",
                "verbose_name_plural": "evaluation marks",
            },
        ),
        migrations.AddField(
            model_name="patient",
            name="registered_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.CreateModel(
            name="Diagnosis",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("identity", models.CharField(editable=False, max_length=200)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("on", models.DateTimeField(verbose_name="time")),
                ("on_is_date", models.BooleanField(default=False, editable=False)),
                ("known", models.DateTimeField(verbose_name="known since")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="received"
                    ),
                ),
                ("source", models.CharField(max_length=40, verbose_name="source")),
                ("sender_id", models.CharField(blank=True, default="", editable=False, max_length=200)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("preliminary", "preliminary"),
                            ("final", "final"),
                            ("corrected", "corrected"),
                            ("cancelled", "cancelled"),
                        ],
                        default="final",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                (
                    "correction_reason",
                    models.TextField(blank=True, default="", verbose_name="reason for the correction"),
                ),
                (
                    "myositis",
                    models.CharField(
                        choices=[
                            ("DM", "dermatomyositis (DM)"),
                            ("PM", "polymyositis (PM)"),
                            ("ADM", "amyopathic DM (ADM)"),
                            ("hypomyopathic_DM", "hypomyopathic DM"),
                            ("CADM", "clinically amyopathic DM (CADM)"),
                        ],
                        max_length=20,
                        verbose_name="myositis",
                    ),
                ),
                ("provisional", models.BooleanField(default=False, verbose_name="provisional")),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="patients.diagnosis",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_set",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "diagnosis",
                "verbose_name_plural": "diagnoses",
                "ordering": ["on", "known", "id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("identity", models.CharField(editable=False, max_length=200)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("on", models.DateTimeField(verbose_name="time")),
                ("on_is_date", models.BooleanField(default=False, editable=False)),
                ("known", models.DateTimeField(verbose_name="known since")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="received"
                    ),
                ),
                ("source", models.CharField(max_length=40, verbose_name="source")),
                ("sender_id", models.CharField(blank=True, default="", editable=False, max_length=200)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("preliminary", "preliminary"),
                            ("final", "final"),
                            ("corrected", "corrected"),
                            ("cancelled", "cancelled"),
                        ],
                        default="final",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                (
                    "correction_reason",
                    models.TextField(blank=True, default="", verbose_name="reason for the correction"),
                ),
                (
                    "step",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("T1", "T1"),
                            ("T2", "T2"),
                            ("T3", "T3"),
                            ("T4", "T4"),
                            ("observation", "observation"),
                        ],
                        default="",
                        max_length=20,
                        verbose_name="step",
                    ),
                ),
                ("accepted", models.BooleanField(blank=True, null=True, verbose_name="accepted")),
                (
                    "course",
                    models.CharField(
                        blank=True, choices=[("C", "chronic")], default="", max_length=5, verbose_name="course"
                    ),
                ),
                ("reason", models.TextField(blank=True, default="", verbose_name="reason")),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="patients.decision",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_set",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision",
                "verbose_name_plural": "decisions",
                "ordering": ["on", "known", "id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AntibodyResult",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("identity", models.CharField(editable=False, max_length=200)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("on", models.DateTimeField(verbose_name="time")),
                ("on_is_date", models.BooleanField(default=False, editable=False)),
                ("known", models.DateTimeField(verbose_name="known since")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="received"
                    ),
                ),
                ("source", models.CharField(max_length=40, verbose_name="source")),
                ("sender_id", models.CharField(blank=True, default="", editable=False, max_length=200)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("preliminary", "preliminary"),
                            ("final", "final"),
                            ("corrected", "corrected"),
                            ("cancelled", "cancelled"),
                        ],
                        default="final",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                (
                    "correction_reason",
                    models.TextField(blank=True, default="", verbose_name="reason for the correction"),
                ),
                ("code", models.CharField(max_length=40, verbose_name="antibody")),
                (
                    "result",
                    models.CharField(
                        choices=[("positive", "positive"), ("negative", "negative"), ("pending", "pending")],
                        max_length=10,
                        verbose_name="result",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="patients.antibodyresult",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_set",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "antibody result",
                "verbose_name_plural": "antibody results",
                "ordering": ["on", "known", "id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("identity", models.CharField(editable=False, max_length=200)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("on", models.DateTimeField(verbose_name="time")),
                ("on_is_date", models.BooleanField(default=False, editable=False)),
                ("known", models.DateTimeField(verbose_name="known since")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="received"
                    ),
                ),
                ("source", models.CharField(max_length=40, verbose_name="source")),
                ("sender_id", models.CharField(blank=True, default="", editable=False, max_length=200)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("preliminary", "preliminary"),
                            ("final", "final"),
                            ("corrected", "corrected"),
                            ("cancelled", "cancelled"),
                        ],
                        default="final",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                (
                    "correction_reason",
                    models.TextField(blank=True, default="", verbose_name="reason for the correction"),
                ),
                ("code", models.CharField(max_length=40, verbose_name="finding")),
                ("present", models.BooleanField(blank=True, null=True, verbose_name="present")),
                (
                    "change",
                    models.CharField(
                        blank=True,
                        choices=[("worse", "worse"), ("unchanged", "unchanged"), ("improved", "improved")],
                        default="",
                        max_length=10,
                        verbose_name="change",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_set",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="patients.finding",
                    ),
                ),
            ],
            options={
                "verbose_name": "finding",
                "verbose_name_plural": "findings",
                "ordering": ["on", "known", "id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Histology",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("identity", models.CharField(editable=False, max_length=200)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("on", models.DateTimeField(verbose_name="time")),
                ("on_is_date", models.BooleanField(default=False, editable=False)),
                ("known", models.DateTimeField(verbose_name="known since")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="received"
                    ),
                ),
                ("source", models.CharField(max_length=40, verbose_name="source")),
                ("sender_id", models.CharField(blank=True, default="", editable=False, max_length=200)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("preliminary", "preliminary"),
                            ("final", "final"),
                            ("corrected", "corrected"),
                            ("cancelled", "cancelled"),
                        ],
                        default="final",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                (
                    "correction_reason",
                    models.TextField(blank=True, default="", verbose_name="reason for the correction"),
                ),
                (
                    "pattern",
                    models.CharField(
                        choices=[("NSIP", "NSIP"), ("DAD", "DAD"), ("UIP", "UIP"), ("OP", "OP")],
                        max_length=10,
                        verbose_name="pattern",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_set",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="patients.histology",
                    ),
                ),
            ],
            options={
                "verbose_name": "histology",
                "verbose_name_plural": "histology",
                "ordering": ["on", "known", "id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="HrctReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("identity", models.CharField(editable=False, max_length=200)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("on", models.DateTimeField(verbose_name="time")),
                ("on_is_date", models.BooleanField(default=False, editable=False)),
                ("known", models.DateTimeField(verbose_name="known since")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="received"
                    ),
                ),
                ("source", models.CharField(max_length=40, verbose_name="source")),
                ("sender_id", models.CharField(blank=True, default="", editable=False, max_length=200)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("preliminary", "preliminary"),
                            ("final", "final"),
                            ("corrected", "corrected"),
                            ("cancelled", "cancelled"),
                        ],
                        default="final",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                (
                    "correction_reason",
                    models.TextField(blank=True, default="", verbose_name="reason for the correction"),
                ),
                ("ggo", models.BooleanField(blank=True, null=True, verbose_name="ground-glass opacity")),
                (
                    "consolidation",
                    models.CharField(
                        blank=True,
                        choices=[("lower", "lower zones"), ("random", "random"), ("other", "other"), ("none", "none")],
                        default="",
                        max_length=10,
                        verbose_name="consolidation",
                    ),
                ),
                ("reticular", models.BooleanField(blank=True, null=True, verbose_name="reticular")),
                (
                    "intralobular_reticular",
                    models.BooleanField(blank=True, null=True, verbose_name="intralobular reticular"),
                ),
                ("honeycombing", models.BooleanField(blank=True, null=True, verbose_name="honeycombing")),
                ("micronodules", models.BooleanField(blank=True, null=True, verbose_name="micronodules")),
                (
                    "pattern",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("NSIP", "NSIP"),
                            ("OP", "OP"),
                            ("UIP", "UIP"),
                            ("DAD", "DAD"),
                            ("unclassifiable", "unclassifiable"),
                        ],
                        default="",
                        max_length=20,
                        verbose_name="pattern",
                    ),
                ),
                (
                    "change",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("increased", "increased"),
                            ("unchanged", "unchanged"),
                            ("decreased", "decreased"),
                            ("first", "first scan"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="change",
                    ),
                ),
                ("compared_with", models.DateField(blank=True, null=True, verbose_name="compared with the scan of")),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_set",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="patients.hrctreport",
                    ),
                ),
            ],
            options={
                "verbose_name": "HRCT report",
                "verbose_name_plural": "HRCT reports",
                "ordering": ["on", "known", "id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Judgement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("identity", models.CharField(editable=False, max_length=200)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("on", models.DateTimeField(verbose_name="time")),
                ("on_is_date", models.BooleanField(default=False, editable=False)),
                ("known", models.DateTimeField(verbose_name="known since")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="received"
                    ),
                ),
                ("source", models.CharField(max_length=40, verbose_name="source")),
                ("sender_id", models.CharField(blank=True, default="", editable=False, max_length=200)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("preliminary", "preliminary"),
                            ("final", "final"),
                            ("corrected", "corrected"),
                            ("cancelled", "cancelled"),
                        ],
                        default="final",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                (
                    "correction_reason",
                    models.TextField(blank=True, default="", verbose_name="reason for the correction"),
                ),
                (
                    "improvement",
                    models.CharField(
                        choices=[("improved", "improved"), ("unchanged", "unchanged"), ("worse", "worse")],
                        max_length=10,
                        verbose_name="improvement",
                    ),
                ),
                ("note", models.TextField(blank=True, default="", verbose_name="note")),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_set",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="patients.judgement",
                    ),
                ),
            ],
            options={
                "verbose_name": "judgement",
                "verbose_name_plural": "judgements",
                "ordering": ["on", "known", "id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Measurement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("identity", models.CharField(editable=False, max_length=200)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("on", models.DateTimeField(verbose_name="time")),
                ("on_is_date", models.BooleanField(default=False, editable=False)),
                ("known", models.DateTimeField(verbose_name="known since")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="received"
                    ),
                ),
                ("source", models.CharField(max_length=40, verbose_name="source")),
                ("sender_id", models.CharField(blank=True, default="", editable=False, max_length=200)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("preliminary", "preliminary"),
                            ("final", "final"),
                            ("corrected", "corrected"),
                            ("cancelled", "cancelled"),
                        ],
                        default="final",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                (
                    "correction_reason",
                    models.TextField(blank=True, default="", verbose_name="reason for the correction"),
                ),
                ("code", models.CharField(max_length=40, verbose_name="measurement")),
                ("value", patients.models.fields.ExactNumericField(blank=True, null=True, verbose_name="value")),
                ("comparator", models.CharField(blank=True, default="", max_length=1)),
                (
                    "typed_value",
                    models.CharField(blank=True, default="", max_length=100, verbose_name="value as reported"),
                ),
                (
                    "typed_unit",
                    models.CharField(blank=True, default="", max_length=40, verbose_name="unit as reported"),
                ),
                ("fio2", patients.models.fields.ExactNumericField(blank=True, null=True, verbose_name="FiO2")),
                (
                    "route",
                    models.CharField(
                        blank=True,
                        choices=[("iv", "intravenous"), ("oral", "oral")],
                        default="",
                        max_length=10,
                        verbose_name="route",
                    ),
                ),
                (
                    "timing",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("pre_dose", "before the dose"),
                            ("trough", "trough"),
                            ("c2", "2 h after the dose (C2)"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="timing",
                    ),
                ),
                (
                    "hours_since_dose",
                    patients.models.fields.ExactNumericField(
                        blank=True, null=True, verbose_name="hours since the dose"
                    ),
                ),
                ("kit", models.CharField(blank=True, default="", max_length=100, verbose_name="kit")),
                ("resulted_at", models.DateTimeField(blank=True, null=True, verbose_name="resulted")),
                ("order_id", models.CharField(blank=True, default="", max_length=100, verbose_name="order")),
                ("specimen_id", models.CharField(blank=True, default="", max_length=100, verbose_name="specimen")),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_set",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="patients.measurement",
                    ),
                ),
            ],
            options={
                "verbose_name": "measurement",
                "verbose_name_plural": "measurements",
                "ordering": ["on", "known", "id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MedicationCourse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("identity", models.CharField(editable=False, max_length=200)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("on", models.DateTimeField(verbose_name="time")),
                ("on_is_date", models.BooleanField(default=False, editable=False)),
                ("known", models.DateTimeField(verbose_name="known since")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="received"
                    ),
                ),
                ("source", models.CharField(max_length=40, verbose_name="source")),
                ("sender_id", models.CharField(blank=True, default="", editable=False, max_length=200)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("preliminary", "preliminary"),
                            ("final", "final"),
                            ("corrected", "corrected"),
                            ("cancelled", "cancelled"),
                        ],
                        default="final",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                (
                    "correction_reason",
                    models.TextField(blank=True, default="", verbose_name="reason for the correction"),
                ),
                ("drug", models.CharField(max_length=40, verbose_name="drug")),
                ("route", models.CharField(blank=True, default="", max_length=20, verbose_name="route")),
                ("dose", patients.models.fields.ExactNumericField(blank=True, null=True, verbose_name="dose")),
                ("unit", models.CharField(blank=True, default="", max_length=20, verbose_name="unit")),
                ("stop", models.DateField(blank=True, null=True, verbose_name="last day given")),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_set",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="patients.medicationcourse",
                    ),
                ),
            ],
            options={
                "verbose_name": "treatment",
                "verbose_name_plural": "treatments",
                "ordering": ["on", "known", "id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="NonceUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("nonce", models.CharField(max_length=64, unique=True)),
                (
                    "result",
                    models.JSONField(blank=True, encoder=django.core.serializers.json.DjangoJSONEncoder, null=True),
                ),
                ("used_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "patient",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="patients.patient",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "used form",
                "verbose_name_plural": "used forms",
            },
        ),
        migrations.CreateModel(
            name="RespiratoryOnset",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("identity", models.CharField(editable=False, max_length=200)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("on", models.DateTimeField(verbose_name="time")),
                ("on_is_date", models.BooleanField(default=False, editable=False)),
                ("known", models.DateTimeField(verbose_name="known since")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="received"
                    ),
                ),
                ("source", models.CharField(max_length=40, verbose_name="source")),
                ("sender_id", models.CharField(blank=True, default="", editable=False, max_length=200)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("preliminary", "preliminary"),
                            ("final", "final"),
                            ("corrected", "corrected"),
                            ("cancelled", "cancelled"),
                        ],
                        default="final",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                (
                    "correction_reason",
                    models.TextField(blank=True, default="", verbose_name="reason for the correction"),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_set",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="patients.respiratoryonset",
                    ),
                ),
            ],
            options={
                "verbose_name": "respiratory onset",
                "verbose_name_plural": "respiratory onsets",
                "ordering": ["on", "known", "id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RespiratorySupport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("identity", models.CharField(editable=False, max_length=200)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("on", models.DateTimeField(verbose_name="time")),
                ("on_is_date", models.BooleanField(default=False, editable=False)),
                ("known", models.DateTimeField(verbose_name="known since")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="received"
                    ),
                ),
                ("source", models.CharField(max_length=40, verbose_name="source")),
                ("sender_id", models.CharField(blank=True, default="", editable=False, max_length=200)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("preliminary", "preliminary"),
                            ("final", "final"),
                            ("corrected", "corrected"),
                            ("cancelled", "cancelled"),
                        ],
                        default="final",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                (
                    "correction_reason",
                    models.TextField(blank=True, default="", verbose_name="reason for the correction"),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("room_air", "room air"),
                            ("oxygen", "oxygen"),
                            ("high_flow", "high-flow oxygen"),
                            ("niv", "non-invasive ventilation"),
                            ("ventilation", "mechanical ventilation"),
                            ("ecmo", "ECMO"),
                        ],
                        max_length=20,
                        verbose_name="level",
                    ),
                ),
                ("fio2", patients.models.fields.ExactNumericField(blank=True, null=True, verbose_name="FiO2")),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_set",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="patients.respiratorysupport",
                    ),
                ),
            ],
            options={
                "verbose_name": "respiratory support",
                "verbose_name_plural": "respiratory support",
                "ordering": ["on", "known", "id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SiteSettings",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                (
                    "hypomyopathic_counts_as_adm",
                    models.BooleanField(default=True, verbose_name="hypomyopathic DM counts as ADM"),
                ),
                ("time_zone", models.CharField(default="Asia/Tokyo", max_length=60, verbose_name="time zone")),
                (
                    "bilirubin_upper_limit",
                    patients.models.fields.ExactNumericField(
                        default=Decimal("1.5"), verbose_name="upper limit of bilirubin (mg/dL)"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "verbose_name": "site settings",
                "verbose_name_plural": "site settings",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="sitesettings_one_row"),
                    models.CheckConstraint(
                        condition=models.Q(("bilirubin_upper_limit__gt", 0)), name="sitesettings_bilirubin_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Admission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("bed", models.CharField(blank=True, default="", max_length=20, verbose_name="bed")),
                ("consultant", models.CharField(blank=True, default="", max_length=100, verbose_name="consultant")),
                ("admitted_at", models.DateTimeField(verbose_name="admitted")),
                ("discharged_at", models.DateTimeField(blank=True, null=True, verbose_name="discharged")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="admissions",
                        to="patients.patient",
                        verbose_name="patient",
                    ),
                ),
                (
                    "ward",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="admissions",
                        to="patients.ward",
                        verbose_name="ward",
                    ),
                ),
            ],
            options={
                "verbose_name": "admission",
                "verbose_name_plural": "admissions",
                "ordering": ["-admitted_at"],
            },
        ),
        migrations.CreateModel(
            name="WardMembership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                (
                    "ward",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="patients.ward",
                        verbose_name="ward",
                    ),
                ),
            ],
            options={
                "verbose_name": "ward membership",
                "verbose_name_plural": "ward memberships",
            },
        ),
        migrations.AddField(
            model_name="ward",
            name="members",
            field=models.ManyToManyField(
                related_name="wards", through="patients.WardMembership", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["", "physician", "senior", "pharmacist", "nurse", "administrator"])),
                name="user_role_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("language__in", ["", "en", "ja"])), name="user_language_known"
            ),
        ),
        migrations.AddIndex(
            model_name="evaluationmark",
            index=models.Index(
                condition=models.Q(("needed_since__isnull", False)), fields=["needed_since"], name="evaluation_needed"
            ),
        ),
        migrations.AddIndex(
            model_name="evaluationmark",
            index=models.Index(
                condition=models.Q(("next_due_at__isnull", False)), fields=["next_due_at"], name="evaluation_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="patient",
            constraint=models.CheckConstraint(condition=models.Q(("mrn", ""), _negated=True), name="patient_mrn_given"),
        ),
        migrations.AddConstraint(
            model_name="patient",
            constraint=models.CheckConstraint(
                condition=models.Q(("sex__in", ["female", "male", "unknown"])), name="patient_sex_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="diagnosis",
            constraint=models.UniqueConstraint(
                fields=("patient", "identity", "version"), name="diagnosis_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="diagnosis",
            constraint=models.CheckConstraint(
                condition=models.Q(("known__gte", models.F("on"))), name="diagnosis_known_after_on"
            ),
        ),
        migrations.AddConstraint(
            model_name="diagnosis",
            constraint=models.CheckConstraint(
                condition=models.Q(("identity", ""), _negated=True), name="diagnosis_identified"
            ),
        ),
        migrations.AddConstraint(
            model_name="diagnosis",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["preliminary", "final", "corrected", "cancelled"])),
                name="diagnosis_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="diagnosis",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaces__isnull", True), ("version", 1)),
                    models.Q(("replaces__isnull", False), ("version__gt", 1)),
                    _connector="OR",
                ),
                name="diagnosis_version_chain",
            ),
        ),
        migrations.AddConstraint(
            model_name="diagnosis",
            constraint=models.CheckConstraint(
                condition=models.Q(("myositis__in", ["DM", "PM", "ADM", "hypomyopathic_DM", "CADM"])),
                name="diagnosis_myositis_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(fields=("patient", "identity", "version"), name="decision_version_once"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("known__gte", models.F("on"))), name="decision_known_after_on"
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("identity", ""), _negated=True), name="decision_identified"
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["preliminary", "final", "corrected", "cancelled"])),
                name="decision_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaces__isnull", True), ("version", 1)),
                    models.Q(("replaces__isnull", False), ("version__gt", 1)),
                    _connector="OR",
                ),
                name="decision_version_chain",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("step__in", ["", "T1", "T2", "T3", "T4", "observation"])),
                name="decision_step_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("course__in", ["", "C"])), name="decision_course_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("step", ""), _negated=True), models.Q(("course", ""), _negated=True), _connector="OR"
                ),
                name="decision_about_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="antibodyresult",
            constraint=models.UniqueConstraint(
                fields=("patient", "identity", "version"), name="antibodyresult_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="antibodyresult",
            constraint=models.CheckConstraint(
                condition=models.Q(("known__gte", models.F("on"))), name="antibodyresult_known_after_on"
            ),
        ),
        migrations.AddConstraint(
            model_name="antibodyresult",
            constraint=models.CheckConstraint(
                condition=models.Q(("identity", ""), _negated=True), name="antibodyresult_identified"
            ),
        ),
        migrations.AddConstraint(
            model_name="antibodyresult",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["preliminary", "final", "corrected", "cancelled"])),
                name="antibodyresult_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="antibodyresult",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaces__isnull", True), ("version", 1)),
                    models.Q(("replaces__isnull", False), ("version__gt", 1)),
                    _connector="OR",
                ),
                name="antibodyresult_version_chain",
            ),
        ),
        migrations.AddConstraint(
            model_name="antibodyresult",
            constraint=models.CheckConstraint(
                condition=models.Q(("result__in", ["positive", "negative", "pending"])),
                name="antibodyresult_result_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="antibodyresult",
            constraint=models.CheckConstraint(
                condition=models.Q(("code", ""), _negated=True), name="antibodyresult_coded"
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.UniqueConstraint(fields=("patient", "identity", "version"), name="finding_version_once"),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(("known__gte", models.F("on"))), name="finding_known_after_on"
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(("identity", ""), _negated=True), name="finding_identified"
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["preliminary", "final", "corrected", "cancelled"])),
                name="finding_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaces__isnull", True), ("version", 1)),
                    models.Q(("replaces__isnull", False), ("version__gt", 1)),
                    _connector="OR",
                ),
                name="finding_version_chain",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(("change__in", ["", "worse", "unchanged", "improved"])), name="finding_change_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(condition=models.Q(("code", ""), _negated=True), name="finding_coded"),
        ),
        migrations.AddConstraint(
            model_name="histology",
            constraint=models.UniqueConstraint(
                fields=("patient", "identity", "version"), name="histology_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="histology",
            constraint=models.CheckConstraint(
                condition=models.Q(("known__gte", models.F("on"))), name="histology_known_after_on"
            ),
        ),
        migrations.AddConstraint(
            model_name="histology",
            constraint=models.CheckConstraint(
                condition=models.Q(("identity", ""), _negated=True), name="histology_identified"
            ),
        ),
        migrations.AddConstraint(
            model_name="histology",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["preliminary", "final", "corrected", "cancelled"])),
                name="histology_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="histology",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaces__isnull", True), ("version", 1)),
                    models.Q(("replaces__isnull", False), ("version__gt", 1)),
                    _connector="OR",
                ),
                name="histology_version_chain",
            ),
        ),
        migrations.AddConstraint(
            model_name="histology",
            constraint=models.CheckConstraint(
                condition=models.Q(("pattern__in", ["NSIP", "DAD", "UIP", "OP"])), name="histology_pattern_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="hrctreport",
            constraint=models.UniqueConstraint(
                fields=("patient", "identity", "version"), name="hrctreport_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="hrctreport",
            constraint=models.CheckConstraint(
                condition=models.Q(("known__gte", models.F("on"))), name="hrctreport_known_after_on"
            ),
        ),
        migrations.AddConstraint(
            model_name="hrctreport",
            constraint=models.CheckConstraint(
                condition=models.Q(("identity", ""), _negated=True), name="hrctreport_identified"
            ),
        ),
        migrations.AddConstraint(
            model_name="hrctreport",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["preliminary", "final", "corrected", "cancelled"])),
                name="hrctreport_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="hrctreport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaces__isnull", True), ("version", 1)),
                    models.Q(("replaces__isnull", False), ("version__gt", 1)),
                    _connector="OR",
                ),
                name="hrctreport_version_chain",
            ),
        ),
        migrations.AddConstraint(
            model_name="hrctreport",
            constraint=models.CheckConstraint(
                condition=models.Q(("consolidation__in", ["", "lower", "random", "other", "none"])),
                name="hrctreport_consolidation_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="hrctreport",
            constraint=models.CheckConstraint(
                condition=models.Q(("pattern__in", ["", "NSIP", "OP", "UIP", "DAD", "unclassifiable"])),
                name="hrctreport_pattern_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="hrctreport",
            constraint=models.CheckConstraint(
                condition=models.Q(("change__in", ["", "increased", "unchanged", "decreased", "first"])),
                name="hrctreport_change_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="judgement",
            constraint=models.UniqueConstraint(
                fields=("patient", "identity", "version"), name="judgement_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="judgement",
            constraint=models.CheckConstraint(
                condition=models.Q(("known__gte", models.F("on"))), name="judgement_known_after_on"
            ),
        ),
        migrations.AddConstraint(
            model_name="judgement",
            constraint=models.CheckConstraint(
                condition=models.Q(("identity", ""), _negated=True), name="judgement_identified"
            ),
        ),
        migrations.AddConstraint(
            model_name="judgement",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["preliminary", "final", "corrected", "cancelled"])),
                name="judgement_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="judgement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaces__isnull", True), ("version", 1)),
                    models.Q(("replaces__isnull", False), ("version__gt", 1)),
                    _connector="OR",
                ),
                name="judgement_version_chain",
            ),
        ),
        migrations.AddConstraint(
            model_name="judgement",
            constraint=models.CheckConstraint(
                condition=models.Q(("improvement__in", ["improved", "unchanged", "worse"])),
                name="judgement_improvement_known",
            ),
        ),
        migrations.AddIndex(
            model_name="measurement",
            index=models.Index(
                models.F("patient"),
                models.F("code"),
                models.OrderBy(models.F("on"), descending=True),
                include=("value", "comparator", "known", "version", "status"),
                name="measurement_series",
            ),
        ),
        migrations.AddConstraint(
            model_name="measurement",
            constraint=models.UniqueConstraint(
                fields=("patient", "identity", "version"), name="measurement_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="measurement",
            constraint=models.CheckConstraint(
                condition=models.Q(("known__gte", models.F("on"))), name="measurement_known_after_on"
            ),
        ),
        migrations.AddConstraint(
            model_name="measurement",
            constraint=models.CheckConstraint(
                condition=models.Q(("identity", ""), _negated=True), name="measurement_identified"
            ),
        ),
        migrations.AddConstraint(
            model_name="measurement",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["preliminary", "final", "corrected", "cancelled"])),
                name="measurement_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="measurement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaces__isnull", True), ("version", 1)),
                    models.Q(("replaces__isnull", False), ("version__gt", 1)),
                    _connector="OR",
                ),
                name="measurement_version_chain",
            ),
        ),
        migrations.AddConstraint(
            model_name="measurement",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("order_id", ""), _negated=True),
                    models.Q(("specimen_id", ""), _negated=True),
                    _connector="OR",
                ),
                fields=("patient", "source", "order_id", "specimen_id", "code", "on", "version"),
                name="measurement_result_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="measurement",
            constraint=models.CheckConstraint(
                condition=models.Q(("code", ""), _negated=True), name="measurement_coded"
            ),
        ),
        migrations.AddConstraint(
            model_name="measurement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("value__isnull", False), models.Q(("typed_value", ""), _negated=True), _connector="OR"
                ),
                name="measurement_value_or_text",
            ),
        ),
        migrations.AddConstraint(
            model_name="measurement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("comparator", ""),
                    models.Q(("comparator__in", ["<", ">"]), ("value__isnull", False)),
                    _connector="OR",
                ),
                name="measurement_censored_has_value",
            ),
        ),
        migrations.AddConstraint(
            model_name="measurement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("fio2__isnull", True),
                    models.Q(("fio2__gte", Decimal("0.21")), ("fio2__lte", Decimal("1"))),
                    _connector="OR",
                ),
                name="measurement_fio2_fraction",
            ),
        ),
        migrations.AddConstraint(
            model_name="measurement",
            constraint=models.CheckConstraint(
                condition=models.Q(("route__in", ["", "iv", "oral"])), name="measurement_route_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="measurement",
            constraint=models.CheckConstraint(
                condition=models.Q(("timing__in", ["", "pre_dose", "trough", "c2"])), name="measurement_timing_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="measurement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("code", "csa"), _negated=True),
                    ("value__isnull", True),
                    models.Q(models.Q(("route", ""), _negated=True), models.Q(("timing", ""), _negated=True)),
                    _connector="OR",
                ),
                name="measurement_csa_interpretable",
            ),
        ),
        migrations.AddConstraint(
            model_name="measurement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("code", "pao2"), _negated=True),
                    ("value__isnull", True),
                    ("fio2__isnull", False),
                    _connector="OR",
                ),
                name="measurement_pao2_with_fio2",
            ),
        ),
        migrations.AddConstraint(
            model_name="measurement",
            constraint=models.CheckConstraint(
                condition=models.Q(("hours_since_dose__isnull", True), ("hours_since_dose__gte", 0), _connector="OR"),
                name="measurement_hours_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="medicationcourse",
            constraint=models.UniqueConstraint(
                fields=("patient", "identity", "version"), name="medicationcourse_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="medicationcourse",
            constraint=models.CheckConstraint(
                condition=models.Q(("known__gte", models.F("on"))), name="medicationcourse_known_after_on"
            ),
        ),
        migrations.AddConstraint(
            model_name="medicationcourse",
            constraint=models.CheckConstraint(
                condition=models.Q(("identity", ""), _negated=True), name="medicationcourse_identified"
            ),
        ),
        migrations.AddConstraint(
            model_name="medicationcourse",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["preliminary", "final", "corrected", "cancelled"])),
                name="medicationcourse_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="medicationcourse",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaces__isnull", True), ("version", 1)),
                    models.Q(("replaces__isnull", False), ("version__gt", 1)),
                    _connector="OR",
                ),
                name="medicationcourse_version_chain",
            ),
        ),
        migrations.AddConstraint(
            model_name="medicationcourse",
            constraint=models.CheckConstraint(
                condition=models.Q(("drug", ""), _negated=True), name="medicationcourse_coded"
            ),
        ),
        migrations.AddConstraint(
            model_name="medicationcourse",
            constraint=models.CheckConstraint(
                condition=models.Q(("dose__isnull", True), ("dose__gt", 0), _connector="OR"),
                name="medicationcourse_dose_positive",
            ),
        ),
        migrations.AddIndex(
            model_name="nonceuse",
            index=models.Index(fields=["used_at"], name="nonce_age"),
        ),
        migrations.AddConstraint(
            model_name="respiratoryonset",
            constraint=models.UniqueConstraint(
                fields=("patient", "identity", "version"), name="respiratoryonset_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="respiratoryonset",
            constraint=models.CheckConstraint(
                condition=models.Q(("known__gte", models.F("on"))), name="respiratoryonset_known_after_on"
            ),
        ),
        migrations.AddConstraint(
            model_name="respiratoryonset",
            constraint=models.CheckConstraint(
                condition=models.Q(("identity", ""), _negated=True), name="respiratoryonset_identified"
            ),
        ),
        migrations.AddConstraint(
            model_name="respiratoryonset",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["preliminary", "final", "corrected", "cancelled"])),
                name="respiratoryonset_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="respiratoryonset",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaces__isnull", True), ("version", 1)),
                    models.Q(("replaces__isnull", False), ("version__gt", 1)),
                    _connector="OR",
                ),
                name="respiratoryonset_version_chain",
            ),
        ),
        migrations.AddConstraint(
            model_name="respiratorysupport",
            constraint=models.UniqueConstraint(
                fields=("patient", "identity", "version"), name="respiratorysupport_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="respiratorysupport",
            constraint=models.CheckConstraint(
                condition=models.Q(("known__gte", models.F("on"))), name="respiratorysupport_known_after_on"
            ),
        ),
        migrations.AddConstraint(
            model_name="respiratorysupport",
            constraint=models.CheckConstraint(
                condition=models.Q(("identity", ""), _negated=True), name="respiratorysupport_identified"
            ),
        ),
        migrations.AddConstraint(
            model_name="respiratorysupport",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["preliminary", "final", "corrected", "cancelled"])),
                name="respiratorysupport_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="respiratorysupport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replaces__isnull", True), ("version", 1)),
                    models.Q(("replaces__isnull", False), ("version__gt", 1)),
                    _connector="OR",
                ),
                name="respiratorysupport_version_chain",
            ),
        ),
        migrations.AddConstraint(
            model_name="respiratorysupport",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__in", ["room_air", "oxygen", "high_flow", "niv", "ventilation", "ecmo"])),
                name="respiratorysupport_level_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="respiratorysupport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("fio2__isnull", True),
                    models.Q(("fio2__gte", Decimal("0.21")), ("fio2__lte", Decimal("1"))),
                    _connector="OR",
                ),
                name="respiratorysupport_fio2_fraction",
            ),
        ),
        migrations.AddConstraint(
            model_name="admission",
            constraint=models.UniqueConstraint(
                condition=models.Q(("discharged_at__isnull", True)), fields=("patient",), name="admission_one_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="admission",
            constraint=models.UniqueConstraint(
                condition=models.Q(("discharged_at__isnull", True), models.Q(("bed", ""), _negated=True)),
                fields=("ward", "bed"),
                name="admission_bed_free",
            ),
        ),
        migrations.AddConstraint(
            model_name="admission",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("discharged_at__isnull", True), ("discharged_at__gte", models.F("admitted_at")), _connector="OR"
                ),
                name="admission_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="wardmembership",
            constraint=models.UniqueConstraint(fields=("user", "ward"), name="membership_once"),
        ),
    ]
