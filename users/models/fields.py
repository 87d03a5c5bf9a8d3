"""Fields whose stored text is folded, and ordered byte by byte on both databases."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from ..text import fold


class BytewiseMixin(models.Field):
    """Orders as SQLite does on PostgreSQL, too, whatever the cluster's locale is."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        parameters = dict(super().db_parameters(connection))
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


class KeyField(BytewiseMixin, models.TextField):
    """A folded copy of other fields; whoever writes those writes this."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"editable": False, "default": "", **kwargs})


class Bytewise(models.Func):
    """A text in the order of its bytes, which is SQLite's own."""

    template = "%(expressions)s"

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template='(%(expressions)s) COLLATE "C"')


class FoldedMixin(BytewiseMixin):
    """Text that is stored folded; assigned and looked-up values are folded on their way in."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return fold(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(super().get_prep_value(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value


class FoldedCharField(FoldedMixin, models.CharField):
    """A name that ignores case."""


class FoldedEmailField(FoldedMixin, models.EmailField):
    """An e-mail address that ignores case."""
