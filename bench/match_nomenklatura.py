"""The same queries to our /match over HTTP and to nomenklatura's logic-v1 and logic-v2: which
pairs of a query and a listed party does one call a match and the other not?

    pip install nomenklatura==4.17.4
    python match_nomenklatura.py http://127.0.0.1:8650/yente queries.csv [COLUMN] [MOST]

The service runs with the surface `yente` and the lists in force. Each query is a name of the
CSV's column (`query` if none is named; .gz is unpacked). Pairs are those that /match gives from a
score of 0.3 on: what it does not find at all, nomenklatura is not asked about, so its misses of
that kind do not show here. Both are read at yente's threshold of 0.7.
"""

import csv
import gzip
import json
import sys
import urllib.request

from followthemoney import model
from nomenklatura.matching import get_algorithm

AT_ONCE = 50
THRESHOLD = 0.7


def queries(path, column, most):
    opened = gzip.open(path, "rt", encoding="utf-8") if path.endswith(".gz") else open(path, encoding="utf-8")
    with opened as file:
        names = dict.fromkeys(row[column].strip() for row in csv.DictReader(file))
    return [name for name in names if name][:most]


def ask(base, names):
    asked = {str(n): {"schema": "LegalEntity", "properties": {"name": [name]}} for n, name in enumerate(names)}
    request = urllib.request.Request(
        f"{base}/match/default?limit=50&cutoff=0.3",
        data=json.dumps({"queries": asked}).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        responses = json.load(answer)["responses"]
    return [responses[str(n)]["results"] for n in range(len(names))]


def entity(identity, schema, properties):
    known = model.get(schema).properties
    kept = {name: values for name, values in properties.items() if name in known}
    return model.get_proxy({"id": identity, "schema": schema, "properties": kept})


def main():
    base, path = sys.argv[1:3]
    column = sys.argv[3] if len(sys.argv) > 3 else "query"
    names = queries(path, column, int(sys.argv[4]) if len(sys.argv) > 4 else None)
    algorithms = {name: get_algorithm(name) for name in ("logic-v1", "logic-v2")}
    configs = {name: algorithm.default_config() for name, algorithm in algorithms.items()}
    pairs, disagreements = 0, {name: ([], []) for name in algorithms}
    both = dict.fromkeys(algorithms, 0)
    for begin in range(0, len(names), AT_ONCE):
        some = names[begin : begin + AT_ONCE]
        for name, results in zip(some, ask(base, some)):
            # nomenklatura remembers what it made of an id, so each query has its own.
            query = entity(f"query-{name}", "LegalEntity", {"name": [name]})
            for result in results:
                pairs += 1
                listed = entity(result["id"], result["schema"], result["properties"])
                ours = result["score"]
                for title, algorithm in algorithms.items():
                    theirs = algorithm.compare(query, listed, configs[title]).score
                    line = (ours, theirs, name, result["caption"], result["id"])
                    if ours >= THRESHOLD and theirs >= THRESHOLD:
                        both[title] += 1
                    elif ours >= THRESHOLD:
                        disagreements[title][0].append(line)
                    elif theirs >= THRESHOLD:
                        disagreements[title][1].append(line)
    print(f"{len(names)} queries, {pairs} pairs from a score of 0.3 on")
    for title, (ours_alone, theirs_alone) in disagreements.items():
        print(f"{title}: both {both[title]}, ours alone {len(ours_alone)}, theirs alone {len(theirs_alone)}")
        for words, lines in (("ours alone", ours_alone), ("theirs alone", theirs_alone)):
            for ours, theirs, name, caption, identity in sorted(lines, key=lambda line: -abs(line[0] - line[1])):
                print(f"  {words}: ours {ours:.2f}, theirs {theirs:.2f}: {name} | {caption} ({identity})")


main()
