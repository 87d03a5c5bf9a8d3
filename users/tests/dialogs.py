"""What a browser posts from the dialog of an export."""


def asked(do="job", **chosen):
    """Return a filled-in dialog: the columns of the list as CSV in UTC, unless said otherwise."""
    return {"do": do, "format": "csv", "columns": "shown", "zone": "UTC", **chosen}


def own(**titles):
    """Return the choice of these columns, in this order, under these titles."""
    choice = {"columns": "own"}
    for place, (name, title) in enumerate(titles.items(), 1):
        choice |= {f"use_{name}": "on", f"place_{name}": str(place), f"title_{name}": title}
    return choice
