"""Years and last use of a skill, both optional."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('personas', '0005_resume_versions'),
    ]

    operations = [
        migrations.AddField(
            model_name='userskill',
            name='last_used',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='last used, year'),
        ),
        migrations.AddField(
            model_name='userskill',
            name='years',
            field=models.DecimalField(blank=True, decimal_places=1, max_digits=3, null=True, verbose_name='years of experience'),
        ),
        migrations.AddConstraint(
            model_name='userskill',
            constraint=models.CheckConstraint(condition=models.Q(('years__isnull', True), ('years__range', (0, 60)), _connector='OR'), name='user_skill_years_are_a_working_life'),
        ),
        migrations.AddConstraint(
            model_name='userskill',
            constraint=models.CheckConstraint(condition=models.Q(('last_used__isnull', True), ('last_used__range', (1950, 2100)), _connector='OR'), name='user_skill_was_last_used_in_a_year'),
        ),
    ]
