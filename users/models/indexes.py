from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement


class NullsLastIndex(models.Index):
    """An index whose nulls come last in both directions, as every listing sorts them.

    PostgreSQL uses an index for an order only when it was declared so. SQLite refuses the words
    NULLS LAST in an index, and uses a plain one for such an order.
    """

    def create_sql(
        self,
        model: type[models.Model],
        schema_editor: BaseDatabaseSchemaEditor,
        using: str = "",
        **kwargs: Any,
    ) -> Statement:
        if schema_editor.connection.vendor != "postgresql":
            return super().create_sql(model, schema_editor, using, **kwargs)
        return schema_editor._create_index_sql(  # type: ignore[attr-defined,no-any-return]
            model,
            fields=[model._meta.get_field(name) for name, _ in self.fields_orders],
            name=self.name,
            using=using,
            col_suffixes=[f"{order} NULLS LAST" for _, order in self.fields_orders],
            **kwargs,
        )
