# SPDX-License-Identifier: GPL-2.0
"""Reading the KTAP that the program prints."""

import re


class Results:
    """tests: each test's result ('pass', 'fail' or 'skip') by its name, in their order.
    failures: a dict for each failure: test, and where known place and message.
    fixed: the names of those that are known to fail, but do not in this tree.
    """

    def __init__(self, text, status=0):
        self.tests = {}
        self.fixed = []
        about = {}
        last = None
        ended = False
        for line in text.splitlines():
            result = re.match(r"(not )?ok \d+ (\S+)(?:\s+#\s*(SKIP|XFAIL))?", line)
            failure = re.match(r"# FAILED (\S+) \((\S+)\)$", line)
            message = re.match(r"#   (?!gdb )(.*)", line)
            if result:
                self.tests[result[2]] = ("fail" if result[1] else
                                         "skip" if result[3] == "SKIP" else "pass")
            elif line.startswith("# Totals: "):
                ended = True
            elif news := re.match(r"\d+ known bugs? (?:is|are) fixed in this tree: (.*)", line):
                self.fixed = news[1].split(", ")
            if failure:
                last = about[failure[1]] = {"test": failure[1], "place": failure[2]}
            elif last and message:
                last.setdefault("message", message[1])
            else:
                last = None
        # With --strict one that is fixed is "ok", but in the closing list.
        self.tests.update((name, "fail") for name in self.fixed if name in about)
        failed = [name for name, result in self.tests.items() if result == "fail"]
        # A test that ended the program has no line of its own.
        failed += sorted(name for name in about if name not in self.tests)
        self.failures = [about.get(name, {"test": name}) for name in failed]
        if not ended or (status and not failed):
            how = f"signal {-status}" if status < 0 else f"status {status}"
            self.failures.append({"test": "vma", "message": "the test program ended " +
                                  ("with " if ended else "without its totals, with ") + how})
        for failure in self.failures:
            self.tests.setdefault(failure["test"], "fail")

    def count(self, result):
        return sum(each == result for each in self.tests.values())

    def counts(self):
        return f"{self.count('pass')} passed, {len(self.failures)} failed, {self.count('skip')} skipped"


def fixed_text(names):
    """The line that the program says it with."""
    verb = "known bug is" if len(names) == 1 else "known bugs are"
    return f"{len(names)} {verb} fixed in this tree: {', '.join(names)}"
