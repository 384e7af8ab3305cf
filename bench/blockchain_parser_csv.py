"""The peer for block files: python-bitcoin-blockchain-parser (PyPI `blockchain-parser`), which reads
blk*.dat and here writes inputs and outputs as CSV to disk. It resolves no spends and checks nothing.

    python blockchain_parser_csv.py FOLDER OUT.csv [MAGIC_HEX] [MOST_BLOCKS]
"""

import glob
import json
import sys
import time

import blockchain_parser.blockchain as reader
from blockchain_parser.block import Block


def main():
    folder, out = sys.argv[1], sys.argv[2]
    if len(sys.argv) > 3:
        reader.BITCOIN_CONSTANT = bytes.fromhex(sys.argv[3])
    most = int(sys.argv[4]) if len(sys.argv) > 4 else None
    begun = time.monotonic()
    blocks = transactions = 0
    with open(out, "w") as rows:
        for path in sorted(glob.glob(f"{folder}/blk*.dat")):
            for raw in reader.get_blocks(path):
                blocks += 1
                for transaction in Block(raw).transactions:
                    transactions += 1
                    name = transaction.hash
                    for spent in transaction.inputs:
                        rows.write(f"i,{name},{spent.transaction_hash},{spent.transaction_index}\n")
                    for index, paid in enumerate(transaction.outputs):
                        addresses = " ".join(address.address for address in paid.addresses)
                        rows.write(f"o,{name},{index},{paid.value},{addresses}\n")
                if blocks == most:
                    break
            if blocks == most:
                break
    seconds = time.monotonic() - begun
    print(json.dumps({
        "peer": "blockchain-parser 0.1.6",
        "blocks": blocks,
        "transactions": transactions,
        "seconds": round(seconds, 3),
        "transactions_per_second": round(transactions / seconds),
    }))


main()
