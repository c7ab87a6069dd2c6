"""Relationships, consents and private notes: who writes and who reads each."""

import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from personas import row_security as rs


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Relationship',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('active', 'active'), ('paused', 'paused'), ('ended', 'ended')], default='active', max_length=50, verbose_name='status')),
                ('notes', models.TextField(blank=True, db_default='', default='', help_text='Your client can read these notes.', verbose_name='notes')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='since')),
                ('updated_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='changed')),
                ('client', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='coaches_of_client', to=settings.AUTH_USER_MODEL)),
                ('coach', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='clients_of_coach', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'client',
                'verbose_name_plural': 'clients',
                'db_table': 'coach_client_relationships',
            },
        ),
        migrations.CreateModel(
            name='PrivateNote',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('body', models.TextField(verbose_name='note')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='written')),
                ('updated_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='changed')),
                ('client', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('coach', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='private_notes', to=settings.AUTH_USER_MODEL)),
                ('relationship', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='private_notes', to='coaching.relationship')),
            ],
            options={
                'verbose_name': 'private note',
                'verbose_name_plural': 'private notes',
                'db_table': 'coach_private_notes',
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), db_default=[], default=list, size=None, verbose_name='what the coach may see')),
                ('valid_from', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), verbose_name='from')),
                ('valid_until', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='given')),
                ('client', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='consents_of_client', to=settings.AUTH_USER_MODEL)),
                ('coach', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='consents_to_coach', to=settings.AUTH_USER_MODEL)),
                ('relationship', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='consents', to='coaching.relationship')),
            ],
            options={
                'verbose_name': 'consent',
                'verbose_name_plural': 'consents',
                'db_table': 'coach_consents',
            },
        ),
        migrations.AddConstraint(
            model_name='relationship',
            constraint=models.UniqueConstraint(fields=('coach', 'client'), name='relationship_is_one_per_coach_and_client'),
        ),
        migrations.AddConstraint(
            model_name='relationship',
            constraint=models.UniqueConstraint(fields=('id', 'coach', 'client'), name='relationship_names_its_two_sides'),
        ),
        migrations.AddConstraint(
            model_name='relationship',
            constraint=models.CheckConstraint(condition=models.Q(('coach', models.F('client')), _negated=True), name='relationship_is_between_two_people'),
        ),
        migrations.AddConstraint(
            model_name='relationship',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['active', 'paused', 'ended'])), name='relationship_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.UniqueConstraint(condition=models.Q(('revoked_at__isnull', True)), fields=('relationship',), name='consent_is_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('scopes__contained_by', ['matches', 'applications', 'learning', 'resume'])), name='consent_scopes_are_known'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='consent_ends_after_it_begins'),
        ),
    ]


# --- what Django's fields cannot say: delete rules, row security, column rights ------------------------------

ME = "(SELECT app_user_id())"


def of_relationship(table):
    """A key to a relationship and both its sides, so that none of the three can be another's."""
    return rs.operation(
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_relationship_fk FOREIGN KEY (relationship_id, coach_id, client_id) "
        "REFERENCES coach_client_relationships (id, coach_id, client_id) ON DELETE CASCADE"
    )


keys = [
    rs.foreign_key("coach_client_relationships", "coach_id", "users", on_delete="CASCADE"),
    rs.foreign_key("coach_client_relationships", "client_id", "users", on_delete="CASCADE"),
    of_relationship("coach_consents"),
    of_relationship("coach_private_notes"),
]

doors = [
    # The coach writes the relationship, both sides read it. Rights by column keep anybody from re-pointing it.
    rs.operation(
        f"""
        {rs.enforce("coach_client_relationships")}
        GRANT SELECT, INSERT ON coach_client_relationships TO {rs.APP_ROLE};
        GRANT UPDATE (status, notes) ON coach_client_relationships TO {rs.APP_ROLE};
        CREATE POLICY both_sides_read ON coach_client_relationships FOR SELECT TO {rs.APP_ROLE}
            USING (coach_id = {ME} OR client_id = {ME});
        CREATE POLICY a_coach_begins ON coach_client_relationships FOR INSERT TO {rs.APP_ROLE}
            WITH CHECK (coach_id = {ME}
                        AND EXISTS (SELECT 1 FROM users u WHERE u.id = {ME} AND u.is_coach AND u.is_active));
        CREATE POLICY the_coach_changes ON coach_client_relationships FOR UPDATE TO {rs.APP_ROLE}
            USING (coach_id = {ME}) WITH CHECK (coach_id = {ME});
        """
    ),
    # The client writes the consent, both sides read it; access looks at nothing else.
    rs.operation(
        f"""
        {rs.enforce("coach_consents")}
        GRANT SELECT, INSERT ON coach_consents TO {rs.APP_ROLE};
        GRANT UPDATE (scopes, valid_until, revoked_at) ON coach_consents TO {rs.APP_ROLE};
        CREATE POLICY both_sides_read ON coach_consents FOR SELECT TO {rs.APP_ROLE}
            USING (coach_id = {ME} OR client_id = {ME});
        CREATE POLICY the_client_consents ON coach_consents FOR INSERT TO {rs.APP_ROLE}
            WITH CHECK (client_id = {ME});
        CREATE POLICY the_client_changes ON coach_consents FOR UPDATE TO {rs.APP_ROLE}
            USING (client_id = {ME}) WITH CHECK (client_id = {ME});
        """
    ),
    rs.operation(
        f"""
        {rs.enforce("coach_private_notes")}
        GRANT SELECT, INSERT, DELETE ON coach_private_notes TO {rs.APP_ROLE};
        GRANT UPDATE (body) ON coach_private_notes TO {rs.APP_ROLE};
        CREATE POLICY the_coach_alone ON coach_private_notes FOR ALL TO {rs.APP_ROLE}
            USING (coach_id = {ME}) WITH CHECK (coach_id = {ME});
        """
    ),
]

Migration.operations = [
    *Migration.operations,
    *keys,
    *doors,
    rs.touch_updated_at("coach_client_relationships"),
    rs.touch_updated_at("coach_private_notes"),
]
