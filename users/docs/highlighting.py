"""Code with its words marked by classes, which the style sheet colours."""

from html import escape

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import BashLexer, GoLexer, JavascriptLexer, JsonLexer, PythonLexer

# ending of a snippet's file: the lexer
LEXERS: dict[str, type[Lexer]] = {
    "sh": BashLexer,
    "py": PythonLexer,
    "js": JavascriptLexer,
    "go": GoLexer,
    "json": JsonLexer,
}


def highlighted(text: str, kind: str) -> str:
    """Return the code as HTML; of a kind that is not known, as it is."""
    if kind not in LEXERS:
        return escape(text)
    formatter = HtmlFormatter(nowrap=True)
    return str(highlight(text, LEXERS[kind](stripnl=False), formatter)).removesuffix("\n")
