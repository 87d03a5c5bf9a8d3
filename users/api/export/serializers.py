"""What the export family shows of a person: its columns, in the order of its document."""

from exports.formats import FORMATS

from ...columns import USER_COLUMNS
from ...exports import UserExport
from ..filtering import PeopleFilterSet

FORMAT_WORDS = ["csv", "pdf"]

COLUMNS = USER_COLUMNS.only(
    [
        "username",
        "email",
        "name",
        "phone",
        "organization",
        "roles",
        "export_status",
        "created_at",
        "last_login",
        "suspended_at",
    ]
)


def export_of(question: PeopleFilterSet) -> UserExport:
    """Return the export that a question asks for; RequestInvalid when it is not understood."""
    people = question.people()
    names = question.answers.get("_fields") or COLUMNS.names
    return UserExport(
        family="export",
        question=question,
        people=people,
        columns=USER_COLUMNS.pick(names, question.actor),
        format=FORMATS[question.answers["format"]],
        at=question.at,
    )
