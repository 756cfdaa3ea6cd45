"""A mail server that delivers to nobody: SMTP on 2525, and http://...:8025/ADDRESS shows what that address got."""
import asyncore
import email
import email.policy
import http.server
import smtpd
import threading

inbox = {}


class Server(smtpd.SMTPServer):
    def process_message(self, peer, sender, recipients, data, **_):
        message = email.message_from_bytes(data, policy=email.policy.default)
        for recipient in recipients:
            inbox.setdefault(recipient, []).append(f"{message['Subject']}: {message.get_content().strip()}\n")


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        address = self.path.lstrip("/")
        body = "".join(sorted(inbox.get(address, []))).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


Server(("0.0.0.0", 2525), None)
threading.Thread(target=asyncore.loop, daemon=True).start()
http.server.ThreadingHTTPServer(("0.0.0.0", 8025), Page).serve_forever()
