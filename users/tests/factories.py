import factory
from factory.django import DjangoModelFactory

from users.models import Connection, Group, Organization, Role, Site, Tag, User
from usersvc import clock

PASSWORD = "correct horse battery"


class OrganizationFactory(DjangoModelFactory):
    class Meta:
        model = Organization

    name = factory.Sequence(lambda n: f"Organization {n}")
    external_id = factory.Sequence(lambda n: f"org_{n}")


class RoleFactory(DjangoModelFactory):
    class Meta:
        model = Role

    name = factory.Sequence(lambda n: f"Role {n}")


class GroupFactory(DjangoModelFactory):
    class Meta:
        model = Group

    name = factory.Sequence(lambda n: f"Group {n}")


class SiteFactory(DjangoModelFactory):
    class Meta:
        model = Site

    name = factory.Sequence(lambda n: f"Site {n}")
    organization = factory.SubFactory(OrganizationFactory)


class TagFactory(DjangoModelFactory):
    class Meta:
        model = Tag

    name = factory.Sequence(lambda n: f"tag {n}")


class ConnectionFactory(DjangoModelFactory):
    class Meta:
        model = Connection

    name = factory.Sequence(lambda n: f"Connection {n}")
    domain = "example.org"


class UserFactory(DjangoModelFactory):
    """An active person; roles=[...], groups, sites and tags are given as lists."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        suspended = factory.Trait(status="suspended", suspended_at=factory.LazyFunction(clock.now))

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda person: f"{person.username}@example.com")
    name = factory.LazyAttribute(lambda person: person.username.title())
    status = "active"

    @factory.post_generation
    def roles(self, create, names):
        self.roles.add(
            *[
                Role.objects.get(name=name) if isinstance(name, str) else name
                for name in names or ()
            ]
        )

    @factory.post_generation
    def groups(self, create, groups):
        self.groups.add(*groups or ())

    @factory.post_generation
    def sites(self, create, sites):
        self.sites.add(*sites or ())

    @factory.post_generation
    def tags(self, create, tags):
        self.tags.add(*tags or ())

    @factory.post_generation
    def password(self, create, password):
        if password:
            self.set_password(password)
            self.save()
