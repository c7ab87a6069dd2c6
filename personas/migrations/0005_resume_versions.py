"""Versions of résumés: what a document held before it was changed, kept by a trigger, and a revision against lost updates."""

import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.conf import settings
from django.db import migrations, models

from personas import row_security as rs


class Migration(migrations.Migration):

    dependencies = [
        ('personas', '0004_closing_accounts'),
    ]

    operations = [
        migrations.AddField(
            model_name='resume',
            name='confirmed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='confirmed by its owner'),
        ),
        migrations.AddField(
            model_name='resume',
            name='revision',
            field=models.PositiveIntegerField(db_default=1, default=1, verbose_name='revision of the document'),
        ),
        migrations.AddField(
            model_name='resumefile',
            name='pages',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='pages'),
        ),
        migrations.CreateModel(
            name='ResumeVersion',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('revision', models.PositiveIntegerField(verbose_name='revision of the document')),
                ('document', models.JSONField(verbose_name='JSON Resume document')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='replaced')),
                ('resume', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='versions', to='personas.resume')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='resume_versions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'version of a résumé',
                'verbose_name_plural': 'versions of résumés',
                'db_table': 'resume_versions',
                'constraints': [models.UniqueConstraint(fields=('user', 'resume', 'revision'), name='resume_version_is_kept_once')],
            },
        ),
        rs.foreign_key("resume_versions", "user_id", "users", on_delete="CASCADE"),
        rs.foreign_key("resume_versions", "resume_id", "resumes", on_delete="CASCADE", owner="user_id"),
        rs.own_rows("resume_versions"),
        rs.operation(
            """
            CREATE FUNCTION keep_resume_version() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                NEW.revision := OLD.revision;
                IF NEW.document IS NOT DISTINCT FROM OLD.document THEN
                    RETURN NEW;
                END IF;
                NEW.revision := OLD.revision + 1;
                IF NOT EXISTS (
                    SELECT 1 FROM resume_versions v
                    WHERE v.resume_id = OLD.id AND v.created_at > clock_timestamp() - interval '10 minutes'
                ) THEN
                    INSERT INTO resume_versions (user_id, resume_id, revision, document)
                    VALUES (OLD.user_id, OLD.id, OLD.revision, OLD.document)
                    ON CONFLICT DO NOTHING;
                    DELETE FROM resume_versions v WHERE v.resume_id = OLD.id AND v.revision > 1 AND v.revision NOT IN (
                        SELECT revision FROM resume_versions WHERE resume_id = OLD.id ORDER BY revision DESC LIMIT 50
                    );
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER resumes_versions BEFORE UPDATE ON resumes
                FOR EACH ROW EXECUTE FUNCTION keep_resume_version();
            """,
            "DROP TRIGGER resumes_versions ON resumes; DROP FUNCTION keep_resume_version();",
        ),
    ]
