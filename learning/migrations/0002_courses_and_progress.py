"""Courses and the skills they teach, what a person makes of a recommendation, and what the search for gaps rests on."""

import django.contrib.postgres.functions
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from personas import row_security as rs


class Migration(migrations.Migration):

    dependencies = [
        ('learning', '0001_initial'),
        ('personas', '0003_resume_reviews'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Catalog',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('key', models.SlugField(max_length=100, unique=True, verbose_name='short name')),
                ('name', models.CharField(max_length=255, verbose_name='name')),
                ('homepage', models.CharField(blank=True, db_default='', default='', max_length=2000, verbose_name='address')),
                ('license', models.CharField(max_length=100, verbose_name='license')),
                ('license_url', models.CharField(blank=True, db_default='', default='', max_length=2000, verbose_name='address of the license')),
                ('attribution', models.TextField(blank=True, db_default='', default='', verbose_name='attribution')),
                ('is_shipped', models.BooleanField(db_default=False, default=False, verbose_name='comes with Relevnt')),
                ('content_sha256', models.CharField(blank=True, db_default='', default='', max_length=64)),
                ('taxonomy_version', models.CharField(blank=True, db_default='', default='', max_length=100)),
                ('imported_at', models.DateTimeField(blank=True, null=True, verbose_name='imported')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='since')),
            ],
            options={
                'verbose_name': 'catalog',
                'verbose_name_plural': 'catalogs',
                'db_table': 'learning_catalogs',
            },
        ),
        migrations.CreateModel(
            name='Course',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('url', models.CharField(max_length=2000, verbose_name='address')),
                ('title', models.CharField(max_length=500, verbose_name='title')),
                ('provider', models.CharField(blank=True, db_default='', default='', max_length=255, verbose_name='provider')),
                ('language', models.CharField(db_default='en', default='en', max_length=16, verbose_name='language')),
                ('level', models.CharField(blank=True, choices=[('beginner', 'beginner'), ('intermediate', 'intermediate'), ('advanced', 'advanced')], db_default='', default='', max_length=20, verbose_name='level')),
                ('duration', models.CharField(blank=True, db_default='', default='', max_length=255, verbose_name='duration as stated')),
                ('least_hours', models.IntegerField(blank=True, null=True, verbose_name='hours, at least')),
                ('most_hours', models.IntegerField(blank=True, null=True, verbose_name='hours, at most')),
                ('prerequisites', models.TextField(blank=True, db_default='', default='', verbose_name='prerequisites')),
                ('topic', models.CharField(blank=True, db_default='', default='', max_length=255, verbose_name='topic')),
                ('license', models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='license of the course')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='no longer listed')),
                ('link_state', models.CharField(choices=[('unchecked', 'not checked yet'), ('alive', 'leads there'), ('unclear', 'could not be checked'), ('failing', 'failed once'), ('dead', 'dead')], db_default='unchecked', default='unchecked', max_length=20, verbose_name='link')),
                ('link_status', models.IntegerField(blank=True, null=True, verbose_name='last answer')),
                ('link_failures', models.IntegerField(db_default=0, default=0, verbose_name='failures in a row')),
                ('link_failed_at', models.DateTimeField(blank=True, null=True, verbose_name='failing since')),
                ('link_checked_at', models.DateTimeField(blank=True, null=True, verbose_name='link checked')),
                ('link_due_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), verbose_name='link to be checked')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='since')),
                ('updated_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='changed')),
            ],
            options={
                'verbose_name': 'course',
                'verbose_name_plural': 'courses',
                'db_table': 'learning_courses',
            },
        ),
        migrations.CreateModel(
            name='LinkHost',
            fields=[
                ('host', models.CharField(max_length=255, primary_key=True, serialize=False, verbose_name='host')),
                ('next_at', models.DateTimeField(verbose_name='not before')),
            ],
            options={
                'verbose_name': 'host of links',
                'verbose_name_plural': 'hosts of links',
                'db_table': 'learning_link_hosts',
            },
        ),
        migrations.CreateModel(
            name='CourseSkill',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('skill_name', models.CharField(max_length=255, verbose_name='skill')),
                ('skill_key', models.CharField(max_length=255)),
                ('because', models.CharField(choices=[('topic', 'the topic it stands under'), ('title', 'its title'), ('stated', 'its source says so'), ('staff', 'somebody of the staff said so')], max_length=20, verbose_name='known from')),
            ],
            options={
                'verbose_name': 'skill of a course',
                'verbose_name_plural': 'skills of courses',
                'db_table': 'learning_course_skills',
            },
        ),
        migrations.CreateModel(
            name='LearningSettings',
            fields=[
                ('user', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='learning_settings', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('hours_per_week', models.IntegerField(db_default=5, default=5, verbose_name='hours a week')),
                ('updated_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='changed')),
            ],
            options={
                'verbose_name': 'learning settings',
                'verbose_name_plural': 'learning settings',
                'db_table': 'learning_settings',
            },
        ),
        migrations.CreateModel(
            name='LearningState',
            fields=[
                ('persona', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='learning_state', serialize=False, to='personas.persona')),
                ('inputs_revision', models.BigIntegerField()),
                ('threshold', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='threshold')),
                ('hours_per_week', models.IntegerField(verbose_name='hours a week')),
                ('snapshot', models.UUIDField(blank=True, null=True)),
                ('scorer_version', models.CharField(max_length=100)),
                ('catalog_version', models.CharField(blank=True, db_default='', default='', max_length=64)),
                ('open_jobs', models.IntegerField(verbose_name='open jobs')),
                ('matching_jobs', models.IntegerField(verbose_name='jobs that match')),
                ('near_jobs', models.IntegerField(verbose_name='best roles')),
                ('above', models.IntegerField(verbose_name='jobs at the threshold')),
                ('nothing_because', models.CharField(blank=True, choices=[('no_wishes', 'the persona names no title, skill or industry'), ('no_skills', 'the person names no skill'), ('no_matches', 'no open job fits'), ('no_gaps', 'no skill would change anything')], db_default='', default='', max_length=20)),
                ('gaps', models.JSONField(blank=True, db_default=[], default=list, verbose_name='skills weighed')),
                ('refreshed_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), verbose_name='counted')),
            ],
            options={
                'verbose_name': 'search for gaps',
                'verbose_name_plural': 'searches for gaps',
                'db_table': 'learning_states',
            },
        ),
        migrations.CreateModel(
            name='Progress',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('skill_name', models.CharField(max_length=255, verbose_name='skill')),
                ('skill_key', models.CharField(max_length=255)),
                ('from_level', models.CharField(blank=True, choices=[('beginner', 'beginner'), ('intermediate', 'intermediate'), ('advanced', 'advanced'), ('expert', 'expert')], db_default='', default='', max_length=50, verbose_name='held before')),
                ('to_level', models.CharField(blank=True, choices=[('beginner', 'beginner'), ('intermediate', 'intermediate'), ('advanced', 'advanced'), ('expert', 'expert')], db_default='', default='', max_length=50, verbose_name='level to reach')),
                ('status', models.CharField(choices=[('planned', 'planned'), ('learning', 'learning'), ('done', 'done'), ('not_for_me', 'not for me')], max_length=20, verbose_name='status')),
                ('promised', models.JSONField(blank=True, null=True, verbose_name='promised')),
                ('measured', models.JSONField(blank=True, null=True, verbose_name='changed')),
                ('measured_at', models.DateTimeField(blank=True, null=True, verbose_name='measured')),
                ('planned_at', models.DateTimeField(blank=True, null=True, verbose_name='planned')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='begun')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='done')),
                ('added_at', models.DateTimeField(blank=True, null=True, verbose_name='added to the skills')),
                ('added_level', models.CharField(blank=True, choices=[('beginner', 'beginner'), ('intermediate', 'intermediate'), ('advanced', 'advanced'), ('expert', 'expert')], db_default='', default='', max_length=50)),
                ('evidence', models.TextField(blank=True, db_default='', default='', verbose_name='how it was learned')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='changed')),
            ],
            options={
                'verbose_name': 'progress',
                'verbose_name_plural': 'progress',
                'db_table': 'learning_progress',
            },
        ),
        migrations.AddField(
            model_name='recommendation',
            name='facts',
            field=models.JSONField(blank=True, db_default={}, default=dict, verbose_name='numbers'),
        ),
        migrations.AddField(
            model_name='recommendation',
            name='from_level',
            field=models.CharField(blank=True, choices=[('beginner', 'beginner'), ('intermediate', 'intermediate'), ('advanced', 'advanced'), ('expert', 'expert')], db_default='', default='', max_length=50, verbose_name='held now'),
        ),
        migrations.AddField(
            model_name='recommendation',
            name='position',
            field=models.IntegerField(db_default=1, default=1, verbose_name='place in the list'),
        ),
        migrations.AddField(
            model_name='recommendation',
            name='refreshed_at',
            field=models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), verbose_name='counted'),
        ),
        migrations.AddField(
            model_name='recommendation',
            name='skill_key',
            field=models.CharField(blank=True, db_default='', default='', max_length=255),
        ),
        migrations.AddField(
            model_name='recommendation',
            name='to_level',
            field=models.CharField(blank=True, choices=[('beginner', 'beginner'), ('intermediate', 'intermediate'), ('advanced', 'advanced'), ('expert', 'expert')], db_default='', default='', max_length=50, verbose_name='level to reach'),
        ),
        migrations.AddIndex(
            model_name='recommendation',
            index=models.Index(fields=['expires_at'], name='recommendation_expiry'),
        ),
        migrations.AddConstraint(
            model_name='recommendation',
            constraint=models.CheckConstraint(condition=models.Q(('from_level__in', ['', 'beginner', 'intermediate', 'advanced', 'expert']), ('to_level__in', ['', 'beginner', 'intermediate', 'advanced', 'expert'])), name='recommendation_levels_are_known'),
        ),
        migrations.AddConstraint(
            model_name='recommendation',
            constraint=models.CheckConstraint(condition=models.Q(('position__gte', 1)), name='recommendation_has_a_place'),
        ),
        migrations.AddConstraint(
            model_name='recommendation',
            constraint=models.UniqueConstraint(condition=models.Q(('skill_key', ''), _negated=True), fields=('user', 'persona', 'skill_key'), name='recommendation_is_one_per_persona_and_skill'),
        ),
        migrations.AddConstraint(
            model_name='catalog',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('key', ''), _negated=True), models.Q(('name', ''), _negated=True), models.Q(('license', ''), _negated=True)), name='catalog_says_its_name_and_license'),
        ),
        migrations.AddField(
            model_name='course',
            name='catalog',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='courses', to='learning.catalog', verbose_name='catalog'),
        ),
        migrations.AddField(
            model_name='courseskill',
            name='course',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='skills', to='learning.course'),
        ),
        migrations.AddConstraint(
            model_name='learningsettings',
            constraint=models.CheckConstraint(condition=models.Q(('hours_per_week__gte', 1), ('hours_per_week__lte', 60)), name='learning_hours_are_between_1_and_60'),
        ),
        migrations.AddField(
            model_name='learningstate',
            name='user',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='learning_states', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='progress',
            name='course',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='learning.course', verbose_name='course'),
        ),
        migrations.AddField(
            model_name='progress',
            name='persona',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='learning_progress', to='personas.persona'),
        ),
        migrations.AddField(
            model_name='progress',
            name='user',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='learning_progress', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='course',
            index=models.Index(condition=models.Q(('withdrawn_at__isnull', True)), fields=['link_due_at'], name='course_link_due'),
        ),
        migrations.AddConstraint(
            model_name='course',
            constraint=models.UniqueConstraint(fields=('catalog', 'url'), name='course_is_one_per_catalog_and_address'),
        ),
        migrations.AddConstraint(
            model_name='course',
            constraint=models.CheckConstraint(condition=models.Q(('url__regex', '^https?://')), name='course_address_is_of_the_web'),
        ),
        migrations.AddConstraint(
            model_name='course',
            constraint=models.CheckConstraint(condition=models.Q(('title', ''), _negated=True), name='course_has_a_title'),
        ),
        migrations.AddConstraint(
            model_name='course',
            constraint=models.CheckConstraint(condition=models.Q(('level__in', ['', 'beginner', 'intermediate', 'advanced'])), name='course_level_is_known'),
        ),
        migrations.AddConstraint(
            model_name='course',
            constraint=models.CheckConstraint(condition=models.Q(('link_state__in', ['unchecked', 'alive', 'unclear', 'failing', 'dead'])), name='course_link_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='course',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('least_hours__isnull', True), ('most_hours__isnull', True)), models.Q(('least_hours__isnull', False), ('most_hours__isnull', False), ('least_hours__gte', 1), ('least_hours__lte', models.F('most_hours'))), _connector='OR'), name='course_hours_are_a_range'),
        ),
        migrations.AddIndex(
            model_name='courseskill',
            index=models.Index(fields=['skill_key'], name='course_skill_by_key'),
        ),
        migrations.AddConstraint(
            model_name='courseskill',
            constraint=models.UniqueConstraint(fields=('course', 'skill_key'), name='course_skill_is_named_once'),
        ),
        migrations.AddConstraint(
            model_name='courseskill',
            constraint=models.CheckConstraint(condition=models.Q(('because__in', ['topic', 'title', 'stated', 'staff'])), name='course_skill_reason_is_known'),
        ),
        migrations.AddConstraint(
            model_name='courseskill',
            constraint=models.CheckConstraint(condition=models.Q(('skill_key', ''), _negated=True), name='course_skill_has_a_name'),
        ),
        migrations.AddConstraint(
            model_name='learningstate',
            constraint=models.CheckConstraint(condition=models.Q(('nothing_because__in', ['', 'no_wishes', 'no_skills', 'no_matches', 'no_gaps'])), name='learning_state_reason_is_known'),
        ),
        migrations.AddConstraint(
            model_name='learningstate',
            constraint=models.CheckConstraint(condition=models.Q(('threshold__gte', 0), ('threshold__lte', 100)), name='learning_state_threshold_is_a_percentage'),
        ),
        migrations.AddConstraint(
            model_name='progress',
            constraint=models.UniqueConstraint(fields=('user', 'skill_key'), name='progress_is_one_per_person_and_skill'),
        ),
        migrations.AddConstraint(
            model_name='progress',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['planned', 'learning', 'done', 'not_for_me'])), name='progress_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='progress',
            constraint=models.CheckConstraint(condition=models.Q(('skill_key', ''), _negated=True), name='progress_names_a_skill'),
        ),
        migrations.AddConstraint(
            model_name='progress',
            constraint=models.CheckConstraint(condition=models.Q(('from_level__in', ['', 'beginner', 'intermediate', 'advanced', 'expert']), ('to_level__in', ['', 'beginner', 'intermediate', 'advanced', 'expert']), ('added_level__in', ['', 'beginner', 'intermediate', 'advanced', 'expert'])), name='progress_levels_are_known'),
        ),
        migrations.AddConstraint(
            model_name='progress',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'done'), _negated=True), ('done_at__isnull', False), _connector='OR'), name='progress_done_has_its_time'),
        ),
        migrations.AddConstraint(
            model_name='progress',
            constraint=models.CheckConstraint(condition=models.Q(('added_at__isnull', True), models.Q(('status', 'done'), models.Q(('added_level', ''), _negated=True)), _connector='OR'), name='progress_adds_a_skill_only_when_done'),
        ),
    ]


# --- what Django's fields cannot say: delete rules, row security ----------------------------------------------

ME = "(SELECT app_user_id())"
STAFF = f"EXISTS (SELECT 1 FROM public.users u WHERE u.id = {ME} AND u.is_staff AND u.is_active)"


def catalog_rows(table):
    """Everybody reads the catalog; staff write it in the admin, the worker by the import and the check of links."""
    return rs.operation(
        f"""
        {rs.enforce(table)}
        GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {rs.BOTH_ROLES};
        CREATE POLICY everybody_reads ON {table} FOR SELECT TO {rs.BOTH_ROLES} USING (true);
        CREATE POLICY staff_write ON {table} FOR ALL TO {rs.APP_ROLE} USING ({STAFF}) WITH CHECK ({STAFF});
        CREATE POLICY worker_keeps ON {table} FOR ALL TO {rs.WORKER_ROLE} USING (true) WITH CHECK (true);
        """
    )


keys = [
    rs.foreign_key("learning_progress", "user_id", "users", on_delete="CASCADE"),
    rs.foreign_key("learning_progress", "persona_id", "user_personas", on_delete="SET NULL", owner="user_id"),
    rs.foreign_key("learning_progress", "course_id", "learning_courses", on_delete="SET NULL"),
    rs.foreign_key("learning_states", "user_id", "users", on_delete="CASCADE"),
    rs.foreign_key("learning_states", "persona_id", "user_personas", on_delete="CASCADE", owner="user_id"),
    rs.foreign_key("learning_settings", "user_id", "users", on_delete="CASCADE"),
]

doors = [
    rs.own_rows("learning_progress"),
    # Who is due is found over everybody: by when a search was made, from what, and with how many hours a week.
    rs.own_rows("learning_states", worker_reads_all=True),
    rs.own_rows("learning_settings", worker_reads_all=True),
    # Acting for nobody, the worker strikes what has expired and sees nothing else.
    rs.operation(
        f"""
        CREATE POLICY worker_sees_expired ON learning_recommendations FOR SELECT TO {rs.WORKER_ROLE}
            USING (expires_at <= statement_timestamp());
        CREATE POLICY worker_strikes_expired ON learning_recommendations FOR DELETE TO {rs.WORKER_ROLE}
            USING (expires_at <= statement_timestamp());
        """,
        "DROP POLICY worker_strikes_expired ON learning_recommendations; "
        "DROP POLICY worker_sees_expired ON learning_recommendations;",
    ),
    *(catalog_rows(table) for table in ("learning_catalogs", "learning_courses", "learning_course_skills")),
    rs.shared_rows("learning_link_hosts"),
]

Migration.operations = [
    *Migration.operations,
    *keys,
    *doors,
    rs.touch_updated_at("learning_progress"),
    rs.touch_updated_at("learning_settings"),
    rs.touch_updated_at("learning_courses"),
]
