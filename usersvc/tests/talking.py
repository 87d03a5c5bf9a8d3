"""Plain HTTP with the real service: requests as they are written, and answers taken apart."""

import json
import socket
from email.parser import Parser

from .serving import PATIENCE


class Answer:
    """What came back: a status, headers and a body."""

    def __init__(self, text):
        head, _, self.body = text.partition("\r\n\r\n")
        line, _, headers = head.partition("\r\n")
        self.status = int(line.split()[1]) if line else None
        self.headers = Parser().parsestr(headers)
        self.text = text
        if self.headers["Transfer-Encoding"] == "chunked":
            self.body = "".join(self.body.split("\r\n")[1:-1:2])

    def json(self):
        return json.loads(self.body)

    @property
    def cookies(self):
        """The Set-Cookie lines, by the name of the cookie."""
        lines = self.headers.get_all("Set-Cookie") or []
        return {line.partition("=")[0]: line for line in lines}


def send(service, method, target, body="", headers=None, **more):
    """Send a request and return its answer; more are headers, too (host_name → Host-Name)."""
    lines = {"Host": "localhost", "Connection": "close"} | (headers or {})
    lines |= {name.replace("_", "-"): value for name, value in more.items()}
    content = body if isinstance(body, bytes) else body.encode()
    if content and "Transfer-Encoding" not in lines:
        lines.setdefault("Content-Length", len(content))
    head = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in lines.items())]
    return exchange(service, "\r\n".join([*head, "", ""]).encode() + content)


def post_json(service, target, data, **more):
    return send(service, "POST", target, json.dumps(data), content_type="application/json", **more)


def token_of(service, username="admin", password=None):
    """Sign in and return an access token."""
    body = {"username": username, "password": password or service.password}
    return post_json(service, "/api/token", body).json()["access"]


def exchange(service, content):
    """Send bytes as they are and return the answer to them."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE) as connection:
        answer = b""
        try:
            connection.sendall(content)
            while part := connection.recv(65_536):
                answer += part
        except (ConnectionResetError, BrokenPipeError):  # what was sent of a refused request
            pass
        return Answer(answer.decode("utf-8", "replace"))
