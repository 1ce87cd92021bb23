# SPDX-License-Identifier: GPL-2.0-or-later
"""schema.py SCHEMA [--lines] < JSON: exits 1 with what is wrong; 77 without the module jsonschema.

With --lines each line is a document. Prints how many documents there were.
"""
import json
import sys

try:
    import jsonschema
except ImportError:
    print("the python module jsonschema is missing (package python3-jsonschema)")
    sys.exit(77)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    text = sys.stdin.buffer.read().decode("utf-8")
    documents = [json.loads(line) for line in text.splitlines()] if "--lines" in sys.argv else [json.loads(text)]
    validator = jsonschema.Draft7Validator(schema)
    for number, document in enumerate(documents):
        for error in validator.iter_errors(document):
            sys.exit("document %d: %s: %s" % (number + 1, "/".join(map(str, error.path)), error.message))
    print("documents %d" % len(documents))


main()
