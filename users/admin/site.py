from django.contrib import admin


class DirectoryAdminSite(admin.AdminSite):
    site_header = "usersvc"
    site_title = "usersvc"
    index_title = "Directory"
