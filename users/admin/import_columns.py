"""The form of the columns of an upload: for each, which field it is, or that it is left out."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import imports
from ..importing.mapping import ColumnMap, Problem, guess, metadata_path, respelled, suggestion
from ..importing.titles import METADATA
from .import_uploads import Upload

LEFT_OUT = "-"
# The fields of users, in the order in which one looks for them.
FIELDS: dict[Any, dict[str, Any]] = {
    _("Identity"): {
        "username": _("Username"),
        "email": _("E-mail address"),
        "email_verified": _("E-mail verified"),
        "id": _("ID"),
    },
    _("Profile"): {
        "name": _("Name"),
        "given_name": _("Given name"),
        "family_name": _("Family name"),
        "nickname": _("Nickname"),
        "phone": _("Phone"),
        "picture": _("Picture"),
        "description": _("Description"),
    },
    _("Place"): {
        "organization": _("Organization"),
        "user_type": _("User type"),
        "connection": _("Connection"),
        "auth_domain": _("Domain of the connection"),
        "roles": _("Roles"),
        "groups": _("Groups"),
        "tags": _("Tags"),
    },
    _("Access"): {
        "status": _("Status"),
        "export_status": _("Status in the words of exports"),
        "access_starts_at": _("Access from"),
        "access_ends_at": _("Access until"),
        "access_timezone": _("Time zone of the access"),
        "password_hash": _("Hash of the password"),
        "password_expires_at": _("Password expires"),
        "suspended_at": _("Suspended at"),
    },
    _("Record"): {
        "created_at": _("Created at"),
        "updated_at": _("Updated at"),
        "last_login": _("Last sign-in"),
        "login_count": _("Number of sign-ins"),
    },
    _("Metadata"): {
        "user_metadata": _("User metadata, as a JSON object"),
        "app_metadata": _("App metadata, as a JSON object"),
    },
}
LABELS: dict[str, Any] = {name: label for group in FIELDS.values() for name, label in group.items()}


class ColumnsForm(forms.Form):
    """A choice for each column of an upload; chosen are their fields, None for what is left out."""

    chosen: dict[str, str | None]

    def __init__(self, upload: Upload, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.upload = upload
        self.titles = [title for title, _ in upload.titles]
        for number, title in enumerate(self.titles):
            self.fields[f"column-{number}"] = forms.ChoiceField(
                label=title,
                choices=_choices(title),
                initial=_initial(upload, title),
                error_messages={
                    "required": _("Choose a field for this column, or leave it out."),
                },
            )

    @property
    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield each column: its title, its first values, its choice, and what it may mean."""
        for number, (title, values) in enumerate(self.upload.titles):
            near = suggestion(title) if guess(title) is None else ""
            yield {
                "title": title,
                "values": values,
                "choice": self[f"column-{number}"],
                "is_known": guess(title) is not None,
                "near": LABELS.get(near, ""),
            }

    def clean(self) -> dict[str, Any]:
        """Refuse columns that cannot be taken together."""
        if self.errors:
            return self.cleaned_data
        self.chosen = self._chosen()
        needed = imports.needed(self.upload.options["upsert"])
        for problem in ColumnMap(self.chosen).problems(self.titles, needed):
            self._tell(problem)
        return self.cleaned_data

    def _chosen(self) -> dict[str, str | None]:
        """Return the field of each title, None for what is left out."""
        found = [self.cleaned_data[f"column-{number}"] for number in range(len(self.titles))]
        return {
            title: None if name == LEFT_OUT else name
            for title, name in zip(self.titles, found, strict=True)
        }

    def _tell(self, problem: Problem) -> None:
        if problem.code == "required":
            label = LABELS[problem.title]
            message = gettext("Choose the column that is the %(field)s: every import needs one.")
            self.add_error(None, message % {"field": label})
        elif problem.code == "field_twice":
            self._tell_twice(problem)
        else:
            self.add_error(self._name_of(problem.title), problem.message)

    def _tell_twice(self, problem: Problem) -> None:
        name = str(self.chosen[problem.title])
        message = gettext("“%(title)s” and “%(first)s” are both %(field)s: leave one of them out.")
        told = {"title": problem.title, "first": problem.other, "field": LABELS.get(name, name)}
        self.add_error(self._name_of(problem.title), message % told)

    def _name_of(self, title: str) -> str:
        return f"column-{self.titles.index(title)}"


def _initial(upload: Upload, title: str) -> str | None:
    if title in upload.columns:
        return upload.columns[title] or LEFT_OUT
    name = guess(title)
    return LEFT_OUT if name == "" else name or respelled(title)


def _choices(title: str) -> list[tuple[Any, Any]]:
    """Return what a column may be: nothing yet, left out, a field, or a key of metadata."""
    groups = [(label, list(fields.items())) for label, fields in FIELDS.items()]
    paths = [metadata_path(root, title) for root in METADATA]
    own = guess(title)
    if own and own not in LABELS and own not in paths:
        paths.insert(0, own)
    groups[-1][1].extend((path, path) for path in paths)
    return [("", _("Choose …")), (LEFT_OUT, _("Leave out")), *groups]
