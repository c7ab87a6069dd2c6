"""How far clients are with what they learn, as their coach reads it."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('coaching', '0003_how_far_clients_are'),
        ('learning', '0002_courses_and_progress'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClientProgress',
            fields=[
            ],
            options={
                'verbose_name': 'skill taken up',
                'verbose_name_plural': 'skills taken up',
                'proxy': True,
                'default_permissions': ('view',),
                'indexes': [],
                'constraints': [],
            },
            bases=('learning.progress',),
        ),
    ]
