# SPDX-License-Identifier: MIT
"""Requests to a store with arguments that are wrong, or at the edge of it: a list of Request."""

import collections

# Of the protocol (pvabi/io/xs_wire.h).
TYPES = {
    "CONTROL": 0,
    "DIRECTORY": 1,
    "READ": 2,
    "GET_PERMS": 3,
    "WATCH": 4,
    "UNWATCH": 5,
    "TRANSACTION_START": 6,
    "TRANSACTION_END": 7,
    "INTRODUCE": 8,
    "RELEASE": 9,
    "GET_DOMAIN_PATH": 10,
    "WRITE": 11,
    "MKDIR": 12,
    "RM": 13,
    "SET_PERMS": 14,
    "WATCH_EVENT": 15,
    "ERROR": 16,
    "IS_DOMAIN_INTRODUCED": 17,
    "RESUME": 18,
    "SET_TARGET": 19,
    "RESET_WATCHES": 21,
    "DIRECTORY_PART": 22,
}

NO_TX = 0
OTHERS_TX = 99  # a transaction that nobody began
OWN_TX = -1  # the one that came before

# first: the requests before it on the same connection, (type, payload) each.
Request = collections.namedtuple("Request", "type payload tx first", defaults=(NO_TX, ()))

START = ("TRANSACTION_START", b"\0")
WATCH_A = ("WATCH", b"/a\0t\0")

# `/a` is a node with a value and a child; `/none` is not there.
PATHS = [
    *(b"", b"/", b"/a", b"/a/", b"//a", b"/a//b", b"/..", b"/a/..", b"/a b", b"/a\x01", b"/a*"),
    *(b"/a:@-_9", b"a", b"a/", b"@releaseDomain", b"@introduceDomain", b"@x", b"/none"),
    *(b"/none/x", b"/a/../b", b"/" + b"x" * 3070, b"/" + b"x" * 3071, b"/" + b"x" * 3072),
    *(b"x" * 2048, b"x" * 2049, b"/local/domain/0/x", b"/a/.", b".", b"/\xff"),
]

DOMIDS = [
    *(b"", b"\0", b"5\0", b"5", b"0\0", b"x\0", b"5x\0", b"-1\0", b"99999\0", b"32752\0"),
    *(b"32751\0", b"4294967301\0", b"5\x006\0", b" 5\0", b"0x5\0", b"00\0"),
]

# Payloads by operation, beside the paths.
PAYLOADS = {
    "WRITE": [
        *(b"", b"/a", b"/a\0", b"\0v", b"/new\0" + b"v" * 2040, b"/new\0" + b"v" * 2044),
        *(b"/new\0" + b"v" * 3000, b"/new\0" + b"v" * 4091),
    ],
    "TRANSACTION_START": [b"", b"\0", b"x\0", b"x"],
    "INTRODUCE": [
        *(b"", b"5\0", b"5\x001\0", b"5\x001\x002\0", b"5\x001\x002\x003\0", b"x\x001\x002\0"),
        *(b"0\x001\x002\0", b"5\x00x\x002\0", b"99999\x001\x002\0", b"32752\x001\x002\0"),
        *(b"5\x001\x002", b"-1\x001\x002\0", b"5\x001\x000\0", b"5\x001\x00-1\0"),
    ],
    "RELEASE": DOMIDS,
    "GET_DOMAIN_PATH": DOMIDS,
    "IS_DOMAIN_INTRODUCED": DOMIDS,
    "RESUME": DOMIDS,
    "SET_TARGET": [
        *(b"", b"5\0", b"5\x006\0", b"5\x006\x007\0", b"x\x006\0", b"0\x000\0", b"5\x006"),
    ],
    "RESET_WATCHES": [b"", b"\0", b"x\0", b"x"],
    "SET_PERMS": [
        *(b"", b"/a\0", b"/a\0n0\0", b"/a\0n0", b"/a\0x0\0", b"/a\0n\0", b"/a\0nx\0"),
        *(b"/a\0n0\0r1\0", b"/a\0n-1\0", b"/a\0n99999\0", b"/a\0n5\0", b"/a\0\0", b"n0\0"),
        *(b"/a\0b5\0w6\0r7\0n8\0", b"/a\0n0x\0", b"/a\0N0\0", b"/a\0" + b"r1\0" * 100),
    ],
    "DIRECTORY_PART": [
        *(b"", b"/a\0", b"/a\0x\0", b"/a\x000", b"/a\x001\0", b"/a\x00-1\0", b"/a\x009999\0"),
        *(b"/a\x000\x001\0", b"/a\0\0", b"/none\x000\0"),
    ],
    "CONTROL": [
        *(b"", b"\0", b"bogus\0", b"help\0", b"check\0", b"check\0x\0", b"check", b"log\0"),
        *(b"log\0x\0", b"log\0on\0", b"memreport\0x\0y\0", b"print\0", b"print\0x\0"),
        *(b"quota\0x\0", b"quota\0set\0x\0y\0"),
    ],
}


def of_paths():
    for op in ("DIRECTORY", "READ", "GET_PERMS", "MKDIR", "RM"):
        for path in PATHS:
            yield Request(op, path + b"\0")
        for payload in (b"", b"/a", b"/a\0b\0", b"/a\0\0", b"\0/a\0"):
            yield Request(op, payload)
        yield Request(op, b"/a\0", OTHERS_TX)

    for path in PATHS:
        yield Request("WRITE", path + b"\0v")
        yield Request("WATCH", path + b"\0t\0")
        yield Request("UNWATCH", path + b"\0t\0")
        yield Request("SET_PERMS", path + b"\0n0\0")
        yield Request("DIRECTORY_PART", path + b"\x000\0")


def of_watches():
    for payload in (
        *(b"", b"/a", b"/a\0", b"/a\0t", b"/a\0t\0x\0", b"/a\0t\0x", b"/a\0\0"),
        *(b"/a\0" + b"t" * 2000 + b"\0", b"\0\0"),
    ):
        yield Request("WATCH", payload)
        yield Request("UNWATCH", payload)

    yield Request("WATCH", b"/a\0t\0", OTHERS_TX)
    yield Request("WATCH", b"/a\0t\0", NO_TX, [WATCH_A])
    yield Request("UNWATCH", b"/a\0t\0", NO_TX, [WATCH_A])
    yield Request("UNWATCH", b"/a\0u\0", NO_TX, [WATCH_A])


def of_transactions():
    yield Request("TRANSACTION_START", b"\0", OTHERS_TX)
    yield Request("TRANSACTION_START", b"\0", OWN_TX, [START])
    for payload in (b"", b"T\0", b"F\0", b"X\0", b"T", b"TT\0", b"T\0F\0", b"\0"):
        yield Request("TRANSACTION_END", payload)
        yield Request("TRANSACTION_END", payload, OWN_TX, [START])
        yield Request("TRANSACTION_END", payload, OTHERS_TX)

    for op in ("GET_DOMAIN_PATH", "RELEASE", "IS_DOMAIN_INTRODUCED", "RESET_WATCHES"):
        yield Request(op, b"5\0", OTHERS_TX)
    yield Request("SET_PERMS", b"/a\0n0\0", OTHERS_TX)
    yield Request("GET_PERMS", b"/a\0", OTHERS_TX)
    yield Request("WATCH", b"/a\0q\0", OTHERS_TX)
    yield Request("CONTROL", b"check\0", OTHERS_TX)
    yield Request("WRITE", b"/a\0v", OTHERS_TX)


def of_no_operation():
    for number in (15, 16, 20, 23, 24, 25, 99, 0xFFFF, 0xFFFFFFFF):
        yield Request(number, b"")
        yield Request(number, b"/a\0")


def all_requests():
    yield from of_paths()
    yield from of_watches()
    yield from of_transactions()
    yield from of_no_operation()
    for op, payloads in PAYLOADS.items():
        for payload in payloads:
            yield Request(op, payload)
