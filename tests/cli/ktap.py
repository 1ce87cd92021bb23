# SPDX-License-Identifier: GPL-2.0-or-later
"""A strict parser of KTAP version 1, as Documentation/dev-tools/ktap.rst has it.

ktap.py < OUTPUT prints "tests T passed P failed F skipped S timeout O" of the innermost
tests, and exits 1, with the line, at anything that is no KTAP.
"""
import re
import sys

RESULT = re.compile(r"^(ok|not ok) ([0-9]+)( -)? ?([^#]*?)( # ?(SKIP|TODO|XFAIL|TIMEOUT|ERROR)( .*)?)?$")
PLAN = re.compile(r"^1\.\.([0-9]+)$")


class Wrong(Exception):
    pass


class Reader:
    def __init__(self, text):
        self.lines = text.split("\n")
        if self.lines.pop() != "":
            raise Wrong("the last line has no end")
        self.at = 0
        self.counts = {"passed": 0, "failed": 0, "skipped": 0, "timeout": 0}

    def peek(self, depth):
        """The next line of this depth; diagnostics are skipped. None: it is another depth's, or the end."""
        while self.at < len(self.lines):
            line = self.lines[self.at]
            indent = len(line) - len(line.lstrip(" "))
            text = line[indent:]
            if text.startswith("#") and not text.startswith("# Subtest:"):
                self.at += 1
                continue
            return text if indent == 4 * depth else None
        return None

    def take(self, depth):
        text = self.peek(depth)
        if text is None:
            raise Wrong("line %d: unexpected indent or end" % (self.at + 1))
        self.at += 1
        return text

    def block(self, depth):
        """A version line, a plan, and as many results; returns whether all are ok."""
        if self.take(depth) != "KTAP version 1":
            raise Wrong("line %d: no version" % self.at)
        if depth and (self.peek(depth) or "").startswith("# Subtest: "):
            self.at += 1
        plan = PLAN.match(self.take(depth))
        if not plan:
            raise Wrong("line %d: no plan" % self.at)
        results = [self.result(depth, number + 1) for number in range(int(plan.group(1)))]
        return all(results)

    def result(self, depth, number):
        nested = None
        if self.peek(depth) is None and self.peek(depth + 1) is not None:
            nested = self.block(depth + 1)
        text = self.take(depth)
        match = RESULT.match(text)
        if not match or int(match.group(2)) != number or not match.group(4):
            raise Wrong("line %d: result %d is expected: %s" % (self.at, number, text))
        ok, directive = match.group(1) == "ok", match.group(6)
        if nested is not None and ok != nested:
            raise Wrong("line %d: the subtests say otherwise" % self.at)
        if directive == "SKIP" and not ok:
            raise Wrong("line %d: skipped, and not ok" % self.at)
        if nested is None:
            word = "skipped" if directive == "SKIP" else "timeout" if directive == "TIMEOUT" else None
            self.counts[word or ("passed" if ok else "failed")] += 1
        return ok


def main():
    reader = Reader(sys.stdin.read())
    try:
        reader.block(0)
        if reader.peek(0) is not None or reader.at < len(reader.lines):
            raise Wrong("line %d: something stands behind the last result" % (reader.at + 1))
    except Wrong as wrong:
        sys.exit(str(wrong))
    counts = reader.counts
    print("tests %d %s" % (sum(counts.values()), " ".join("%s %d" % item for item in counts.items())))


main()
