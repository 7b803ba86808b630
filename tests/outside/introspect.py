"""Reads the schema from a service as graphql-core's clients do, and validates queries: python introspect.py URL"""

import json
import sys
from typing import Any
from urllib.request import Request, urlopen

from graphql import build_client_schema, get_introspection_query, parse, print_schema, validate, version

OPTIONS = {
    "descriptions": True,
    "specified_by_url": True,
    "directive_is_repeatable": True,
    "schema_description": True,
    "input_value_deprecation": True,
}
QUERY = '{ salaryRecords(first: 2) { edges { node { id effective pay(currency: "EUR") { currency baseSalary } } } } }'


def introspected(url: str) -> dict[str, Any]:
    body = json.dumps({"query": get_introspection_query(**OPTIONS)}).encode()
    with urlopen(Request(url, body, {"Content-Type": "application/json"}), timeout=60) as response:
        schema = build_client_schema(json.load(response)["data"])
    errors = validate(schema, parse(QUERY)) + validate(schema, parse("{ nothing }"))
    return {
        "version": version,
        "types": sorted(schema.type_map),
        "scalar": schema.type_map["Code"].specified_by_url,
        "errors": [error.message for error in errors],
        "sdl": print_schema(schema),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(introspected(sys.argv[1])))
