"""What the tests of the jobs family share."""

from datetime import UTC, datetime

from exports.models import Job

PATH = "/api/v2/jobs"
EXPORTS = f"{PATH}/users-exports"
IMPORTS = f"{PATH}/users-imports"
BUILT_IN = "con_0000000000000001"
NOW = datetime(2023, 1, 25, 17, 48, 15, 325_999, tzinfo=UTC)
REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    411: "Length Required",
    413: "Payload Too Large",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    500: "Internal Server Error",
}


def enqueue(owner, at=None, **request):
    at = at or datetime.now(UTC)
    return Job.objects.enqueue(owner, Job.Kind.EXPORT, at, spec={}, request=request)


def refused(answer, status, code, *words):
    assert answer.status_code == status, answer.content
    body = answer.json()
    assert set(body) == {"statusCode", "error", "message", "errorCode"}
    assert (body["statusCode"], body["error"], body["errorCode"]) == (status, REASONS[status], code)
    for word in words:
        assert word in body["message"]


def keep_files_in(settings, folder):
    """Keep files of jobs in a folder; no pulse, for nobody sees a test's transaction."""
    settings.JOB_BEAT_SECONDS = 3600
    settings.JOB_FILES, settings.JOB_DRAFTS = folder, folder / ".drafts"
    settings.FILE_UPLOAD_TEMP_DIR = settings.JOB_DRAFTS
    options = settings.STORAGES["jobs"]["OPTIONS"] | {"location": folder}
    settings.STORAGES = settings.STORAGES | {
        "jobs": settings.STORAGES["jobs"] | {"OPTIONS": options}
    }
