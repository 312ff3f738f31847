-- Everything of the file beside, tables and views too. By one thread the rows of a table keep their order.
COPY FROM DATABASE earlier TO hitkeep
