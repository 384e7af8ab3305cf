"""The peer for name screening: nomenklatura's logic-v1 and logic-v2 over the pairs that the
example `name_rates` wrote, beside ours in the same run.

    pip install nomenklatura==4.17.4
    python names_nomenklatura.py pairs.csv
"""

import csv
import sys
import time
from collections import defaultdict

from followthemoney import model
from nomenklatura.matching import get_algorithm

THRESHOLDS = [0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9]


def entity(name, number):
    data = {"id": str(number), "schema": "LegalEntity", "properties": {"name": [name]}}
    return model.get_proxy(data)


def rates(title, best, known):
    print(f"{title}: threshold, recall, strangers stopped")
    for least in THRESHOLDS:
        hits = {flag: [q for q in best if known[q] == flag and best[q] >= least] for flag in (True, False)}
        alls = {flag: sum(1 for q in best if known[q] == flag) for flag in (True, False)}
        print(f"  {least:.2f}  {100 * len(hits[True]) / alls[True]:6.2f} %  {100 * len(hits[False]) / alls[False]:7.3f} %")


def main():
    rows = list(csv.DictReader(open(sys.argv[1], encoding="utf-8")))
    known = {row["query"]: row["known"] == "true" for row in rows}
    for column, scale in (("score", 1.0), ("ofac", 100.0)):
        best = defaultdict(float)
        for row in rows:
            best[row["query"]] = max(best[row["query"]], float(row[column]) / scale)
        rates(f"ours, {column}", best, known)
    pairs = [row for row in rows if row["listed"]]
    for name in ("logic-v1", "logic-v2"):
        algorithm = get_algorithm(name)
        config = algorithm.default_config()
        best = {query: 0.0 for query in known}
        begun = time.monotonic()
        for number, row in enumerate(pairs):
            result = algorithm.compare(entity(row["query"], 2 * number), entity(row["listed"], 2 * number + 1), config)
            best[row["query"]] = max(best[row["query"]], result.score)
        seconds = time.monotonic() - begun
        rates(f"{name}, {len(pairs) / seconds:.0f} pairs/s", best, known)


main()
