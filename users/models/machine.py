"""Machine: a service account at work, which is its owner to all that refers to people."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Self

from usersvc import clock

from .api_key import ApiKey
from .service_account import ServiceAccount
from .user import User

SAVED = "A machine is no person of the directory: it is neither saved nor read again."


class Machine(User):
    """The owner of a service account, with the rights that both have and the account's sight.

    Rows that it makes are the owner's, the audit says which account it was.
    """

    account: ServiceAccount
    lets: Callable[[str], bool]
    key: ApiKey | None = None

    class Meta:
        proxy = True
        default_permissions = ()

    @classmethod
    def of(cls, account: ServiceAccount) -> Self:
        """Return an account that has an owner at work; its lets may be narrowed."""
        owner: Any = account.owner
        names = [field.attname for field in owner._meta.concrete_fields]
        machine = cls.from_db(owner._state.db, names, [getattr(owner, name) for name in names])
        machine.account, machine.lets = account, lambda name: True
        machine.client_id = account.pk
        # No rule that trusts superusers is to trust their machines.
        machine.is_superuser, machine.password = False, ""
        machine.sign_in_version = account.version
        if account.organization_id is not None:
            machine.organization = account.organization
        return machine

    @cached_property
    def _permissions(self) -> frozenset[str]:
        owner: Any = self.account.owner
        given = self.account.permission_names()
        if not owner.is_superuser:
            given &= owner.get_all_permissions()
        return frozenset(filter(self.lets, given)) if self.is_active else frozenset()

    @cached_property
    def is_active(self) -> bool:  # type: ignore[override]
        """Whether the account spoke when it was read."""
        return self.account.speaks(clock.now())

    def is_still_signed_in(self) -> bool:
        """Return whether the account still speaks, with the same sign-ins."""
        now = ServiceAccount.objects.known_as(self.account.pk).first()
        return bool(now and now.version == self.account.version and now.speaks(clock.now()))

    @property
    def scope(self) -> str:  # type: ignore[override]
        """The permissions that it has."""
        return " ".join(sorted(self._permissions))

    @property
    def sees_everybody(self) -> bool:
        """Whether no organization bounds what is seen: the owner's and its own."""
        return bool(self.account.owner.sees_everybody) and self.account.organization_id is None  # type: ignore[union-attr]

    def get_all_permissions(self, obj: Any = None) -> set[str]:
        """Return what the owner holds now, the account was given, and this sign-in lets it have."""
        return set() if obj is not None else set(self._permissions)

    get_group_permissions = get_all_permissions

    def get_user_permissions(self, obj: Any = None) -> set[str]:
        return set()

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return perm in self.get_all_permissions(obj)

    def has_module_perms(self, app_label: str) -> bool:
        return any(name.startswith(f"{app_label}.") for name in self._permissions)

    def save(self, *args: Any, **kwargs: Any) -> None:
        raise TypeError(SAVED)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(SAVED)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        raise TypeError(SAVED)
