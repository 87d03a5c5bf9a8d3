"""The slow, obvious writer of CSV files: one person, one cell at a time, out of the documents."""

from datetime import UTC
from zoneinfo import ZoneInfo

from users import status

CALLS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
PHONE = set("0123456789 +-.()/")


def file(people, columns, style, at):
    """Return the bytes of the file of some people, in their order."""
    lines = [row([safe(column.header) for column in columns])]
    lines += [
        row([safe(text(person, column, style, at)) for column in columns]) for person in people
    ]
    return "".join(lines).encode()


def row(cells):
    if cells == [""]:
        return '""\n'
    if cells == ["\\."]:
        return '"\\."\n'
    return ",".join(quoted(cell) for cell in cells) + "\n"


def quoted(cell):
    if any(sign in cell for sign in ',"\n\r'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def safe(cell):
    bare = cell.lstrip("'")
    if bare.startswith(CALLS) and not (cell[0] in "+-" and set(cell) <= PHONE):
        return "'" + cell
    return cell


def text(person, column, style, at):
    value = VALUES.get(column.name, lambda person, at: getattr(person, column.name))(person, at)
    if value is None:
        return column.kind.null
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return style.joiner.join(value)
    if column.name in ("access_starts_at", "access_ends_at"):
        return instant(value, ZoneInfo(person.access_timezone), style)
    return instant(value, style.zone, style) if hasattr(value, "year") else str(value)


def instant(value, zone, style):
    try:
        local = value.astimezone(zone)
    except OverflowError:
        local = value.astimezone(UTC)
    # strftime does not fill up years before 1000.
    return f"{local.year:04}" + local.strftime(style.instant.removeprefix("%Y"))


def names(manager):
    return [
        thing.name for thing in sorted(manager.all(), key=lambda each: (each.name_key, each.pk))
    ]


VALUES = {
    "organization": lambda person, at: person.organization and person.organization.name,
    "auth_domain": lambda person, at: person.connection.domain,
    "roles": lambda person, at: names(person.roles),
    "groups": lambda person, at: names(person.groups),
    "tags": lambda person, at: names(person.tags),
    "export_status": lambda person, at: str(status.export_status(person)),
    "account_state": lambda person, at: (
        state and str(state) if (state := status.account_state(person, at)) else None
    ),
    "mfa": lambda person, at: person.mfa_enabled,
}
