"""Every setting, read from the environment or .env in this one place; a clone runs with none of them set."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from relevnt.embedded import place
from relevnt.environment import Environment, check_clocks, check_redis, refuse_address

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
env.read_env(BASE_DIR / ".env")

STATE_DIR = place.state_dir(BASE_DIR)
try:
    SECRET_KEY = env("SECRET_KEY", default="") or place.local_secret(BASE_DIR)
except PermissionError:
    raise ImproperlyConfigured(
        f"The state directory {STATE_DIR} belongs to another account: run Relevnt as that account, or set "
        "RELEVNT_STATE_DIR to a directory of your own."
    ) from None
# Encrypts the keys that employers gave; without it they are lost, so it belongs into every backup.
ENCRYPTION_KEY = place.encryption_key(
    env("ENCRYPTION_KEY", default="") or place.local_secret(BASE_DIR, name="encryption-key")
)
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("HTTPS", default=False)
# Visitors are told apart by address: how many entries at the end of X-Forwarded-For are our own proxies' word.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=1 if HTTPS else 0, least=0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

# --- apps -----------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "relevnt.apps.RelevntConfig",
    "personas",
    "matching",
    "autoapply",
    "learning",
    "coaching",
    "relevnt.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "relevnt.middleware.PersonalPagesMiddleware",
    # Innermost: everything a view reads or writes happens in its transaction, under its identity.
    "relevnt.middleware.IdentityMiddleware",
    "relevnt.middleware.SessionsMiddleware",
]

ROOT_URLCONF = "relevnt.urls"
WSGI_APPLICATION = "relevnt.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- database: one role a process, set by whoever starts it (manage.py, wsgi.py, celery.py) ------------------
ROLE = env.choice("RELEVNT_ROLE", default="worker", among=tuple(place.ROLES))
try:
    DATABASES = {"default": env.db_url_config(place.database_urls(BASE_DIR, os.environ)[ROLE])}
except ValueError:
    _own = {"owner": "DATABASE_OWNER_URL", "worker": "WORKER_DATABASE_URL"}.get(ROLE, "")
    _given = _own if env(_own, default="") else "DATABASE_URL"
    raise refuse_address(_given, "postgresql://user:password@host:5432/relevnt") from None
# django-environ leaves the host of a socket address (?host=/path) among the options.
if _socket_dir := DATABASES["default"].setdefault("OPTIONS", {}).pop("host", None):
    DATABASES["default"]["HOST"] = _socket_dir
if env.bool("DATABASE_POOL", default=ROLE == "app"):
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 8, "timeout": 10}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- broker, cache, background work ----------------------------------------------------------------------
REDIS_URL = check_redis("REDIS_URL", place.redis_url(BASE_DIR, os.environ))
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
CELERY_BROKER_URL = place.celery_url(REDIS_URL, 1)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 240
CELERY_TASK_SOFT_TIME_LIMIT = 200
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # kombu sweeps unacknowledged work only every 100 s otherwise; the timeout exceeds the longest task.
    "visibility_timeout": 300,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
TICK_SECONDS = env.seconds("RELEVNT_TICK_SECONDS", default=10.0)

# --- people ----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "personas.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
# E-mail addresses are unique without case by a constraint that this check does not recognise.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "today"
LOGOUT_REDIRECT_URL = "front"
ACCOUNT_ADAPTER = "personas.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Relevnt: "
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a changed password, address or second factor is told to its owner
# Coaches and staff open other people's rows only with a second factor: everywhere but on the plain address of a first look.
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", default=HTTPS)
MFA_ADAPTER = "personas.second_factor.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
USERSESSIONS_TRACK_ACTIVITY = False  # relevnt/middleware.py does, in the transaction of whoever asks

# --- the optional sign-in provider (OpenID Connect): all four, or none and there is no other way in -------------------
_OIDC = ("OIDC_ISSUER", "OIDC_NAME", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
OIDC_ISSUER = env.issuer("OIDC_ISSUER", _OIDC, plain_here=DEBUG)
OIDC_NAME = env.with_all("OIDC_NAME", _OIDC, example="what people call the provider")
OIDC_CLIENT_ID = env.with_all(
    "OIDC_CLIENT_ID", _OIDC, example="the name that the provider knows this copy by"
)
OIDC_CLIENT_SECRET = env.with_all("OIDC_CLIENT_SECRET", _OIDC, example="the secret that the provider gave")
# Accounts know no way out of the house, so this file introduces them.
SIGN_IN_REQUESTS = "relevnt.provider_requests.ask_provider"
SOCIALACCOUNT_ADAPTER = "personas.provider_accounts.ProviderAccounts"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"provider_class": "personas.provider_accounts.SignInProvider"}}
SOCIALACCOUNT_STORE_TOKENS = False
# Whoever has an address at the provider is not let into the account that has it here.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True

# --- mail: without EMAIL_URL every mail is a file in the state directory -------------------------------------
if env("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
    # Only where mail really leaves can an address be confirmed.
    ACCOUNT_EMAIL_VERIFICATION = "mandatory"
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(STATE_DIR / "mail")
    ACCOUNT_EMAIL_VERIFICATION = "none"
# What other rooms do when an account closes: accounts know none of them, so this file introduces them.
ACCOUNT_CLOSING = "autoapply.closing_accounts.stop_sending"
ACCOUNT_MAY_GO = "autoapply.closing_accounts.may_be_deleted"
# What a person may choose not to keep for ever, and what gives its rows; when it is deleted (UTC).
RETENTION_HOUR, RETENTION_MINUTE = 2, 40
RETENTION_PARTS = {
    "resume_versions": "personas.retention.old_versions",
    "applications": "autoapply.retention.ended_applications",
    "decisions": "autoapply.retention.old_decisions",
}
ACCOUNT_GOING = ["coaching.invitations.forget_address", "autoapply.sent_marks.keep_marks"]
# Where no mail leaves, no address can be confirmed.
MFA_ALLOW_UNVERIFIED_EMAIL = ACCOUNT_EMAIL_VERIFICATION == "none"
# Whoever sits at this machine may read them on a page, as long as nobody else reaches this copy.
SHOW_LOCAL_MAIL = env.bool("SHOW_LOCAL_MAIL", default=True)
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Relevnt <relevnt@localhost>")
# Mails lead here; whoever sends them answers no request that would tell.
PUBLIC_URL = env.root("PUBLIC_URL", default="http://localhost:8000")

# --- matching ---------------------------------------------------------------------------------------------
MATCHES_PER_PERSONA = env.int("MATCHES_PER_PERSONA", default=1000, least=1)
# Readings of the open jobs, shared by all processes of this machine; what is lost is read anew.
SNAPSHOT_DIR = STATE_DIR / "snapshots"

# --- the optional writer, a language model that says counted sentences in other words; without an address there is none
# An OpenAI-compatible address such as http://localhost:11434/v1, its model and key, and what it may cost.
WRITER_URL = env.root("WRITER_URL", default="")
WRITER_MODEL = env.needed_with("WRITER_MODEL", "WRITER_URL", example="llama3.1")
WRITER_KEY = env("WRITER_KEY", default="").strip()
WRITER_SECONDS = env.seconds("WRITER_SECONDS", default=20.0)
WRITER_CALLS_PER_DAY = env.int("WRITER_CALLS_PER_DAY", default=200, least=0)

# --- learning ---------------------------------------------------------------------------------------------
# What tells a person's thresholds: learning and rules do not know each other, so this file introduces them.
DOOR_THRESHOLDS = "autoapply.rules.lowest_thresholds"
# How many links of courses are looked at within an hour, over all; 0 looks at none.
COURSE_LINKS_PER_HOUR = env.int("COURSE_LINKS_PER_HOUR", default=60, least=0)

# --- what leaves the house, through matching/guarded_http.py ------------------------------------------------------
# Hosts, each with its port, that requests may go to although they are inside the operator's own network.
OUTBOUND_PRIVATE_HOSTS = env.doors("OUTBOUND_PRIVATE_HOSTS")
# Whom a server may ask about the requests it gets, told in User-Agent.
OUTBOUND_CONTACT = env.contact("OUTBOUND_CONTACT")
# Where each system takes applications; {board} is the employer's name there. RECEIVER_ROOTS replaces some of them.
RECEIVER_ROOTS = env.roots(
    "RECEIVER_ROOTS",
    default={
        "recruitee": "https://{board}.recruitee.com",
        "greenhouse": "https://boards-api.greenhouse.io",
        "lever": "https://api.lever.co",
        "lever.eu": "https://api.eu.lever.co",
        "ashby": "https://api.ashbyhq.com",
        "smartrecruiters": "https://api.smartrecruiters.com",
        "workable": "https://{board}.workable.com",
    },
)

# --- sources of jobs (matching/sources/) -------------------------------------------------------------------------
# How many of them are read at once; the rest of the worker is for matching and sending.
SOURCES_AT_ONCE = env.int("SOURCES_AT_ONCE", default=1, least=1)
SOURCES_TICK_SECONDS = env.seconds("SOURCES_TICK_SECONDS", default=20.0)
# Keys that some sources ask for; without them they are not asked.
ADZUNA_APP_ID = env("ADZUNA_APP_ID", default="")
ADZUNA_APP_KEY = env("ADZUNA_APP_KEY", default="")
USAJOBS_EMAIL = env("USAJOBS_EMAIL", default="")
USAJOBS_KEY = env("USAJOBS_KEY", default="")
THEMUSE_API_KEY = env("THEMUSE_API_KEY", default="")
# A mirror of yours that answers for all of them, as MIRROR/host/path; empty asks each host itself.
FETCH_MIRROR = env.root("FETCH_MIRROR", default="")

# --- auto-apply by the clock (safety.md 1.3); shorter only where a test kills what it tests ---------------------------
# A whole sending, from the lookup to the last byte of the answer.
AUTO_APPLY_SEND_SECONDS = env.seconds("AUTO_APPLY_SEND_SECONDS", default=30.0)
# How long one worker has an application.
AUTO_APPLY_LEASE_SECONDS = env.seconds("AUTO_APPLY_LEASE_SECONDS", default=90.0)
# A doubt is asked about only after this, when no sender can still be at it.
AUTO_APPLY_QUARANTINE_SECONDS = env.seconds("AUTO_APPLY_QUARANTINE_SECONDS", default=600.0)
# After three doubts in a row a receiver is left alone for this long.
AUTO_APPLY_LEFT_ALONE_SECONDS = env.seconds("AUTO_APPLY_LEFT_ALONE_SECONDS", default=1800.0)
AUTO_APPLY_TICK_SECONDS = env.seconds("AUTO_APPLY_TICK_SECONDS", default=30.0)
AUTO_APPLY_RULES_SECONDS = env.seconds("AUTO_APPLY_RULES_SECONDS", default=300.0)
check_clocks(
    {
        "AUTO_APPLY_SEND_SECONDS": AUTO_APPLY_SEND_SECONDS,
        "AUTO_APPLY_LEASE_SECONDS": AUTO_APPLY_LEASE_SECONDS,
        "AUTO_APPLY_QUARANTINE_SECONDS": AUTO_APPLY_QUARANTINE_SECONDS,
    },
    least=1.0,
)

# --- API --------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "personas.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "personas.tokens.TokenScopeAllows",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "relevnt.api_schema.Operation",
    "EXCEPTION_HANDLER": "personas.problems.problem_details",
    "NUM_PROXIES": TRUSTED_PROXIES,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Relevnt",
    "DESCRIPTION": "Personas, skills, jobs, matches, rules and applications of the person who asks, and coaching for both sides.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "PeriodEnum": "personas.models.PersonaPreferences.Period",
        "DismissalReasonEnum": "matching.models.DismissalReason",
        "ApplicationStatusEnum": "autoapply.models.Application.Status",
        "LogStatusEnum": "autoapply.models.Log.Status",
        "ActorEnum": "autoapply.models.Application.Actor",
        "ConsentScopeEnum": "coaching.models.Scope",
        "RelationshipStatusEnum": "coaching.models.Relationship.Status",
        "SuggestionStatusEnum": "coaching.models.Suggestion.Status",
        "SuggestionKindEnum": "coaching.models.Suggestion.Kind",
        "LevelEnum": "personas.models.UserSkill.Level",
        "CourseLevelEnum": "learning.models.Course.Level",
        "LearningStatusEnum": "learning.models.Progress.Status",
    },
}

# --- language and time --------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# --- files --------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Served straight from the packages: no collectstatic before the first page.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024

# --- what a browser may do ------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_HTTPONLY = True
if HTTPS:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "relevnt.logs.LineFormatter", "with_messages": DEBUG}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["console"],
        "level": env.choice(
            "LOG_LEVEL", default="INFO", among=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
        ),
    },
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # At DEBUG it would tell the headers of what is sent and answered.
        "httpcore": {"level": "INFO"},
    },
}
