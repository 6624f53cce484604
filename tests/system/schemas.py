# SPDX-License-Identifier: MIT
"""What `hospes VERB --json` prints, held against the schema of that verb. Of JSON Schema (draft 7)
those words are known that our schemas use; any other is a fault, so that none is passed over."""

import json
import os
import re

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../dom0-tools/schemas")
ERROR = "error"     # of any verb, when it fails

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int,
         "number": (int, float), "null": type(None)}
WORDS = {"$schema", "$comment", "title", "description", "type", "enum", "pattern", "minimum",
         "maximum", "minLength", "properties", "required", "additionalProperties", "items", "anyOf"}


def names():
    return sorted(name.removesuffix(".json") for name in os.listdir(FOLDER))


def load(name):
    with open(os.path.join(FOLDER, name + ".json"), encoding="utf-8") as f:
        return json.load(f)


def is_type(value, name):
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES[name])


def value_faults(schema, value, at):
    """What is wrong with a value itself, not with its parts."""
    types = schema.get("type", list(TYPES))
    if not any(is_type(value, t) for t in ([types] if isinstance(types, str) else types)):
        yield f"{at} is no {types}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at} is {value}, none of {schema['enum']}"
    if isinstance(value, str):
        if not re.search(schema.get("pattern", ""), value):
            yield f"{at} is {value!r}, not {schema['pattern']}"
        if len(value) < schema.get("minLength", 0):
            yield f"{at} is too short"
    if isinstance(value, (int, float)):
        if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            yield f"{at} is {value}, out of range"


def faults(schema, value, at="the value"):
    """All that is wrong, a line each."""
    found = [f"the schema of {at} says {word}" for word in set(schema) - WORDS]
    found += value_faults(schema, value, at)
    if found:
        return found
    if "anyOf" in schema:
        tries = [faults(s, value, at) for s in schema["anyOf"]]
        if all(tries):
            found += min(tries, key=len)
    if isinstance(value, list) and "items" in schema:
        for i, item in enumerate(value):
            found += faults(schema["items"], item, f"{at}[{i}]")
    if isinstance(value, dict):
        known, more = schema.get("properties", {}), schema.get("additionalProperties", True)
        found += [f"{at} lacks {key}" for key in schema.get("required", []) if key not in value]
        for key, member in value.items():
            if key in known or isinstance(more, dict):
                found += faults(known.get(key, more), member, f"{at}.{key}")
            elif not more:
                found.append(f"{at} has {key}, which the schema does not know")
    return found


def fault(name, text):
    """The first place where `text` breaks the schema of that name, in words; "" if none."""
    try:
        return next(iter(faults(load(name), json.loads(text))), "")
    except json.JSONDecodeError as e:
        return str(e)
