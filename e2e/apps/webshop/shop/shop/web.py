"""The shop's pages. GET / shows the products, POST /orders orders, GET /orders/N tells what became of it."""
from flask import Flask, abort, jsonify, render_template, request

from . import storage

app = Flask(__name__)


@app.get("/")
def front_page():
    with storage.database() as db, db.cursor() as rows:
        rows.execute("SELECT name, cents, stock FROM products ORDER BY id")
        products = rows.fetchall()
        rows.execute("SELECT count(*) FROM orders WHERE state = 'shipped'")
        (shipped,) = rows.fetchone()
    return render_template("front.html", products=products, shipped=shipped)


@app.post("/orders")
def order():
    try:
        quantity = int(request.form["quantity"])
    except ValueError:
        abort(400, "quantity is a number")
    if not 1 <= quantity <= 100 or "@" not in request.form["email"]:
        abort(400, "1 to 100 of something, and an address to write to")
    with storage.database() as db, db.cursor() as rows:
        rows.execute(
            "INSERT INTO orders (product, quantity, email)"
            " SELECT id, %s, %s FROM products WHERE name = %s RETURNING id",
            (quantity, request.form["email"], request.form["product"]),
        )
        row = rows.fetchone()
        if row is None:
            abort(404, "there is no such product")
    # After the commit: a worker that is quicker than the commit would find no order.
    storage.queue().lpush(storage.WAITING, row[0])
    return jsonify(order=row[0]), 202


@app.get("/orders/<int:number>")
def order_state(number):
    with storage.database() as db, db.cursor() as rows:
        rows.execute("SELECT state, cents FROM orders WHERE id = %s", (number,))
        row = rows.fetchone()
    if row is None:
        abort(404)
    return jsonify(order=number, state=row[0], cents=row[1])


@app.get("/health")
def health():
    with storage.database() as db, db.cursor() as rows:
        rows.execute("SELECT 1")
    storage.queue().ping()
    return "ok\n"
