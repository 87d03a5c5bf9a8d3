from django.contrib.admin.apps import AdminConfig


class UsersAdminConfig(AdminConfig):
    default_site = "users.admin.site.DirectoryAdminSite"
