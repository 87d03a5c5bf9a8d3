#!/usr/bin/env python3
import os
import sys


def main() -> None:
    """Run a management command; a wrong setting ends it with one sentence, not a traceback."""
    # Here, because render processes load this file, too, and are to be without Django.
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "usersvc.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"usersvc is not configured: {error}")


if __name__ == "__main__":
    main()
