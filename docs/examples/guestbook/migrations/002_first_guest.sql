INSERT INTO signatures (name)
SELECT 'the migration' WHERE NOT EXISTS (SELECT 1 FROM signatures);
