"""Jobs are made findable anew: by names with signs, and by words without their accents, as well."""

from django.db import migrations

from personas import row_security as rs


class Migration(migrations.Migration):

    dependencies = [
        ('matching', '0007_saved'),
    ]

    operations = [
        rs.operation("UPDATE job_texts SET payload_hash = ''"),
    ]
