"""What the OpenAPI document says of the API as a whole."""

from typing import Any

from .schema_hooks import an_object, answered, plain

TEXT = {"type": "string"}
DESCRIPTION = """\
One directory of users, in the words of four documents, and the resources behind it.

**Signing in.** `POST /api/token` with a username and a password gives an access token, which goes \
into `Authorization: Bearer …`, and a refresh token for the next pair.

**Programs.** A service account, which is made in the admin, signs in by itself: `POST \
/oauth/token` with its client id and its secret gives an access token (OAuth 2.0, client \
credentials). An API key of it goes into `Authorization: Bearer usvk_…` as it is; one that only \
reads is refused every change. Either has the permissions that the account was given and that its \
owner holds.

**Strict.** A parameter or a key that is not understood is an error that names it, its value and \
what is allowed; nothing is ignored. An empty optional value is an absent one. Words are taken in \
any case, ids exactly.

**Several values.** Repeat the parameter: `status=active&status=risky`; `status[]=active` is read \
as well, and so are commas between words of a closed vocabulary, tags, sort keys and columns.

**Instants.** `2021-05-06T10:50:35Z`, with any offset, with fractions or without seconds, or a \
bare date. Both bounds are inclusive, at the precision given.

**Sight.** A caller sees the users of its organization and of those below it; what is out of sight \
is absent.
"""
HEALTH = answered("It is.", an_object("status", status={"const": "ok"}))
TOLD = dict.fromkeys(("database", "migrations", "storage", "worker", "jobs", "pdf"), TEXT)
READY = answered(
    "It can; degraded where some of its work waits for what is not ok.",
    an_object("status", status={"enum": ["ok", "degraded"]}, **TOLD),
)
NOT_READY = answered("It cannot.", an_object("status", status={"const": "unavailable"}, **TOLD))
KEYS = an_object("keys", keys={"type": "array", "items": {"type": "object"}})
FILE = {"schema": {"type": "string", "format": "binary"}}
KINDS = (
    "application/gzip",
    "text/csv",
    "application/x-ndjson",
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
JOBS_ERROR = {"$ref": "#/components/schemas/JobsError"}


def _part(description: str, **headers: str) -> dict[str, Any]:
    shown = {
        name.replace("_", "-"): {"schema": TEXT, "description": what}
        for name, what in headers.items()
    }
    content = dict.fromkeys(KINDS, FILE)
    return {"description": description, "content": content, "headers": shown}


PATHS: dict[str, Any] = {
    "/healthz": plain("get_health", "Is the process alive?", {"200": HEALTH}),
    "/readyz": plain("get_readiness", "Can the service work?", {"200": READY, "503": NOT_READY}),
    "/.well-known/jwks.json": plain(
        "get_jwks", "Get the public keys of tokens", {"200": answered("The keys.", KEYS)}
    ),
    "/files/{signed}": plain(
        "get_file",
        "Get the file of a job by its link",
        {
            "200": _part("The file.", Content_Disposition="Its name.", ETag="Its tag."),
            "206": _part("A part of the file.", Content_Range="Which part.", ETag="Its tag."),
            "304": {"description": "What you have is current."},
            "404": answered("The link is over.", JOBS_ERROR),
            "416": {"description": "There is no such part."},
        },
        tag="jobs",
    ),
}
PATHS["/files/{signed}"]["get"]["parameters"] = [
    {
        "name": "signed",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": "^[^/]+$"},
        "description": "What a job's location ends with.",
    },
    *(
        {"name": name, "in": "header", "schema": TEXT}
        for name in ("Range", "If-Range", "If-None-Match")
    ),
]
TAGS = {
    "directory": "The list of users, a page at a time.",
    "export": "Users as CSV or PDF, up to a limit.",
    "download": "All users as CSV.",
    "jobs": "Exports and imports that take their time, and their files.",
    "users": "One user, and many at once.",
    "numbers": "How many users are what.",
    "organizations": "The tree of organizations, and their policies.",
    "roles": "What people are permitted to do.",
    "groups": "Groups of users.",
    "sites": "Sites of organizations.",
    "tags": "Tags on users.",
    "connections": "Where identities come from.",
    "mcp": "The directory for AI tools.",
    "tokens": "Signing in, and who you are.",
    "service": "Whether the service works.",
}
# What operations name as their security: whoever has a token or a key, and who has none yet.
BEARER, PROGRAM = "bearer", "oauth2"
EVERYBODY = (BEARER, PROGRAM)
GRANT = {"tokenUrl": "/oauth/token", "scopes": {}}
SECURITY_SCHEMES: dict[str, Any] = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT, or usvk_…",
        "description": "An access token of a person (`POST /api/token`) or of a service account "
        "(`POST /oauth/token`), or an API key of a service account, as it is.",
    },
    PROGRAM: {
        "type": "oauth2",
        "flows": {"clientCredentials": GRANT},
        "description": "A service account: its client id and its secret. A scope names "
        "permissions, such as `users.view_user`; without one there are all that it has.",
    },
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "usersvc",
    "DESCRIPTION": DESCRIPTION,
    "VERSION": "v1",
    "OAS_VERSION": "3.1.1",
    "SERVERS": [{"url": "/"}],
    "TAGS": [{"name": name, "description": text} for name, text in TAGS.items()],
    "APPEND_PATHS": PATHS,
    "APPEND_COMPONENTS": {"securitySchemes": SECURITY_SCHEMES},
    "PREPROCESSING_HOOKS": ["usersvc.api.schema_hooks.keep_one_address"],
    "POSTPROCESSING_HOOKS": [
        "usersvc.api.schema_hooks.tell_both_addresses",
        "usersvc.api.schema_hooks.share_refusals",
    ],
    "SORT_OPERATION_PARAMETERS": False,
    "ENFORCE_NON_BLANK_FIELDS": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
}
