INSERT INTO sums (name, sum) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET sum = excluded.sum
