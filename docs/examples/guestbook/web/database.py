"""A small client of PostgreSQL's protocol 3.0: login with SCRAM-SHA-256, simple queries, rows as lists of text.

It is here so that the image builds offline, from the standard library alone.
"""
import base64
import hashlib
import hmac
import os
import socket
import struct


class DatabaseError(Exception):
    pass


class Connection:
    def __init__(self, host, user, password, database, port=5432):
        self._socket = socket.create_connection((host, port), timeout=5)
        self._stream = self._socket.makefile("rb")
        start = b"".join(
            part.encode() + b"\0" for part in ("user", user, "database", database)
        )
        self._send(b"", struct.pack("!i", 196608) + start + b"\0")
        self._login(password)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._send(b"X", b"")
        self._socket.close()

    def query(self, text):
        self._send(b"Q", text.encode() + b"\0")
        rows = []
        while True:
            kind, body = self._receive()
            if kind == b"D":
                rows.append(_row(body))
            elif kind == b"Z":
                return rows

    def _send(self, kind, body):
        self._socket.sendall(kind + struct.pack("!i", len(body) + 4) + body)

    def _receive(self):
        kind = self._stream.read(1)
        if not kind:
            raise DatabaseError("the server closed the connection")
        (length,) = struct.unpack("!i", self._stream.read(4))
        body = self._stream.read(length - 4)
        if kind == b"E":
            fields = dict((f[:1], f[1:]) for f in body.split(b"\0") if f)
            raise DatabaseError(fields.get(b"M", b"unknown error").decode())
        return kind, body

    def _login(self, password):
        scram = None
        while True:
            kind, body = self._receive()
            if kind == b"Z":
                return
            if kind != b"R":
                continue
            (code,) = struct.unpack("!i", body[:4])
            if code == 10:
                scram = _Scram(password)
                first = scram.first()
                self._send(b"p", b"SCRAM-SHA-256\0" + struct.pack("!i", len(first)) + first)
            elif code == 11:
                self._send(b"p", scram.final(body[4:]))
            elif code == 12:
                scram.verify(body[4:])
            elif code != 0:
                raise DatabaseError(f"login method {code} is not supported")


class _Scram:
    """RFC 5802, the client's side, without channel binding."""

    def __init__(self, password):
        self._password = password.encode()
        self._nonce = base64.b64encode(os.urandom(18)).decode()
        self._bare = "n=,r=" + self._nonce

    def first(self):
        return ("n,," + self._bare).encode()

    def final(self, server_first):
        text = server_first.decode()
        fields = dict(part.split("=", 1) for part in text.split(","))
        salt, rounds = base64.b64decode(fields["s"]), int(fields["i"])
        salted = hashlib.pbkdf2_hmac("sha256", self._password, salt, rounds)
        client_key = _mac(salted, b"Client Key")
        last = "c=biws,r=" + fields["r"]
        message = ",".join((self._bare, text, last)).encode()
        signature = _mac(hashlib.sha256(client_key).digest(), message)
        proof = bytes(a ^ b for a, b in zip(client_key, signature))
        self._expected = _mac(_mac(salted, b"Server Key"), message)
        return (last + ",p=" + base64.b64encode(proof).decode()).encode()

    def verify(self, server_final):
        given = base64.b64decode(server_final.decode().removeprefix("v="))
        if not hmac.compare_digest(given, self._expected):
            raise DatabaseError("the server does not know the password")


def _mac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def _row(body):
    (count,) = struct.unpack("!h", body[:2])
    at, values = 2, []
    for _ in range(count):
        (length,) = struct.unpack("!i", body[at : at + 4])
        at += 4
        if length < 0:
            values.append(None)
            continue
        values.append(body[at : at + length].decode())
        at += length
    return values
