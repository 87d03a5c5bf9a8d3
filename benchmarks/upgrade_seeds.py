"""Prints each second factor with its secrets opened; run inside a tree of any age."""
# ruff: noqa: T201  (its parent reads what it prints)

import json
import os
import sys

import django

sys.path.insert(0, os.getcwd())  # before this folder, whose names are its own
os.environ["DJANGO_SETTINGS_MODULE"] = "usersvc.settings"
django.setup()

from allauth.mfa.models import Authenticator  # noqa: E402
from allauth.mfa.utils import decrypt  # noqa: E402

SECRETS = ("secret", "seed")


def main() -> None:
    """Print a line a factor, in the order of their ids."""
    for row in Authenticator.objects.order_by("pk").iterator():
        opened = {name: decrypt(row.data[name]) for name in SECRETS if name in row.data}
        print(json.dumps([row.pk, row.data | opened], sort_keys=True))


if __name__ == "__main__":
    main()
