INSERT INTO products (name, cents, stock) VALUES
    ('tea', 450, 40),
    ('teapot', 2900, 3),
    ('cup', 700, 100);
