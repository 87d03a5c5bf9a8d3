"""What models and their fields are called, in the language of whoever reads.

They are named by their Python names, as Django does it; here is where the words of a language come
in. Names at the fields themselves would be a hundred migrations that do nothing.
"""

from typing import Any

from django.apps import AppConfig
from django.utils.text import camel_case_to_spaces
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

# What makemessages gathers.
NAMES = [
    gettext_noop("accepted at"),
    gettext_noop("access ends at"),
    gettext_noop("access starts at"),
    gettext_noop("access timezone"),
    gettext_noop("account"),
    gettext_noop("address"),
    gettext_noop("app metadata"),
    gettext_noop("client"),
    gettext_noop("connection"),
    gettext_noop("connections"),
    gettext_noop("created at"),
    gettext_noop("created by"),
    gettext_noop("deleted at"),
    gettext_noop("deleted with"),
    gettext_noop("description"),
    gettext_noop("domain"),
    gettext_noop("dormant after days"),
    gettext_noop("email"),
    gettext_noop("email verified"),
    gettext_noop("ended at"),
    gettext_noop("event"),
    gettext_noop("expires at"),
    gettext_noop("external id"),
    gettext_noop("failed at"),
    gettext_noop("failures"),
    gettext_noop("family name"),
    gettext_noop("given name"),
    gettext_noop("group"),
    gettext_noop("groups"),
    gettext_noop("hash"),
    gettext_noop("id"),
    gettext_noop("invitation"),
    gettext_noop("invitations"),
    gettext_noop("invited by"),
    gettext_noop("jobs"),
    gettext_noop("last used at"),
    gettext_noop("locked until"),
    gettext_noop("lockout failures"),
    gettext_noop("lockout minutes"),
    gettext_noop("login count"),
    gettext_noop("long lockout failures"),
    gettext_noop("long lockout minutes"),
    gettext_noop("methods"),
    gettext_noop("mfa"),
    gettext_noop("mfa enabled"),
    gettext_noop("name"),
    gettext_noop("network"),
    gettext_noop("nickname"),
    gettext_noop("organization"),
    gettext_noop("organizations"),
    gettext_noop("parent"),
    gettext_noop("password changed at"),
    gettext_noop("password expires at"),
    gettext_noop("password expiry days"),
    gettext_noop("password history"),
    gettext_noop("password min length"),
    gettext_noop("password notice days"),
    gettext_noop("permissions"),
    gettext_noop("person"),
    gettext_noop("phone"),
    gettext_noop("picture"),
    gettext_noop("policy"),
    gettext_noop("prefix"),
    gettext_noop("refresh"),
    gettext_noop("revoked at"),
    gettext_noop("role"),
    gettext_noop("roles"),
    gettext_noop("secret"),
    gettext_noop("secret hash"),
    gettext_noop("secret made at"),
    gettext_noop("sent at"),
    gettext_noop("serialized data"),
    gettext_noop("session hours"),
    gettext_noop("session idle minutes"),
    gettext_noop("shipped"),
    gettext_noop("sign in tries"),
    gettext_noop("site"),
    gettext_noop("sites"),
    gettext_noop("started at"),
    gettext_noop("status"),
    gettext_noop("status before"),
    gettext_noop("succeeded at"),
    gettext_noop("suspended at"),
    gettext_noop("suspended with"),
    gettext_noop("tag"),
    gettext_noop("tags"),
    gettext_noop("times sent"),
    gettext_noop("token family"),
    gettext_noop("updated at"),
    gettext_noop("updated by"),
    gettext_noop("user"),
    gettext_noop("user group"),
    gettext_noop("user groups"),
    gettext_noop("user metadata"),
    gettext_noop("user role"),
    gettext_noop("user roles"),
    gettext_noop("user site"),
    gettext_noop("user sites"),
    gettext_noop("user tag"),
    gettext_noop("user tags"),
    gettext_noop("user type"),
    gettext_noop("username"),
    gettext_noop("users"),
    gettext_noop("version"),
    gettext_noop("why"),
]


def name(app: AppConfig) -> None:
    """Let the names that Django made for the app's models and fields be translated."""
    for model in app.get_models():
        options = model._meta
        given = options.original_attrs
        words = camel_case_to_spaces(model.__name__)
        plural = f"{words}s"
        if "verbose_name" not in given:
            options.verbose_name = _(words)
        if "verbose_name_plural" not in given:
            options.verbose_name_plural = _(plural)
        fields: Any = [*options.local_fields, *options.local_many_to_many]
        for field in fields:
            if field._verbose_name is None:
                field.verbose_name = _(field.name.replace("_", " "))
