"""How gunicorn serves: `manage.py serve` reads it, and `gunicorn -c usersvc/gunicorn.py` may."""

import os
from ipaddress import ip_address

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from gunicorn.workers.base import Worker  # type: ignore[import-untyped]

from usersvc import environment as env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "usersvc.settings")


def _address(name: str, default: str) -> str:
    """Return an IP address to listen at."""
    value = env.text(name, default)
    try:
        return str(ip_address(value))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {value!r}, but must be an IP address.") from error


HOST = _address("USERSVC_BIND", "127.0.0.1")

wsgi_app = "usersvc.wsgi:application"
bind = [f"[{HOST}]:{settings.PORT}" if ":" in HOST else f"{HOST}:{settings.PORT}"]
worker_class = "gthread"
workers = 2
threads = 8
preload_app = True
# The heartbeat comes from a thread of its own: it does not end long downloads, only dead workers.
timeout = 120
# Long lists of ids in a query; the most that gunicorn bounds at all.
limit_request_line = 8190
limit_request_field_size = 8190
graceful_timeout = 30
control_socket_disable = True
# Query strings hold names and addresses of people.
accesslog = None
loglevel = "warning"


def worker_int(worker: Worker) -> None:
    """End at once on an interrupt: threads in the middle of a file would hold up the exit."""
    os._exit(0)
