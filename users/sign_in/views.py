"""A person's own page: what it may change of itself."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import models
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.views.generic import UpdateView

from ..models import User


class ProfileForm(forms.ModelForm):
    """What nobody else decides: how a person wants to be called and reached."""

    class Meta:
        model = User
        fields = ("name", "given_name", "family_name", "nickname", "phone")


class AccountView(LoginRequiredMixin, UpdateView):
    """Shows a person what the directory says of it, and lets it change its own part."""

    form_class = ProfileForm
    template_name = "account/account.html"
    success_url = reverse_lazy("account")

    def get_object(self, queryset: models.QuerySet[Any] | None = None) -> User:
        # A row of its own: a form that is refused would change what the page says of who asks.
        person: User = User.objects.get(pk=self.request.user.pk)
        return person

    def form_valid(self, form: forms.ModelForm) -> HttpResponse:
        messages.success(self.request, gettext("Your profile is saved."))
        return super().form_valid(form)
