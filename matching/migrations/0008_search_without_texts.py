"""The search reads rows without their texts: those lie apart, and the index of words tells which jobs hold them."""

from django.db import migrations

from personas import row_security as rs


class Migration(migrations.Migration):

    dependencies = [
        ('matching', '0007_saved'),
    ]

    operations = [
        # Some 30 rows a page instead of 4; a text is packed so that it is unpacked fast, where this PostgreSQL was built with that.
        rs.operation(
            "ALTER TABLE job_texts SET (toast_tuple_target = 512)",
            "ALTER TABLE job_texts RESET (toast_tuple_target)",
        ),
        rs.operation(
            """
            DO $$ BEGIN
                ALTER TABLE job_texts ALTER COLUMN words SET COMPRESSION lz4;
            EXCEPTION WHEN feature_not_supported THEN NULL;
            END $$
            """,
            "ALTER TABLE job_texts ALTER COLUMN words SET COMPRESSION pglz",
        ),
        # All are made findable anew, by names with signs and words without accents as well, and written so.
        rs.operation("UPDATE job_texts SET payload_hash = ''"),
    ]
