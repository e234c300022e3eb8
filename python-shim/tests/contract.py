"""openapi.json for the tests: its schemas check what is sent, its examples answer."""

import copy
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import jsonschema

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = json.loads((ROOT / "java-kernel/src/main/resources/openapi.json").read_text(encoding="utf-8"))
SCHEMAS = CONTRACT["components"]["schemas"]


def example(name, /, **changes):
    """The example of a schema, with some of its fields changed."""
    return {**copy.deepcopy(SCHEMAS[name]["example"]), **changes}


def check(name, value):
    """Fail unless the value is what the schema says."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": CONTRACT["components"]}
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(schema, format_checker=checker).validate(value)


def operation(method, target):
    """The operation that a request means, and the path's parameters; None where the contract has none."""
    path = urlsplit(target).path
    for template, operations in CONTRACT["paths"].items():
        found = re.fullmatch(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", template), path)
        if found and method.lower() in operations:
            return operations[method.lower()], {key: unquote(value) for key, value in found.groupdict().items()}
    return None


def check_request(method, target, body):
    """Fail unless the contract has such a request: its path, each query parameter, and its body."""
    found = operation(method, target)
    assert found, f"the contract has no {method} {target}"
    spec, _ = found
    known = {parameter["name"]: parameter["schema"] for parameter in spec["parameters"] if parameter["in"] == "query"}
    for name, values in parse_qs(urlsplit(target).query, keep_blank_values=True).items():
        assert name in known, f"{method} {target}: the contract has no parameter {name}"
        kind = known[name]["type"]
        value = values[0] if kind == "string" else json.loads(values[0])
        jsonschema.validate(value, known[name])
    if "requestBody" not in spec:
        assert body in (b"", b"{}"), f"{method} {target} has a body, the contract has none"
    elif body or spec["requestBody"]["required"]:
        reference = spec["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        check(reference.rpartition("/")[2], json.loads(body))


def answer_schema(method, target):
    """The name of the schema of the answer that a request gets when all is well; None for any object."""
    spec, _ = operation(method, target)
    good = next(answer for status, answer in spec["responses"].items() if status.startswith("2"))
    return good["content"]["application/json"]["schema"].get("$ref", "").rpartition("/")[2] or None
