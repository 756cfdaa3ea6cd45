"""A worker takes an order from the queue, takes the goods from the stock, and writes to the customer.

An order that a worker has begun lies in a second list, so that it is not lost when the worker dies: each worker starts
with what lies there, and the database knows what is done. On SIGTERM it finishes the order that it is at.
"""
import os
import signal
import smtplib
import time
from email.message import EmailMessage

import psycopg2
import redis

from . import storage

BEGUN = "orders:begun"
stopping = False


def stop(*_):
    global stopping
    stopping = True


def ship(db, number):
    """Takes the goods from the stock. Gives address, product, quantity and state, or None when it was done before."""
    with db, db.cursor() as rows:
        rows.execute("SELECT product, quantity, email, state FROM orders WHERE id = %s FOR UPDATE", (number,))
        row = rows.fetchone()
        if row is None or row[3] != "new":
            return None
        product, quantity, email, _ = row
        rows.execute("SELECT name, cents, stock FROM products WHERE id = %s FOR UPDATE", (product,))
        name, cents, stock = rows.fetchone()
        if stock < quantity:
            rows.execute("UPDATE orders SET state = 'sold out' WHERE id = %s", (number,))
            return email, name, quantity, "sold out"
        rows.execute("UPDATE products SET stock = stock - %s WHERE id = %s", (quantity, product))
        rows.execute("UPDATE orders SET state = 'shipped', cents = %s WHERE id = %s", (cents * quantity, number))
        return email, name, quantity, "shipped"


def write(number, email, name, quantity, state):
    message = EmailMessage()
    message["From"], message["To"] = os.environ["SENDER"], email
    message["Subject"] = f"Order {number}: {state}"
    days = os.environ["DELIVERY_DAYS"]
    message.set_content(f"{quantity} x {name}" + (f", with you in {days} days" if state == "shipped" else ""))
    with smtplib.SMTP(os.environ["SMTP_HOST"], 2525, timeout=10) as smtp:
        smtp.send_message(message)


def handle(queue, number):
    with_database = storage.database()
    try:
        done = ship(with_database, int(number))
    finally:
        with_database.close()
    if done:
        write(int(number), *done)
        print(f"order {number}: {done[3]}", flush=True)
    queue.lrem(BEGUN, 1, number)


def work():
    queue = storage.queue()
    for number in queue.lrange(BEGUN, 0, -1):
        handle(queue, number)
    while not stopping:
        number = queue.blmove(storage.WAITING, BEGUN, 1, "RIGHT", "LEFT")
        if number:
            handle(queue, number)


def main():
    signal.signal(signal.SIGTERM, stop)
    while not stopping:
        try:
            work()
        except (redis.ConnectionError, psycopg2.OperationalError, OSError) as error:
            print(f"waiting for the others: {error}", flush=True)
            time.sleep(1)
    print("stopped between two orders", flush=True)


main()
