"""The peer: DuckDB does the same expansion and the same fetch on the same Parquet.

    python bench/duckdb_expand.py --transfers N --folder DIR

Needs the package duckdb from PyPI. Loads DIR/transfers.parquet into a table of
dense numbers (as any engine would for speed), answers every DIR/reach-*.csv
that the bench program wrote, compares entry by entry, and prints one JSON
object. An answer that differs ends the run with exit code 1.
"""

import argparse
import glob
import json
import os
import random
import resource
import sys
import time

import duckdb

# Indexes of a larger table take DuckDB longer than all of our work together.
LARGEST_INDEXED = 20_000_000
FETCHES = 50


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def timed(job):
    """Value, wall seconds and CPU seconds of all threads of `job`."""
    wall, cpu = time.perf_counter(), cpu_seconds()
    value = job()
    return value, time.perf_counter() - wall, cpu_seconds() - cpu


def load(con, parquet):
    """Table t in chain order: row, from_id, to_id, asset_id, value, moves."""
    con.execute(f"CREATE VIEW p AS SELECT *, file_row_number AS row FROM read_parquet('{parquet}', file_row_number = true)")
    con.execute("""
        CREATE TABLE address AS SELECT (row_number() OVER () - 1)::UINTEGER AS id, address
        FROM (SELECT "from" AS address FROM p UNION SELECT "to" FROM p)
    """)
    con.execute("CREATE TABLE asset AS SELECT (row_number() OVER () - 1)::UINTEGER AS id, asset FROM (SELECT DISTINCT asset FROM p)")
    con.execute("""
        CREATE TABLE t AS
        SELECT row::UBIGINT AS row, a.id AS from_id, b.id AS to_id, s.id AS asset_id, value, value <> ZERO AS moves
        FROM p JOIN address a ON a.address = p."from" JOIN address b ON b.address = p."to"
        JOIN asset s ON s.asset = p.asset ORDER BY row
    """.replace("ZERO", zero_of(con)))


def zero_of(con):
    """How the column `value` writes nothing."""
    kind = con.execute("SELECT typeof(value) FROM p LIMIT 1").fetchone()[0]
    return {"VARCHAR": "'0'", "BLOB": "unhex(repeat('00', 32))"}.get(kind, "0")


def expand(con, seed, start, end):
    """Earliest tainted arrival of every address and asset, by frontiers."""
    con.execute("CREATE OR REPLACE TEMP TABLE reach (address_id UINTEGER, asset_id UINTEGER, arrival BIGINT)")
    con.execute("CREATE OR REPLACE TEMP TABLE frontier AS SELECT ?::UINTEGER AS address_id, id AS asset_id, ?::BIGINT - 1 AS arrival FROM asset", [seed, start])
    touched, rounds = 0, 0
    while True:
        con.execute("""
            CREATE OR REPLACE TEMP TABLE found AS
            SELECT t.to_id AS address_id, t.asset_id, min(t.row)::BIGINT AS arrival, count(*) AS transfers
            FROM t JOIN frontier f ON t.from_id = f.address_id AND t.asset_id = f.asset_id
            WHERE t.row > f.arrival AND t.row >= ? AND t.row < ? AND t.moves
            GROUP BY t.to_id, t.asset_id
        """, [start, end])
        touched += con.execute("SELECT coalesce(sum(transfers), 0) FROM found").fetchone()[0]
        con.execute("""
            CREATE OR REPLACE TEMP TABLE frontier AS
            SELECT f.address_id, f.asset_id, f.arrival FROM found f
            LEFT JOIN reach r USING (address_id, asset_id)
            WHERE r.arrival IS NULL OR f.arrival < r.arrival
        """)
        rounds += 1
        if con.execute("SELECT count(*) FROM frontier").fetchone()[0] == 0:
            return touched, rounds
        con.execute("""
            CREATE OR REPLACE TEMP TABLE reach AS
            SELECT address_id, asset_id, min(arrival) AS arrival
            FROM (FROM reach UNION ALL FROM frontier) GROUP BY address_id, asset_id
        """)


def compare(con, path):
    """Entries that only one of both has; none is expected."""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE ours AS
        SELECT a.id AS address_id, s.id AS asset_id, c.row::BIGINT AS arrival
        FROM read_csv('{path}', skip = 1, header = false, columns = {{'address': 'VARCHAR', 'asset': 'VARCHAR', 'row': 'BIGINT'}}) c
        JOIN (SELECT id, {text_of(con, 'address')} AS text FROM address) a ON a.text = c.address
        JOIN (SELECT id, {text_of(con, 'asset')} AS text FROM asset) s ON s.text = c.asset
    """)
    lines = sum(1 for _ in open(path)) - 1
    known = con.execute("SELECT count(*) FROM ours").fetchone()[0]
    only_ours = con.execute("SELECT count(*) FROM (FROM ours EXCEPT FROM reach)").fetchone()[0]
    only_theirs = con.execute("SELECT count(*) FROM (FROM reach EXCEPT FROM ours)").fetchone()[0]
    return lines - known + only_ours + only_theirs


def text_of(con, table):
    """A column of `table` as the lower-case text that the bench program writes."""
    kind = con.execute(f"SELECT typeof({table}) FROM {table} LIMIT 1").fetchone()[0]
    return f"'0x' || lower(hex({table}))" if kind == "BLOB" else f"lower({table})"


def expansions(con, folder):
    results = []
    paths = glob.glob(os.path.join(folder, "reach-*.csv"))
    for path in sorted(paths, key=lambda p: int(p.rsplit("-", 1)[1][:-4])):
        address, start, end = open(path).readline().strip().split(",")
        seed = con.execute(f"SELECT id FROM address WHERE {text_of(con, 'address')} = ?", [address]).fetchone()[0]
        tainted = int(path.rsplit("-", 1)[1][:-4])
        (touched, rounds), wall, cpu = timed(lambda: expand(con, seed, int(start), int(end)))
        results.append({
            "tainted_transfers": tainted,
            "rounds": rounds,
            "joined_transfers": int(touched),
            "different_entries": compare(con, path),
            "wall_seconds": round(wall, 3),
            "cpu_seconds": round(cpu, 3),
            "million_tainted_a_cpu_second": round(tainted / 1e6 / cpu, 4),
        })
    return results


def fetches(con, transfers, indexed):
    """All transfers of one address since the middle of the chain, by its 20 bytes."""
    choose = random.Random(2)
    count = con.execute("SELECT count(*) FROM address").fetchone()[0]
    ids = [choose.randrange(count) for _ in range(FETCHES)]
    keys = [con.execute("SELECT address FROM address WHERE id = ?", [i]).fetchone()[0] for i in ids]

    def fetch(key):
        found = con.execute("SELECT id FROM address WHERE address = ?", [key]).fetchone()[0]
        since = f"row >= {transfers // 2}"
        if not indexed:
            return con.execute(f"FROM t WHERE (from_id = {found} OR to_id = {found}) AND {since}").fetchall()
        # The planner uses an index only for one comparison with a constant.
        rows = []
        for side in ("from_id", "to_id"):
            rows += con.execute(f"WITH x AS MATERIALIZED (FROM t WHERE {side} = {found}) FROM x WHERE {since}").fetchall()
        return rows

    samples = [timed(lambda: fetch(key)) for key in keys]
    wall, cpu = sorted(s[1] for s in samples), sum(s[2] for s in samples)
    return {
        "rows_an_address": sum(len(s[0]) for s in samples) / FETCHES,
        "p50_milliseconds": round(wall[FETCHES // 2] * 1e3, 3),
        "p99_milliseconds": round(wall[FETCHES * 99 // 100] * 1e3, 3),
        "mean_cpu_milliseconds": round(cpu / FETCHES * 1e3, 3),
    }


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--transfers", type=int, required=True)
    arguments.add_argument("--folder", required=True)
    options = arguments.parse_args()
    database = os.path.join(options.folder, "peer.duckdb")
    for old in glob.glob(database + "*"):
        os.remove(old)
    con = duckdb.connect(database)
    con.execute("SET threads = 2; SET memory_limit = '8GB'; SET preserve_insertion_order = true")
    _, wall, cpu = timed(lambda: (load(con, os.path.join(options.folder, "transfers.parquet")), con.execute("CHECKPOINT")))
    result = {
        "version": duckdb.__version__,
        "load": {
            "wall_seconds": round(wall, 3),
            "cpu_seconds": round(cpu, 3),
            "million_rows_a_second": round(options.transfers / 1e6 / wall, 3),
            "bytes_a_transfer": round(os.path.getsize(database) / options.transfers, 3),
        },
        "fetch": fetches(con, options.transfers, False),
    }
    # One thread, as our traces have.
    con.execute("SET threads = 1")
    result["expansions"] = expansions(con, options.folder)
    if options.transfers <= LARGEST_INDEXED:
        con.execute("SET threads = 2")
        indexes = "CREATE INDEX by_from ON t (from_id); CREATE INDEX by_to ON t (to_id); CREATE INDEX by_address ON address (address)"
        _, wall, _ = timed(lambda: con.execute(indexes))
        result["index_seconds"] = round(wall, 3)
        result["fetch_indexed"] = fetches(con, options.transfers, True)
    result["peak_resident_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(result))
    return 1 if any(e["different_entries"] for e in result["expansions"]) else 0


if __name__ == "__main__":
    sys.exit(main())
