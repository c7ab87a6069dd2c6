"""Accounts, personas, résumés, skills and keys, closed to strangers from the start."""

import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.text
import uuid
from django.conf import settings
from django.db import migrations, models

from personas import row_security as rs


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('password', models.CharField(db_default='!', default='!', max_length=128, verbose_name='password')),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail address')),
                ('display_name', models.CharField(blank=True, db_default='', default='', max_length=255, verbose_name='name')),
                ('time_zone', models.CharField(db_default='UTC', default='UTC', max_length=64, verbose_name='time zone')),
                ('locale', models.CharField(db_default='en', default='en', max_length=16, verbose_name='language')),
                ('currency', models.CharField(db_default='USD', default='USD', max_length=3, verbose_name='currency')),
                ('is_active', models.BooleanField(db_default=True, default=True, verbose_name='may sign in')),
                ('is_staff', models.BooleanField(db_default=False, default=False, verbose_name='staff')),
                ('is_coach', models.BooleanField(db_default=False, default=False, verbose_name='coach')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='since')),
            ],
            options={
                'verbose_name': 'account',
                'verbose_name_plural': 'accounts',
                'db_table': 'users',
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_is_unique_without_case', violation_error_message='There is already an account with this e-mail address.'), models.CheckConstraint(condition=models.Q(('email', ''), _negated=True), name='user_has_an_email'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='user_currency_is_an_iso_4217_code')],
            },
        ),
        migrations.CreateModel(
            name='Resume',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=255, verbose_name='title')),
                ('is_default', models.BooleanField(db_default=False, default=False, verbose_name='default résumé')),
                ('document', models.JSONField(blank=True, db_default={}, default=dict, verbose_name='JSON Resume document')),
                ('text', models.TextField(blank=True, db_default='', default='', verbose_name='text')),
                ('unplaced', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name='lines that could not be placed')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='changed')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='resumes', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'résumé',
                'verbose_name_plural': 'résumés',
                'db_table': 'resumes',
            },
        ),
        migrations.CreateModel(
            name='Persona',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=255, verbose_name='name')),
                ('description', models.TextField(blank=True, db_default='', default='', verbose_name='description')),
                ('is_active', models.BooleanField(db_default=False, default=False, verbose_name='active')),
                ('inputs_revision', models.BigIntegerField(db_default=1, default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='changed')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='personas', to=settings.AUTH_USER_MODEL)),
                ('resume', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='personas', to='personas.resume', verbose_name='résumé')),
            ],
            options={
                'verbose_name': 'persona',
                'verbose_name_plural': 'personas',
                'db_table': 'user_personas',
            },
        ),
        migrations.CreateModel(
            name='ResumeFile',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=255, verbose_name='file name')),
                ('media_type', models.CharField(max_length=100, verbose_name='media type')),
                ('content', models.BinaryField(verbose_name='content')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='created')),
                ('resume', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='file', to='personas.resume')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='resume_files', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'résumé file',
                'verbose_name_plural': 'résumé files',
                'db_table': 'resume_files',
            },
        ),
        migrations.CreateModel(
            name='UserSkill',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('skill_name', models.CharField(max_length=255, verbose_name='skill')),
                ('proficiency_level', models.CharField(choices=[('beginner', 'beginner'), ('intermediate', 'intermediate'), ('advanced', 'advanced'), ('expert', 'expert')], max_length=50, verbose_name='level')),
                ('source', models.CharField(choices=[('resume', 'read in a résumé'), ('input', 'typed'), ('inferred', 'inferred')], max_length=50, verbose_name='source')),
                ('evidence', models.TextField(blank=True, db_default='', default='', verbose_name='evidence')),
                ('skill_key', models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Lower(django.db.models.functions.text.Trim('skill_name')), output_field=models.CharField(max_length=255))),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='since')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='skills', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'skill',
                'verbose_name_plural': 'skills',
                'db_table': 'user_skills',
            },
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('key_sha256', models.CharField(editable=False, max_length=64, unique=True)),
                ('scope', models.CharField(choices=[('read', 'read'), ('write', 'read and write')], db_default='write', default='write', max_length=10, verbose_name='scope')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='created')),
                ('expires_at', models.DateTimeField(verbose_name='ends')),
                ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='api_tokens', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'API key',
                'verbose_name_plural': 'API keys',
                'db_table': 'api_tokens',
                'constraints': [models.CheckConstraint(condition=models.Q(('scope__in', ['read', 'write'])), name='api_token_scope_is_known'), models.CheckConstraint(condition=models.Q(('key_sha256__regex', '^[0-9a-f]{64}$')), name='api_token_key_is_kept_as_sha256')],
            },
        ),
        migrations.CreateModel(
            name='PersonaPreferences',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('job_title_keywords', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name='job titles')),
                ('required_skills', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name='skills the work must use')),
                ('nice_to_have_skills', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name='skills it would be nice to use')),
                ('locations', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name='places')),
                ('industries', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name='industries')),
                ('company_size', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name='company sizes')),
                ('excluded_companies', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name='companies to leave out')),
                ('mission_values', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name='values')),
                ('growth_focus', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name='what to grow in')),
                ('min_salary', models.IntegerField(blank=True, null=True, verbose_name='lowest pay')),
                ('max_salary', models.IntegerField(blank=True, null=True, verbose_name='highest pay')),
                ('currency', models.CharField(db_default='USD', default='USD', max_length=3, verbose_name='currency')),
                ('salary_period', models.CharField(choices=[('hour', 'an hour'), ('day', 'a day'), ('week', 'a week'), ('month', 'a month'), ('year', 'a year')], db_default='year', default='year', max_length=10, verbose_name='paid for')),
                ('remote_preference', models.CharField(choices=[('any', 'any'), ('remote', 'remote'), ('hybrid', 'hybrid'), ('onsite', 'on site')], db_default='any', default='any', max_length=50, verbose_name='workplace')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='changed')),
                ('persona', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='preferences', to='personas.persona')),
                ('user', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='persona_preferences', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'preferences',
                'verbose_name_plural': 'preferences',
                'db_table': 'persona_preferences',
                'constraints': [models.CheckConstraint(condition=models.Q(('remote_preference__in', ['remote', 'hybrid', 'onsite', 'any'])), name='preferences_workplace_is_known'), models.CheckConstraint(condition=models.Q(('salary_period__in', ['hour', 'day', 'week', 'month', 'year'])), name='preferences_salary_period_is_known'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='preferences_currency_is_an_iso_4217_code'), models.CheckConstraint(condition=models.Q(models.Q(('min_salary__isnull', True), ('min_salary__gte', 0), _connector='OR'), models.Q(('max_salary__isnull', True), ('max_salary__gte', 0), _connector='OR')), name='preferences_salary_is_not_negative'), models.CheckConstraint(condition=models.Q(('min_salary__isnull', True), ('max_salary__isnull', True), ('min_salary__lte', models.F('max_salary')), _connector='OR'), name='preferences_lowest_pay_is_not_above_highest', violation_error_message='The lowest pay is above the highest.')],
            },
        ),
        migrations.AddConstraint(
            model_name='resume',
            constraint=models.UniqueConstraint(fields=('user', 'id'), name='resume_belongs_to_one_person'),
        ),
        migrations.AddConstraint(
            model_name='resume',
            constraint=models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('user',), name='resume_default_is_one_per_person'),
        ),
        migrations.AddConstraint(
            model_name='persona',
            constraint=models.UniqueConstraint(fields=('user', 'name'), name='persona_name_is_unique_per_person', violation_error_message='You already have a persona with this name.'),
        ),
        migrations.AddConstraint(
            model_name='persona',
            constraint=models.UniqueConstraint(fields=('user', 'id'), name='persona_belongs_to_one_person'),
        ),
        migrations.AddConstraint(
            model_name='persona',
            constraint=models.UniqueConstraint(condition=models.Q(('is_active', True)), fields=('user',), name='persona_active_is_one_per_person'),
        ),
        migrations.AddConstraint(
            model_name='persona',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='persona_has_a_name'),
        ),
        migrations.AddConstraint(
            model_name='resumefile',
            constraint=models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='resume_file_hash_is_sha256'),
        ),
        migrations.AddConstraint(
            model_name='userskill',
            constraint=models.UniqueConstraint(fields=('user', 'skill_name'), name='user_skill_name_is_unique_per_person'),
        ),
        migrations.AddConstraint(
            model_name='userskill',
            constraint=models.UniqueConstraint(fields=('user', 'skill_key'), name='user_skill_is_unique_whatever_its_case', violation_error_message='You have this skill already.'),
        ),
        migrations.AddConstraint(
            model_name='userskill',
            constraint=models.CheckConstraint(condition=models.Q(('proficiency_level__in', ['beginner', 'intermediate', 'advanced', 'expert'])), name='user_skill_level_is_known'),
        ),
        migrations.AddConstraint(
            model_name='userskill',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['resume', 'input', 'inferred'])), name='user_skill_source_is_known'),
        ),
        migrations.AddConstraint(
            model_name='userskill',
            constraint=models.CheckConstraint(condition=models.Q(('skill_key', ''), _negated=True), name='user_skill_has_a_name'),
        ),
    ]


# --- what Django's fields cannot say: delete rules, row security, triggers -----------------------------------

first = [
    rs.operation(
        """
        CREATE FUNCTION app_user_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
        AS $$ SELECT nullif(current_setting('app.user_id', true), '')::uuid $$;

        CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
        """,
        "DROP FUNCTION touch_updated_at(); DROP FUNCTION app_user_id();",
    ),
]

accounts = [
    rs.operation(
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON users TO {rs.APP_ROLE}; GRANT SELECT ON users TO {rs.WORKER_ROLE};"
    ),
    # Accounts are read before anybody is known, so no policy can guard them; this trigger does.
    rs.operation(
        """
        CREATE FUNCTION guard_users() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            me uuid := app_user_id();
            staff boolean := EXISTS (SELECT 1 FROM users u WHERE u.id = app_user_id() AND u.is_staff AND u.is_active);
        BEGIN
            IF current_user <> 'relevnt_app' OR staff THEN
                RETURN coalesce(NEW, OLD);
            END IF;
            IF TG_OP = 'INSERT' THEN
                IF NEW.is_staff OR NEW.is_coach THEN
                    RAISE insufficient_privilege USING MESSAGE = 'only staff make somebody staff or a coach';
                END IF;
                RETURN NEW;
            END IF;
            -- Before an identity is set only sign-in itself writes: last_login, a new password.
            IF TG_OP = 'DELETE' THEN
                IF me IS DISTINCT FROM OLD.id THEN
                    RAISE insufficient_privilege USING MESSAGE = 'an account is deleted by its owner or by staff';
                END IF;
                RETURN OLD;
            END IF;
            IF me IS NOT NULL AND me <> OLD.id THEN
                RAISE insufficient_privilege USING MESSAGE = 'an account is changed by its owner or by staff';
            END IF;
            IF (NEW.is_staff, NEW.is_coach, NEW.id) IS DISTINCT FROM (OLD.is_staff, OLD.is_coach, OLD.id) THEN
                RAISE insufficient_privilege USING MESSAGE = 'only staff make somebody staff or a coach';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER users_guard BEFORE INSERT OR UPDATE OR DELETE ON users
            FOR EACH ROW EXECUTE FUNCTION guard_users();
        """,
        "DROP TRIGGER users_guard ON users; DROP FUNCTION guard_users();",
    ),
]

keys = [
    *(
        rs.foreign_key(table, "user_id", "users", on_delete="CASCADE")
        for table in (
            "resumes", "resume_files", "user_personas", "persona_preferences", "user_skills", "api_tokens",
        )
    ),
    rs.foreign_key("user_personas", "resume_id", "resumes", on_delete="SET NULL", owner="user_id"),
    rs.foreign_key("resume_files", "resume_id", "resumes", on_delete="CASCADE", owner="user_id"),
    rs.foreign_key("persona_preferences", "persona_id", "user_personas", on_delete="CASCADE", owner="user_id"),
]

doors = [
    rs.own_rows("resumes"),
    rs.own_rows("resume_files"),
    # Matching reads what a persona looks for and which skills are held, for everybody.
    rs.own_rows("user_personas", worker_reads_all=True),
    rs.own_rows("persona_preferences", worker_reads_all=True),
    rs.own_rows("user_skills", worker_reads_all=True),
    rs.own_rows("api_tokens"),
    rs.operation(
        f"""
        CREATE POLICY presented_key ON api_tokens FOR SELECT TO {rs.APP_ROLE}
        USING (key_sha256 = (SELECT nullif(current_setting('app.api_key_sha256', true), '')));
        """
    ),
]

triggers = [
    rs.touch_updated_at("resumes"),
    rs.touch_updated_at("user_personas"),
    rs.touch_updated_at("persona_preferences"),
    rs.operation(
        """
        CREATE FUNCTION make_persona_preferences() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO persona_preferences (user_id, persona_id, currency)
            SELECT NEW.user_id, NEW.id, u.currency FROM users u WHERE u.id = NEW.user_id
            ON CONFLICT (persona_id) DO NOTHING;
            RETURN NULL;
        END $$;
        CREATE TRIGGER user_personas_preferences AFTER INSERT ON user_personas
            FOR EACH ROW EXECUTE FUNCTION make_persona_preferences();

        CREATE FUNCTION keep_persona_preferences() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT 1 FROM user_personas WHERE id = OLD.persona_id) THEN
                RAISE restrict_violation USING MESSAGE = 'every persona has exactly one row of preferences';
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER persona_preferences_stay AFTER DELETE ON persona_preferences
            FOR EACH ROW EXECUTE FUNCTION keep_persona_preferences();

        CREATE FUNCTION promote_newest_persona() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE user_personas SET is_active = true
            WHERE id = (SELECT p.id FROM user_personas p WHERE p.user_id = OLD.user_id
                        ORDER BY p.created_at DESC, p.id DESC LIMIT 1)
              AND NOT EXISTS (SELECT 1 FROM user_personas p WHERE p.user_id = OLD.user_id AND p.is_active);
            RETURN NULL;
        END $$;
        CREATE TRIGGER user_personas_promotion AFTER DELETE ON user_personas
            FOR EACH ROW WHEN (OLD.is_active) EXECUTE FUNCTION promote_newest_persona();

        -- Whatever matching reads of a persona counts its revision up, for every writer.
        CREATE FUNCTION count_persona_inputs() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE user_personas SET inputs_revision = inputs_revision + 1 WHERE id = NEW.persona_id;
            RETURN NULL;
        END $$;
        CREATE TRIGGER persona_preferences_inputs AFTER UPDATE ON persona_preferences
            FOR EACH ROW EXECUTE FUNCTION count_persona_inputs();

        CREATE FUNCTION count_person_inputs() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            -- In one order for every writer, so that two of them never wait for each other.
            PERFORM 1 FROM user_personas WHERE user_id = coalesce(NEW.user_id, OLD.user_id) ORDER BY id FOR UPDATE;
            UPDATE user_personas SET inputs_revision = inputs_revision + 1
            WHERE user_id = coalesce(NEW.user_id, OLD.user_id);
            RETURN NULL;
        END $$;
        CREATE TRIGGER user_skills_inputs AFTER INSERT OR UPDATE OR DELETE ON user_skills
            FOR EACH ROW EXECUTE FUNCTION count_person_inputs();
        """,
        """
        DROP TRIGGER user_skills_inputs ON user_skills;
        DROP TRIGGER persona_preferences_inputs ON persona_preferences;
        DROP TRIGGER user_personas_promotion ON user_personas;
        DROP TRIGGER persona_preferences_stay ON persona_preferences;
        DROP TRIGGER user_personas_preferences ON user_personas;
        DROP FUNCTION count_person_inputs();
        DROP FUNCTION count_persona_inputs();
        DROP FUNCTION promote_newest_persona();
        DROP FUNCTION keep_persona_preferences();
        DROP FUNCTION make_persona_preferences();
        """,
    ),
]

Migration.operations = [*first, *Migration.operations, *accounts, *keys, *doors, *triggers]
