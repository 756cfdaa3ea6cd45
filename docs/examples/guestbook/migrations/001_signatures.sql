CREATE TABLE IF NOT EXISTS signatures (
    id      serial PRIMARY KEY,
    name    text NOT NULL,
    signed  timestamptz NOT NULL DEFAULT now()
);
