"""What schemathesis leaves out when it goes over the whole API."""

import os

import schemathesis


@schemathesis.hook
def filter_case(context, case):
    """Leave the caller itself alone, who would lose its name and with it its tokens.

    And an empty version: like every empty value it is an absent one, which no schema can say.
    """
    own = (case.path_parameters or {}).get("id") == os.environ["FUZZ_SELF"]
    version = (case.headers or {}).get("X-API-Version", "v1")
    return not own and version != ""
