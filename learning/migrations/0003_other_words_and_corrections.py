"""What the optional writer made of a reason and to which writer reasons may go; what staff say that a course does not teach."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('learning', '0002_courses_and_progress'),
    ]

    operations = [
        migrations.AddField(
            model_name='learningsettings',
            name='writer_host',
            field=models.CharField(blank=True, db_default='', default='', max_length=255, verbose_name='writer'),
        ),
        migrations.AddField(
            model_name='recommendation',
            name='written_by',
            field=models.CharField(blank=True, db_default='', default='', max_length=255, verbose_name='written by'),
        ),
        migrations.AddField(
            model_name='recommendation',
            name='written_fault',
            field=models.CharField(blank=True, db_default='', default='', max_length=20),
        ),
        migrations.AddField(
            model_name='recommendation',
            name='written_for',
            field=models.TextField(blank=True, db_default='', default='', verbose_name='reason put into other words'),
        ),
        migrations.AddField(
            model_name='recommendation',
            name='written_text',
            field=models.TextField(blank=True, db_default='', default='', verbose_name='other words'),
        ),
        migrations.RemoveConstraint(
            model_name='courseskill',
            name='course_skill_reason_is_known',
        ),
        migrations.AlterField(
            model_name='courseskill',
            name='because',
            field=models.CharField(choices=[('topic', 'the topic it stands under'), ('title', 'its title'), ('stated', 'its source says so'), ('staff', 'somebody of the staff said so'), ('denied', 'not taught: somebody of the staff said so')], max_length=20, verbose_name='known from'),
        ),
        migrations.AddConstraint(
            model_name='courseskill',
            constraint=models.CheckConstraint(condition=models.Q(('because__in', ['topic', 'title', 'stated', 'staff', 'denied'])), name='course_skill_reason_is_known'),
        ),
    ]
