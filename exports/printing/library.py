"""WeasyPrint, as a render process has it: loaded once, with its fonts, able to fetch nothing."""

from collections.abc import Iterable
from functools import cache
from typing import Any


@cache
def weasyprint() -> Any:
    """Return the library; OSError when Pango is not installed. It takes half a second."""
    import weasyprint as library
    import weasyprint.text.line_break
    from weasyprint.text.fonts import FontConfiguration  # noqa: F401

    return library


@cache
def font_configuration() -> Any:
    """Return the fonts of this process."""
    return weasyprint().text.fonts.FontConfiguration()


def document(html: str) -> Any:
    """Return a page of HTML, laid out; it may fetch nothing."""
    library = weasyprint()

    class NoFetcher(library.URLFetcher):  # type: ignore[name-defined, misc]
        """Names in the directory are not to make us open anything."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            raise ValueError("a sheet fetches nothing")

    page = library.HTML(string=html, url_fetcher=NoFetcher())
    return page.render(font_config=font_configuration())


def styles(html: str, classes: Iterable[str]) -> dict[str, Any]:
    """Return how the first text in each of the classes of paragraphs is set."""
    boxes = document(html).pages[0]._page_box.descendants()
    texts = [box for box in boxes if getattr(box, "text", "") and box.element is not None]
    found = {box.element.get("class"): box.style for box in texts}
    return {name: found[name] for name in classes}
