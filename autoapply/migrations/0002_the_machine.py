"""The machine of auto-apply: its queue with its steps, slots, verdicts and history, and what applications carry."""

import django.contrib.postgres.functions
import django.core.validators
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from personas import row_security as rs


class Migration(migrations.Migration):

    dependencies = [
        ('autoapply', '0001_initial'),
        ('matching', '0002_what_changed_and_why'),
        ('personas', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('question', models.TextField(verbose_name='question')),
                ('question_key', models.CharField(editable=False, max_length=255)),
                ('answer', models.TextField(verbose_name='answer')),
                ('topic', models.CharField(choices=[('legal', 'law and consent'), ('visa', 'right to work'), ('pay', 'pay'), ('demographic', 'about you as a person'), ('other', 'anything else')], db_default='other', default='other', max_length=20, verbose_name='about')),
                ('source', models.CharField(choices=[('typed', 'typed in the answer bank'), ('application', 'given for an application')], db_default='typed', default='typed', max_length=20, verbose_name='given')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='given on')),
                ('updated_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='changed')),
            ],
            options={
                'verbose_name': 'answer',
                'verbose_name_plural': 'answers',
                'db_table': 'application_answers',
            },
        ),
        migrations.CreateModel(
            name='Application',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('origin', models.CharField(choices=[('rule', 'a rule'), ('person', 'you')], max_length=20, verbose_name='wanted by')),
                ('status', models.CharField(choices=[('queued', 'queued'), ('preparing', 'being prepared'), ('parked', 'waits for an answer'), ('review', 'waits for your approval'), ('held', 'will be sent'), ('submitting', 'is being sent'), ('submitted', 'sent'), ('failed', 'not accepted'), ('unknown', 'in doubt'), ('cancelled', 'cancelled'), ('withdrawn', 'withdrawn')], db_default='queued', default='queued', max_length=20, verbose_name='state')),
                ('key', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, unique=True)),
                ('apply_key', models.CharField(editable=False, max_length=500)),
                ('job_title', models.CharField(max_length=500, verbose_name='title')),
                ('company', models.CharField(blank=True, db_default='', default='', max_length=255, verbose_name='employer')),
                ('company_key', models.CharField(blank=True, db_default='', default='', editable=False, max_length=255)),
                ('job_url', models.CharField(blank=True, db_default='', default='', max_length=2000, verbose_name='address')),
                ('match_score', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name='score')),
                ('channel', models.CharField(choices=[('recruitee', 'Recruitee'), ('greenhouse', 'Greenhouse'), ('lever', 'Lever'), ('ashby', 'Ashby'), ('smartrecruiters', 'SmartRecruiters'), ('workable', 'Workable'), ('email', 'e-mail'), ('handoff', 'sent by you'), ('record', 'only noted here')], max_length=20, verbose_name='channel')),
                ('channel_because', models.CharField(blank=True, db_default='', default='', max_length=50)),
                ('host', models.CharField(blank=True, db_default='', default='', max_length=255, verbose_name='host')),
                ('week_start', models.DateField(blank=True, null=True, verbose_name='week')),
                ('rule_slot', models.IntegerField(blank=True, null=True)),
                ('user_slot', models.IntegerField(blank=True, null=True)),
                ('cap_at_reserve', models.IntegerField(blank=True, null=True)),
                ('ceiling_at_reserve', models.IntegerField(blank=True, null=True)),
                ('tz_at_reserve', models.CharField(blank=True, db_default='', default='', max_length=64)),
                ('next_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), verbose_name='next look')),
                ('hold_until', models.DateTimeField(blank=True, null=True, verbose_name='held until')),
                ('attempt', models.IntegerField(db_default=0, default=0, verbose_name='attempts')),
                ('harmless_failures', models.IntegerField(db_default=0, default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('worker', models.CharField(blank=True, db_default='', default='', max_length=100)),
                ('waits_for', models.CharField(blank=True, db_default='', default='', max_length=50, verbose_name='waits for')),
                ('missing', models.JSONField(blank=True, db_default=[], default=list)),
                ('fence_epoch', models.IntegerField(db_default=0, default=0)),
                ('approved_at', models.DateTimeField(blank=True, null=True, verbose_name='approved')),
                ('approved_by', models.CharField(blank=True, choices=[('person', 'you'), ('rule', 'a rule'), ('machine', 'Relevnt'), ('receiver', "the employer's system"), ('staff', 'staff'), ('sql', 'somebody with access to the database')], db_default='', default='', max_length=20)),
                ('approved_sha256', models.CharField(blank=True, db_default='', default='', max_length=64)),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent')),
                ('sent_sha256', models.CharField(blank=True, db_default='', default='', max_length=64)),
                ('response_status', models.IntegerField(blank=True, null=True, verbose_name='answer')),
                ('response_ref', models.CharField(blank=True, db_default='', default='', max_length=255, verbose_name='number at the employer')),
                ('response_sha256', models.CharField(blank=True, db_default='', default='', max_length=64)),
                ('proof', models.JSONField(blank=True, db_default={}, default=dict)),
                ('submission_url', models.CharField(blank=True, db_default='', default='', max_length=2000, verbose_name='sent to')),
                ('error_message', models.TextField(blank=True, db_default='', default='', verbose_name='error')),
                ('unknown_at', models.DateTimeField(blank=True, null=True, verbose_name='in doubt since')),
                ('unknown_because', models.CharField(blank=True, db_default='', default='', max_length=50)),
                ('resolved_by', models.CharField(blank=True, choices=[('person', 'you'), ('rule', 'a rule'), ('machine', 'Relevnt'), ('receiver', "the employer's system"), ('staff', 'staff'), ('sql', 'somebody with access to the database')], db_default='', default='', max_length=20)),
                ('resolved_at', models.DateTimeField(blank=True, null=True)),
                ('told_at', models.DateTimeField(blank=True, null=True)),
                ('stage', models.CharField(blank=True, choices=[('applied', 'applied'), ('screening', 'screening'), ('interview', 'interview'), ('offer', 'offer'), ('accepted', 'accepted'), ('rejected', 'rejected'), ('ghosted', 'no answer'), ('withdrawn', 'withdrawn')], db_default='', default='', max_length=20, verbose_name='stage')),
                ('stage_at', models.DateTimeField(blank=True, null=True, verbose_name='stage since')),
                ('moved_by', models.CharField(choices=[('person', 'you'), ('rule', 'a rule'), ('machine', 'Relevnt'), ('receiver', "the employer's system"), ('staff', 'staff'), ('sql', 'somebody with access to the database')], db_default='sql', default='sql', max_length=20)),
                ('moved_because', models.CharField(blank=True, db_default='', default='', max_length=100)),
                ('moved_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), verbose_name='since')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='queued')),
                ('updated_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='changed')),
            ],
            options={
                'verbose_name': 'application',
                'verbose_name_plural': 'applications',
                'db_table': 'auto_apply_applications',
            },
        ),
        migrations.CreateModel(
            name='ApplicationEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('status', 'state'), ('stage', 'stage')], max_length=10, verbose_name='what moved')),
                ('moved_from', models.CharField(blank=True, db_default='', default='', max_length=20, verbose_name='from')),
                ('moved_to', models.CharField(blank=True, db_default='', default='', max_length=20, verbose_name='to')),
                ('actor', models.CharField(choices=[('person', 'you'), ('rule', 'a rule'), ('machine', 'Relevnt'), ('receiver', "the employer's system"), ('staff', 'staff'), ('sql', 'somebody with access to the database')], max_length=20, verbose_name='by')),
                ('because', models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='because')),
                ('at', models.DateTimeField(verbose_name='when')),
            ],
            options={
                'verbose_name': 'step of an application',
                'verbose_name_plural': 'steps of applications',
                'db_table': 'auto_apply_events',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('user', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='calendar_feed', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('key_sha256', models.CharField(editable=False, max_length=64, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), verbose_name='created')),
            ],
            options={
                'verbose_name': 'calendar address',
                'verbose_name_plural': 'calendar addresses',
                'db_table': 'calendar_feeds',
            },
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=255, verbose_name='name')),
                ('role', models.CharField(blank=True, db_default='', default='', max_length=255, verbose_name='role')),
                ('email', models.EmailField(blank=True, db_default='', default='', max_length=254, verbose_name='e-mail')),
                ('phone', models.CharField(blank=True, db_default='', default='', max_length=50, verbose_name='telephone')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='since')),
            ],
            options={
                'verbose_name': 'contact',
                'verbose_name_plural': 'contacts',
                'db_table': 'application_contacts',
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('match_score', models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name='score')),
                ('first_failed', models.CharField(blank=True, db_default='', default='', max_length=50, verbose_name='stopped by')),
                ('gates_passed', models.IntegerField(verbose_name='gates passed')),
                ('verdicts', models.JSONField(verbose_name='verdicts')),
                ('changes', models.JSONField(blank=True, null=True, verbose_name='last change')),
                ('decided_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), verbose_name='decided')),
                ('changed_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), verbose_name='changed')),
            ],
            options={
                'verbose_name': 'verdict',
                'verbose_name_plural': 'ledger',
                'db_table': 'auto_apply_decisions',
            },
        ),
        migrations.CreateModel(
            name='EmployerKey',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('channel', models.CharField(choices=[('greenhouse', 'Greenhouse'), ('lever', 'Lever'), ('ashby', 'Ashby'), ('smartrecruiters', 'SmartRecruiters'), ('workable', 'Workable')], max_length=50, verbose_name='system')),
                ('board', models.CharField(max_length=255, verbose_name='board')),
                ('secret', models.BinaryField(verbose_name='key, encrypted')),
                ('hint', models.CharField(blank=True, db_default='', default='', max_length=4, verbose_name='ends with')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='entered')),
                ('refused_at', models.DateTimeField(blank=True, null=True, verbose_name='last refused by the employer')),
            ],
            options={
                'verbose_name': "employer's key",
                'verbose_name_plural': "employers' keys",
                'db_table': 'employer_keys',
            },
        ),
        migrations.CreateModel(
            name='Fence',
            fields=[
                ('id', models.IntegerField(db_default=1, default=1, primary_key=True, serialize=False)),
                ('epoch', models.IntegerField(db_default=0, default=0)),
                ('raised_at', models.DateTimeField(blank=True, null=True, verbose_name='raised')),
                ('raised_because', models.CharField(blank=True, db_default='', default='', max_length=50, verbose_name='because')),
                ('lifted_at', models.DateTimeField(blank=True, null=True, verbose_name='lifted')),
                ('fingerprint', models.CharField(blank=True, db_default='', default='', max_length=255)),
            ],
            options={
                'verbose_name': 'restore fence',
                'verbose_name_plural': 'restore fence',
                'db_table': 'auto_apply_fence',
            },
        ),
        migrations.CreateModel(
            name='FollowUp',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('due_on', models.DateField(verbose_name='day')),
                ('what', models.CharField(max_length=255, verbose_name='what to do')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='done')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='written')),
            ],
            options={
                'verbose_name': 'follow-up',
                'verbose_name_plural': 'follow-ups',
                'db_table': 'application_follow_ups',
            },
        ),
        migrations.CreateModel(
            name='LetterTemplate',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=255, verbose_name='name')),
                ('body', models.TextField(verbose_name='text')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='changed')),
            ],
            options={
                'verbose_name': 'letter',
                'verbose_name_plural': 'letters',
                'db_table': 'letter_templates',
            },
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('body', models.TextField(verbose_name='note')),
                ('created_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='written')),
            ],
            options={
                'verbose_name': 'note',
                'verbose_name_plural': 'notes',
                'db_table': 'application_notes',
            },
        ),
        migrations.CreateModel(
            name='ReceiverHost',
            fields=[
                ('host', models.CharField(max_length=255, primary_key=True, serialize=False, verbose_name='host')),
                ('next_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), verbose_name='next request from')),
                ('busy_until', models.DateTimeField(blank=True, null=True, verbose_name='in use until')),
                ('doubts_in_a_row', models.IntegerField(db_default=0, default=0, verbose_name='doubts in a row')),
                ('stopped_until', models.DateTimeField(blank=True, null=True, verbose_name='left alone until')),
                ('updated_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='changed')),
            ],
            options={
                'verbose_name': 'receiver',
                'verbose_name_plural': 'receivers',
                'db_table': 'receiver_hosts',
            },
        ),
        migrations.CreateModel(
            name='Standing',
            fields=[
                ('user', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='auto_apply_standing', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('paused_at', models.DateTimeField(blank=True, null=True, verbose_name='paused since')),
                ('weekly_ceiling', models.IntegerField(db_default=10, default=10, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(50)], verbose_name='applications a week over all rules')),
                ('hold_minutes', models.IntegerField(db_default=60, default=60, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(10080)], verbose_name='minutes between approval and sending')),
                ('company_interval_days', models.IntegerField(db_default=30, default=30, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(3650)], verbose_name='days between two applications to one company')),
                ('updated_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False, verbose_name='changed')),
            ],
            options={
                'verbose_name': 'limits of a person',
                'verbose_name_plural': 'limits of persons',
                'db_table': 'auto_apply_standings',
            },
        ),
        migrations.CreateModel(
            name='Tick',
            fields=[
                ('id', models.IntegerField(db_default=1, default=1, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), verbose_name='last look')),
            ],
            options={
                'verbose_name': 'last look for work',
                'verbose_name_plural': 'last look for work',
                'db_table': 'auto_apply_tick',
            },
        ),
        migrations.AddField(
            model_name='rule',
            name='mode',
            field=models.CharField(choices=[('review', 'I look at each application first'), ('automatic', 'sent by itself after the hold')], db_default='review', default='review', max_length=20, verbose_name='before sending'),
        ),
        migrations.AddField(
            model_name='rule',
            name='needs_reviewed_resume',
            field=models.BooleanField(db_default=False, default=False, verbose_name='only with a résumé that was reviewed'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('mode__in', ['review', 'automatic'])), name='rule_mode_is_review_or_automatic'),
        ),
        migrations.AddField(
            model_name='answer',
            name='user',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='application_answers', to=settings.AUTH_USER_MODEL),
        ),
        migrations.CreateModel(
            name='Kit',
            fields=[
                ('application', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='kit', serialize=False, to='autoapply.application')),
                ('fields', models.JSONField(db_default=[], default=list)),
                ('questions', models.JSONField(db_default=[], default=list)),
                ('questions_read_at', models.DateTimeField(blank=True, null=True)),
                ('answers', models.JSONField(db_default=[], default=list)),
                ('letter', models.TextField(blank=True, db_default='', default='', verbose_name='letter')),
                ('files', models.JSONField(db_default=[], default=list)),
                ('request_sha256', models.CharField(blank=True, db_default='', default='', max_length=64)),
                ('built_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), verbose_name='prepared')),
            ],
            options={
                'verbose_name': 'kit',
                'verbose_name_plural': 'kits',
                'db_table': 'application_kits',
            },
        ),
        migrations.AddField(
            model_name='application',
            name='job',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='applications', to='matching.job'),
        ),
        migrations.AddField(
            model_name='application',
            name='persona',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='applications', to='personas.persona'),
        ),
        migrations.AddField(
            model_name='application',
            name='rule',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='applications', to='autoapply.rule'),
        ),
        migrations.AddField(
            model_name='application',
            name='user',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='applications', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='log',
            name='application',
            field=models.OneToOneField(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='log', to='autoapply.application'),
        ),
        migrations.AddConstraint(
            model_name='log',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'withdrawn'), ('withdrawn_at__isnull', False)), models.Q(models.Q(('status', 'withdrawn'), _negated=True), ('withdrawn_at__isnull', True)), _connector='OR'), name='log_withdrawn_says_when'),
        ),
        migrations.AddField(
            model_name='applicationevent',
            name='application',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='autoapply.application'),
        ),
        migrations.AddField(
            model_name='applicationevent',
            name='user',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='application_events', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='calendarfeed',
            constraint=models.CheckConstraint(condition=models.Q(('key_sha256__regex', '^[0-9a-f]{64}$')), name='calendar_feed_key_is_kept_as_sha256'),
        ),
        migrations.AddField(
            model_name='contact',
            name='application',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='contacts', to='autoapply.application'),
        ),
        migrations.AddField(
            model_name='contact',
            name='user',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='application_contacts', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='decision',
            name='job',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='auto_apply_decisions', to='matching.job'),
        ),
        migrations.AddField(
            model_name='decision',
            name='persona',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='personas.persona'),
        ),
        migrations.AddField(
            model_name='decision',
            name='rule',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='decisions', to='autoapply.rule'),
        ),
        migrations.AddField(
            model_name='decision',
            name='user',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='auto_apply_decisions', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='employerkey',
            constraint=models.UniqueConstraint(fields=('channel', 'board'), name='employer_key_is_one_per_board', violation_error_message='This board has a key already: change that one.'),
        ),
        migrations.AddConstraint(
            model_name='employerkey',
            constraint=models.CheckConstraint(condition=models.Q(('channel__in', ['greenhouse', 'lever', 'ashby', 'smartrecruiters', 'workable'])), name='employer_key_channel_is_known'),
        ),
        migrations.AddConstraint(
            model_name='employerkey',
            constraint=models.CheckConstraint(condition=models.Q(('board', ''), _negated=True), name='employer_key_has_a_board'),
        ),
        migrations.AddConstraint(
            model_name='fence',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='fence_is_one_row'),
        ),
        migrations.AddField(
            model_name='followup',
            name='application',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='follow_ups', to='autoapply.application'),
        ),
        migrations.AddField(
            model_name='followup',
            name='user',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='application_follow_ups', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='lettertemplate',
            name='persona',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='letter_templates', to='personas.persona', verbose_name='persona'),
        ),
        migrations.AddField(
            model_name='lettertemplate',
            name='user',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='letter_templates', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='note',
            name='application',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='notes', to='autoapply.application'),
        ),
        migrations.AddField(
            model_name='note',
            name='user',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='application_notes', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='standing',
            constraint=models.CheckConstraint(condition=models.Q(('weekly_ceiling__gte', 0), ('weekly_ceiling__lte', 50)), name='standing_ceiling_is_from_0_to_50'),
        ),
        migrations.AddConstraint(
            model_name='standing',
            constraint=models.CheckConstraint(condition=models.Q(('hold_minutes__gte', 0), ('hold_minutes__lte', 10080)), name='standing_hold_is_at_most_a_week'),
        ),
        migrations.AddConstraint(
            model_name='standing',
            constraint=models.CheckConstraint(condition=models.Q(('company_interval_days__gte', 0), ('company_interval_days__lte', 3650)), name='standing_company_interval_is_at_most_ten_years'),
        ),
        migrations.AddConstraint(
            model_name='tick',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='tick_is_one_row'),
        ),
        migrations.AddConstraint(
            model_name='answer',
            constraint=models.UniqueConstraint(fields=('user', 'question_key'), name='answer_is_one_per_question', violation_error_message='You have answered this question already.'),
        ),
        migrations.AddConstraint(
            model_name='answer',
            constraint=models.CheckConstraint(condition=models.Q(('question_key', ''), _negated=True), name='answer_has_a_question'),
        ),
        migrations.AddConstraint(
            model_name='answer',
            constraint=models.CheckConstraint(condition=models.Q(('answer', ''), _negated=True), name='answer_is_not_empty'),
        ),
        migrations.AddConstraint(
            model_name='answer',
            constraint=models.CheckConstraint(condition=models.Q(('topic__in', ['legal', 'visa', 'pay', 'demographic', 'other'])), name='answer_topic_is_known'),
        ),
        migrations.AddConstraint(
            model_name='answer',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['typed', 'application'])), name='answer_source_is_known'),
        ),
        migrations.AddField(
            model_name='kit',
            name='resume',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='personas.resume'),
        ),
        migrations.AddField(
            model_name='kit',
            name='user',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='application_kits', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='application',
            index=models.Index(condition=models.Q(('status__in', ['queued', 'parked', 'held', 'unknown'])), fields=['next_at'], name='application_due'),
        ),
        migrations.AddIndex(
            model_name='application',
            index=models.Index(condition=models.Q(('lease_until__isnull', False)), fields=['lease_until'], name='application_leases'),
        ),
        migrations.AddIndex(
            model_name='application',
            index=models.Index(fields=['user', 'company_key'], name='application_company'),
        ),
        migrations.AddIndex(
            model_name='application',
            index=models.Index(models.F('user'), models.OrderBy(models.F('created_at'), descending=True), models.F('id'), name='application_newest_first'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.UniqueConstraint(fields=('user', 'id'), name='application_belongs_to_one_person'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.UniqueConstraint(fields=('user', 'job'), name='application_is_one_per_person_and_job'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.UniqueConstraint(fields=('user', 'apply_key'), name='application_is_one_per_person_and_opening'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.UniqueConstraint(fields=('rule', 'week_start', 'rule_slot'), name='application_slot_is_one_per_rule_and_week'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.UniqueConstraint(fields=('user', 'week_start', 'user_slot'), name='application_slot_is_one_per_person_and_week'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(('apply_key', ''), _negated=True), name='application_names_an_opening'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(('origin__in', ['rule', 'person'])), name='application_origin_is_known'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(('channel__in', ['recruitee', 'greenhouse', 'lever', 'ashby', 'smartrecruiters', 'workable', 'email', 'handoff', 'record'])), name='application_channel_is_known'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(('stage__in', ['', 'applied', 'screening', 'interview', 'offer', 'accepted', 'rejected', 'ghosted', 'withdrawn'])), name='application_stage_is_known'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(('origin', 'person'), ('status__in', ('failed', 'cancelled')), models.Q(('rule_slot__isnull', False), ('user_slot__isnull', False), ('week_start__isnull', False)), _connector='OR'), name='application_of_a_rule_holds_a_slot'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('origin', 'rule'), models.Q(('status__in', ('failed', 'cancelled')), _negated=True)), models.Q(('rule_slot__isnull', True), ('user_slot__isnull', True), ('week_start__isnull', True)), _connector='OR'), name='application_slot_is_freed_when_it_ends_unsent'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(('rule_slot__isnull', True), models.Q(('rule_slot__gte', 1), ('rule_slot__lte', models.F('cap_at_reserve'))), _connector='OR'), name='application_slot_is_within_the_cap'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(('user_slot__isnull', True), models.Q(('user_slot__gte', 1), ('user_slot__lte', models.F('ceiling_at_reserve'))), _connector='OR'), name='application_slot_is_within_the_ceiling'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lease_until__isnull', False), ('status__in', ('preparing', 'submitting'))), models.Q(models.Q(('status__in', ('preparing', 'submitting')), _negated=True), ('lease_until__isnull', True)), _connector='OR'), name='application_has_a_lease_while_a_worker_has_it'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['held', 'submitting']), _negated=True), models.Q(('approved_at__isnull', False), ('hold_until__isnull', False)), _connector='OR'), name='application_is_approved_before_it_is_sent'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['submitted', 'withdrawn']), _negated=True), ('response_status__isnull', False), ('resolved_by__in', ['person', 'receiver']), _connector='OR'), name='application_sent_has_a_proof'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'unknown'), _negated=True), ('unknown_at__isnull', False), _connector='OR'), name='application_in_doubt_says_since_when'),
        ),
        migrations.AddConstraint(
            model_name='contact',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='application_contact_has_a_name'),
        ),
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(models.F('rule'), models.OrderBy(models.F('gates_passed'), descending=True), models.OrderBy(models.F('match_score'), descending=True), name='decision_ledger'),
        ),
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(fields=['user'], name='decision_owner'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.UniqueConstraint(fields=('rule', 'job'), name='decision_is_one_per_rule_and_job'),
        ),
        migrations.AddIndex(
            model_name='followup',
            index=models.Index(fields=['user', 'due_on'], name='follow_up_by_day'),
        ),
        migrations.AddConstraint(
            model_name='followup',
            constraint=models.CheckConstraint(condition=models.Q(('what', ''), _negated=True), name='application_follow_up_says_what'),
        ),
        migrations.AddConstraint(
            model_name='lettertemplate',
            constraint=models.UniqueConstraint(fields=('user', 'persona'), name='letter_is_one_per_persona', nulls_distinct=False, violation_error_message='This persona has a letter already.'),
        ),
        migrations.AddConstraint(
            model_name='lettertemplate',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='letter_has_a_name'),
        ),
        migrations.AddConstraint(
            model_name='lettertemplate',
            constraint=models.CheckConstraint(condition=models.Q(('body', ''), _negated=True), name='letter_is_not_empty'),
        ),
        migrations.AddConstraint(
            model_name='note',
            constraint=models.CheckConstraint(condition=models.Q(('body', ''), _negated=True), name='application_note_is_not_empty'),
        ),
    ]


# --- what Django's fields cannot say: delete rules, row security, triggers -----------------------------------

# Rows of before the constraint: a withdrawal says when, and nothing else does.
log_times = rs.operation(
    """
    UPDATE auto_apply_logs SET withdrawn_at = created_at WHERE status = 'withdrawn' AND withdrawn_at IS NULL;
    UPDATE auto_apply_logs SET withdrawn_at = NULL WHERE status <> 'withdrawn' AND withdrawn_at IS NOT NULL;
    """
)

OWNED = (
    "auto_apply_standings", "auto_apply_decisions", "auto_apply_applications", "auto_apply_events",
    "application_kits", "application_answers", "letter_templates", "application_notes", "application_contacts",
    "application_follow_ups", "calendar_feeds",
)

keys = [
    *(rs.foreign_key(table, "user_id", "users", on_delete="CASCADE") for table in OWNED),
    rs.foreign_key("auto_apply_decisions", "rule_id", "auto_apply_rules", on_delete="CASCADE", owner="user_id"),
    rs.foreign_key("auto_apply_decisions", "persona_id", "user_personas", on_delete="CASCADE", owner="user_id"),
    rs.foreign_key("auto_apply_decisions", "job_id", "jobs", on_delete="CASCADE"),
    rs.foreign_key("auto_apply_applications", "rule_id", "auto_apply_rules", on_delete="SET NULL", owner="user_id"),
    rs.foreign_key("auto_apply_applications", "persona_id", "user_personas", on_delete="SET NULL", owner="user_id"),
    rs.foreign_key("auto_apply_applications", "job_id", "jobs", on_delete="SET NULL"),
    *(
        rs.foreign_key(table, "application_id", "auto_apply_applications", on_delete="CASCADE", owner="user_id")
        for table in (
            "auto_apply_events", "application_kits", "application_notes", "application_contacts",
            "application_follow_ups",
        )
    ),
    rs.foreign_key("auto_apply_logs", "application_id", "auto_apply_applications", on_delete="SET NULL", owner="user_id"),
    rs.foreign_key("application_kits", "resume_id", "resumes", on_delete="SET NULL", owner="user_id"),
    rs.foreign_key("letter_templates", "persona_id", "user_personas", on_delete="CASCADE", owner="user_id"),
]

doors = [
    # The worker finds what is due among everybody's; whatever it changes or sends, it does acting for the owner.
    rs.own_rows("auto_apply_standings", worker_reads_all=True),
    rs.own_rows("auto_apply_applications", worker_reads_all=True),
    *(
        rs.own_rows(table)
        for table in OWNED
        if table not in ("auto_apply_standings", "auto_apply_applications")
    ),
    # Written once and kept: what was applied for stays known, whoever would rather forget it.
    rs.operation(
        f"""
        REVOKE DELETE ON auto_apply_standings, auto_apply_applications FROM {rs.BOTH_ROLES};
        REVOKE UPDATE, DELETE ON auto_apply_events FROM {rs.BOTH_ROLES};
        REVOKE UPDATE, DELETE ON auto_apply_logs FROM {rs.BOTH_ROLES};
        GRANT UPDATE (status, withdrawn_at) ON auto_apply_logs TO {rs.BOTH_ROLES};
        GRANT USAGE ON SEQUENCE auto_apply_events_id_seq TO {rs.BOTH_ROLES};
        """
    ),
    # A calendar asks with its secret address, before anybody is known.
    rs.operation(
        f"""
        CREATE POLICY presented_key ON calendar_feeds FOR SELECT TO {rs.APP_ROLE}
        USING (key_sha256 = (SELECT nullif(current_setting('app.calendar_key_sha256', true), '')));
        """
    ),
    rs.shared_rows("receiver_hosts"),
    rs.shared_rows("auto_apply_tick"),
    rs.operation(
        f"""
        -- The secret of an employer's key is the worker's to read; staff enter it and see whose it is.
        GRANT SELECT, UPDATE ON employer_keys TO {rs.WORKER_ROLE};
        GRANT SELECT (id, channel, board, hint, created_at, refused_at), INSERT, DELETE,
              UPDATE (channel, board, secret, hint, refused_at) ON employer_keys TO {rs.APP_ROLE};
        GRANT SELECT, UPDATE ON auto_apply_fence TO {rs.BOTH_ROLES};
        INSERT INTO auto_apply_fence (id) VALUES (1);

        CREATE FUNCTION only_staff() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF current_user = 'relevnt_app' AND NOT EXISTS (
                SELECT 1 FROM users u WHERE u.id = app_user_id() AND u.is_staff AND u.is_active
            ) THEN
                RAISE insufficient_privilege USING MESSAGE = 'only staff change ' || TG_TABLE_NAME;
            END IF;
            RETURN coalesce(NEW, OLD);
        END $$;
        CREATE TRIGGER employer_keys_only_staff BEFORE INSERT OR UPDATE OR DELETE ON employer_keys
            FOR EACH ROW EXECUTE FUNCTION only_staff();
        CREATE TRIGGER auto_apply_fence_only_staff BEFORE INSERT OR UPDATE OR DELETE ON auto_apply_fence
            FOR EACH ROW EXECUTE FUNCTION only_staff();
        """,
        "DROP TRIGGER employer_keys_only_staff ON employer_keys; "
        "DROP TRIGGER auto_apply_fence_only_staff ON auto_apply_fence; DROP FUNCTION only_staff();",
    ),
]

# Numbers every sending before it begins; a database older than the journal of sendings tells itself by it.
sends = rs.operation(
    f"CREATE SEQUENCE auto_apply_sends; GRANT USAGE, SELECT, UPDATE ON SEQUENCE auto_apply_sends TO {rs.BOTH_ROLES};",
    "DROP SEQUENCE auto_apply_sends;",
)

standings = rs.operation(
    """
    CREATE FUNCTION make_standing() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO auto_apply_standings (user_id) VALUES (NEW.user_id) ON CONFLICT DO NOTHING;
        RETURN NULL;
    END $$;
    CREATE TRIGGER auto_apply_rules_standing AFTER INSERT ON auto_apply_rules
        FOR EACH ROW EXECUTE FUNCTION make_standing();
    INSERT INTO auto_apply_standings (user_id) SELECT DISTINCT user_id FROM auto_apply_rules;
    """,
    "DROP TRIGGER auto_apply_rules_standing ON auto_apply_rules; DROP FUNCTION make_standing();",
)

# The table of steps is that of autoapply/states.py; a test holds the two equal.
steps = rs.operation(
    """
    CREATE FUNCTION guard_application() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.status <> 'queued'
               AND NOT (NEW.status = 'submitted' AND NEW.origin = 'person' AND NEW.channel = 'record') THEN
                RAISE check_violation USING
                    MESSAGE = 'an application begins queued, not ' || NEW.status, CONSTRAINT = 'application_begins_queued';
            END IF;
            RETURN NEW;
        END IF;
        IF (NEW.id, NEW.user_id, NEW.key, NEW.apply_key, NEW.origin)
           IS DISTINCT FROM (OLD.id, OLD.user_id, OLD.key, OLD.apply_key, OLD.origin)
           OR (NEW.job_id IS DISTINCT FROM OLD.job_id AND NEW.job_id IS NOT NULL) THEN
            RAISE check_violation USING
                MESSAGE = 'an application stays what it is for', CONSTRAINT = 'application_stays_what_it_is_for';
        END IF;
        IF NEW.status <> OLD.status THEN
            IF NOT (OLD.status || '>' || NEW.status) = ANY (ARRAY[
                'queued>preparing', 'queued>cancelled',
                'preparing>review', 'preparing>parked', 'preparing>cancelled',
                'parked>preparing', 'parked>cancelled',
                'review>held', 'review>preparing', 'review>cancelled',
                'held>submitting', 'held>preparing', 'held>cancelled',
                'submitting>submitted', 'submitting>failed', 'submitting>unknown', 'submitting>queued',
                'unknown>submitted', 'unknown>failed', 'unknown>queued',
                'submitted>withdrawn'
            ]) THEN
                RAISE check_violation USING
                    MESSAGE = 'an application does not go from ' || OLD.status || ' to ' || NEW.status,
                    CONSTRAINT = 'application_takes_known_steps';
            END IF;
            IF OLD.status = 'unknown' AND (
                NEW.resolved_by NOT IN ('person', 'receiver') OR NEW.resolved_at IS NOT DISTINCT FROM OLD.resolved_at
            ) THEN
                RAISE check_violation USING
                    MESSAGE = 'a doubt ends with the receiver''s proof or a person''s word',
                    CONSTRAINT = 'application_doubt_is_resolved_by_somebody';
            END IF;
        END IF;
        IF (NEW.status, NEW.stage) IS DISTINCT FROM (OLD.status, OLD.stage) AND NEW.moved_at = OLD.moved_at THEN
            NEW.moved_by := 'sql';
            NEW.moved_because := '';
            NEW.moved_at := clock_timestamp();
        END IF;
        NEW.updated_at := now();
        RETURN NEW;
    END $$;
    CREATE TRIGGER auto_apply_applications_guard BEFORE INSERT OR UPDATE ON auto_apply_applications
        FOR EACH ROW EXECUTE FUNCTION guard_application();

    CREATE FUNCTION record_application_step() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        before_status text := CASE WHEN TG_OP = 'UPDATE' THEN OLD.status ELSE '' END;
        before_stage text := CASE WHEN TG_OP = 'UPDATE' THEN OLD.stage ELSE '' END;
    BEGIN
        IF NEW.status <> before_status THEN
            INSERT INTO auto_apply_events (user_id, application_id, kind, moved_from, moved_to, actor, because, at)
            VALUES (NEW.user_id, NEW.id, 'status', before_status, NEW.status, NEW.moved_by, NEW.moved_because, NEW.moved_at);
            IF NEW.status IN ('submitted', 'failed') THEN
                INSERT INTO auto_apply_logs (user_id, rule_id, job_id, application_id, status, submission_url, error_message)
                VALUES (NEW.user_id, NEW.rule_id, NEW.job_id, NEW.id, NEW.status, NEW.submission_url, NEW.error_message);
            ELSIF NEW.status = 'withdrawn' THEN
                UPDATE auto_apply_logs SET status = 'withdrawn', withdrawn_at = NEW.moved_at
                WHERE application_id = NEW.id AND status = 'submitted';
            END IF;
        END IF;
        IF NEW.stage <> before_stage THEN
            INSERT INTO auto_apply_events (user_id, application_id, kind, moved_from, moved_to, actor, because, at)
            VALUES (NEW.user_id, NEW.id, 'stage', before_stage, NEW.stage, NEW.moved_by, NEW.moved_because, NEW.moved_at);
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER auto_apply_applications_step AFTER INSERT OR UPDATE ON auto_apply_applications
        FOR EACH ROW EXECUTE FUNCTION record_application_step();

    CREATE FUNCTION guard_log() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.status = 'withdrawn' AND OLD.status = 'submitted' THEN
            NEW.withdrawn_at := coalesce(NEW.withdrawn_at, now());
        ELSIF (NEW.status, NEW.withdrawn_at) IS DISTINCT FROM (OLD.status, OLD.withdrawn_at) THEN
            RAISE check_violation USING
                MESSAGE = 'a log entry may turn from submitted to withdrawn, and nothing else',
                CONSTRAINT = 'log_is_written_once';
        END IF;
        IF (NEW.id, NEW.user_id, NEW.submission_url, NEW.error_message, NEW.created_at)
           IS DISTINCT FROM (OLD.id, OLD.user_id, OLD.submission_url, OLD.error_message, OLD.created_at) THEN
            RAISE check_violation USING
                MESSAGE = 'a log entry may turn from submitted to withdrawn, and nothing else',
                CONSTRAINT = 'log_is_written_once';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER auto_apply_logs_guard BEFORE UPDATE ON auto_apply_logs
        FOR EACH ROW EXECUTE FUNCTION guard_log();

    -- Whoever withdraws in the log, by whatever tool, withdraws the application itself.
    CREATE FUNCTION withdraw_logged_application() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE auto_apply_applications
        SET status = 'withdrawn', moved_by = 'sql', moved_because = 'log', moved_at = clock_timestamp()
        WHERE id = NEW.application_id AND status = 'submitted';
        RETURN NULL;
    END $$;
    CREATE TRIGGER auto_apply_logs_withdraw AFTER UPDATE OF status ON auto_apply_logs
        FOR EACH ROW WHEN (OLD.status = 'submitted' AND NEW.status = 'withdrawn')
        EXECUTE FUNCTION withdraw_logged_application();
    """,
    "DROP TRIGGER auto_apply_logs_withdraw ON auto_apply_logs; DROP FUNCTION withdraw_logged_application(); "
    "DROP TRIGGER auto_apply_logs_guard ON auto_apply_logs; DROP FUNCTION guard_log(); "
    "DROP TRIGGER auto_apply_applications_step ON auto_apply_applications; DROP FUNCTION record_application_step(); "
    "DROP TRIGGER auto_apply_applications_guard ON auto_apply_applications; DROP FUNCTION guard_application();",
)

Migration.operations = [
    log_times,
    *Migration.operations,
    *keys,
    *doors,
    sends,
    standings,
    steps,
    *(rs.touch_updated_at(table) for table in ("auto_apply_standings", "application_answers", "letter_templates", "receiver_hosts")),
]
