"""The review of a résumé: asked for by its owner, given by somebody else."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from personas import row_security as rs


class Migration(migrations.Migration):

    dependencies = [
        ('personas', '0002_idempotency_keys'),
    ]

    operations = [
        migrations.AddField(
            model_name='resume',
            name='review',
            field=models.CharField(choices=[('none', 'not asked for'), ('pending', 'waiting for a review'), ('changes_suggested', 'changes suggested'), ('approved', 'approved')], db_default='none', default='none', max_length=20, verbose_name='review'),
        ),
        migrations.AddField(
            model_name='resume',
            name='review_note',
            field=models.TextField(blank=True, db_default='', default='', verbose_name='what the reviewer said'),
        ),
        migrations.AddField(
            model_name='resume',
            name='reviewed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='reviewed'),
        ),
        migrations.AddField(
            model_name='resume',
            name='reviewed_by',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='resume',
            constraint=models.CheckConstraint(condition=models.Q(('review__in', ['none', 'pending', 'changes_suggested', 'approved'])), name='resume_review_is_known'),
        ),
        rs.foreign_key("resumes", "reviewed_by_id", "users", on_delete="SET NULL"),
        rs.operation(
            """
            CREATE FUNCTION guard_resume_review() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE
                me uuid := app_user_id();
                reviewed text[] := ARRAY['review', 'review_note', 'reviewed_by_id', 'reviewed_at', 'updated_at'];
            BEGIN
                IF current_user NOT IN ('relevnt_app', 'relevnt_worker') THEN
                    RETURN NEW;
                END IF;
                IF TG_OP = 'INSERT' THEN
                    IF NEW.review NOT IN ('none', 'pending') THEN
                        RAISE insufficient_privilege USING MESSAGE = 'a resume is reviewed by somebody else than its owner';
                    END IF;
                    RETURN NEW;
                END IF;
                IF me IS DISTINCT FROM OLD.user_id THEN
                    IF (to_jsonb(NEW) - reviewed) IS DISTINCT FROM (to_jsonb(OLD) - reviewed) THEN
                        RAISE insufficient_privilege USING MESSAGE = 'a reviewer writes the review of a resume and nothing else';
                    END IF;
                    IF NEW.review NOT IN ('changes_suggested', 'approved') THEN
                        RAISE check_violation USING MESSAGE = 'a review approves or suggests changes';
                    END IF;
                    NEW.reviewed_by_id := me;
                    NEW.reviewed_at := now();
                    RETURN NEW;
                END IF;
                -- The owner asks for a review or takes that back; what somebody said stays as it was said.
                IF NEW.review IS DISTINCT FROM OLD.review AND NEW.review NOT IN ('none', 'pending') THEN
                    RAISE insufficient_privilege USING MESSAGE = 'a resume is reviewed by somebody else than its owner';
                END IF;
                IF (NEW.review_note, NEW.reviewed_by_id, NEW.reviewed_at)
                   IS DISTINCT FROM (OLD.review_note, OLD.reviewed_by_id, OLD.reviewed_at) THEN
                    RAISE insufficient_privilege USING MESSAGE = 'what a reviewer said is not changed by the owner';
                END IF;
                -- A review is of what was read: what says something else has to be looked at again.
                IF NEW.review IN ('changes_suggested', 'approved')
                   AND (NEW.document, NEW.text) IS DISTINCT FROM (OLD.document, OLD.text) THEN
                    NEW.review := 'pending';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER resumes_review BEFORE INSERT OR UPDATE ON resumes
                FOR EACH ROW EXECUTE FUNCTION guard_resume_review();
            """,
            "DROP TRIGGER resumes_review ON resumes; DROP FUNCTION guard_resume_review();",
        ),
    ]
