"""First calls of each family, in each language."""

from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string


@dataclass(frozen=True)
class Language:
    """A language of snippets: the ending of their files, and its name."""

    ending: str
    name: str


LANGUAGES = [
    Language("sh", "curl"),
    Language("py", "Python"),
    Language("js", "JavaScript"),
    Language("go", "Go"),
]


def snippet(family: str, language: Language) -> str:
    """Return a program, whole, for this service."""
    template = f"docs/snippets/{family}.{language.ending}"
    return render_to_string(template, {"base_url": settings.BASE_URL}).strip("\n")


def snippets(family: str) -> str:
    """Return the family's programs in all languages, as code of Markdown."""
    return "\n\n".join(
        f"```{each.ending} {family} {each.name}\n{snippet(family, each)}\n```" for each in LANGUAGES
    )
