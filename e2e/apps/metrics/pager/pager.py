"""A pager: POST /TEAM takes what Alertmanager sends, GET /TEAM shows what it got."""
import http.server
import json

pages = {}


class Pager(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for alert in sent["alerts"]:
            pages.setdefault(self.path, []).append(f"{alert['labels']['alertname']}: {alert['annotations']['summary']}\n")
        self.answer("")

    def do_GET(self):
        self.answer("".join(pages.get(self.path, [])))

    def answer(self, text):
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


http.server.ThreadingHTTPServer(("", 8001), Pager).serve_forever()
