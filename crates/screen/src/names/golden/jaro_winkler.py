"""Golden vectors of OFAC's Jaro-Winkler, from its description, by an implementation of its own.

    python jaro_winkler.py > jaro_winkler.csv
"""

import random

SCALE = 0.10000000149011612


def commons(one, two, reach):
    rest, out = list(two), ""
    for at, letter in enumerate(one):
        span = range(max(0, at - reach), min(at + reach, len(two)))
        hit = next((k for k in span if rest[k] == letter), None)
        if hit is not None:
            out += letter
            rest[hit] = "#"
    return out


def score(one, two):
    reach = min(len(one), len(two)) // 2 + 1
    left, right = commons(one, two, reach), commons(two, one, reach)
    if not left or len(left) != len(right):
        jaro = 0.0
    else:
        count, swapped = len(left), sum(x != y for x, y in zip(left, right)) // 2
        jaro = count / (3 * len(one)) + count / (3 * len(two)) + (count - swapped) / (3 * count)
    prefix = 0
    while prefix < min(4, len(one), len(two)) and one[prefix] == two[prefix]:
        prefix += 1
    return jaro + prefix * SCALE * (1 - jaro)


def main():
    pairs = [
        ("MARTHA", "MARHTA"), ("DWAYNE", "DUANE"), ("DIXON", "DICKSONX"), ("KIM", "KIM"),
        ("KIM UNG SUN", "KIM EUNG SUN"), ("LAZARUS GROUP", "LAZARUS GRP"), ("A", "B"), ("AB", "BA"),
        ("SIM HYON SOP", "SIM HYON SEOP"), ("JANG KUK CHOL", "CHANG KUK CHOL"), ("ABCD", "BCDA"),
        ("HYDRA MARKET", "HYDRA"), ("TORNADO CASH", "CASH TORNADO"), ("AAAA", "AA"),
    ]
    chance = random.Random(249)
    for _ in range(300):
        one = "".join(chance.choice("ABCDE ") for _ in range(chance.randint(1, 14)))
        two = list(one)
        for _ in range(chance.randint(0, 4)):
            at = chance.randrange(len(two) + 1)
            kind = chance.randrange(3)
            if kind == 0:
                two.insert(at, chance.choice("ABCDE#"))
            elif two and at < len(two):
                two[at : at + 1] = [] if kind == 1 else [chance.choice("ABCDE")]
        pairs.append((one, "".join(two)))
    print("first,second,score")
    for one, two in pairs:
        print(f"{one},{two},{score(one, two)!r}")


main()
