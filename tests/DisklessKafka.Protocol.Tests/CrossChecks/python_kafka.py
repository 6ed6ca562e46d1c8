"""Encodes every message that kafka-python knows, filled with seeded values, by that library's own schemas.

Prints a JSON list of {kind, key, version, hex, leaves}; the leaves are the values in the order of the wire.
"""
import importlib
import inspect
import json
import pkgutil
import random
import sys

import kafka.protocol
from kafka.protocol import types
from kafka.protocol.api import Request, Response

SEEDS = 3


def fill(kind, rnd, leaves):
    """A value of the type, its leaves noted on the way."""
    if isinstance(kind, types.Schema):
        return tuple(fill(field, rnd, leaves) for field in kind.fields)
    if isinstance(kind, types.Array):
        count = rnd.randrange(3)
        leaves.append("[%d]" % count)
        return [fill(kind.array_of, rnd, leaves) for _ in range(count)]
    name = kind.__name__ if inspect.isclass(kind) else type(kind).__name__
    if name in ("Int8", "Int16", "Int32", "Int64"):
        bits = int(name[3:])
        value = rnd.choice([rnd.randrange(100), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1, -1])
        leaves.append(str(value))
        return value
    if name == "Boolean":
        value = rnd.random() < 0.5
        leaves.append("true" if value else "false")
        return value
    if name == "String":
        value = "".join(rnd.choice("abc.äß") for _ in range(rnd.randrange(9)))
        leaves.append("s:" + value)
        return value
    if name == "Bytes":
        value = bytes(rnd.randrange(256) for _ in range(rnd.randrange(9)))
        leaves.append("x:" + value.hex())
        return value
    raise TypeError(name)


def messages():
    for module in pkgutil.iter_modules(kafka.protocol.__path__):
        loaded = importlib.import_module("kafka.protocol." + module.name)
        for _, message in inspect.getmembers(loaded, inspect.isclass):
            if issubclass(message, (Request, Response)) and message not in (Request, Response):
                yield message


cases = []
for message in messages():
    for seed in range(SEEDS):
        leaves = []
        rnd = random.Random("%s %d" % (message.__name__, seed))
        values = fill(message.SCHEMA, rnd, leaves)
        try:
            encoded = message.SCHEMA.encode(values)
        except TypeError:
            continue  # the library left the encoding out of a String in some schemas and cannot use those itself
        cases.append({
            "kind": "request" if issubclass(message, Request) else "response",
            "name": message.__name__,
            "key": message.API_KEY,
            "version": message.API_VERSION,
            "hex": encoded.hex(),
            "leaves": leaves,
        })
json.dump(cases, sys.stdout)
