SELECT name, sum FROM sums
