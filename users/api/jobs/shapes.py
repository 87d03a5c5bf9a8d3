"""What jobs and connections look like in answers."""

from rest_framework import serializers

from usersvc.api.shapes import Shape

from ...models.connection import CONNECTION_ID_PATTERN
from .filters import STATUSES

JOB_ID_PATTERN = CONNECTION_ID_PATTERN.replace("con_", "job_")
TYPES = ("users_export", "users_import")


class ExportedFieldShape(Shape):
    """One field of the file."""

    name = serializers.CharField()
    export_as = serializers.CharField(required=False)


class NewJobShape(Shape):
    """A job as it was asked for; what was not given is left out."""

    status = serializers.ChoiceField(list(STATUSES))
    type = serializers.ChoiceField(TYPES)
    id = serializers.RegexField(JOB_ID_PATTERN, help_text="The id of the job.")
    created_at = serializers.DateTimeField()
    connection_id = serializers.RegexField(CONNECTION_ID_PATTERN, required=False)
    connection = serializers.CharField(required=False)
    format = serializers.ChoiceField(["json", "csv"], required=False)
    limit = serializers.IntegerField(min_value=1, required=False)
    fields = ExportedFieldShape(many=True, required=False)  # type: ignore[assignment]
    upsert = serializers.JSONField(required=False, help_text="Of an import.")
    external_id = serializers.CharField(required=False, help_text="Of an import.")
    send_completion_email = serializers.BooleanField(required=False, help_text="Of an import.")


class JobShape(NewJobShape):
    """A job, and how far it is."""

    percentage_done = serializers.IntegerField(min_value=0, max_value=100)
    summary = serializers.DictField(help_text="What became of the rows, in numbers.")
    time_left_seconds = serializers.IntegerField(min_value=0, required=False)
    location = serializers.URLField(
        required=False, help_text="Where the file is; good for a minute, and signed afresh."
    )
    error = serializers.CharField(required=False, help_text="A word for programs.")
    status_details = serializers.CharField(required=False, help_text="The error in words.")


class RowFaultShape(Shape):
    """One thing that is wrong with a row."""

    code = serializers.CharField()
    message = serializers.CharField()
    path = serializers.CharField(allow_blank=True)
    value = serializers.CharField(allow_blank=True)


class RefusedRowShape(Shape):
    """A row that an import refused."""

    line = serializers.IntegerField(min_value=0)
    user = serializers.DictField(help_text="What tells whom it is about.")
    errors = RowFaultShape(many=True)  # type: ignore[assignment]


class ConnectionInShortShape(Shape):
    """A source of identities; only the fields that were asked for."""

    id = serializers.RegexField(CONNECTION_ID_PATTERN, required=False)
    name = serializers.CharField(required=False)
    domain = serializers.CharField(required=False)
    is_builtin = serializers.BooleanField(required=False)


class ConnectionPageShape(Shape):
    """One page of connections, where pages are asked for."""

    connections = ConnectionInShortShape(many=True)
    total = serializers.IntegerField(min_value=0)
    next = serializers.CharField(required=False, help_text="The `from` of the next page.")
