"""What the import of a file asks: the file, what its columns mean, and how it is to be done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.forms import BoundField
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..importing.peeking import Title
from ..importing.titles import SPELLINGS
from ..models import Connection

LEAVE_OUT = "-"


class OptionsForm(forms.Form):
    """How a file is to be imported."""

    upsert = forms.ChoiceField(
        label=_("Who is there already"),
        choices=[
            ("", _("is refused")),
            ("email", _("is found by e-mail address, and changed")),
            ("username", _("is found by username, and changed")),
        ],
        required=False,
    )
    connection = forms.ModelChoiceField(
        Connection.objects.order_by("name_key"),
        label=_("Connection"),
        required=False,
        empty_label=_("as the file says"),
        help_text=_("Of everybody new."),
    )
    send_completion_email = forms.BooleanField(label=_("Write to me at its end"), required=False)

    def spec(self) -> dict[str, Any]:
        """Return what a job is to do, as plain data."""
        connection = self.cleaned_data["connection"]
        return {
            "upsert": self.cleaned_data["upsert"] or None,
            "connection_id": connection.pk if connection else None,
        }


class ImportForm(OptionsForm):
    """A file, and how it is to be imported."""

    users = forms.FileField(
        label=_("File"),
        help_text=_("CSV with a row of titles, a JSON array, or an object a line."),
    )
    field_order = ("users",)

    def clean_users(self) -> UploadedFile:
        """Refuse what is larger than an upload may be."""
        upload: UploadedFile = self.cleaned_data["users"]
        if (upload.size or 0) > settings.IMPORT_MAX_UPLOAD:
            most = filesizeformat(settings.IMPORT_MAX_UPLOAD)
            raise forms.ValidationError(gettext("is larger than %(most)s") % {"most": most})
        return upload


@dataclass(frozen=True)
class ColumnRow:
    """One column of a file, and the field that says what it means."""

    title: Title
    field: BoundField


class ColumnsForm(OptionsForm):
    """What each column of a file means."""

    def __init__(self, titles: Sequence[Title], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._titles = titles
        for place, title in enumerate(titles):
            guess = title.guess
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=title.text,
                choices=_choices(title),
                initial=LEAVE_OUT if guess == "" else guess,
                error_messages={"required": _("Say what it means, or leave it out.")},
            )

    def rows(self) -> Iterator[ColumnRow]:
        """Yield the columns of the file, each with its field."""
        for place, title in enumerate(self._titles):
            yield ColumnRow(title, self[f"column_{place}"])

    def options(self) -> Iterator[BoundField]:
        """Yield the fields that are of no column."""
        return (self[name] for name in OptionsForm.base_fields)

    def clean(self) -> dict[str, Any]:
        """Refuse one field for two columns, and a file that names nobody."""
        cleaned = super().clean() or {}
        first: dict[str, str] = {}
        for place, title in enumerate(self._titles):
            meant = cleaned.get(f"column_{place}", LEAVE_OUT)
            if meant == LEAVE_OUT:
                continue
            if meant in first:
                message = gettext("“%(first)s” is to be this field, too: choose one of them.")
                self.add_error(f"column_{place}", message % {"first": first[meant]})
            first.setdefault(meant, title.text)
        key = "username" if cleaned.get("upsert") == "username" else "email"
        if not self.errors and key not in first:
            message = gettext("Say which column holds the %(field)s: without it, nobody is named.")
            self.add_error(None, message % {"field": key})
        return cleaned

    def columns(self) -> dict[str, str | None]:
        """Return what each title is called by an import; None for what is left out."""
        found = {}
        for place, title in enumerate(self._titles):
            meant = self.cleaned_data[f"column_{place}"]
            found[title.text] = None if meant == LEAVE_OUT else meant
        return found


def _choices(title: Title) -> list[Any]:
    names = [(name, name.replace("_", " ")) for name in SPELLINGS]
    known = {name for name, _label in names}
    extra = [each for each in (title.guess, title.as_metadata) if each and each not in known]
    return [
        ("", gettext("choose …")),
        (LEAVE_OUT, gettext("leave out")),
        *((each, each) for each in dict.fromkeys(extra)),
        (gettext("Fields"), names),
    ]
