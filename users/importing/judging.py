"""Whether a block of rows may be written: by the rules of every other write, in few queries."""

from collections.abc import Sequence
from typing import Any

from usersvc import clock

from .. import rules
from ..api.people.writing import KEEPS_OUT, NEEDS_METADATA, NO_PLACE, NOT_ONES_OWN
from ..api.writing import TAKEN
from ..columns import METADATA
from ..models import User
from ..models.user import HELD_BY_DELETED
from ..rules import Stake
from ..status import may_sign_in
from .cases import Case, changed_case, new_case
from .holders import Holder, Holders, Targets, still_there
from .options import Run
from .wanted import Wanted
from .warning import warn

LACKING = "insufficient permissions: this requires {permission}"
REQUIRED = "required"
NEEDED = {"roles": "users.manage_role", "organization": "users.manage_organization"}
ATTRIBUTES = {"user_metadata": METADATA, "app_metadata": METADATA}


class Judge:
    """Judges one block."""

    def __init__(self, run: Run, block: Sequence[Wanted]) -> None:
        self._run, self._actor = run, run.actor
        self._block = [wanted for wanted in block if not wanted.faults]
        if self._could_keep_out():
            rules.hold_super_admins()  # before any row of a person: everybody locks in this order
        places = {pk for each in block for pk in each.places.get("organization", ())}
        self._places = still_there(run, places | {run.actor.organization_id} - {None})
        self._holders = Holders(self._block)
        kinds = {kind for wanted in self._block for kind in wanted.ties}
        targets = [holder.pk for each in self._block if (holder := self._target(each))]
        self._targets = Targets(run, targets if run.options.upsert else (), kinds)
        self._grantable = rules.grantable_roles(self._actor) if "roles" in kinds else set()

    def cases(self) -> list[Case]:
        """Return the cases that nothing speaks against; the others' rows have got their faults."""
        found = [case for wanted in self._block if (case := self._case(wanted))]
        for case in found:
            self._check_permissions(case)
            if case.is_new or case.changes.keys() & {"username", "email"}:
                self._check_names(case)
        found = [case for case in found if not case.wanted.faults]
        for case, reason in self._refusals(found):
            case.wanted.refuse("", "forbidden", reason)
        found = [case for case in found if not case.wanted.faults]
        if self._run.options.dry_run:
            for case in found:
                warn(case, self._run)
        return found

    def _could_keep_out(self) -> bool:
        told = {name for wanted in self._block for name in wanted.given}
        may = told & {"status", "access_starts_at", "access_ends_at", "roles"}
        return bool(may and self._run.options.upsert and self._run.writes)

    def _target(self, wanted: Wanted) -> Holder | None:
        name = self._run.options.upsert
        value = wanted.values.get(name) if name else None
        return self._holders.of(name, value) if name and value else None

    def _case(self, wanted: Wanted) -> Case | None:
        upsert = self._run.options.upsert
        if upsert and not wanted.values.get(upsert):
            wanted.refuse(upsert, "required", REQUIRED)
            return None
        target = self._target(wanted)
        if target is None:
            return self._new(wanted)
        person = self._targets.people.get(target.pk)
        if person is None:
            self._taken(wanted, str(upsert), target)
            return None
        places = self._choose(wanted, person)
        if wanted.faults:
            return None
        held = {kind: ties[person.pk] for kind, ties in self._targets.ties.items()}
        return changed_case(self._run, wanted, person, places, held)

    def _new(self, wanted: Wanted) -> Case | None:
        if not wanted.values.get("email"):
            wanted.refuse("email", "required", REQUIRED)
            return None
        if made := self._made_before(wanted):
            person = User(pk=made.pk, username=made.username)
            return Case(wanted, person, is_new=False, was_made=True)
        places = self._choose(wanted, None)
        return None if wanted.faults else new_case(self._run, wanted, places)

    def _made_before(self, wanted: Wanted) -> Holder | None:
        """Return whom an earlier attempt of this run has made of the row."""
        run, holder = self._run, self._holders.of("email", wanted.values["email"])
        if holder is None:
            return None
        # Of others' rows an id says nothing: it could be that of anybody.
        brings_ids = run.options.again and run.takes_facts
        is_same = brings_ids and holder.pk == wanted.values.get("id")
        return holder if is_same or run.made(holder.pk, wanted.number) else None

    # -- where people belong

    def _choose(self, wanted: Wanted, person: Any) -> dict[str, Any]:
        """Return the organization and the connection that a row gives to a person."""
        places: dict[str, Any] = {}
        for name, candidates in wanted.places.items():
            if name == "connection" and self._run.options.connection_id:
                continue
            held = getattr(person, f"{name}_id", None)
            there = [pk for pk in candidates if name != "organization" or pk in self._places]
            if person is not None and held in candidates:
                continue
            if len(there) == 1:
                places[name] = there[0]
            elif candidates:
                wanted.refuse(name, "ambiguous", "names several: give an id that names one")
                wanted.doubts += 1
            elif self._actor.sees_everybody:
                places[name] = None
            elif person is not None:
                wanted.refuse(name, "required", REQUIRED)
        if person is None:
            self._choose_for_new(wanted, places)
        return places

    def _choose_for_new(self, wanted: Wanted, places: dict[str, Any]) -> None:
        if self._run.options.connection_id:
            places["connection"] = self._run.options.connection_id
        if "organization" not in places:
            places["organization"] = self._actor.organization_id
        if places["organization"] is None and not self._actor.sees_everybody:
            wanted.refuse("organization", "forbidden", NO_PLACE)
        elif places["organization"] not in {None, *self._places}:
            wanted.refuse("organization", "invalid", "no such organization")

    # -- names

    def _check_names(self, case: Case) -> None:
        """Refuse a name that another one holds, or that an earlier row of the file has told of."""
        for name, value in self._names(case):
            holder = self._holders.of(name, value)
            if holder is not None and (case.is_new or holder.pk != case.person.pk):
                self._taken(case.wanted, name, holder)
                # By one of its names it is about one person, by another about another.
                case.wanted.doubts += not case.is_new

    @staticmethod
    def _names(case: Case) -> list[tuple[str, Any]]:
        names = [("username", case.person.username), ("email", case.person.email)]
        return [*names, ("id", case.person.pk)] if case.is_new else names

    def _taken(self, wanted: Wanted, name: str, holder: Holder) -> None:
        if holder.is_deleted:
            wanted.refuse(name, "held_by_deleted", HELD_BY_DELETED)
        else:
            wanted.refuse(name, "taken", TAKEN)

    # -- rights

    def _check_permissions(self, case: Case) -> None:
        changed = set(case.changes)
        if case.is_new:
            changed = {name for name in NEEDS_METADATA if getattr(case.person, name)}
        changed |= case.ties.keys()
        for name, permission in (NEEDED | ATTRIBUTES).items():
            if name in changed and not self._actor.has_perm(permission):
                case.wanted.refuse(name, "forbidden", LACKING.format(permission=permission))
        added = case.ties.get("roles", (set(), set()))[0]
        if not added <= self._grantable:
            case.wanted.refuse("roles", "forbidden", rules.BEYOND_ROLE)

    def _refusals(self, cases: Sequence[Case]) -> list[tuple[Case, str]]:
        """Return the cases that the rules refuse, with the reasons."""
        by_stake: dict[Stake, list[Case]] = {}
        for case in cases:
            if not case.is_new and not case.is_unchanged:
                by_stake.setdefault(self._stake(case), []).append(case)
        found: list[tuple[Case, str]] = []
        for stake, some in by_stake.items():
            people = [case.person for case in some]
            reasons = rules.refused(self._actor, people, stake, self._run.gone)
            found += [(c, reasons[c.person.pk]) for c in some if c.person.pk in reasons]
        return found

    def _stake(self, case: Case) -> Stake:
        changed = case.changes.keys()
        person = case.person
        if changed & KEEPS_OUT and not may_sign_in(person, clock.now(), mfa=person.mfa_enabled):
            return Stake.ENTRY
        removed = case.ties.get("roles", (set(), set()))[1]
        if removed & self._super_admin_roles():
            return Stake.RANK
        if "roles" in case.ties or changed & {*NOT_ONES_OWN, "organization"}:
            return Stake.STANDING
        return Stake.NOTHING

    def _super_admin_roles(self) -> set[Any]:
        return self._run.reader.surroundings.super_admin_roles
