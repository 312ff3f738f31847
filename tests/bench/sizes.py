"""Bytes: of a hit with everything that is known of it, and of an event."""
import pathlib
import string

import duckdb

from bench import directory, make_demo, row

HERE = pathlib.Path(__file__).parent
# What the bench itself fills in, where a record says nothing yet.
MANY = {"cities": 6000, "networks": 3000, "versions": 300, "systems": 80}
FEW = {"cities": 200, "networks": 150, "versions": 40, "systems": 20}
FORM = "STORAGE_VERSION 'v1.5.0', BLOCK_SIZE 65536, ROW_GROUP_SIZE 16384"  # as src/db/duck.cc makes files


def used(db, name):
    db.execute(f"CHECKPOINT {name}")
    return db.execute("SELECT block_size * used_blocks FROM pragma_database_size() WHERE database_name = ?", [name]).fetchone()[0]


def attach(db, home, name, tables):
    """An empty file with these tables of the stored one."""
    db.execute(f"ATTACH '{home / name}.db' AS {name} ({FORM})")
    for table in tables:
        (made,) = db.execute("SELECT sql FROM duckdb_tables() WHERE database_name = 'stored' AND table_name = ?", [table]).fetchone()
        db.execute(f"USE {name}")
        db.execute(made)
    db.execute("USE memory")


def copied(db, home, name, tables):
    """Bytes of these tables alone."""
    attach(db, home, name, tables)
    for table in tables:
        db.execute(f"INSERT INTO {name}.{table} FROM stored.{table}")
    return used(db, name)


def of_a_hit(file, kind, many, goal):
    with directory() as home, duckdb.connect() as db:
        db.execute(f"ATTACH '{file}' AS stored (READ_ONLY)")
        hits, visits = db.execute("SELECT (SELECT count(*) FROM stored.sealed_hits), (SELECT count(*) FROM stored.sealed_visits)").fetchone()
        pages = db.execute("SELECT count(*) FROM stored.texts WHERE kind = 0").fetchone()[0]
        in_use = db.execute("SELECT block_size * used_blocks FROM pragma_database_size() WHERE database_name = 'stored'").fetchone()[0]
        plain = copied(db, home, "plain", ["sealed_visits", "sealed_hits"])
        attach(db, home, "filled", ["sealed_visits", "sealed_hits"])
        db.execute(string.Template((HERE / "all_attributes.sql").read_text()).substitute(many))
        everything = in_use - plain + used(db, "filled")
        row(f"bytes per hit with everything, {kind}", everything / hits, goal, "", "",
            f"{hits:,} hits, {hits / visits:.1f} a visit, {pages:,} pages; {in_use / hits:.1f} as stored, file {file.stat().st_size / hits:.1f}, "
            "the rest are columns that no record fills yet")


def of_an_event(file):
    with directory() as home, duckdb.connect() as db:
        db.execute(f"ATTACH '{file}' AS stored (READ_ONLY)")
        events, properties = db.execute(
            "SELECT (SELECT count(*) FROM stored.sealed_events), (SELECT count(*) FROM stored.event_texts) + (SELECT count(*) FROM stored.event_numbers)"
        ).fetchone()
        size = copied(db, home, "events", ["sealed_events", "event_texts", "event_numbers"])
        row("bytes of an event with 3 properties", size / events, "≤ 30", "", "",
            f"{events:,} events, {properties / events:.1f} properties each: one of few texts, one of thousands, a number; without the dictionary")


def of_demo(hits, sites):
    with directory() as home:
        make_demo(home / "data", hits, sites, "low")
        of_a_hit(home / "data/hitkeep.db", "the demo", FEW, "≤ 20")


def of_realistic(data):
    of_a_hit(pathlib.Path(data) / "hitkeep.db", "realistic", MANY, "≤ 27")
    of_an_event(pathlib.Path(data) / "hitkeep.db")
