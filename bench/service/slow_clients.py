"""A drill: thousands of clients open a connection each and send the head of a request a byte at a
time, while a well-behaved one screens an address over and over.

    ulimit -n 20000
    python slow_clients.py 127.0.0.1:8650 10000 15

Prints how many connections stood, how fast the good client was answered before and meanwhile, and
how many of the slow ones the service had let go at the end (`head_seconds` after they began).
"""

import http.client
import json
import selectors
import socket
import sys
import time

HEAD = b"POST /v1/screen HTTP/1.1\r\nhost: localhost\r\n" + b"x-slow: 1\r\n" * 1000


def screened(client):
    begun = time.monotonic()
    body = json.dumps({"address": "0x098B716B8Aaf21512996dC57EB0615e2383E2f96"})
    client.request("POST", "/v1/screen", body, {"content-type": "application/json"})
    answer = client.getresponse()
    answer.read()
    assert answer.status == 200, answer.status
    return time.monotonic() - begun


def told(title, times):
    times = sorted(times)
    at = lambda share: times[min(len(times) - 1, int(share * len(times)))] * 1000
    print(f"{title}: {len(times)} answers, p50 {at(0.5):.2f} ms, p99 {at(0.99):.2f} ms, slowest {times[-1] * 1000:.2f} ms")


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    count, seconds = int(sys.argv[2]), float(sys.argv[3])
    client = http.client.HTTPConnection(host, int(port), timeout=30)
    told("alone", [screened(client) for _ in range(2000)])
    slow, selector, opening = [], selectors.DefaultSelector(), time.monotonic()
    for _ in range(count):
        stream = socket.create_connection((host, int(port)))
        stream.setblocking(False)
        slow.append(stream)
        selector.register(stream, selectors.EVENT_READ)
    print(f"{len(slow)} slow connections are open after {time.monotonic() - opening:.1f} s")
    # The service lets go of connections that ask nothing for `head_seconds`.
    client.close()
    times, sent, gone, begun = [], 0, set(), time.monotonic()
    while time.monotonic() - begun < seconds:
        for stream in slow:
            if stream not in gone:
                try:
                    stream.send(HEAD[sent : sent + 1])
                except OSError:
                    gone.add(stream)
        sent += 1
        for _ in range(50):
            times.append(screened(client))
        for key, _ in selector.select(0):
            try:
                if not key.fileobj.recv(4096):
                    gone.add(key.fileobj)
            except BlockingIOError:
                continue
            except OSError:
                gone.add(key.fileobj)
            if key.fileobj in gone:
                selector.unregister(key.fileobj)
    told("beside them", times)
    print(f"{len(gone)} of {len(slow)} were let go within {seconds:.0f} s")


main()
