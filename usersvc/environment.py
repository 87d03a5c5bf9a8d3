"""Readers of environment variables that refuse nonsense in one sentence."""

import os
import re
import secrets
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()
LEAST_KEY = 32  # characters
TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


def text(name: str, default: str) -> str:
    """Return the variable, or the default where it is absent or empty."""
    return os.environ.get(name) or default


def number(name: str, default: int, least: int, most: int) -> int:
    """Return a whole number between least and most, both included."""
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise ImproperlyConfigured(
            f"{name} is {value!r}, but must be a whole number from {least} to {most}."
        )
    return int(value)


def switch(name: str, default: bool) -> bool:
    """Return whether the variable says yes."""
    value = text(name, "1" if default else "0").lower()
    if value not in TRUE + FALSE:
        raise ImproperlyConfigured(f"{name} is {value!r}, but must be true or false.")
    return value in TRUE


def word(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """Return one of the allowed words, given in any case."""
    value = text(name, default)
    for known in allowed:
        if value.lower() == known.lower():
            return known
    raise ImproperlyConfigured(f"{name} is {value!r}, but must be {' or '.join(allowed)}.")


def words(name: str, default: list[str]) -> list[str]:
    """Return a comma-separated list, blanks dropped."""
    if not os.environ.get(name):
        return default
    return [part.strip() for part in os.environ[name].split(",") if part.strip()]


def address(name: str, default: str) -> str:
    """Return an IP address to listen at."""
    value = text(name, default)
    try:
        return str(ip_address(value))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {value!r}, but must be an IP address.") from error


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Return a comma-separated list of addresses and networks."""
    try:
        return [ip_network(part) for part in words(name, [])]
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} must be a comma-separated list of addresses or networks: {error}."
        ) from error


def url(name: str, default: str, schemes: tuple[str, ...]) -> str:
    """Return an address of one of the schemes, with a host and no trailing slash."""
    value = text(name, default)
    parts = urlsplit(value)
    if parts.scheme not in schemes or not parts.hostname:
        raise ImproperlyConfigured(
            f"{name} is {value!r}, but must be an address that begins with "
            f"{' or '.join(f'{scheme}://' for scheme in schemes)}."
        )
    return value.rstrip("/")


def database(name: str, default: str) -> dict[str, object]:
    """Return Django's dictionary for a sqlite:/// or postgresql:// address."""
    value = text(name, default)
    if not value.startswith(("sqlite:///", "postgres://", "postgresql://")):
        raise ImproperlyConfigured(
            f"{name} must begin with sqlite:/// or postgresql://, "
            f"but begins with {value.split(':')[0]!r}."
        )
    return dict(env.db_url_config(value))


def secret(name: str, file: Path) -> str:
    """Return the variable, or else the key kept in the file, generated once."""
    if value := os.environ.get(name):
        if len(value) < LEAST_KEY:
            raise ImproperlyConfigured(f"{name} must have {LEAST_KEY} characters or more.")
        return value
    try:
        _write_once(file, secrets.token_urlsafe(64))
    except OSError as error:
        raise ImproperlyConfigured(_no_place(name, file, error)) from error
    return file.read_text()


def token(name: str) -> str:
    """Return a secret that somebody else is to tell; empty where there is none."""
    value = text(name, "")
    if value and len(value) < LEAST_KEY:
        raise ImproperlyConfigured(f"{name} must have {LEAST_KEY} characters or more.")
    return value


def metrics_folder(data: Path) -> Path:
    """Return the folder in which processes count, and tell the library that counts."""
    path = data / "metrics"
    path.mkdir(mode=0o700, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(path)
    return path


def location(name: str) -> str:
    """Return a path of addresses, with a slash at both ends; empty where there is none."""
    value = text(name, "")
    if value and not re.fullmatch(r"(/[\w-]+)+/", value):
        raise ImproperlyConfigured(
            f"{name} is {value!r}, but must begin and end with a slash, such as /_files/."
        )
    return value


def secrets_before(name: str) -> list[str]:
    """Return a comma-separated list of keys that were in use before."""
    found = words(name, [])
    if any(len(key) < LEAST_KEY for key in found):
        raise ImproperlyConfigured(f"Each key of {name} must have {LEAST_KEY} characters or more.")
    return found


def keys(name: str, file: Path) -> list[str]:
    """Return the comma-separated Fernet keys, or else those in the file, generated once."""
    if value := os.environ.get(name):
        return _fernet_keys(value, name)
    try:
        _write_once(file, Fernet.generate_key().decode())
    except OSError as error:
        raise ImproperlyConfigured(_no_place(name, file, error)) from error
    return _fernet_keys(file.read_text(), str(file))


def _fernet_keys(value: str, source: str) -> list[str]:
    found = [part.strip() for part in value.split(",") if part.strip()]
    try:
        for key in found:
            Fernet(key)
    except ValueError:
        found = []
    if not found:
        raise ImproperlyConfigured(
            f"{source} must hold keys of 32 bytes as URL-safe base64 (44 characters), separated by "
            "commas: the first encrypts, all decrypt."
        )
    return found


def _no_place(name: str, file: Path, error: OSError) -> str:
    return (
        f"{file} cannot be written ({error.strerror}); set USERSVC_DATA to a writable folder "
        f"or {name} to a key."
    )


def _write_once(file: Path, content: str) -> None:
    """Create the file whole, readable by its owner only; one that exists stays as it is."""
    if file.exists():
        return
    with NamedTemporaryFile("w", dir=file.parent) as draft:  # mode 0600
        draft.write(content)
        draft.flush()
        with suppress(FileExistsError):
            os.link(draft.name, file)


def folder(name: str, default: Path) -> Path:
    """Return a writable folder, made when absent: for its owner alone."""
    path = Path(text(name, str(default))).absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name} is {path}, which cannot be made: {error.strerror}."
        ) from error
    return path
