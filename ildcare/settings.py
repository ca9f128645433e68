"""Settings: one file, driven by the environment. Without any variable, the bundled services under `var/` are used.

ILDCARE_VAR            folder of data, logs and sockets of the bundled services
ILDCARE_INBOX          folder in which machines put down files, with a folder for each source
DATABASE_URL           own PostgreSQL, as the runtime role; nothing bundled starts
ILDCARE_OWNER_DATABASE_URL  the same database as the owner role, for migrations
REDIS_URL              own Redis or Valkey
SECRET_KEY, ALLOWED_HOSTS, CSRF_TRUSTED_ORIGINS   required in production
ILDCARE_PRODUCTION     1 behind TLS: secure cookies, HSTS, no bundled services
ILDCARE_AS_OWNER       1 for migrations
EMAIL_URL              mail server of the messages about alerts; none: no e-mail (README.md has these and the others)
"""

import contextlib
import os
import secrets
import sys
import tempfile
from pathlib import Path
from typing import Any

import environ
import structlog
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from ildcare import places
from ildcare.operations.logs import without_patient_data

DUMMY_MAIL = "django.core.mail.backends.dummy.EmailBackend"  # no server is named: nothing is sent, and nothing offered
BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
PRODUCTION = env.bool("ILDCARE_PRODUCTION", default=False)
VAR = places.var_dir()
USES_EMBEDDED = "DATABASE_URL" not in os.environ
OWNER_URL_SET = "ILDCARE_OWNER_DATABASE_URL" in os.environ


def kept_secret(name: str) -> str:
    """A secret of this installation, made at the first start and kept under `var/`, readable by its user only."""
    path = VAR / name
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_once(path, secrets.token_urlsafe(64))
        return path.read_text()
    except OSError as error:
        sys.exit(f"{path} cannot be used ({error.strerror}): start as its owner, or set ILDCARE_VAR to another folder.")


def _write_once(path: Path, text: str) -> None:
    """Write the whole file, or keep the one that another process wrote first: web, worker and beat start together."""
    handle, draft = tempfile.mkstemp(dir=path.parent)  # mode 0600
    with os.fdopen(handle, "w") as file:
        file.write(text)
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    Path(draft).unlink()


SECRET_KEY = env.str("SECRET_KEY") if PRODUCTION else env.str("SECRET_KEY", default="") or kept_secret("secret-key")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",  # the form renderer looks for Django's widgets among the templates
    "axes",
    "rules.apps.AutodiscoverRulesConfig",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",  # the loader is configured below
    "django_structlog",
    "patients",
    "algorithm",
    "monitoring",
    "ildcare",
]

MIDDLEWARE = [
    "ildcare.middleware.request_times",  # first: of the whole request
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "ildcare.middleware.TextThatCanBeKept",  # before anything reads a field
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "ildcare.middleware.session_limits",
    "ildcare.middleware.clock_of_the_site",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",  # closed by default
    "patients.audit.AuditMiddleware",  # what a request writes is its user's
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ildcare.middleware.private_responses",
    "patients.conflicts.ConflictMiddleware",  # 409 where a form met another state of the record
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "ildcare.urls"
WSGI_APPLICATION = "ildcare.wsgi.application"

_loaders = ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [("template_partials.loader.Loader", [("django.template.loaders.cached.Loader", _loaders)])],
            "builtins": ["template_partials.templatetags.partials"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ildcare.frame.page_frame",
            ],
        },
    }
]

# -- data -------------------------------------------------------------------------------------------------------------

_role = places.OWNER if env.bool("ILDCARE_AS_OWNER", default=False) else places.APP
_url = "ILDCARE_OWNER_DATABASE_URL" if _role == places.OWNER and OWNER_URL_SET else "DATABASE_URL"
_bundled_database = (
    env.NOTSET if PRODUCTION else places.database_url(VAR, _role)
)  # none in production: it must be named
DATABASES = {"default": env.db(_url, default=_bundled_database)}
DATABASES["default"]["CONN_MAX_AGE"] = 0
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# backups: where they are put, and the public keys for whom they are encrypted
BACKUP_DIR = Path(env.str("ILDCARE_BACKUP_DIR", default="") or VAR / "backups")
BACKUP_TO = env.str("ILDCARE_BACKUP_TO", default="")
BACKUP_HOURS = env.float("ILDCARE_BACKUP_HOURS", default=6)

CELERY_BROKER_URL = env.str("REDIS_URL", default=env.NOTSET if PRODUCTION else places.redis_url(VAR))
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# the interface for machines: requests a minute of one token, and how many proxies of the site stand before this server
ILDCARE_MACHINE_RATE = env.int("ILDCARE_MACHINE_RATE", default=3000)
ILDCARE_PROXIES = env.int("ILDCARE_PROXIES", default=0)
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 1, "socket_timeout": 5, "max_retries": 0}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# messages go out in a process of their own: a mail server that does not answer holds up no sweep
CELERY_TASK_ROUTES = {"ildcare.tasks.send_notifications": {"queue": "sending"}}
SWEEP_SECONDS = 15
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "ildcare.tasks.sweep", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
    # looks whether a day is over (`monitoring.canaries.silence`): the first look after a start is a minute away
    "canaries": {"task": "ildcare.tasks.try_canaries", "schedule": 60, "options": {"expires": 60}},
    "tables": {"task": "ildcare.tasks.take_tables", "schedule": 30, "options": {"expires": 30}},
    "arrivals": {"task": "ildcare.tasks.take_arrivals", "schedule": 60, "options": {"expires": 60}},
    "effects": {"task": "ildcare.tasks.work_out_rule_effects", "schedule": 15, "options": {"expires": 15}},
    "cohorts": {"task": "ildcare.tasks.work_on_cohorts", "schedule": 5, "options": {"expires": 5}},
    "silence": {"task": "ildcare.tasks.note_silences", "schedule": 60, "options": {"expires": 60}},
    "notifications": {"task": "ildcare.tasks.send_notifications", "schedule": 15, "options": {"expires": 15}},
    "cases": {"task": "ildcare.tasks.gather_cases", "schedule": 600, "options": {"expires": 600}},
    "retention": {"task": "ildcare.tasks.prune_what_was_sent", "schedule": 3600, "options": {"expires": 3600}},
}
if os.environ.get("ILDCARE_INBOX"):
    CELERY_BEAT_SCHEDULE["inbox"] = {"task": "ildcare.tasks.take_inbox", "schedule": 15, "options": {"expires": 15}}
# beat's own file is enough: the schedule stands in this file, so a table of schedules would only be a second truth
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat-schedule")

# -- people -----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "patients.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: it refuses before any password is tried
    "rules.permissions.ObjectPermissionBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # never a whole ward behind one address
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "ward_list"
LOGOUT_REDIRECT_URL = "sign_in"

# -- languages and time -----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ja", _("Japanese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
# of a site that has not chosen its own yet; one that is given and is not the site's is refused at start
TIME_ZONE_SET = "ILDCARE_TIME_ZONE" in os.environ
TIME_ZONE = env.str("ILDCARE_TIME_ZONE", default="Asia/Tokyo")
CELERY_TIMEZONE = TIME_ZONE
USE_THOUSAND_SEPARATOR = False

# -- files ------------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# files that machines put down: a folder for each source; "" watches none
INBOX = Path(env.str("ILDCARE_INBOX")) if env.str("ILDCARE_INBOX", default="") else None

DOWNTIME_DIR = Path(env.str("ILDCARE_DOWNTIME_DIR", default=str(VAR / "downtime")))
DOWNTIME_MINUTES = env.int("ILDCARE_DOWNTIME_MINUTES", default=10)  # 0: no downtime sheets
DOWNTIME_LANGUAGES = env.list("ILDCARE_DOWNTIME_LANGUAGES", default=["en", "ja"])

# -- figures for a monitor --------------------------------------------------------------------------------------------

# who may read them: with this token, from these networks; of both, what is set. Nothing is set: nobody
METRICS_TOKEN = env.str("ILDCARE_METRICS_TOKEN", default="")
METRICS_NETWORKS = env.list("ILDCARE_METRICS_NETWORKS", default=[])
METRICS_ON = bool(METRICS_TOKEN or METRICS_NETWORKS)
if METRICS_ON:  # before its library is loaded: where the web processes count together
    _counts = Path(env.str("PROMETHEUS_MULTIPROC_DIR", default=str(VAR / "metrics")))
    with contextlib.suppress(OSError):  # a disk that is read only says so when something is counted
        _counts.mkdir(parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_counts)

# -- messages about alerts, outside the pages -------------------------------------------------------------------------

# where others reach this installation, for the links in messages; `up` puts its own port here
_host = ALLOWED_HOSTS[0].lstrip(".") if ALLOWED_HOSTS else "localhost"
_here = f"https://{_host}" if PRODUCTION else "http://127.0.0.1:8000"
SITE_ADDRESS = (env.str("ILDCARE_ADDRESS", default="") or _here).rstrip("/")
MAIL_OFFERED = bool(env.str("EMAIL_URL", default=""))
vars().update(env.email_url("EMAIL_URL") if MAIL_OFFERED else {"EMAIL_BACKEND": DUMMY_MAIL})
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("ILDCARE_MAIL_FROM", default="") or f"ildcare@{_host}"
PUSH_KEY = env.str("ILDCARE_PUSH_KEY", default="")  # `manage.py push_key` makes one
PUSH_CONTACT = env.str("ILDCARE_PUSH_CONTACT", default=f"mailto:{DEFAULT_FROM_EMAIL}")
# the push services of the browsers of today; a browser says where its messages go, and nothing is sent elsewhere
PUSH_SERVICES = env.list(
    "ILDCARE_PUSH_SERVICES",
    default=[
        *("fcm.googleapis.com", "updates.push.services.mozilla.com"),
        *("*.push.apple.com", "*.notify.windows.com"),
    ],
)
NOTIFICATIONS_KEPT_DAYS = env.int("ILDCARE_NOTIFICATIONS_KEPT_DAYS", default=30)  # [J]
# [J] how often at most somebody is told of what is not critical: a needless message costs attention for the next one
WARNINGS_EVERY_MINUTES = env.int("ILDCARE_WARNINGS_EVERY_MINUTES", default=60)
# [J] a message that should have arrived so long ago is said on every page
UNSENT_MINUTES = env.int("ILDCARE_UNSENT_MINUTES", default=10)

# -- security ---------------------------------------------------------------------------------------------------------

SESSION_COOKIE_AGE = 12 * 3600  # also the longest session
SESSION_IDLE_SECONDS = 15 * 60
# [J] before an export (R47): older than this, the password is asked for again
PASSWORD_AGAIN_SECONDS = 60 * env.int("ILDCARE_PASSWORD_AGAIN_MINUTES", default=5)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "geolocation", "microphone", "payment", "usb")
}

CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# -- logs: events with a request id, never a patient's data -----------------------------------------------------------

DJANGO_STRUCTLOG_USER_ID_FIELD = "id"
DJANGO_STRUCTLOG_CELERY_ENABLED = True  # a task's lines carry the ids of the request that asked for it
_shared: list[Any] = [structlog.contextvars.merge_contextvars, structlog.processors.TimeStamper(fmt="iso", utc=True)]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
            "foreign_pre_chain": [*_shared, structlog.stdlib.add_log_level, without_patient_data],
            "use_get_message": False,  # the sentences of libraries are put together by without_patient_data,
            "pass_foreign_args": True,  # from their parts
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("ILDCARE_LOG_LEVEL", default="WARNING")},
}
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_shared,
        structlog.stdlib.add_log_level,
        without_patient_data,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
