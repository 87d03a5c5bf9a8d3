"""What makes a cell of a spreadsheet or CSV file safe to open."""

import re

# A spreadsheet takes a cell that begins so for a formula; an apostrophe before it says text.
CALLS = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"
# What already has apostrophes there gets one more: a reader can always take off exactly one.
STARTS = "'" + CALLS
_CALLS = re.compile(f"'*[{re.escape(CALLS)}]")
# What a telephone number and a negative number look like.
PHONE = r"[+-][0-9 +\-.()/]*"
_PHONE = re.compile(PHONE)


def guard(text: str) -> str:
    """Return the text, prefixed with ' where a spreadsheet could run it.

    A phone number such as +39 055 1 can call nothing and stays as it is.
    """
    if _CALLS.match(text) and not _PHONE.fullmatch(text):
        return "'" + text
    return text


def unguarded(cell: str) -> str:
    """Return the text that guard made a cell of: takes exactly one ' off, where there is one."""
    text = cell[1:]
    return text if cell.startswith("'") and guard(text) == cell else cell
