"""The fence remembers up to which sending somebody answered for what the database had forgotten."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("autoapply", "0003_kit_form")]

    operations = [
        migrations.AddField("fence", "answered_to", models.BigIntegerField(db_default=0, default=0)),
    ]
