"""An API that knows its visitors by a signed cookie, whichever replica answers."""
import os
import pathlib
import secrets
import socket

import redis
from flask import Flask, jsonify, request, session

app = Flask(__name__)
app.secret_key = pathlib.Path("/run/secrets/cookie_key").read_text().strip()
store = redis.Redis.from_url(os.environ["SESSION_STORE"], decode_responses=True)


@app.get("/api/me")
def me():
    visitor = session.setdefault("visitor", secrets.token_hex(8))
    visits = store.hincrby("visits", visitor, 1)
    answer = jsonify(
        greeting=os.environ["GREETING"], visits=visits, release=os.environ["RELEASE"], host=request.host,
        asked=request.headers.get("X-Forwarded-Host"),
    )
    answer.headers["X-Replica"] = socket.gethostname()
    return answer


@app.post("/api/notes")
def note():
    """Keeps a note; the body is limited by the proxy."""
    store.rpush("notes", request.get_data(as_text=True))
    return jsonify(notes=store.llen("notes")), 201


@app.get("/api/notes")
def notes():
    return jsonify(store.lrange("notes", 0, -1))


@app.get("/api/health")
def health():
    store.ping()
    return "ok\n"
