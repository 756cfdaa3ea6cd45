"""Where the shop keeps things: orders in the database, work to do in the queue."""
import os
import pathlib

import psycopg2
import redis

WAITING = "orders:waiting"


def database():
    return psycopg2.connect(
        host=os.environ["DATABASE_HOST"],
        dbname=os.environ["DATABASE_NAME"],
        user=os.environ["DATABASE_USER"],
        password=pathlib.Path(os.environ["DATABASE_PASSWORD_FILE"]).read_text().strip(),
        connect_timeout=5,
    )


def queue():
    return redis.Redis.from_url(os.environ["QUEUE_URL"], decode_responses=True)
