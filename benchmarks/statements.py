"""The file of the download as SQL by hand, and the same rows raw: what databases' shells write."""
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
        *(_sqlite_guard(f"u.{name}") for name in ("given_name", "family_name", "name")),
        *(_sqlite_guard(f"u.{name}") for name in ("username", "email")),
        _state(f"'{now}'"),
        f"coalesce({_sqlite_instant('u.last_login')}, 'Never')",
        _sqlite_instant("u.password_expires_at"),
        _sqlite_guard("u.phone"),
        _sqlite_guard("c.domain"),
        "CASE WHEN u.mfa_enabled THEN 'true' ELSE 'false' END",
        "CASE WHEN u.email_verified THEN 'true' ELSE 'false' END",
        _sqlite_instant("u.created_at"),
        _sqlite_zoned("u.access_starts_at"),
        _sqlite_zoned("u.access_ends_at"),
        _sqlite_guard("u.access_timezone"),
        f"(SELECT group_concat(name, ';') FROM (SELECT t.name {TAGS} ORDER BY t.name_key, t.id))",
    ]
    return f"""
        CREATE TEMP TABLE offsets (zone, start, minutes, PRIMARY KEY (zone, start)) WITHOUT ROWID;
        INSERT INTO offsets VALUES {rows};
        SELECT {", ".join(cells)} {PEOPLE};
    """


def for_postgres(at: datetime) -> str:
    """Return the SELECT whose COPY is the file without its titles."""
    cells = [
        *(_postgres_guard(f"u.{name}") for name in ("given_name", "family_name", "name")),
        *(_postgres_guard(f"u.{name}") for name in ("username", "email")),
        _state(f"'{at.isoformat()}'::timestamptz"),
        f"coalesce({_postgres_instant('u.last_login')}, 'Never')",
        _postgres_instant("u.password_expires_at"),
        _postgres_guard("u.phone"),
        _postgres_guard("c.domain"),
        "CASE WHEN u.mfa_enabled THEN 'true' ELSE 'false' END",
        "CASE WHEN u.email_verified THEN 'true' ELSE 'false' END",
        _postgres_instant("u.created_at"),
        _postgres_zoned("u.access_starts_at"),
        _postgres_zoned("u.access_ends_at"),
        _postgres_guard("u.access_timezone"),
        f"(SELECT string_agg(t.name, ';' ORDER BY t.name_key, t.id) {TAGS})",
    ]
    return f"SELECT {', '.join(cells)} {PEOPLE}"


def _state(now: str) -> str:
    return (
        "CASE WHEN u.status IN ('suspended', 'inactive') THEN 'Disabled'"
        " WHEN u.access_starts_at IS NULL AND u.access_ends_at IS NULL THEN 'Enabled'"
        f" WHEN u.access_starts_at > {now} OR u.access_ends_at <= {now} THEN 'Disabled*'"
        " ELSE 'Enabled*' END"
    )


def _sqlite_guard(cell: str) -> str:
    return _guard(cell, "unicode", "trim({0}, '0123456789 ()./+-')", cell)


def _sqlite_instant(cell: str) -> str:
    # strftime rounds parts of a second up; this is right, and quicker.
    return f"substr({cell}, 1, 10) || 'T' || substr({cell}, 12, 8) || '+0000'"


def _sqlite_zoned(cell: str) -> str:
    whole = f"substr({cell}, 1, 19)"
    return f"""CASE WHEN {cell} IS NULL THEN NULL
        WHEN u.access_timezone = 'UTC' THEN {_sqlite_instant(cell)}
        ELSE (SELECT strftime('%Y-%m-%dT%H:%M:%S', {whole}, minutes || ' minutes')
            || printf('%s%02d%02d', CASE WHEN minutes < 0 THEN '-' ELSE '+' END,
                abs(minutes) / 60, abs(minutes) % 60)
            FROM offsets WHERE zone = u.access_timezone AND start <= {cell}
            ORDER BY start DESC LIMIT 1) END"""


def _postgres_guard(cell: str) -> str:
    return _guard(cell, "ascii", "translate({0}, '0123456789 ()./+-', '')", f"nullif({cell}, '')")


def _guard(cell: str, code: str, without_phone: str, safe: str) -> str:
    starts = ",".join(str(ord(start)) for start in STARTS)
    # The first look settles almost every cell.
    return (
        f"CASE WHEN {code}({cell}) IN (39,{starts}) AND {code}(ltrim({cell}, '''')) IN ({starts})"
        f" AND NOT ({code}({cell}) IN (43, 45) AND {without_phone.format(cell)} = '')"
        f" THEN '''' || {cell} ELSE {safe} END"
    )


def _postgres_instant(cell: str, zone: str = "'UTC'", offset: str = "'+0000'") -> str:
    return f"to_char({cell} AT TIME ZONE {zone}, 'YYYY-MM-DD\"T\"HH24:MI:SS') || {offset}"


def _postgres_zoned(cell: str) -> str:
    zone = "u.access_timezone"
    offset = f"({cell} AT TIME ZONE {zone}) - ({cell} AT TIME ZONE 'UTC')"
    sign = f"CASE WHEN {offset} < interval '0' THEN '-' ELSE '+' END"
    shown = f"{sign} || to_char(greatest({offset}, -({offset})), 'HH24MI')"
    instant = _postgres_instant(cell, zone, shown)
    return f"CASE WHEN {cell} IS NOT NULL THEN {instant} END"


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
