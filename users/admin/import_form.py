"""The form that takes a file of people, and what to do with them."""

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..importing.faults import Unreadable
from ..importing.preview import Preview, preview
from ..models import Connection


class ImportForm(forms.Form):
    """A file, and what to do with its people."""

    users = forms.FileField(
        label=_("File"),
        help_text=_("CSV with a row of titles, a JSON array, or a JSON object a line."),
        widget=forms.FileInput(attrs={"accept": ".csv,.json,.jsonl,.ndjson,.gz,text/csv"}),
    )
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
    send_completion_email = forms.BooleanField(
        label=_("Write to me when the import has ended"), required=False
    )

    def clean_users(self) -> UploadedFile:
        """Refuse what is larger than an upload may be, and what is no table."""
        upload: UploadedFile = self.cleaned_data["users"]
        if (upload.size or 0) > settings.IMPORT_MAX_UPLOAD:
            most = filesizeformat(settings.IMPORT_MAX_UPLOAD)
            raise forms.ValidationError(gettext("is larger than %(most)s") % {"most": most})
        try:
            self.preview: Preview = preview(upload.file)  # type: ignore[arg-type]
        except Unreadable as error:
            raise forms.ValidationError(str(error)) from error
        upload.seek(0)
        return upload
