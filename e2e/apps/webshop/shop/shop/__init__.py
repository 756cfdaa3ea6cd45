"""The shop: pages and orders (web), what happens to an order afterwards (worker)."""
