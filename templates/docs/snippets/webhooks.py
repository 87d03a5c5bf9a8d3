# pip install standardwebhooks
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["WEBHOOK_SECRET"])


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            notice = webhook.verify(body, headers)
        except (WebhookVerificationError, ValueError):
            self.send_response(400)
        else:
            print(headers["webhook-id"], notice["type"], flush=True)
            self.send_response(204)
        self.end_headers()


HTTPServer(("", int(os.environ.get("PORT", "9000"))), Receiver).serve_forever()
