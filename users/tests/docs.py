"""What the tests of the documentation share: a page taken apart as a reader's browser would."""

from html.parser import HTMLParser


class Codes(HTMLParser):
    """The blocks of code of a page, as they are copied: (group, language, text)."""

    def __init__(self):
        super().__init__()
        self.found, self.figure, self.is_code, self.text = [], None, False, ""

    def handle_starttag(self, tag, attrs):
        if tag == "figure":
            self.figure = dict(attrs)
        self.is_code = self.is_code or (tag == "code" and self.figure is not None)

    def handle_endtag(self, tag):
        if tag == "code" and self.is_code:
            group, language = (self.figure.get(f"data-{name}") for name in ("group", "language"))
            self.found.append((group, language, self.text))
            self.is_code, self.text = False, ""
        elif tag == "figure":
            self.figure = None

    def handle_data(self, data):
        if self.is_code:
            self.text += data


def codes(html):
    """Return the blocks of code of a page."""
    parser = Codes()
    parser.feed(html)
    return parser.found


def snippets(html):
    """Return the programs of a page, by family and language."""
    return {(group, language): text for group, language, text in codes(html) if group}
