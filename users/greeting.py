"""What `manage.py serve` says once it listens."""

import os
import shlex
import sys
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from .seeding.cast import USERNAMES
from .sign_in.enrolment import address as enrolment_address

# Where it has no name of its own to be reached by.
LOCAL_NAMES = {"*", "localhost", ".localhost"}


def greeting(password: str | None, people: int) -> str:
    """Return the address, how to sign in, and three lines for a shell; password is a new one."""
    lines = [
        "",
        f"usersvc is ready at {address()}",
        "",
        f"  admin     {address()}/admin/",
        f"  docs      {address()}/docs",
        f"  user      {settings.ADMIN_USERNAME}",
        f"  password  {_password_line(password)}",
        f"  people    {people:,}",
    ]
    if password and settings.DEMO_USERS:
        lines.append(f"            {', '.join(USERNAMES)} have the same password")
    if settings.STAFF_MFA == "optional":
        lines.append("  a second factor is optional for staff, because this is a demo")
    else:
        lines.append(f"  staff needs a second factor: set one up at {enrolment_address()} first,")
        lines.append("  and give --data-urlencode otp=CODE along with the password below")
    lines += ["", f"Try it in another terminal{_password_hint(password)}:", ""]
    lines += [*curl_lines(_password_word(password)), "", "Ctrl-C stops it.", ""]
    return "\n".join(lines)


def address() -> str:
    """Return where to reach the service from this machine."""
    if LOCAL_NAMES.intersection(settings.ALLOWED_HOSTS):
        return f"http://localhost:{settings.PORT}"
    return str(settings.BASE_URL)


def curl_lines(password: str) -> list[str]:
    """Return lines that get a token, a CSV and a PDF; password is a word of the shell."""
    export = f"{address()}/api/users/export?status=suspended&format="
    bearer = 'curl -sf -H "Authorization: Bearer $TOKEN"'
    fields = (f"username={settings.ADMIN_USERNAME}", f"password={password}")
    who = " ".join(f"--data-urlencode {each}" for each in fields)
    pick = r"""sed 's/.*"access":"\([^"]*\)".*/\1/'"""
    return [
        f"TOKEN=$(curl -s {address()}/api/token {who} | {pick})",
        f'{bearer} "{export}csv" -o users.csv',
        f'{bearer} "{export}pdf" -o users.pdf',
    ]


def reset_command() -> str:
    """Return the command that gives the administrator a new password, in this directory."""
    python = Path(sys.executable)
    if python.is_relative_to(settings.BASE_DIR):
        python = python.relative_to(settings.BASE_DIR)
    command = f"{python} manage.py changepassword {settings.ADMIN_USERNAME}"
    return " ".join([*_place(), command])


def _place() -> list[str]:
    """Return the assignments that name the directory in use, without a database's password."""
    return [
        f'{name}="${name}"' if urlsplit(value).password else f"{name}={shlex.quote(value)}"
        for name in ("USERSVC_DATA", "DATABASE_URL")
        if (value := os.environ.get(name))
    ]


def _password_line(password: str | None) -> str:
    if not password:
        return f"as before; a new one: {reset_command()}"
    if settings.ADMIN_PASSWORD:
        return "the one in USERSVC_ADMIN_PASSWORD"
    return f"{password}  (shown only now)"


def _password_hint(password: str | None) -> str:
    if settings.ADMIN_PASSWORD:
        return ", where USERSVC_ADMIN_PASSWORD is set, too"
    return "" if password else ", after PASSWORD='the password of admin'"


def _password_word(password: str | None) -> str:
    """Return the password as a word of the shell; one that the caller set stays in its variable."""
    if settings.ADMIN_PASSWORD:
        return '"$USERSVC_ADMIN_PASSWORD"'
    return shlex.quote(password) if password else '"$PASSWORD"'
