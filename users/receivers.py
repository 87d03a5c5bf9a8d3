"""Signals: what other applications' rows change about a person, and what the audit watches."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import password_reset
from allauth.mfa.models import Authenticator
from auditlog.registry import auditlog
from django.apps import apps
from django.contrib.auth import user_logged_in, user_logged_out
from django.contrib.auth.models import update_last_login
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.db.models import Model
from django.db.models.signals import post_delete, post_migrate, post_save, pre_save

from usersvc import headers

from . import lockout, operations, second_factor, tokens, witnessing
from .authentication import FAMILY
from .models import (
    ApiKey,
    AuditEntry,
    Connection,
    Group,
    Organization,
    Policy,
    Role,
    ServiceAccount,
    Site,
    Tag,
    TokenFamily,
    User,
    UserGroup,
    UserRole,
    UserSite,
    UserTag,
    Webhook,
)  # fmt: skip
from .models.audit import entries_written
from .notices import outbox
from .search import sqlite
from .sign_in.enrolment import may_not_enrol

# Copies and stamps say nothing that the entry itself does not say.
COPIES = ["name_key", "search_text", "updated_at", "updated_by"]
# Neither its secret, nor what its sender learns.
WEBHOOK_FIELDS = ["name", "url", "events", "organization", "owner", "is_active"]
MEMBERSHIPS = {UserRole: "role", UserGroup: "group", UserSite: "site", UserTag: "tag"}


def connect() -> None:
    """Connect every receiver; called once, when the models are ready."""
    for model in (Authenticator,):
        post_save.connect(keep_mfa_enabled, sender=model)
        post_delete.connect(keep_mfa_enabled, sender=model)
        post_save.connect(audit_second_factor_added, sender=model)
        post_delete.connect(audit_second_factor_removed, sender=model)
        pre_save.connect(refuse_second_factor, sender=model)
    password_reset.connect(verify_by_letter)
    post_save.connect(keep_email_verified, sender=EmailAddress)
    post_delete.connect(keep_email_verified, sender=EmailAddress)
    for membership in MEMBERSHIPS:
        post_save.connect(audit_membership_added, sender=membership)
        post_delete.connect(audit_membership_removed, sender=membership)
    # Django's own receiver would save the person again without counting the sign-in.
    user_logged_in.disconnect(update_last_login, dispatch_uid="update_last_login")
    user_logged_in.connect(record_sign_in)
    user_logged_out.connect(end_tokens)
    post_migrate.connect(keep_search_index, sender=apps.get_app_config("users"))
    auditlog.register(
        User,
        exclude_fields=[*_untold(User), "last_login", "login_count", "sign_in_version"],
        mask_fields=["password"],
        m2m_fields={"roles", "groups", "sites", "tags"},
    )
    for model in (Organization, Group, Site, Tag, Connection, Policy):
        auditlog.register(model, exclude_fields=_untold(model))
    used = ["last_used_at", "last_used_from", "version"]
    auditlog.register(
        ServiceAccount,
        exclude_fields=[*_untold(ServiceAccount), *used],
        mask_fields=["secret_hash"],
        m2m_fields={"permissions"},
    )
    auditlog.register(ApiKey, exclude_fields=used, mask_fields=["hash"])
    auditlog.register(Webhook, include_fields=WEBHOOK_FIELDS)
    entries_written.connect(outbox.people_changed)
    auditlog.register(Role, exclude_fields=_untold(Role), m2m_fields={"permissions"})


def _untold(model: type[Model]) -> list[str]:
    """Return the fields of a model that its entries leave out: copies, and the rows of others."""
    others = [each for each in model._meta.get_fields() if each.auto_created and not each.concrete]
    return [*COPIES, *(each.name for each in others)]


def keep_mfa_enabled(instance: Authenticator, **kwargs: Any) -> None:
    """Keep the copy of whether a person has a second factor."""
    people = User.all_objects.filter(pk=instance.user_id)
    for has in (True, False):
        people.with_second_factor(has).with_mfa(not has).update(mfa_enabled=has)


def audit_second_factor_added(instance: Authenticator, created: bool, **kwargs: Any) -> None:
    """Leave an entry of the person for a second factor, or codes instead of one, set up."""
    if created:
        operations.note(instance.user, second_factor=[None, instance.type])


def audit_second_factor_removed(instance: Authenticator, **kwargs: Any) -> None:
    """Leave an entry of the person for a second factor, or codes instead of one, taken away."""
    operations.note(instance.user, second_factor=[instance.type, None])


def refuse_second_factor(instance: Authenticator, **kwargs: Any) -> None:
    """Let nobody set up a second factor whose organization has them off."""
    if instance._state.adding and may_not_enrol(instance.user):
        raise PermissionDenied("Your organization has second factors turned off.")


def verify_by_letter(user: User, **kwargs: Any) -> None:
    """Note that who chose a password by the link of a letter reads the mail of the address.

    With another address pending, the letter may have gone there.
    """
    others = EmailAddress.objects.filter(user=user).exclude(email=user.email)
    if not user.email_verified and not others.exists():
        operations.verify_email(user)


def keep_email_verified(instance: EmailAddress, **kwargs: Any) -> None:
    """Keep the copy of whether a person's address is verified."""
    people = User.all_objects.filter(pk=instance.user_id)
    for verified in (True, False):
        for person in people.with_address_verified(verified).with_verified_email(not verified):
            person.email_verified = verified
            person.save(update_fields=["email_verified"])


def record_sign_in(user: User, request: Any, **kwargs: Any) -> None:
    """Note each sign-in with a session."""
    user.record_sign_in()
    lockout.record_success(request, user)
    witnessing.signed_in(user, second_factor.methods(request, user))


def end_tokens(request: Any, **kwargs: Any) -> None:
    """End the tokens that a program was given in a session that is signed out.

    What the session showed is cleared where it was shown.
    """
    headers.clear(request)
    if family := request.session.get(FAMILY):
        tokens.end(TokenFamily.objects.known_as(family))


def keep_search_index(using: str, **kwargs: Any) -> None:
    """Make SQLite's search index again where a migration rebuilt the table of people."""
    if connections[using].vendor == "sqlite":
        sqlite.install(connections[using])


def audit_membership_added(instance: Any, created: bool, **kwargs: Any) -> None:
    """Leave an entry of the person for a row that a form wrote; add() leaves its own."""
    if created:
        _audit_membership(instance, "add")


def audit_membership_removed(instance: Any, origin: Any = None, **kwargs: Any) -> None:
    """Leave an entry of the person for a row that a form deleted; remove() leaves its own."""
    if getattr(origin, "model", None) is not type(instance):
        _audit_membership(instance, "delete")


def _audit_membership(instance: Any, operation: str) -> None:
    other = MEMBERSHIPS[type(instance)]
    AuditEntry.objects.log_m2m_changes(
        [getattr(instance, other)], instance.user, operation, f"{other}s"
    )
