"""What every address that is asked with parameters takes: by hand, from its document.

The tests of strictness go over all of it, parameter by parameter; one that a family declares and
that is missing here fails test_strict_unknown.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

ANN, BEN = "01890a5d-ac96-774b-bcce-b302099a80aa", "01890a5d-ac96-774b-bcce-b302099a80bb"
TWINS = "01890a5d-ac96-774b-bcce-b302099a80cc", "01890a5d-ac96-774b-bcce-b302099a80dd"
READERS, HELPERS = "0f1e2d3c-0000-4000-8000-0000000000aa", "0f1e2d3c-0000-4000-8000-0000000000bb"
ROME, PARIS = "5a1e5a1e-0000-4000-8000-0000000000aa", "5a1e5a1e-0000-4000-8000-0000000000bb"
CORP, SHOP = "con_aaaaaaaaaaaaCorp", "con_bbbbbbbbbbbbShop"
ANYTHING = "some near word"


class Kind(Enum):
    WORD = auto()  # one of a closed vocabulary
    WORDS = auto()  # any of a closed vocabulary
    SORT = auto()  # keys of an order
    BOOLEAN = auto()
    NUMBER = auto()
    ZONE = auto()
    FROM = auto()  # a bound of an instant
    TO = auto()
    TEXT = auto()  # a name, or a part of one
    NAMES = auto()
    IDS = auto()
    UUID = auto()
    PLACE = auto()  # an id that must name something
    CURSOR = auto()  # the id after which a page begins


CLOSED = {Kind.WORD, Kind.WORDS, Kind.SORT, Kind.BOOLEAN, Kind.ZONE}
SEVERAL = {Kind.WORDS, Kind.SORT, Kind.NAMES, Kind.IDS}
SPLIT_AT_COMMAS = {Kind.WORDS, Kind.SORT, Kind.NAMES}
BOUNDS = {Kind.FROM, Kind.TO}


@dataclass(frozen=True)
class Parameter:
    """A parameter: values that change the answer, and values that are refused, with their help."""

    name: str
    kind: Kind
    good: tuple[str, ...]
    bad: Mapping[str, str | None] = field(default_factory=dict)  # value: the nearest that is right
    allowed: str = ""  # what the refusal says is right
    beside: tuple[tuple[str, str], ...] = ()  # what else to ask so that it changes the answer
    required: bool = False

    @property
    def words(self) -> list[str]:
        return self.allowed.split(", ")


@dataclass(frozen=True)
class Address:
    """An address, the words of its errors, and all that it takes."""

    name: str
    path: str
    envelope: str
    declared: str  # where the code under test declares what it takes
    parameters: tuple[Parameter, ...]
    always: tuple[tuple[str, str], ...] = ()
    json_arrays: bool = False


def words(name, allowed, good, bad, **more):
    return Parameter(name, Kind.WORDS, good, bad, allowed, **more)


def word(name, allowed, good, bad, **more):
    return Parameter(name, Kind.WORD, good, bad, allowed, **more)


def yes_or_no(name, good=("true", "false"), **more):
    bad = {"maybe": None, "tru": "true", "2": None}
    return Parameter(name, Kind.BOOLEAN, good, bad, "true, 1, false, 0", **more)


def number(name, allowed, good, bad, **more):
    refused = dict.fromkeys((*bad, "-1", "1.5", "1e1", "one", "+1", "²"))
    return Parameter(name, Kind.NUMBER, good, refused, f"a whole number from {allowed}", **more)


def bounds(earliest, latest):
    # Two people of the cast of the tests were there on the 6th and the 7th.
    refused = dict.fromkeys(("yesterday", "2021-05-06Z", "06.05.2021"))
    form = "2021-05-06T10:50:35+0000 or 2021-05-06"
    return (
        Parameter(earliest, Kind.FROM, ("2021-05-07", "2021-05-06T12:00"), refused, form),
        Parameter(latest, Kind.TO, ("2021-05-06", "2021-05-07"), refused, form),
    )


def text(name, *good, **more):
    no_text = {"a\0b": None}
    return Parameter(name, Kind.TEXT, good, no_text, "a character that no text can hold", **more)


def uuid(name):
    refused = ("1", "me", f"{{{ANN}}}", ANN.replace("-", ""), f" {ANN}", f"urn:uuid:{ANN}", "\0")
    return Parameter(name, Kind.UUID, (ANN, BEN), dict.fromkeys(refused), "not a UUID")


DIRECTORY = Address(
    "directory",
    "/users",
    "export",
    "users.api.directory.filters.UserFilterSet",
    (
        word(
            "sort_by",
            "id, identifier, name, email, user_type, status, created_at, updated_at, created_by, "
            "updated_by",
            ("name", "email"),
            {"identifer": "identifier", "-name": "name", "password": None},
        ),
        word("sort_order", "asc, desc", ("asc", "desc"), {"dsc": "desc", "up": None}),
        uuid("id"),
        uuid("created_by"),
        uuid("updated_by"),
        words(
            "user_type",
            "saas_admin, saas_user, saas_user_client",
            ("saas_admin", "saas_user_client"),
            {"saas_admn": "saas_admin", "root": None, '["saas_user"]': ANYTHING},
        ),
        words(
            "status",
            "active, onboarding, inactive, suspended, risky",
            ("suspended", "risky"),
            {"activ": "active", "deleted": None, "*": None, '["risky"]': ANYTHING},
        ),
        *bounds("created_at_from", "created_at_to"),
        *bounds("updated_at_from", "updated_at_to"),
        text("search", "ann", "ben"),
        number("page", "1 up", ("2", "3"), ("0",), beside=(("page_size", "2"),)),
        number("page_size", "1 to 100", ("1", "2"), ("0", "101", "9" * 50)),
    ),
)
EXPORT = Address(
    "export",
    "/api/users/export",
    "export",
    "users.api.export.filters.UserFilterSet",
    (
        word(
            "format",
            "csv, pdf",
            ("csv", "pdf"),
            {"cvs": "csv", "xlsx": None},
            required=True,
        ),
        word(
            "sort_by",
            "name, email, username, created_at, updated_at, latest_login_at, organization, status",
            ("name", "email"),
            {"organisation": "organization", "password": None},
        ),
        word("sort_direction", "asc, desc", ("asc", "desc"), {"dsc": "desc", "up": None}),
        Parameter("organization_id", Kind.IDS, ("acme-italy", "acme-asia")),
        words(
            "status",
            "enabled, suspended, deleted",
            ("suspended", "deleted"),
            {"suspend": "suspended", "active": None, '["deleted"]': ANYTHING},
        ),
        Parameter("role", Kind.IDS, (READERS, HELPERS)),
        text("search", "ann", "ben"),
    ),
    always=(("format", "csv"),),
)
DOWNLOAD = Address(
    "download",
    "/api/v2/users/download",
    "download",
    "users.api.download.filters.UserFilterSet",
    (
        Parameter(
            "timezone",
            Kind.ZONE,
            ("Asia/Kolkata", "Europe/Rome"),
            {
                "Asia/Kolkatta": "Asia/Kolkata",
                "IST": ANYTHING,
                **dict.fromkeys(("+05:30", "localtime", "Factory", "../etc", "\0"), ANYTHING),
            },
            "an IANA time zone such as Europe/Rome",
        ),
        text("name", "Ann", "Ben"),
        text("loginName", "ann", "ben"),
        text("mail", "ann@", "ben@"),
        word(
            "accountStatus",
            "Enabled, Disabled, Enabled*, Disabled*",
            ("Enabled*", "Disabled"),
            {"Enable": "Enabled", "risky": None},
        ),
        yes_or_no("mfa"),
        yes_or_no("emailVerified"),
        Parameter("orgId", Kind.PLACE, ("acme-italy", "acme-asia")),
        text("groupName", "Staff", "Guests"),
        Parameter(
            "sort",
            Kind.SORT,
            ("name:asc", "mail:asc"),
            {"nme": "name", "password": None, "-mail": "mail"},
            "whenCreated, name, loginName, mail, lastLoggedIn, pwdExpiryDays, whenChanged, "
            "scheduleAccessEndDate",
        ),
        word("lastLoggedIn", "Never", ("Never",), {"Nevr": "Never", "2021-05-06": None}),
        *bounds("lastLoggedInFromDate", "lastLoggedInToDate"),
        *bounds("passwordExpiryFromDate", "passwordExpiryToDate"),
        *bounds("scheduleAccessExpiryFromDate", "scheduleAccessExpiryToDate"),
        Parameter("tags", Kind.NAMES, ("vip", "new"), {"a\0b": None}, "that no text can hold"),
        Parameter("siteId", Kind.PLACE, (ROME, PARIS)),
        words(
            "_fields",
            "firstname, lastname, fullname, userid, email, status, lastloggedin, passwordexpiry, "
            "phone, authdomain, mfa, emailverified, createdat, scheduleaccessstart, "
            "scheduleaccessend, scheduleaccesstimezone, tags",
            ("userid", "mfa"),
            {"emial": "email", "password": ANYTHING, "user_metadata": None},
        ),
        text("search", "ann", "ben"),
    ),
    json_arrays=True,
)
JOBS = Address(
    "jobs",
    "/api/v2/jobs",
    "jobs",
    "users.api.jobs.filters.JobFilterSet",
    (
        words(
            "status",
            "pending, processing, completed, failed",
            ("pending", "failed"),
            {"pendin": "pending", "done": None, '["failed"]': ANYTHING},
        ),
        number("page", "1 up", ("2", "3"), ("0",), beside=(("page_size", "1"),)),
        number("page_size", "1 to 100", ("1", "2"), ("0", "101", "9" * 50)),
    ),
)
FIELDS_OF_CONNECTIONS = (
    words("fields", "id, name, domain, is_builtin", ("name", "domain"), {"nam": "name", "x": None}),
    yes_or_no("include_fields", ("false", "true"), beside=(("fields", "name"),)),
)
CONNECTIONS = Address(
    "connections",
    "/api/v2/connections",
    "jobs",
    "users.api.jobs.filters.ConnectionFilterSet",
    (
        *FIELDS_OF_CONNECTIONS,
        text("name", "Corp", "Shop"),
        number(
            "page", "0 to 1000000", ("1", "2"), ("1000001", "9" * 50), beside=(("per_page", "1"),)
        ),
        number("per_page", "1 to 100", ("1", "2"), ("0", "101", "9" * 50)),
        number("take", "1 to 100", ("1", "2"), ("0", "101", "9" * 50)),
        yes_or_no("include_totals"),
        Parameter("from", Kind.CURSOR, (CORP, SHOP)),
    ),
)
CONNECTION = Address(
    "connection",
    f"/api/v2/connections/{CORP}",
    "jobs",
    "users.api.jobs.filters.ConnectionFieldsFilterSet",
    FIELDS_OF_CONNECTIONS,
)
ADDRESSES = (DIRECTORY, EXPORT, DOWNLOAD, JOBS, CONNECTIONS, CONNECTION)
QUESTIONS = [(address, parameter) for address in ADDRESSES for parameter in address.parameters]
