"""SQL by hand: the file of the download for sqlite3, and the same rows raw for both databases."""
# ruff: noqa: S608  (all parts are ours)

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

RAW = (
    "given_name, family_name, name, username, email, status, last_login, password_expires_at,"
    " phone, connection_id, mfa_enabled, email_verified, created_at, access_starts_at,"
    " access_ends_at, access_timezone, user_type"
)
RAW_STATEMENT = f"SELECT {RAW} FROM users_user WHERE deleted_at IS NULL"
# What a spreadsheet could run, and the telephone numbers among it that it could not.
STARTS = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"
PEOPLE = (
    "FROM users_user u LEFT JOIN users_connection c ON c.id = u.connection_id"
    " WHERE u.deleted_at IS NULL ORDER BY u.created_at DESC, u.id DESC"
)
TAGS = "FROM users_usertag l JOIN users_tag t ON t.id = l.tag_id WHERE l.user_id = u.id"
YEARS = range(2024, 2030)


def for_sqlite(at: datetime, zones: Iterable[str]) -> str:
    """Return what sqlite3 is to run: offsets of zones first, which SQLite knows nothing of."""
    rows = ",".join(f"('{zone}','{start}',{minutes})" for zone, start, minutes in _offsets(zones))
    now = at.astimezone(UTC).replace(tzinfo=None)
    cells = [
        *(_guard(f"u.{name}") for name in ("given_name", "family_name", "name")),
        *(_guard(f"u.{name}") for name in ("username", "email")),
        _state(f"'{now}'"),
        f"coalesce({_instant('u.last_login')}, 'Never')",
        _instant("u.password_expires_at"),
        _guard("u.phone"),
        _guard("c.domain"),
        "CASE WHEN u.mfa_enabled THEN 'true' ELSE 'false' END",
        "CASE WHEN u.email_verified THEN 'true' ELSE 'false' END",
        _instant("u.created_at"),
        _zoned("u.access_starts_at"),
        _zoned("u.access_ends_at"),
        _guard("u.access_timezone"),
        f"(SELECT group_concat(name, ';') FROM (SELECT t.name {TAGS} ORDER BY t.name_key, t.id))",
    ]
    return f"""
        CREATE TEMP TABLE offsets (zone, start, minutes, PRIMARY KEY (zone, start)) WITHOUT ROWID;
        INSERT INTO offsets VALUES {rows};
        SELECT {", ".join(cells)} {PEOPLE};
    """


def _state(now: str) -> str:
    return (
        "CASE WHEN u.status IN ('suspended', 'inactive') THEN 'Disabled'"
        " WHEN u.access_starts_at IS NULL AND u.access_ends_at IS NULL THEN 'Enabled'"
        f" WHEN u.access_starts_at > {now} OR u.access_ends_at <= {now} THEN 'Disabled*'"
        " ELSE 'Enabled*' END"
    )


def _guard(cell: str) -> str:
    starts = ",".join(str(ord(start)) for start in STARTS)
    # The first look settles almost every cell.
    return (
        f"CASE WHEN unicode({cell}) IN (39,{starts})"
        f" AND unicode(ltrim({cell}, '''')) IN ({starts})"
        f" AND NOT (unicode({cell}) IN (43, 45) AND trim({cell}, '0123456789 ()./+-') = '')"
        f" THEN '''' || {cell} ELSE {cell} END"
    )


def _instant(cell: str) -> str:
    # strftime rounds parts of a second up; this is right, and quicker.
    return f"substr({cell}, 1, 10) || 'T' || substr({cell}, 12, 8) || '+0000'"


def _zoned(cell: str) -> str:
    whole = f"substr({cell}, 1, 19)"
    return f"""CASE WHEN {cell} IS NULL THEN NULL
        WHEN u.access_timezone = 'UTC' THEN {_instant(cell)}
        ELSE (SELECT strftime('%Y-%m-%dT%H:%M:%S', {whole}, minutes || ' minutes')
            || printf('%s%02d%02d', CASE WHEN minutes < 0 THEN '-' ELSE '+' END,
                abs(minutes) / 60, abs(minutes) % 60)
            FROM offsets WHERE zone = u.access_timezone AND start <= {cell}
            ORDER BY start DESC LIMIT 1) END"""


def _offsets(zones: Iterable[str]) -> Iterator[tuple[str, str, int]]:
    """Yield when which zone takes which offset from UTC, in minutes."""
    day, quarter = timedelta(days=1), timedelta(minutes=15)
    for name in zones:
        zone, before, start = ZoneInfo(name), None, datetime(YEARS[0], 1, 1, tzinfo=UTC)
        while start.year <= YEARS[-1]:
            offset = start.astimezone(zone).utcoffset() or timedelta()
            if offset != before:
                yield name, f"{start:%Y-%m-%d %H:%M:%S}", offset // timedelta(minutes=1)
                before = offset
            turns = (start + day).astimezone(zone).utcoffset() != before
            start += quarter if turns else day
