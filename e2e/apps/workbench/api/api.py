"""The workbench's API."""
import os
import pathlib

import redis
from flask import Flask, jsonify, request
from greeting import greet

app = Flask(__name__)
store = redis.Redis(os.environ["STORE"], decode_responses=True)
UPLOADS = pathlib.Path("/uploads")


@app.get("/api/hello/<name>")
def hello(name):
    return jsonify(text=greet(name), times=store.hincrby("hello", name, 1), developer=os.environ["DEVELOPER"])


@app.put("/api/uploads/<name>")
def upload(name):
    scratch = pathlib.Path("/scratch") / name
    scratch.write_bytes(request.get_data())
    (UPLOADS / name).write_bytes(scratch.read_bytes().upper())
    scratch.unlink()
    return "", 204


@app.get("/api/uploads")
def uploads():
    return jsonify(sorted(path.name for path in UPLOADS.iterdir() if not path.name.startswith(".")))


@app.get("/api/health")
def health():
    store.ping()
    return "ok\n"
