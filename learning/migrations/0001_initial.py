"""Recommendations, closed to strangers from the start."""

import datetime
import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.expressions
import uuid
from django.conf import settings
from django.db import migrations, models

from personas import row_security as rs


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('personas', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Recommendation',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('target_skill', models.CharField(max_length=255, verbose_name='skill')),
                ('reason_text', models.TextField(blank=True, db_default='', default='', verbose_name='reason')),
                ('recommended_courses', models.JSONField(blank=True, db_default=[], default=list, verbose_name='courses')),
                ('estimated_duration_weeks', models.IntegerField(verbose_name='weeks')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='created')),
                ('expires_at', models.DateTimeField(db_default=django.db.models.expressions.CombinedExpression(django.contrib.postgres.functions.TransactionNow(), '+', models.Value(datetime.timedelta(days=30))), verbose_name='shown until')),
                ('persona', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='recommendations', to='personas.persona')),
                ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='recommendations', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'recommendation',
                'verbose_name_plural': 'recommendations',
                'db_table': 'learning_recommendations',
                'constraints': [models.CheckConstraint(condition=models.Q(('estimated_duration_weeks__gte', 0)), name='recommendation_weeks_are_not_negative')],
            },
        ),
    ]


# --- what Django's fields cannot say: delete rules and row security ------------------------------------------

Migration.operations = [
    *Migration.operations,
    rs.foreign_key("learning_recommendations", "user_id", "users", on_delete="CASCADE"),
    rs.foreign_key(
        "learning_recommendations", "persona_id", "user_personas", on_delete="SET NULL", owner="user_id"
    ),
    rs.own_rows("learning_recommendations"),
]
