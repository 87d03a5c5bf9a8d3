"""One small cast, in a tree of three levels with sibling branches.

acme ── acme-europe ── acme-italy
    └── acme-asia
globex
"""

from users.models import User

from .factories import PASSWORD, OrganizationFactory, UserFactory


class Cast:
    """Who is who: Root runs everything; the others hold one shipped role each."""

    def __init__(self):
        self.acme = OrganizationFactory(name="Acme", external_id="acme")
        self.europe = OrganizationFactory(
            name="Acme Europe", external_id="acme-europe", parent=self.acme
        )
        self.italy = OrganizationFactory(
            name="Acme Italy", external_id="acme-italy", parent=self.europe
        )
        self.asia = OrganizationFactory(name="Acme Asia", external_id="acme-asia", parent=self.acme)
        self.globex = OrganizationFactory(name="Globex", external_id="globex")

        self.root = User.objects.create_superuser("root", "root@example.com", PASSWORD)
        # Alice administers Europe; Bob helps her; Rita reads; Sam supports, without files.
        self.alice = self._person("alice", self.europe, roles=["Admin"])
        self.bob = self._person("bob", self.europe, roles=["Backoffice"])
        self.rita = self._person("rita", self.europe, roles=["Reader"])
        self.sam = self._person("sam", self.europe, roles=["Support"])
        # Sue owns all of Acme; Nora belongs nowhere; Zoe owns another company.
        self.sue = self._person("sue", self.acme, roles=["Super Admin"])
        self.nora = self._person("nora", None, roles=["Reader"])
        self.zoe = self._person("zoe", self.globex, roles=["Super Admin"])
        # People without a role: Ivo below Europe, Akira beside it, Charlie with no access at all.
        self.ivo = self._person("ivo", self.italy)
        self.akira = self._person("akira", self.asia)
        self.charlie = self._person("charlie", self.europe)

    @staticmethod
    def _person(username, organization, roles=()):
        return UserFactory(
            username=username, organization=organization, roles=list(roles), password=PASSWORD
        )
