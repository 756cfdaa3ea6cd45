"""The one command of redis that the guestbook needs, over its text protocol, so that the image builds offline."""
import socket


def increment(host, key):
    with socket.create_connection((host, 6379), timeout=3) as conn:
        name = key.encode()
        conn.sendall(b"*2\r\n$4\r\nINCR\r\n$%d\r\n%s\r\n" % (len(name), name))
        answer = conn.makefile("rb").readline().strip()
    if not answer.startswith(b":"):
        raise RuntimeError(f"redis answered {answer!r}")
    return int(answer[1:])
