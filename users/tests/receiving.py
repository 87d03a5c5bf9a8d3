"""Receivers of webhooks: real ones, on this machine, with and without TLS."""

import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from users.models import Webhook
from usersvc import clock


class Receiver(ThreadingHTTPServer):
    """Keeps what it gets, and answers with the statuses that it was told, the last one for ever."""

    daemon_threads = True

    def __init__(self, *statuses):
        super().__init__(("127.0.0.1", 0), Handler)
        self.statuses = list(statuses) or [204]
        self.headers = {}
        self.text = b"thank you"
        self.got = []
        self.scheme = "http"

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.server_port}/hook?of=us"

    def handle_error(self, request, client_address):
        pass  # whoever hangs up is looked at by the test

    def secure(self, folder):
        """Speak TLS from now on, and return the file of the certificate that is to be trusted."""
        trusted, both = certificate(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(both)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.scheme = "https"
        return trusted


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        statuses = self.server.statuses
        self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.text)

    def log_message(self, *args):
        pass


@contextmanager
def receiving(*statuses, folder=None):
    """Run a receiver; with a folder for its certificate, one that speaks TLS."""
    with Receiver(*statuses) as receiver:
        receiver.trusted = receiver.secure(folder) if folder else None
        thread = threading.Thread(target=receiver.serve_forever, args=[0.01], daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.shutdown()
            thread.join()


def certificate(folder):
    """Write a certificate of 127.0.0.1; return its file, and the file that has its key, too."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, both = folder / "trusted.pem", folder / "both.pem"
    text = built.public_bytes(serialization.Encoding.PEM)
    trusted.write_bytes(text)
    both.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + text
    )
    return trusted, both


def webhook_of(owner, url="https://hooks.example.com/", **values):
    """Return a webhook with a secret, which its attribute whsec is."""
    values = {"name": f"hook {Webhook.objects.count()}", "events": ["user.updated"]} | values
    hook = Webhook(owner=owner, url=url, **values)
    hook.whsec = hook.renew_secret(clock.now())
    hook.save()
    return hook
