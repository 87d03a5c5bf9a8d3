"""Settings, read top to bottom; every option comes from the environment and nonsense is refused."""

import zoneinfo
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import global_settings
from django.core.exceptions import ImproperlyConfigured

from usersvc import caching, databases, storage
from usersvc import environment as env
from usersvc.api.description import SPECTACULAR_SETTINGS as SPECTACULAR_SETTINGS
from usersvc.content import CONTENT_SECURITY_POLICY as CONTENT_SECURITY_POLICY
from usersvc.logging import LOGGING as LOGGING

BASE_DIR = Path(__file__).resolve().parent.parent

# Where this service lives
BIND = env.address("USERSVC_BIND", "127.0.0.1")
PORT = env.number("PORT", 8000, least=1, most=65535)
DATA_DIR = env.folder("USERSVC_DATA", BASE_DIR / "var")
BASE_URL = env.url("USERSVC_BASE_URL", f"http://localhost:{PORT}", schemes=("http", "https"))
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
SECRET_KEY = env.secret("USERSVC_SECRET_KEY", DATA_DIR / "secret.key")
SECRET_KEY_FALLBACKS = env.secrets_before("USERSVC_SECRET_KEY_FALLBACKS")
ENCRYPTION_KEYS = env.keys("USERSVC_ENCRYPTION_KEYS", DATA_DIR / "encryption.key")
SERVER_PROCESSES, SERVER_THREADS = 2, 8  # threads of each process
GRACEFUL_SECONDS = env.number("USERSVC_GRACEFUL_SECONDS", 30, least=1, most=300)
DEBUG = False
HTTPS = BASE_URL.startswith("https://")

# The first administrator and the demo directory (manage.py serve)
ADMIN_USERNAME = "admin"
ADMIN_PASSWORD = env.text("USERSVC_ADMIN_PASSWORD", "")
DEMO_USERS = env.number("USERSVC_DEMO_USERS", 10_000, least=0, most=10_000_000)
STAFF_MFA = env.word("USERSVC_STAFF_MFA", "required", ("required", "optional"))

# What one request may hold; gunicorn.py bounds its first line and its headers
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440  # bytes of a body
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000  # parameters of a query or of a form
DATA_UPLOAD_MAX_NUMBER_FILES = 10

# Applications and the way of a request
ROOT_URLCONF = "usersvc.urls"
WSGI_APPLICATION = "usersvc.wsgi.application"
APPEND_SLASH = False  # a redirect would lose the body of a POST
INSTALLED_APPS = [
    "users.apps.UsersConfig",
    "exports.apps.ExportsConfig",
    "users.admin.apps.UsersAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "allauth.usersessions",
    "auditlog",
    "csp",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "tree_queries",
    "usersvc.apps.UsersvcConfig",
]
MIDDLEWARE = [
    "usersvc.metrics.RequestsMiddleware",
    "usersvc.request_log.RequestLogMiddleware",
    "usersvc.headers.BrowserHeadersMiddleware",
    "usersvc.api.proxies.TrustedProxiesMiddleware",
    "usersvc.headers.HttpsOnlyMiddleware",
    "usersvc.headers.MethodsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "usersvc.language.PageLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "users.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "users.sign_in.headless.ShallowBodiesMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "users.sign_in.sessions.SessionLengthMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                *(f"django.contrib.{app}.context_processors.{app}" for app in ("auth", "messages")),
            ]
        },
    }
]

# Data
DATABASES = {"default": databases.database(DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.text("REDIS_URL", "")
CACHES = caching.caches(REDIS_URL, DATA_DIR / "cache")

# People, sign-in, tokens
AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["users.authentication.RoleBackend"]
PASSWORD_HASHERS = [
    f"django.contrib.auth.hashers.{name}PasswordHasher"
    for name in ("Argon2", "PBKDF2", "Scrypt", "BCryptSHA256")
] + ["users.hashers.BCryptPasswordHasher"]  # all but the first are for imported passwords
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"users.passwords.{name}Validator"} for name in ("Policy", "Context", "Likeness")
] + [
    {"NAME": f"django.contrib.auth.password_validation.{name}Validator"}
    for name in ("CommonPassword", "NumericPassword")
]
LOGIN_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
LOGIN_REDIRECT_URL = "account"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_ADAPTER = "users.sign_in.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "users.sign_in.forms.LoginForm",
    "add_email": "users.sign_in.forms.AddEmailForm",
}
ACCOUNT_EMAIL_VERIFICATION = "none"  # the status says who needs it (users/status.py)
ACCOUNT_CHANGE_EMAIL = True  # another address counts once it is verified
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # another address could reset the password
ACCOUNT_SESSION_REMEMBER = ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
MFA_FORMS = {"authenticate": "users.sign_in.forms.AuthenticateForm"}
MFA_ADAPTER = "users.sign_in.adapters.MFAAdapter"
MFA_PASSKEY_LOGIN_ENABLED = True  # a passkey asks its holder for a finger or a PIN: two factors
HEADLESS_CLIENTS = ["app"]  # no cookies: a page of another origin can do nothing with them
HEADLESS_TOKEN_STRATEGY = "users.sign_in.headless.TokenStrategy"  # noqa: S105  # nosec B105 # no secret
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
INVITATION_HOURS = env.number("USERSVC_INVITATION_HOURS", 24, least=1, most=720)
TOKEN_ALGORITHM = env.word("USERSVC_TOKEN_ALGORITHM", "HS256", ("HS256", "RS256", "EdDSA"))
TOKEN_KEYS = DATA_DIR / "token-keys"  # of RS256 and EdDSA; HS256 signs with the secret key
TOKEN_FAMILY_LIFETIME = timedelta(env.number("USERSVC_TOKEN_FAMILY_DAYS", 30, 1, most=3_650))
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(
        seconds=env.number("USERSVC_ACCESS_TOKEN_SECONDS", 15 * 60, least=1, most=86_400)
    ),
    "REFRESH_TOKEN_LIFETIME": timedelta(
        seconds=env.number("USERSVC_REFRESH_TOKEN_SECONDS", 86_400, least=1, most=31_536_000)
    ),
    # HTTP calls the scheme Bearer in any case; these are the spellings that clients write.
    "AUTH_HEADER_TYPES": ("Bearer", "bearer", "BEARER"),
    "AUTH_TOKEN_CLASSES": ("users.token_types.AccessToken",),
    "AUDIENCE": "usersvc",
    "ISSUER": BASE_URL,
    "USER_AUTHENTICATION_RULE": "users.authentication.may_use_tokens",
    "USER_ID_FIELD": "id",
    "USER_ID_CLAIM": "sub",
}

# API
REQUESTS_PER_MINUTE = env.number("USERSVC_REQUESTS_PER_MINUTE", 1200, least=1, most=10**9)
METRICS_DIR = env.metrics_folder(DATA_DIR)
METRICS_TOKEN = env.token("USERSVC_METRICS_TOKEN")
FILES_PER_MINUTE = env.number("USERSVC_FILES_PER_MINUTE", 120, least=1, most=10**9)
MCP_WRITES = env.word("USERSVC_MCP_WRITES", "off", ("off", "on")) == "on"
FAILED_SIGN_INS_PER_MINUTE = env.number("USERSVC_FAILED_SIGN_INS_PER_MINUTE", 30, 1, 10**9)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["users.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["usersvc.api.permissions.HasPermissions"],
    "DEFAULT_RENDERER_CLASSES": ["usersvc.api.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["usersvc.api.parsers.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "usersvc.api.negotiation.AnyAccept",
    "DEFAULT_THROTTLE_CLASSES": [
        f"usersvc.api.throttles.{whom}Throttle" for whom in ("User", "Anonymous", "Scoped")
    ],
    "DEFAULT_THROTTLE_RATES": {
        "user": f"{REQUESTS_PER_MINUTE}/min",
        "anon": f"{REQUESTS_PER_MINUTE}/min",
        "files": f"{FILES_PER_MINUTE}/min",
        "failures": f"{FAILED_SIGN_INS_PER_MINUTE}/min",
    },
    "EXCEPTION_HANDLER": "usersvc.api.errors.handle",
    "NON_FIELD_ERRORS_KEY": "body",
    "URL_FORMAT_OVERRIDE": None,  # ?format= is a parameter of ours
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "DEFAULT_SCHEMA_CLASS": "usersvc.api.schema.ApiSchema",
    "NUM_PROXIES": 0,  # TrustedProxiesMiddleware has already found the caller's address
}

# Exports and imports
EXPORTS = ["users.exports.UserExport"]
EXPORT_MAX_ROWS = env.number("USERSVC_EXPORT_MAX_ROWS", 10_000, least=1, most=10_000_000)
EXPORT_MAX_COLUMNS = env.number("USERSVC_EXPORT_MAX_COLUMNS", 100, least=1, most=1_000)
EXPORT_MAX_SECONDS = env.number("USERSVC_EXPORT_MAX_SECONDS", 3_600, least=1, most=86_400)
EXPORT_LEAST_RATE = env.number("USERSVC_EXPORT_LEAST_RATE", 10_000, least=0, most=10**9)
EXPORT_GRACE_SECONDS = env.number("USERSVC_EXPORT_GRACE_SECONDS", 30, least=1, most=3_600)
# Fewer than the threads of one process, which may have got them all: small requests find a thread.
EXPORTS_IN_ALL = env.number("USERSVC_EXPORTS_IN_ALL", 4, least=1, most=SERVER_THREADS - 1)
EXPORTS_PER_CALLER = env.number(
    "USERSVC_EXPORTS_PER_CALLER", min(2, EXPORTS_IN_ALL), 1, EXPORTS_IN_ALL
)
EXPORT_SLOTS = DATA_DIR / "exports"
PDF_PROCESSES = env.number("USERSVC_PDF_PROCESSES", 2, least=1, most=64)
PDF_DOCUMENTS = env.number("USERSVC_PDF_DOCUMENTS", 4, least=1, most=1000)
PDF_SECONDS = env.number("USERSVC_PDF_SECONDS", 120, least=1, most=86_400)
ACCEL = env.location("USERSVC_ACCEL")  # where a proxy has the folder below
JOB_FILES = storage.folder(DATA_DIR / "jobs", for_group=bool(ACCEL))
# From there what is kept is only renamed.
JOB_DRAFTS = FILE_UPLOAD_TEMP_DIR = storage.folder(JOB_FILES / ".drafts", for_group=False)
STORAGES = global_settings.STORAGES | {"jobs": storage.of_jobs(JOB_FILES, for_group=bool(ACCEL))}
JOB_WORK = {kind: f"users.job_{kind}s.work" for kind in ("export", "import", "action")}
JOB_LETTER, JOB_FILE_TAKEN = "users.job_letters.send", "users.witnessing.took_file"
JOB_END = "users.job_ends.tell"
JOB_QUEUE = env.word("USERSVC_JOB_QUEUE", "database", ("database", "celery"))
if JOB_QUEUE == "celery" and not REDIS_URL:
    raise ImproperlyConfigured("USERSVC_JOB_QUEUE is 'celery', which takes REDIS_URL.")
JOB_WAKE = "usersvc.celery.wake" if JOB_QUEUE == "celery" else "exports.waking.nobody"
CHORES = {  # hours
    "daily": (24, "users.daily.run"),
    "audit": (1 / 60, "users.sealing.seal"),
    "files": (1, "exports.files.remove_abandoned"),
    "overviews": (1 / 60, "users.overviews.refresh"),
    "notices": (1 / 60, "users.notices.tidying.run"),
    "schedules": (1 / 60, "users.notices.schedules.run_due"),
}
BESIDE_JOBS = {"notices": "users.notices.posting.run"}
WEBHOOK_NETWORKS = env.networks("USERSVC_WEBHOOK_NETWORKS")  # allowed beside public addresses
JOB_BEAT_SECONDS, JOB_POLL_SECONDS = 2, 1
JOB_LEASE = timedelta(seconds=env.number("USERSVC_JOB_LEASE_SECONDS", 60, least=5, most=3_600))
WORKERS = env.number("USERSVC_WORKERS", 1, least=0, most=16)  # that serve starts by itself
JOB_LINK_SECONDS = env.number("USERSVC_LINK_SECONDS", 60, least=1, most=86_400)
JOBS_PER_CALLER = env.number("USERSVC_JOBS_PER_CALLER", 10, least=1, most=10_000)
DELETED_DAYS = env.number("USERSVC_DELETED_DAYS", 0, least=0, most=36_500)  # 0 keeps them
JOB_HOURS = env.number("USERSVC_JOB_HOURS", 24, least=1, most=8_760)
IMPORT_MAX_UPLOAD = env.number("USERSVC_IMPORT_MAX_UPLOAD", 256 * 1024**2, least=1, most=2**50)
IMPORT_MAX_BYTES = env.number("USERSVC_IMPORT_MAX_BYTES", 4 * 1024**3, least=1, most=2**50)
IMPORT_MAX_RATIO = env.number("USERSVC_IMPORT_MAX_RATIO", 200, least=1, most=2_000)
IMPORT_MAX_LINE = env.number("USERSVC_IMPORT_MAX_LINE", 1024**2, least=1_000, most=2**30)

# Audit
AUDIT_KEY = env.secret("USERSVC_AUDIT_KEY", DATA_DIR / "audit.key")
AUDIT_ANCHORS = DATA_DIR / "audit-anchors.log"
AUDIT_DAYS = env.number("USERSVC_AUDIT_DAYS", 0, least=0, most=36_500)  # 0: for ever
AUDITLOG_LOGENTRY_MODEL = "users.AuditEntry"
MIGRATION_MODULES = {"auditlog": None}  # its own table, which AuditEntry replaces, is not made
AUDITLOG_USE_BASE_MANAGER = True  # deleted people change, too
AUDITLOG_STORE_JSON_CHANGES = AUDITLOG_DISABLE_ON_RAW_SAVE = True
AUDITLOG_MASK_CALLABLE = "users.models.audit.mask"

# Browser security
# __Host-: no other name of the domain can set or read it, and it never leaves TLS.
COOKIES = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIES}sessionid", f"{COOKIES}csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"  # links in mail arrive with a session
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # not in a cookie
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False
SECURE_REFERRER_POLICY = SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
# How a request came is told by proxies of ours alone; the middleware drops what others tell.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_SSL_REDIRECT = HTTPS and bool(TRUSTED_PROXIES)
SECURE_SSL_HOST = urlsplit(BASE_URL).netloc
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]  # asked from beside the service
# What other names below this one speak, and whether browsers are shipped with the domain, its owner
# decides: the proxy in front may say so.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# Language, files, mail; logs are configured beside what keeps people out of them
LANGUAGE_CODE, TIME_ZONE = "en", "UTC"
USE_I18N = USE_TZ = True
LANGUAGES = [("en", "English"), ("it", "Italiano")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_HTTPONLY = HTTPS, True
LANGUAGE_COOKIE_NAME, LANGUAGE_COOKIE_SAMESITE = f"{COOKIES}language", "Lax"
zoneinfo.reset_tzpath(to=())  # offsets come from the pinned tzdata, not from the machine
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # served from the packages: nothing to collect, nothing to forget
WHITENOISE_AUTOREFRESH = WHITENOISE_ALLOW_ALL_ORIGINS = False
vars().update(env.env.email_url_config(env.text("EMAIL_URL", "consolemail://")))
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = env.text("USERSVC_MAIL_FROM", "usersvc <noreply@localhost>")

if HTTPS and "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts of a service on https, not *.")
