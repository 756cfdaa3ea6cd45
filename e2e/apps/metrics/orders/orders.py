"""Takes orders, fails those for anvils, and counts both for Prometheus."""
from flask import Flask, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest

placed = Counter("orders_placed", "Orders that were taken.")
failed = Counter("orders_failed", "Orders that were not.")
app = Flask(__name__)


@app.post("/orders/<thing>")
def order(thing):
    if thing == "anvil":
        failed.inc()
        return "too heavy\n", 422
    placed.inc()
    return "thank you\n"


@app.get("/metrics")
def metrics():
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
