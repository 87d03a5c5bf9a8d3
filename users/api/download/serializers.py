"""What the download shows of a person: 17 columns, by the tokens of its document."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from exports.columns import ColumnSet
from exports.formats import FORMATS
from exports.kinds import ISO_OFFSET, Instant, Style

from ...columns import USER_COLUMNS, account_state
from ...exports import UserExport
from ..filtering import PeopleFilterSet

# token: the column's name; the title row holds the tokens themselves
TOKENS = {
    "firstname": "given_name",
    "lastname": "family_name",
    "fullname": "name",
    "userid": "username",
    "email": "email",
    "status": "account_state",
    "lastloggedin": "last_login",
    "passwordexpiry": "password_expires_at",
    "phone": "phone",
    "authdomain": "auth_domain",
    "mfa": "mfa",
    "emailverified": "email_verified",
    "createdat": "created_at",
    "scheduleaccessstart": "access_starts_at",
    "scheduleaccessend": "access_ends_at",
    "scheduleaccesstimezone": "access_timezone",
    "tags": "tags",
}


def columns(tokens: Sequence[str], at: datetime) -> ColumnSet:
    """Return the columns of the tokens, in that order; the account state is that of an instant."""
    known = {column.name: column for column in [*USER_COLUMNS, account_state(at)]}
    known["last_login"] = replace(known["last_login"], kind=Instant(null="Never"))
    return ColumnSet(replace(known[TOKENS[token]], name=token, header=token) for token in tokens)


def export_of(question: PeopleFilterSet) -> UserExport:
    """Return the export that a question asks for; RequestInvalid when it is not understood."""
    people = question.people()
    answers = question.answers
    return UserExport(
        family="download",
        question=question,
        people=people,
        columns=columns(answers["_fields"] or list(TOKENS), question.at),
        format=FORMATS[answers.get("format", "csv")],
        at=question.at,
        style=Style(instant=ISO_OFFSET, joiner=";", zone=answers["timezone"] or UTC),
    )
