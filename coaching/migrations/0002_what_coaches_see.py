"""What coaches see of whom, written down whenever they look; invitations, suggestions, cohorts."""

import datetime
import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import uuid
from django.conf import settings
from django.db import migrations, models

from personas import row_security as rs


class Migration(migrations.Migration):

    dependencies = [
        ('autoapply', '0004_fence_answered'),
        ('coaching', '0001_initial'),
        ('learning', '0001_initial'),
        ('matching', '0003_readings_of_closed_jobs'),
        ('personas', '0003_resume_reviews'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ClientApplication',
            fields=[
            ],
            options={
                'verbose_name': 'application',
                'verbose_name_plural': 'applications',
                'proxy': True,
                'default_permissions': ('view',),
                'indexes': [],
                'constraints': [],
            },
            bases=('autoapply.application',),
        ),
        migrations.CreateModel(
            name='ClientDecision',
            fields=[
            ],
            options={
                'verbose_name': 'decision',
                'verbose_name_plural': 'decisions',
                'proxy': True,
                'default_permissions': ('view',),
                'indexes': [],
                'constraints': [],
            },
            bases=('autoapply.decision',),
        ),
        migrations.CreateModel(
            name='ClientFollowUp',
            fields=[
            ],
            options={
                'verbose_name': 'follow-up',
                'verbose_name_plural': 'follow-ups',
                'proxy': True,
                'default_permissions': ('view',),
                'indexes': [],
                'constraints': [],
            },
            bases=('autoapply.followup',),
        ),
        migrations.CreateModel(
            name='ClientMatch',
            fields=[
            ],
            options={
                'verbose_name': 'match',
                'verbose_name_plural': 'matches',
                'proxy': True,
                'default_permissions': ('view',),
                'indexes': [],
                'constraints': [],
            },
            bases=('matching.match',),
        ),
        migrations.CreateModel(
            name='ClientPersona',
            fields=[
            ],
            options={
                'verbose_name': 'persona',
                'verbose_name_plural': 'personas',
                'proxy': True,
                'default_permissions': ('view',),
                'indexes': [],
                'constraints': [],
            },
            bases=('personas.persona',),
        ),
        migrations.CreateModel(
            name='ClientRecommendation',
            fields=[
            ],
            options={
                'verbose_name': 'recommendation',
                'verbose_name_plural': 'recommendations',
                'proxy': True,
                'default_permissions': ('view',),
                'indexes': [],
                'constraints': [],
            },
            bases=('learning.recommendation',),
        ),
        migrations.CreateModel(
            name='ClientResume',
            fields=[
            ],
            options={
                'verbose_name': 'résumé',
                'verbose_name_plural': 'résumés',
                'proxy': True,
                'default_permissions': ('view',),
                'indexes': [],
                'constraints': [],
            },
            bases=('personas.resume',),
        ),
        migrations.CreateModel(
            name='ClientRule',
            fields=[
            ],
            options={
                'verbose_name': 'rule',
                'verbose_name_plural': 'rules',
                'proxy': True,
                'default_permissions': ('view',),
                'indexes': [],
                'constraints': [],
            },
            bases=('autoapply.rule',),
        ),
        migrations.CreateModel(
            name='ClientSkill',
            fields=[
            ],
            options={
                'verbose_name': 'skill',
                'verbose_name_plural': 'skills',
                'proxy': True,
                'default_permissions': ('view',),
                'indexes': [],
                'constraints': [],
            },
            bases=('personas.userskill',),
        ),
        migrations.AddField(
            model_name='consent',
            name='end_told_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='consent',
            name='revision',
            field=models.IntegerField(db_default=1, default=1, editable=False),
        ),
        migrations.AddField(
            model_name='relationship',
            name='begun_at',
            field=models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='begun'),
        ),
        migrations.CreateModel(
            name='Cohort',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=255, verbose_name='name')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='since')),
                ('updated_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='changed')),
                ('coach', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='cohorts', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'cohort',
                'verbose_name_plural': 'cohorts',
                'db_table': 'coach_cohorts',
            },
        ),
        migrations.CreateModel(
            name='CohortMember',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='since')),
                ('client', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('coach', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('cohort', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='members', to='coaching.cohort')),
                ('relationship', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='cohort_places', to='coaching.relationship')),
            ],
            options={
                'verbose_name': 'member',
                'verbose_name_plural': 'members',
                'db_table': 'coach_cohort_members',
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('by_coach', models.BooleanField()),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail address')),
                ('message', models.TextField(blank=True, db_default='', default='', verbose_name='message')),
                ('answer', models.CharField(choices=[('open', 'not answered'), ('accepted', 'accepted'), ('declined', 'declined'), ('withdrawn', 'withdrawn')], db_default='open', default='open', max_length=10, verbose_name='answer')),
                ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='answered')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='sent')),
                ('expires_at', models.DateTimeField(db_default=django.db.models.expressions.CombinedExpression(django.contrib.postgres.functions.TransactionNow(), '+', models.Value(datetime.timedelta(days=14))), verbose_name='can be accepted until')),
                ('answered_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('relationship', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='invitations', to='coaching.relationship')),
                ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='invitations', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'invitation',
                'verbose_name_plural': 'invitations',
                'db_table': 'coach_invitations',
            },
        ),
        migrations.CreateModel(
            name='Mail',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('invited', 'a coach invites'), ('asked', 'a client asks'), ('accepted', 'accepted'), ('declined', 'declined'), ('consented', 'consent given'), ('ended', 'ended')], max_length=20)),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('refused', models.CharField(blank=True, db_default='', default='', max_length=100)),
                ('invitation', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='mails', to='coaching.invitation')),
                ('recipient', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('relationship', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='mails', to='coaching.relationship')),
                ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'mail',
                'verbose_name_plural': 'mails',
                'db_table': 'coach_mails',
            },
        ),
        migrations.CreateModel(
            name='RelationshipEvent',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('what', models.CharField(choices=[('begun', 'begun'), ('paused', 'paused'), ('resumed', 'resumed'), ('ended', 'ended'), ('consented', 'consent given'), ('changed', 'consent changed'), ('revoked', 'consent revoked')], max_length=20, verbose_name='what happened')),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), db_default=[], default=list, size=None)),
                ('valid_until', models.DateTimeField(blank=True, null=True)),
                ('at', models.DateTimeField(db_default=models.Func(function='clock_timestamp', output_field=models.DateTimeField()), editable=False, verbose_name='when')),
                ('client', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('coach', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('relationship', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='coaching.relationship')),
            ],
            options={
                'verbose_name': 'event',
                'verbose_name_plural': 'events',
                'db_table': 'coach_events',
            },
        ),
        migrations.CreateModel(
            name='Suggestion',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('weights', 'weights'), ('persona', 'persona'), ('job', 'job'), ('skill', 'skill'), ('resume', 'résumé')], max_length=10, verbose_name='kind')),
                ('proposal', models.JSONField(blank=True, db_default={}, default=dict)),
                ('note', models.TextField(verbose_name='why')),
                ('status', models.CharField(choices=[('open', 'open'), ('accepted', 'accepted'), ('declined', 'declined'), ('withdrawn', 'withdrawn')], db_default='open', default='open', max_length=10, verbose_name='status')),
                ('answer', models.TextField(blank=True, db_default='', default='', verbose_name='answer')),
                ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='answered')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='made')),
                ('client', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='suggestions_to_client', to=settings.AUTH_USER_MODEL)),
                ('coach', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='suggestions_made', to=settings.AUTH_USER_MODEL)),
                ('job', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='suggestions', to='matching.job')),
                ('persona', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='suggestions', to='personas.persona')),
                ('relationship', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='suggestions', to='coaching.relationship')),
                ('resume', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='suggestions', to='personas.resume')),
            ],
            options={
                'verbose_name': 'suggestion',
                'verbose_name_plural': 'suggestions',
                'db_table': 'coach_suggestions',
            },
        ),
        migrations.CreateModel(
            name='AccessEntry',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('look_id', models.UUIDField(editable=False)),
                ('viewer_name', models.CharField(db_default='', default='', max_length=255, verbose_name='who')),
                ('viewer_role', models.CharField(choices=[('coach', 'coach'), ('staff', 'staff')], max_length=10, verbose_name='as')),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None, verbose_name='what was open')),
                ('page', models.CharField(max_length=50, verbose_name='page')),
                ('object_id', models.UUIDField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, db_default='', default='', max_length=1000, verbose_name='reason')),
                ('at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='when')),
                ('client', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='looks_by_others', to=settings.AUTH_USER_MODEL)),
                ('relationship', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='coaching.relationship')),
                ('viewer', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='looks_at_others', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'look',
                'verbose_name_plural': 'looks',
                'db_table': 'access_log',
                'indexes': [models.Index(fields=['client', '-at'], name='access_log_by_client')],
                'constraints': [models.UniqueConstraint(fields=('look_id', 'client'), name='access_is_logged_once_a_person_and_page_view'), models.CheckConstraint(condition=models.Q(('scopes__contained_by', ['matches', 'applications', 'learning', 'resume', 'papers']), ('scopes__len__gt', 0)), name='access_scopes_are_known'), models.CheckConstraint(condition=models.Q(('viewer_role', 'coach'), models.Q(('viewer_role', 'staff'), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='access_of_staff_has_a_reason'), models.CheckConstraint(condition=models.Q(('page', ''), _negated=True), name='access_names_its_page')],
            },
        ),
        migrations.AddConstraint(
            model_name='cohort',
            constraint=models.UniqueConstraint(models.F('coach'), django.db.models.functions.text.Lower(django.db.models.functions.text.Trim('name')), name='cohort_name_is_unique_per_coach', violation_error_message='You have a cohort of this name already.'),
        ),
        migrations.AddConstraint(
            model_name='cohort',
            constraint=models.UniqueConstraint(fields=('id', 'coach'), name='cohort_belongs_to_one_coach'),
        ),
        migrations.AddConstraint(
            model_name='cohort',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='cohort_has_a_name'),
        ),
        migrations.AddConstraint(
            model_name='cohortmember',
            constraint=models.UniqueConstraint(fields=('cohort', 'relationship'), name='cohort_member_is_in_it_once'),
        ),
        migrations.AddIndex(
            model_name='invitation',
            index=models.Index(fields=['email'], name='invitation_by_address'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.UniqueConstraint(condition=models.Q(('answer', 'open')), fields=('user', 'email', 'by_coach'), name='invitation_is_one_at_a_time_per_address'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('answer__in', ['open', 'accepted', 'declined', 'withdrawn'])), name='invitation_answer_is_known'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email')), models.Q(('email', ''), _negated=True)), name='invitation_address_is_in_lower_case'),
        ),
        migrations.AddIndex(
            model_name='mail',
            index=models.Index(condition=models.Q(('sent_at__isnull', True)), fields=['created_at'], name='coach_mail_to_send'),
        ),
        migrations.AddConstraint(
            model_name='mail',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['invited', 'asked', 'accepted', 'declined', 'consented', 'ended'])), name='coach_mail_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='mail',
            constraint=models.CheckConstraint(condition=models.Q(('recipient__isnull', False), ('invitation__isnull', False), _connector='OR'), name='coach_mail_goes_to_somebody'),
        ),
        migrations.AddConstraint(
            model_name='relationshipevent',
            constraint=models.CheckConstraint(condition=models.Q(('what__in', ['begun', 'paused', 'resumed', 'ended', 'consented', 'changed', 'revoked'])), name='coach_event_is_known'),
        ),
        migrations.AddIndex(
            model_name='suggestion',
            index=models.Index(fields=['client', 'status'], name='suggestion_by_client'),
        ),
        migrations.AddConstraint(
            model_name='suggestion',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['weights', 'persona', 'job', 'skill', 'resume'])), name='suggestion_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='suggestion',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'accepted', 'declined', 'withdrawn'])), name='suggestion_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='suggestion',
            constraint=models.CheckConstraint(condition=models.Q(('note', ''), _negated=True), name='suggestion_says_why'),
        ),
    ]


# --- what Django's fields cannot say: delete rules, row security, column rights, triggers ------------------------

ME = "(SELECT app_user_id())"

# The personal tables that open to others, by what has to be granted. "papers" stands in no consent: staff alone open it,
# with a reason. Keys, calendars and answers to requests open to nobody.
OPENED = {
    "matches": ("job_matches", "match_states", "relevance_tuner_settings", "user_personas", "persona_preferences"),
    "applications": (
        "auto_apply_rules",
        "auto_apply_standings",
        "auto_apply_decisions",
        "auto_apply_applications",
        "auto_apply_events",
        "auto_apply_logs",
        "application_follow_ups",
    ),
    "learning": ("learning_recommendations",),
    "resume": ("resumes", "resume_files", "user_skills"),
    "papers": (
        "application_kits",
        "application_answers",
        "application_notes",
        "application_contacts",
        "letter_templates",
    ),
}


def of_relationship(table, *, on_delete="CASCADE"):
    """A key to a relationship and both its sides, so that none of the three can be another's."""
    return rs.operation(
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_relationship_fk FOREIGN KEY (relationship_id, coach_id, client_id) "
        f"REFERENCES coach_client_relationships (id, coach_id, client_id) ON DELETE {on_delete}"
    )


keys = [
    of_relationship("coach_events"),
    of_relationship("coach_suggestions"),
    of_relationship("coach_cohort_members"),
    rs.foreign_key("coach_suggestions", "persona_id", "user_personas", on_delete="CASCADE", owner="client_id"),
    rs.foreign_key("coach_suggestions", "resume_id", "resumes", on_delete="CASCADE", owner="client_id"),
    rs.foreign_key("coach_suggestions", "job_id", "jobs", on_delete="CASCADE"),
    rs.foreign_key("coach_cohorts", "coach_id", "users", on_delete="CASCADE"),
    rs.operation(
        "ALTER TABLE coach_cohort_members ADD CONSTRAINT coach_cohort_members_cohort_fk FOREIGN KEY (cohort_id, coach_id) "
        "REFERENCES coach_cohorts (id, coach_id) ON DELETE CASCADE",
        "ALTER TABLE coach_cohort_members DROP CONSTRAINT coach_cohort_members_cohort_fk",
    ),
    rs.foreign_key("coach_invitations", "user_id", "users", on_delete="CASCADE"),
    rs.foreign_key("coach_invitations", "answered_by_id", "users", on_delete="SET NULL"),
    rs.foreign_key("coach_invitations", "relationship_id", "coach_client_relationships", on_delete="SET NULL"),
    rs.foreign_key("coach_mails", "user_id", "users", on_delete="CASCADE"),
    rs.foreign_key("coach_mails", "recipient_id", "users", on_delete="CASCADE"),
    rs.foreign_key("coach_mails", "invitation_id", "coach_invitations", on_delete="CASCADE"),
    rs.foreign_key("coach_mails", "relationship_id", "coach_client_relationships", on_delete="CASCADE"),
    rs.foreign_key("access_log", "client_id", "users", on_delete="CASCADE"),
    # The entry stays when its viewer goes.
    rs.foreign_key("access_log", "viewer_id", "users", on_delete="SET NULL"),
    rs.foreign_key("access_log", "relationship_id", "coach_client_relationships", on_delete="SET NULL"),
]

grants = rs.operation(
    f"""
    -- These name their tables with the schema: a temporary table of the same name would come first otherwise.
    -- What one client lets the coach who asks see now: relationship active and consent live, nothing else counts.
    CREATE FUNCTION scopes_granted(client uuid) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT coalesce((
            SELECT c.scopes FROM public.coach_client_relationships r
            JOIN public.coach_consents c ON c.relationship_id = r.id
            JOIN public.users coach ON coach.id = r.coach_id
            JOIN public.users person ON person.id = r.client_id
            WHERE r.coach_id = app_user_id() AND r.client_id = client AND r.status = 'active'
              AND c.revoked_at IS NULL AND c.created_at >= r.begun_at AND c.valid_from <= statement_timestamp()
              AND (c.valid_until IS NULL OR c.valid_until > statement_timestamp())
              AND coach.is_coach AND coach.is_active AND person.is_active
        ), ARRAY[]::text[])
    $$;

    -- The clients who let the coach who asks see `scope` now.
    CREATE FUNCTION clients_granting(scope text) RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT coalesce(array_agg(r.client_id), ARRAY[]::uuid[]) FROM public.coach_client_relationships r
        WHERE r.coach_id = app_user_id() AND r.status = 'active' AND scope = ANY (scopes_granted(r.client_id))
    $$;

    -- The people whose rows this transaction opened to whoever asks, by an entry of its own in the access log, as one of
    -- `roles`. What opened them must still hold: the consent, or being of the staff. One array a query, no call a row.
    CREATE FUNCTION people_looked_at(scope text, roles text[]) RETURNS uuid[] LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
    DECLARE
        me uuid := app_user_id();
        look uuid := nullif(current_setting('app.look_id', true), '')::uuid;
    BEGIN
        IF me IS NULL OR look IS NULL THEN
            RETURN ARRAY[]::uuid[];
        END IF;
        RETURN ARRAY(
            SELECT l.client_id FROM public.access_log l
            WHERE l.look_id = look AND l.viewer_id = me AND l.at = now() AND l.viewer_role = ANY (roles)
              AND scope = ANY (l.scopes)
              AND CASE l.viewer_role
                  WHEN 'coach' THEN scope = ANY (scopes_granted(l.client_id))
                  ELSE EXISTS (SELECT 1 FROM public.users u WHERE u.id = me AND u.is_staff AND u.is_active) END
        );
    END $$;

    -- Whose rows of a table are read: one's own, and those of people looked at.
    CREATE FUNCTION people_readable(scope text) RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT app_user_id() || people_looked_at(scope, ARRAY['coach', 'staff'])
    $$;
    """,
    # With the policies of the tables that go next.
    "DROP FUNCTION people_readable(text), people_looked_at(text, text[]), clients_granting(text), scopes_granted(uuid) CASCADE;",
)


def open_to_others(table, scope):
    """Let pages read the rows of people looked at beside one's own; writing stays for one's own alone.

    One condition on an array and not two policies joined by OR, which would read the whole table.
    """
    mine = f"user_id = {ME}"
    return rs.operation(
        f"""
        ALTER POLICY own_rows ON {table} TO {rs.WORKER_ROLE};
        CREATE POLICY own_and_looked_at ON {table} FOR SELECT TO {rs.APP_ROLE}
            USING (user_id = ANY ((SELECT people_readable('{scope}'))::uuid[]));
        CREATE POLICY own_new ON {table} FOR INSERT TO {rs.APP_ROLE} WITH CHECK ({mine});
        CREATE POLICY own_changed ON {table} FOR UPDATE TO {rs.APP_ROLE} USING ({mine}) WITH CHECK ({mine});
        CREATE POLICY own_gone ON {table} FOR DELETE TO {rs.APP_ROLE} USING ({mine});
        """,
        f"""
        DROP POLICY own_gone ON {table};
        DROP POLICY own_changed ON {table};
        DROP POLICY own_new ON {table};
        DROP POLICY own_and_looked_at ON {table};
        ALTER POLICY own_rows ON {table} TO {rs.BOTH_ROLES};
        """,
    )


def sides(table):
    """Let both sides of a relationship read `table`."""
    return f"""
        {rs.enforce(table)}
        CREATE POLICY both_sides_read ON {table} FOR SELECT TO {rs.APP_ROLE}
            USING (coach_id = {ME} OR client_id = {ME});
    """


doors = [
    *(open_to_others(table, scope) for scope, tables in OPENED.items() for table in tables),
    rs.operation(
        f"""
        CREATE POLICY a_coach_reviews ON resumes FOR UPDATE TO {rs.APP_ROLE}
            USING (user_id = ANY ((SELECT people_looked_at('resume', ARRAY['coach']))::uuid[]))
            WITH CHECK (user_id = ANY ((SELECT people_looked_at('resume', ARRAY['coach']))::uuid[]));
        """,
        "DROP POLICY a_coach_reviews ON resumes;",
    ),
    # The access log: written by whoever looks and may, read by the person looked at. The viewer sees the entries of the
    # running transaction alone: what they were about is the client's.
    rs.operation(
        f"""
        {rs.enforce("access_log")}
        GRANT SELECT, INSERT ON access_log TO {rs.APP_ROLE};
        CREATE POLICY own_looks ON access_log FOR SELECT TO {rs.APP_ROLE}
            USING (client_id = {ME} OR (viewer_id = {ME} AND at = now()));
        CREATE POLICY who_may_looks ON access_log FOR INSERT TO {rs.APP_ROLE} WITH CHECK (
            viewer_id = {ME} AND client_id <> {ME} AND CASE viewer_role
                WHEN 'coach' THEN scopes <@ scopes_granted(client_id) AND EXISTS (
                    SELECT 1 FROM coach_client_relationships r WHERE r.id = access_log.relationship_id
                    AND (r.coach_id, r.client_id) = (access_log.viewer_id, access_log.client_id))
                ELSE relationship_id IS NULL AND reason ~ '[^[:space:]]'
                    AND EXISTS (SELECT 1 FROM users u WHERE u.id = {ME} AND u.is_staff AND u.is_active) END);

        CREATE FUNCTION date_access_entry() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.at := now();
            SELECT coalesce(nullif(u.display_name, ''), u.email) INTO NEW.viewer_name FROM public.users u WHERE u.id = NEW.viewer_id;
            RETURN NEW;
        END $$;
        CREATE TRIGGER access_log_dated BEFORE INSERT ON access_log FOR EACH ROW EXECUTE FUNCTION date_access_entry();

        -- For every role, the owner of the table included: an entry goes with the person it is about, and forgets a viewer
        -- or a relationship that is gone; nothing else of it ever changes.
        CREATE FUNCTION keep_access_entry() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE gone text[] := ARRAY['viewer_id', 'relationship_id'];
        BEGIN
            IF TG_OP = 'TRUNCATE' THEN
                RAISE insufficient_privilege USING MESSAGE = 'the access log is only ever added to';
            END IF;
            IF TG_OP = 'DELETE' THEN
                IF EXISTS (SELECT 1 FROM public.users u WHERE u.id = OLD.client_id) THEN
                    RAISE insufficient_privilege USING MESSAGE = 'the access log is only ever added to';
                END IF;
                RETURN OLD;
            END IF;
            IF (to_jsonb(NEW) - gone) IS DISTINCT FROM (to_jsonb(OLD) - gone)
               OR (NEW.viewer_id IS DISTINCT FROM OLD.viewer_id AND (NEW.viewer_id IS NOT NULL
                   OR EXISTS (SELECT 1 FROM public.users u WHERE u.id = OLD.viewer_id)))
               OR (NEW.relationship_id IS DISTINCT FROM OLD.relationship_id AND (NEW.relationship_id IS NOT NULL
                   OR EXISTS (SELECT 1 FROM public.coach_client_relationships r WHERE r.id = OLD.relationship_id))) THEN
                RAISE insufficient_privilege USING MESSAGE = 'the access log is only ever added to';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER access_log_kept BEFORE UPDATE OR DELETE ON access_log
            FOR EACH ROW EXECUTE FUNCTION keep_access_entry();
        CREATE TRIGGER access_log_not_emptied BEFORE TRUNCATE ON access_log
            FOR EACH STATEMENT EXECUTE FUNCTION keep_access_entry();
        """,
        "DROP TRIGGER access_log_not_emptied ON access_log; "
        "DROP TRIGGER access_log_kept ON access_log; DROP FUNCTION keep_access_entry(); "
        "DROP TRIGGER access_log_dated ON access_log; DROP FUNCTION date_access_entry();",
    ),
    # A consent is to a relationship of one's own: otherwise a unique index would tell who else consented.
    rs.operation(
        f"""
        ALTER POLICY the_client_consents ON coach_consents WITH CHECK (client_id = {ME} AND EXISTS (
            SELECT 1 FROM coach_client_relationships r WHERE r.id = coach_consents.relationship_id
            AND (r.coach_id, r.client_id) = (coach_consents.coach_id, coach_consents.client_id)));
        """,
        f"ALTER POLICY the_client_consents ON coach_consents WITH CHECK (client_id = {ME});",
    ),
    # What happened between the two sides: written by the triggers below, as whoever acts, and by nothing else.
    rs.operation(
        f"""
        {sides("coach_events")}
        GRANT SELECT, INSERT ON coach_events TO {rs.APP_ROLE};
        CREATE POLICY a_side_acts ON coach_events FOR INSERT TO {rs.APP_ROLE}
            WITH CHECK (pg_trigger_depth() > 0 AND (coach_id = {ME} OR client_id = {ME}));
        """
    ),
    # A coach proposes within what is granted, and reads what they proposed as long as it is.
    rs.operation(
        f"""
        {rs.enforce("coach_suggestions")}
        GRANT SELECT, INSERT ON coach_suggestions TO {rs.APP_ROLE};
        GRANT UPDATE (status, answer, answered_at) ON coach_suggestions TO {rs.APP_ROLE};
        CREATE POLICY the_client_reads ON coach_suggestions FOR SELECT TO {rs.APP_ROLE} USING (client_id = {ME});
        CREATE POLICY the_coach_reads_what_is_granted ON coach_suggestions FOR SELECT TO {rs.APP_ROLE} USING (
            coach_id = {ME} AND client_id = ANY (CASE WHEN kind IN ('skill', 'resume')
                THEN (SELECT clients_granting('resume'))::uuid[] ELSE (SELECT clients_granting('matches'))::uuid[] END));
        CREATE POLICY the_coach_proposes ON coach_suggestions FOR INSERT TO {rs.APP_ROLE} WITH CHECK (
            coach_id = {ME} AND status = 'open' AND answer = '' AND answered_at IS NULL
            -- A key is told from one that leads nowhere only where its scope is granted.
            AND CASE WHEN kind IN ('skill', 'resume') THEN persona_id IS NULL AND 'resume' = ANY (scopes_granted(client_id))
                ELSE resume_id IS NULL AND 'matches' = ANY (scopes_granted(client_id)) END);
        CREATE POLICY either_side_ends_it ON coach_suggestions FOR UPDATE TO {rs.APP_ROLE}
            USING (coach_id = {ME} OR client_id = {ME}) WITH CHECK (coach_id = {ME} OR client_id = {ME});

        CREATE FUNCTION guard_suggestion() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF current_user <> 'relevnt_app' THEN
                RETURN NEW;
            END IF;
            IF OLD.status <> 'open' THEN
                RAISE restrict_violation USING MESSAGE = 'a suggestion is answered once';
            END IF;
            IF NEW.status = 'withdrawn' AND app_user_id() IS DISTINCT FROM OLD.coach_id THEN
                RAISE insufficient_privilege USING MESSAGE = 'a suggestion is withdrawn by the coach';
            END IF;
            IF NEW.status IN ('accepted', 'declined') AND app_user_id() IS DISTINCT FROM OLD.client_id THEN
                RAISE insufficient_privilege USING MESSAGE = 'a suggestion is answered by the client';
            END IF;
            IF NEW.answer <> OLD.answer AND app_user_id() IS DISTINCT FROM OLD.client_id THEN
                RAISE insufficient_privilege USING MESSAGE = 'the answer to a suggestion is the client''s';
            END IF;
            NEW.answered_at := CASE WHEN NEW.status = 'open' THEN NULL ELSE now() END;
            RETURN NEW;
        END $$;
        CREATE TRIGGER coach_suggestions_guard BEFORE UPDATE ON coach_suggestions
            FOR EACH ROW EXECUTE FUNCTION guard_suggestion();
        """,
        "DROP TRIGGER coach_suggestions_guard ON coach_suggestions; DROP FUNCTION guard_suggestion();",
    ),
    rs.operation(
        f"""
        {rs.enforce("coach_cohorts")}
        GRANT SELECT, INSERT, UPDATE, DELETE ON coach_cohorts TO {rs.APP_ROLE};
        CREATE POLICY the_coach_alone ON coach_cohorts FOR ALL TO {rs.APP_ROLE}
            USING (coach_id = {ME}) WITH CHECK (coach_id = {ME});

        {rs.enforce("coach_cohort_members")}
        GRANT SELECT, INSERT, DELETE ON coach_cohort_members TO {rs.APP_ROLE};
        -- A cohort of somebody else's is refused before a unique index could tell who is in it.
        CREATE POLICY the_coach_alone ON coach_cohort_members FOR ALL TO {rs.APP_ROLE}
            USING (coach_id = {ME})
            WITH CHECK (coach_id = {ME} AND EXISTS (
                SELECT 1 FROM coach_cohorts c WHERE c.id = coach_cohort_members.cohort_id AND c.coach_id = {ME}));
        """
    ),
    # An invitation is its sender's, and is answered by whoever has the address. Nobody invites themselves.
    rs.operation(
        f"""
        {rs.enforce("coach_invitations")}
        GRANT SELECT, INSERT ON coach_invitations TO {rs.APP_ROLE};
        GRANT UPDATE (answer, answered_by_id, answered_at, relationship_id) ON coach_invitations TO {rs.APP_ROLE};
        CREATE POLICY sent_or_addressed ON coach_invitations FOR SELECT TO {rs.APP_ROLE} USING (
            user_id = {ME} OR email = (SELECT lower(u.email) FROM users u WHERE u.id = app_user_id()));
        CREATE POLICY somebody_else_is_asked ON coach_invitations FOR INSERT TO {rs.APP_ROLE} WITH CHECK (
            user_id = {ME} AND answer = 'open' AND answered_by_id IS NULL AND relationship_id IS NULL
            AND EXISTS (SELECT 1 FROM users u WHERE u.id = {ME} AND u.is_active AND lower(u.email) <> coach_invitations.email
                        AND (u.is_coach OR NOT by_coach)));
        CREATE POLICY answered_or_withdrawn ON coach_invitations FOR UPDATE TO {rs.APP_ROLE} USING (
            user_id = {ME} OR email = (SELECT lower(u.email) FROM users u WHERE u.id = app_user_id()));

        CREATE FUNCTION guard_invitation() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE me uuid := app_user_id();
        BEGIN
            IF current_user <> 'relevnt_app' THEN
                RETURN NEW;
            END IF;
            -- The relationship is named once, in the transaction that accepts, and is the one between the two.
            IF NEW.relationship_id IS NOT NULL AND (NEW.answer <> 'accepted' OR NOT EXISTS (
                SELECT 1 FROM public.coach_client_relationships r WHERE r.id = NEW.relationship_id AND (r.coach_id, r.client_id) IN (
                    (OLD.user_id, coalesce(OLD.answered_by_id, me)), (coalesce(OLD.answered_by_id, me), OLD.user_id)))) THEN
                RAISE restrict_violation USING MESSAGE = 'an invitation leads to the relationship of its two sides';
            END IF;
            IF OLD.answer <> 'open' THEN
                IF OLD.answer = 'accepted' AND OLD.answered_at = now() AND OLD.relationship_id IS NULL
                   AND (NEW.answer, NEW.answered_by_id) IS NOT DISTINCT FROM (OLD.answer, OLD.answered_by_id) THEN
                    NEW.answered_at := OLD.answered_at;
                    RETURN NEW;
                END IF;
                RAISE restrict_violation USING MESSAGE = 'an invitation is answered once';
            END IF;
            IF NEW.answer = 'withdrawn' AND me IS DISTINCT FROM OLD.user_id THEN
                RAISE insufficient_privilege USING MESSAGE = 'an invitation is withdrawn by its sender';
            END IF;
            IF NEW.answer IN ('accepted', 'declined') AND me IS NOT DISTINCT FROM OLD.user_id THEN
                RAISE insufficient_privilege USING MESSAGE = 'an invitation is answered by the one it was sent to';
            END IF;
            IF NEW.answer = 'accepted' AND OLD.expires_at <= now() THEN
                RAISE restrict_violation USING MESSAGE = 'an invitation is accepted before its end';
            END IF;
            IF NEW.answer = 'accepted' AND NOT OLD.by_coach
               AND NOT EXISTS (SELECT 1 FROM public.users u WHERE u.id = me AND u.is_coach AND u.is_active) THEN
                RAISE insufficient_privilege USING MESSAGE = 'only a coach is asked for help';
            END IF;
            NEW.answered_by_id := CASE WHEN NEW.answer IN ('accepted', 'declined') THEN me END;
            NEW.answered_at := CASE WHEN NEW.answer <> 'open' THEN now() END;
            RETURN NEW;
        END $$;
        CREATE TRIGGER coach_invitations_guard BEFORE UPDATE ON coach_invitations
            FOR EACH ROW EXECUTE FUNCTION guard_invitation();
        """,
        "DROP TRIGGER coach_invitations_guard ON coach_invitations; DROP FUNCTION guard_invitation();",
    ),
    # Mails: written with the change they tell of, sent by the worker, which reads what it needs to address them.
    rs.operation(
        f"""
        {rs.enforce("coach_mails")}
        GRANT SELECT, INSERT ON coach_mails TO {rs.BOTH_ROLES};
        GRANT UPDATE (sent_at, refused) ON coach_mails TO {rs.WORKER_ROLE};
        CREATE POLICY own_rows ON coach_mails FOR SELECT TO {rs.APP_ROLE} USING (user_id = {ME});
        -- About what its writer can see, and to nobody but the two it is between.
        CREATE POLICY own_new ON coach_mails FOR INSERT TO {rs.APP_ROLE} WITH CHECK (
            user_id = {ME} AND sent_at IS NULL
            AND (invitation_id IS NULL OR EXISTS (
                SELECT 1 FROM coach_invitations i WHERE i.id = coach_mails.invitation_id
                AND (recipient_id IS NULL OR recipient_id IN (i.user_id, i.answered_by_id))))
            AND (relationship_id IS NULL OR EXISTS (
                SELECT 1 FROM coach_client_relationships r WHERE r.id = coach_mails.relationship_id
                AND (recipient_id IS NULL OR recipient_id IN (r.coach_id, r.client_id))))
            AND NOT (invitation_id IS NULL AND relationship_id IS NULL));
        CREATE POLICY worker_sends ON coach_mails FOR ALL TO {rs.WORKER_ROLE} USING (true) WITH CHECK (true);

        -- Acting for nobody, the worker reads what a mail of the last day is about, and the consents that ended by their date:
        -- that it tells, changing nothing else of them.
        GRANT SELECT ON coach_invitations, coach_client_relationships TO {rs.WORKER_ROLE};
        GRANT SELECT, UPDATE (end_told_at) ON coach_consents TO {rs.WORKER_ROLE};
        CREATE POLICY worker_mails ON coach_invitations FOR SELECT TO {rs.WORKER_ROLE} USING (EXISTS (
            SELECT 1 FROM coach_mails m WHERE m.invitation_id = coach_invitations.id
            AND (m.sent_at IS NULL OR m.sent_at > now() - interval '1 day')));
        CREATE POLICY worker_tells_the_end ON coach_consents FOR ALL TO {rs.WORKER_ROLE}
            USING (valid_until <= statement_timestamp()) WITH CHECK (valid_until <= statement_timestamp());
        CREATE POLICY worker_mails ON coach_client_relationships FOR SELECT TO {rs.WORKER_ROLE} USING (
            EXISTS (SELECT 1 FROM coach_mails m WHERE m.relationship_id = coach_client_relationships.id
                    AND (m.sent_at IS NULL OR m.sent_at > now() - interval '1 day'))
            OR EXISTS (SELECT 1 FROM coach_consents c WHERE c.relationship_id = coach_client_relationships.id));
        """,
        "DROP POLICY worker_tells_the_end ON coach_consents; DROP POLICY worker_mails ON coach_client_relationships; "
        f"REVOKE ALL ON coach_consents, coach_client_relationships FROM {rs.WORKER_ROLE};",
    ),
]

ways = rs.operation(
    """
    -- active ⇄ paused → ended. What has ended begins anew only where the other side accepts an invitation right now.
    CREATE FUNCTION guard_relationship() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.status = OLD.status OR current_user <> 'relevnt_app' THEN
            RETURN NEW;
        END IF;
        IF OLD.status = 'ended' THEN
            IF NEW.status <> 'active' OR NOT EXISTS (
                SELECT 1 FROM public.coach_invitations i WHERE i.answer = 'accepted' AND i.answered_at = now()
                  AND (i.user_id, i.answered_by_id, i.by_coach) IN ((OLD.coach_id, OLD.client_id, true),
                                                                   (OLD.client_id, OLD.coach_id, false))
            ) THEN
                RAISE restrict_violation USING MESSAGE = 'a relationship that has ended begins anew by an accepted invitation';
            END IF;
            NEW.begun_at := now();
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER coach_client_relationships_guard BEFORE UPDATE ON coach_client_relationships
        FOR EACH ROW EXECUTE FUNCTION guard_relationship();

    CREATE FUNCTION record_relationship_event() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND NEW.status = OLD.status THEN
            RETURN NULL;
        END IF;
        INSERT INTO public.coach_events (relationship_id, coach_id, client_id, what) VALUES (
            NEW.id, NEW.coach_id, NEW.client_id,
            CASE WHEN TG_OP = 'INSERT' OR OLD.status = 'ended' THEN 'begun'
                 WHEN NEW.status = 'active' THEN 'resumed' ELSE NEW.status END);
        RETURN NULL;
    END $$;
    CREATE TRIGGER coach_client_relationships_event AFTER INSERT OR UPDATE ON coach_client_relationships
        FOR EACH ROW EXECUTE FUNCTION record_relationship_event();

    CREATE FUNCTION guard_consent() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            -- Whether it is older than a new beginning is told by this clock and no other.
            IF current_user = 'relevnt_app' THEN
                NEW.created_at := now();
            END IF;
            RETURN NEW;
        END IF;
        IF (to_jsonb(NEW) - 'end_told_at') IS NOT DISTINCT FROM (to_jsonb(OLD) - 'end_told_at') THEN
            RETURN NEW;
        END IF;
        IF current_user = 'relevnt_worker' THEN
            RAISE insufficient_privilege USING MESSAGE = 'a consent is changed by the client alone';
        END IF;
        IF OLD.revoked_at IS NOT NULL AND current_user = 'relevnt_app' THEN
            RAISE restrict_violation USING MESSAGE = 'a consent that was revoked stays so: give a new one';
        END IF;
        NEW.revision := OLD.revision + 1;
        RETURN NEW;
    END $$;
    CREATE TRIGGER coach_consents_guard BEFORE INSERT OR UPDATE ON coach_consents
        FOR EACH ROW EXECUTE FUNCTION guard_consent();

    CREATE FUNCTION record_consent_event() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND (NEW.scopes, NEW.valid_until, NEW.revoked_at)
           IS NOT DISTINCT FROM (OLD.scopes, OLD.valid_until, OLD.revoked_at) THEN
            RETURN NULL;
        END IF;
        INSERT INTO public.coach_events (relationship_id, coach_id, client_id, what, scopes, valid_until) VALUES (
            NEW.relationship_id, NEW.coach_id, NEW.client_id,
            CASE WHEN NEW.revoked_at IS NOT NULL THEN 'revoked' WHEN TG_OP = 'INSERT' THEN 'consented' ELSE 'changed' END,
            NEW.scopes, NEW.valid_until);
        RETURN NULL;
    END $$;
    CREATE TRIGGER coach_consents_event AFTER INSERT OR UPDATE ON coach_consents
        FOR EACH ROW EXECUTE FUNCTION record_consent_event();
    """,
    """
    DROP TRIGGER coach_consents_event ON coach_consents;
    DROP FUNCTION record_consent_event();
    DROP TRIGGER coach_consents_guard ON coach_consents;
    DROP FUNCTION guard_consent();
    DROP TRIGGER coach_client_relationships_event ON coach_client_relationships;
    DROP FUNCTION record_relationship_event();
    DROP TRIGGER coach_client_relationships_guard ON coach_client_relationships;
    DROP FUNCTION guard_relationship();
    """,
)

# What stood before: begun when it was made, so that a consent to it is still one, and with its history.
before = rs.operation(
    """
    ALTER TABLE coach_client_relationships DISABLE TRIGGER coach_client_relationships_updated_at;
    UPDATE coach_client_relationships SET begun_at = created_at;
    ALTER TABLE coach_client_relationships ENABLE TRIGGER coach_client_relationships_updated_at;
    INSERT INTO coach_events (relationship_id, coach_id, client_id, what, at)
        SELECT id, coach_id, client_id, 'begun', created_at FROM coach_client_relationships;
    INSERT INTO coach_events (relationship_id, coach_id, client_id, what, scopes, valid_until, at)
        SELECT relationship_id, coach_id, client_id, 'consented', scopes, valid_until, created_at FROM coach_consents;
    """
)

Migration.operations = [
    *Migration.operations,
    *keys,
    before,
    grants,
    *doors,
    ways,
    rs.touch_updated_at("coach_cohorts"),
]
