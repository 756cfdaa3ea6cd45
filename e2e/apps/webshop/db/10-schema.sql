CREATE TABLE products (
    id     serial PRIMARY KEY,
    name   text NOT NULL UNIQUE,
    cents  integer NOT NULL CHECK (cents > 0),
    stock  integer NOT NULL CHECK (stock >= 0)
);

CREATE TABLE orders (
    id        serial PRIMARY KEY,
    product   integer NOT NULL REFERENCES products,
    quantity  integer NOT NULL CHECK (quantity BETWEEN 1 AND 100),
    email     text NOT NULL,
    state     text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'shipped', 'sold out')),
    cents     integer,
    placed    timestamptz NOT NULL DEFAULT now()
);
