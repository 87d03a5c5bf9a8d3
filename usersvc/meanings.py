"""What each variable of the environment means, and an example; docs/settings.md is made of it."""

MEANINGS: dict[str, tuple[str, str]] = {
    "PORT": (
        "where it listens",
        "8000",
    ),
    "USERSVC_BIND": (
        "at which IP address `serve` listens",
        "10.0.0.5",
    ),
    "USERSVC_GRACEFUL_SECONDS": (
        "what is under way when `serve` is told to stop (SIGTERM) has so many seconds to end; a "
        "file that is not whole by then is cut off",
        "120",
    ),
    "USERSVC_DATA": (
        "folder of the SQLite file, the keys and the cache",
        "/var/lib/usersvc",
    ),
    "DATABASE_URL": (
        "where people are kept",
        "postgresql://usersvc:secret@db.internal/people",
    ),
    "USERSVC_ADMIN_PASSWORD": (
        "password of `admin` at the first start; made, and said once, without it",
        "one-that-nobody-guesses",
    ),
    "USERSVC_DEMO_USERS": (
        "`serve` fills the directory up to so many people, everybody counted; **set it to `0`"
        " for a directory of real people**",
        "0",
    ),
    "USERSVC_STAFF_MFA": (
        "with `required`, staff sets up a second factor at `/account/2fa/` before anything "
        "else; `make run` with demo people sets `optional` and says so",
        "required",
    ),
    "USERSVC_SECRET_KEY": (
        "signs sessions and tokens",
        "$(openssl rand -base64 48)",
    ),
    "USERSVC_SECRET_KEY_FALLBACKS": (
        "earlier keys: what they signed stays good",
        "the-key-of-before-which-has-32-characters",
    ),
    "USERSVC_TOKEN_ALGORITHM": (
        "how tokens are signed; another one ends the tokens of the one before; the keys of "
        "the latter two are in `USERSVC_DATA/token-keys`, `manage.py rotate_token_keys` makes"
        " another one",
        "EdDSA",
    ),
    "USERSVC_ENCRYPTION_KEYS": (
        "encrypt seeds of one-time codes and secrets of webhooks; the first encrypts, all decrypt",
        "$(openssl rand -base64 32 | tr +/ -_)",
    ),
    "USERSVC_AUDIT_KEY": (
        "vouches for the audit; another one makes all before it unverifiable, so keep a copy,"
        " apart from the database's backups",
        "$(openssl rand -base64 48)",
    ),
    "USERSVC_AUDIT_DAYS": (
        "entries of the audit go once their batch is so many days old; `0`: never",
        "730",
    ),
    "USERSVC_DELETED_DAYS": (
        "people who have been deleted for so many days are erased; `0`: never",
        "30",
    ),
    "USERSVC_WEBHOOK_NETWORKS": (
        "networks of one's own that webhooks may be sent to, over `http://` too, beside "
        "public addresses",
        "10.1.0.0/16",
    ),
    "USERSVC_BASE_URL": (
        "the address users see; `https://…` makes cookies secure",
        "https://directory.example.com",
    ),
    "ALLOWED_HOSTS": (
        "names the service answers to",
        "directory.example.com",
    ),
    "TRUSTED_PROXIES": (
        "addresses and networks whose `X-Forwarded-For` is believed",
        "127.0.0.1,10.0.0.0/8",
    ),
    "REDIS_URL": (
        "the cache that throttles and used codes share, and the queue; without an answer from"
        " it requests go on, uncounted, but no code of a second factor can be checked",
        "redis://cache.internal:6379/0",
    ),
    "USERSVC_JOB_QUEUE": (
        "`database`: workers look for jobs by themselves; `celery`: messages over `REDIS_URL`"
        " wake them, and `USERSVC_WORKERS` is the size of the pool of each `manage.py work`",
        "celery",
    ),
    "USERSVC_ACCEL": (
        "where nginx has the files of jobs (docs/deploy.md): it is told which to send by "
        "`X-Accel-Redirect`; the service sends them itself without it",
        "/_files/",
    ),
    "USERSVC_LOG": (
        "`json` is an object a line, with a line for each request and each file, by route and id",
        "json",
    ),
    "USERSVC_METRICS_TOKEN": (
        "what Prometheus tells as a bearer token; without it there is no `/metrics`",
        "$(openssl rand -base64 33)",
    ),
    "USERSVC_MCP_WRITES": (
        "whether an AI tool may change people, within the permissions of its caller and "
        "rehearsed first",
        "on",
    ),
    "EMAIL_URL": (
        "where mail goes",
        "smtp+tls://user:secret@mail.example.com:587",
    ),
    "USERSVC_MAIL_FROM": (
        "the sender of mail",
        "Directory <directory@example.com>",
    ),
    "USERSVC_INVITATION_HOURS": (
        "how long an invitation's link works",
        "72",
    ),
    "USERSVC_ACCESS_TOKEN_SECONDS": (
        "how long an access token lives",
        "600",
    ),
    "USERSVC_REFRESH_TOKEN_SECONDS": (
        "how long a refresh token lives",
        "43200",
    ),
    "USERSVC_TOKEN_FAMILY_DAYS": (
        "so long after a sign-in its tokens are renewed no more",
        "7",
    ),
    "USERSVC_REQUESTS_PER_MINUTE": (
        "how many requests one caller may make in a minute",
        "6000",
    ),
    "USERSVC_FILES_PER_MINUTE": (
        "how many files one caller may ask for in a minute",
        "600",
    ),
    "USERSVC_FAILED_SIGN_INS_PER_MINUTE": (
        "failed requests for a token from one address",
        "10",
    ),
    "USERSVC_JOBS_PER_CALLER": (
        "how many active jobs one caller may have",
        "50",
    ),
    "USERSVC_JOB_HOURS": (
        "for how long a job and its file are kept",
        "72",
    ),
    "USERSVC_IMPORT_MAX_UPLOAD": (
        "bytes of an uploaded file; a larger one is a 413",
        "1073741824",
    ),
    "USERSVC_IMPORT_MAX_BYTES": (
        "bytes of an imported file once it is unpacked",
        "17179869184",
    ),
    "USERSVC_IMPORT_MAX_RATIO": (
        "how many times its size an imported file may be when it is unpacked",
        "500",
    ),
    "USERSVC_IMPORT_MAX_LINE": (
        "characters of one row of an imported file",
        "4194304",
    ),
    "USERSVC_WORKERS": (
        "workers that `serve` starts and replaces when they end; `0` for none, where they run"
        " apart",
        "0",
    ),
    "USERSVC_S3_BUCKET": (
        "a bucket for the files of jobs, instead of `jobs/` in `USERSVC_DATA`; takes `pip "
        "install -r requirements-s3.txt`, and keys where boto3 looks for them "
        "(`AWS_ACCESS_KEY_ID` …)",
        "people-files",
    ),
    "USERSVC_S3_ENDPOINT": (
        "an address that speaks S3; AWS without it",
        "https://minio.internal:9000",
    ),
    "USERSVC_S3_REGION": (
        "the bucket's region",
        "eu-south-1",
    ),
    "USERSVC_S3_PREFIX": (
        "a folder in the bucket",
        "directory",
    ),
    "USERSVC_JOB_LEASE_SECONDS": (
        "a worker that is silent for so long loses its job to the next one",
        "120",
    ),
    "USERSVC_LINK_SECONDS": (
        "how long the link to a job's file works; each look at the job gives a fresh one",
        "300",
    ),
    "USERSVC_PDF_PROCESSES": (
        "processes that print PDFs, for each of the two processes that answer; they end after"
        " a minute without work",
        "4",
    ),
    "USERSVC_PDF_DOCUMENTS": (
        "PDFs that a process makes at a time; one more is answered 503 with `Retry-After`",
        "8",
    ),
    "USERSVC_PDF_SECONDS": (
        "how long some 25 pages may take before the PDF is given up",
        "300",
    ),
    "USERSVC_EXPORT_MAX_ROWS": (
        "more people are refused by the export, never cut",
        "50000",
    ),
    "USERSVC_EXPORT_MAX_COLUMNS": (
        "more columns are refused where a caller chooses them",
        "40",
    ),
    "USERSVC_EXPORTS_PER_CALLER": (
        "how many files of one caller may be on their way at a time, counted over all "
        "processes of the machine; one more is 429 with `Retry-After`",
        "1",
    ),
    "USERSVC_EXPORTS_IN_ALL": (
        "how many files of all callers may be on their way at a time; one thread of a process"
        " is always left",
        "6",
    ),
    "USERSVC_EXPORT_MAX_SECONDS": (
        "a file that takes longer is cut off",
        "7200",
    ),
    "USERSVC_EXPORT_LEAST_RATE": (
        "a reader that takes fewer bytes a second is cut off; `0` bears any",
        "50000",
    ),
    "USERSVC_EXPORT_GRACE_SECONDS": (
        "over so many seconds of waiting for a reader its rate is measured",
        "60",
    ),
}
