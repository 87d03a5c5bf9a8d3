"""The folded copies of what is searched, for the rows that were there before."""

from django.db import migrations

from users.text import searchable

SEARCHED = {
    "Connection": ("name", "domain", "description"),
    "Group": ("name", "description"),
    "Organization": ("name", "external_id", "description"),
    "Role": ("name", "description"),
    "Site": ("name", "description"),
    "Tag": ("name", "description"),
}
BLOCK = 1000


def fill(apps, schema_editor):
    for name, fields in SEARCHED.items():
        model = apps.get_model("users", name)
        rows = []
        for row in model.objects.iterator(chunk_size=BLOCK):
            row.search_text = searchable(*(getattr(row, field) for field in fields))
            rows.append(row)
        model.objects.bulk_update(rows, ["search_text"], batch_size=BLOCK)


class Migration(migrations.Migration):
    dependencies = [("users", "0007_add_search_text_of_named")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
