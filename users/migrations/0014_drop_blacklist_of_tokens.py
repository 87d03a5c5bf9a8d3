from django.db import migrations

TABLES = ("token_blacklist_blacklistedtoken", "token_blacklist_outstandingtoken")


class Migration(migrations.Migration):
    """Families of tokens have taken the place of simplejwt's blacklist; its rows say nothing more.

    Taken back, everybody signs in again.
    """

    dependencies = [("users", "0013_create_token_family")]

    operations = [
        migrations.RunSQL(f"DROP TABLE IF EXISTS {table}", migrations.RunSQL.noop)
        for table in TABLES
    ]
