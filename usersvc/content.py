"""What a page may load and where it may send: nothing but from and to this service."""

from csp.constants import NONE, SELF

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        **{key: [NONE] for key in ("default-src", "frame-ancestors", "base-uri", "object-src")},
        **{key: [SELF] for key in ("script-src", "style-src", "font-src")},
        **{key: [SELF] for key in ("connect-src", "form-action")},
        "img-src": [SELF, "data:"],
    }
}
