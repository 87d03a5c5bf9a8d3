"""TLS in front of the service, as a proxy speaks it: with a certificate made for the test."""

import ipaddress
import socket
import ssl
import threading
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from .serving import PATIENCE

END = b"\r\n\r\n"


def certify(folder):
    """Write a certificate of localhost and its key, and return both files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    at = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "tls.pem", folder / "tls.key"
    certificate.write_bytes(built.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, private


class Terminator:
    """Listens for TLS, and hands each request on to a port that speaks HTTP alone."""

    def __init__(self, certificate, private):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, private)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.behind = self._listener.getsockname()[1], None

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.close()

    def _accept(self):
        with suppress(OSError):  # it was closed
            while True:
                plain, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=[plain], daemon=True).start()

    def _carry(self, plain):
        plain.settimeout(PATIENCE)
        with suppress(OSError), self._context.wrap_socket(plain, server_side=True) as caller:
            head = b""
            while END not in head:
                part = caller.recv(65_536)
                if not part:
                    return
                head += part
            line, _, rest = head.partition(b"\r\n")
            told = b"X-Forwarded-Proto: https\r\nX-Forwarded-For: 127.0.0.1\r\nConnection: close"
            kept, _, body = rest.partition(END)
            lines = [each for each in kept.split(b"\r\n") if not each.lower().startswith(b"conn")]
            with closing(socket.create_connection(("127.0.0.1", self.behind))) as service:
                service.sendall(b"\r\n".join([line, told, *lines]) + END + body)
                threading.Thread(target=_pump, args=[caller, service], daemon=True).start()
                _pump(service, caller)


def _pump(source, target):
    with suppress(OSError, ValueError):
        while part := source.recv(65_536):
            target.sendall(part)


@contextmanager
def terminating(folder):
    """Return a terminator and the certificate that its callers have to trust."""
    certificate, private = certify(folder)
    with Terminator(certificate, private) as terminator:
        yield terminator, certificate
