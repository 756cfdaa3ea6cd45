"""The guestbook's page: GET / shows it, POST / with name=... signs it."""
import html
import http.server
import os
import pathlib
import urllib.parse

import cache
import database

PASSWORD = pathlib.Path("/run/secrets/db_password").read_text().strip()


def connect():
    return database.Connection(
        os.environ["DATABASE_HOST"], "postgres", PASSWORD, os.environ["DATABASE_NAME"]
    )


def literal(text):
    return "'" + text.replace("\0", "").replace("'", "''") + "'"


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/health":
            with connect() as db:
                db.query("SELECT 1")
            cache.increment(os.environ["REDIS_HOST"], "checks")
            return self.answer("ok\n")
        visits = cache.increment(os.environ["REDIS_HOST"], "visits")
        with connect() as db:
            rows = db.query("SELECT name FROM signatures ORDER BY id")
        names = "".join(f"<li>{html.escape(name)}</li>\n" for (name,) in rows)
        self.answer(
            f"<h1>Guestbook</h1>\n<p>visit {visits}</p>\n<ul>\n{names}</ul>\n", "text/html"
        )

    def do_POST(self):
        length = min(int(self.headers.get("Content-Length", 0)), 4096)
        form = urllib.parse.parse_qs(self.rfile.read(length).decode())
        name = form.get("name", ["somebody"])[0][:80]
        with connect() as db:
            db.query(f"INSERT INTO signatures (name) VALUES ({literal(name)})")
        self.answer(f"thank you, {name}\n")

    def answer(self, text, kind="text/plain"):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind + "; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("", 8000), Page).serve_forever()
