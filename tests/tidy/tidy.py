#!/usr/bin/env python3
"""What the compiler does not check: the arrows between the folders, and the style of DESIGN.md.

Usage: tidy.py ROOT

Prints `file:line: what is wrong; what to do` for each finding and exits with 1 if there is one.
tidy_test.py shows every rule failing on a small bad tree.
"""

import os
import re
import sys
from typing import Iterator, NamedTuple

FUNCTION_LINES_MAX = 70
LINE_COLUMNS_MAX = 100
FILE_LINES_MAX = 500
# Within a file's first lines, with a reason after it, it allows more than FILE_LINES_MAX.
LONG_FILE_MARK = "tidy: long file:"
# On a line or in the comment just above it, with a reason after it, it allows the line to sleep.
SLEEP_MARK = "tidy: sleep:"

FOLDERS = ("client", "deploy", "proto", "server", "storage", "tests")
SKIPPED_FOLDERS = {".git", ".cache", "build", "__pycache__", "node_modules"}
TEXT_ENDINGS = (".cc", ".h", ".proto", ".py", ".cmake", ".md", ".yaml", ".json", ".textproto",
                "CMakeLists.txt", ".ci/run", ".ci/thread_safety", "deploy/format", "deploy/install",
                "deploy/run", "deploy/test")


class Finding(NamedTuple):
    path: str
    line: int
    message: str


class Arrow(NamedTuple):
    """What the files of a folder may include; the first arrow whose folder fits is taken."""
    folder: str
    # Prefixes of our own headers, the generated ones among them.
    ours: tuple
    # Prefixes of other libraries' headers that are not for everybody.
    theirs: tuple = ()


API = "pledger/v1/"
STORED = "pledger/store/v1/"
GUARDED_LIBRARIES = ("rocksdb/", "grpc/", "grpcpp/", "openssl/", "spdlog/", "CLI/", "zlib.h",
                     "httplib.h")
ARROWS = (
    Arrow("server/domain/", ("server/domain/", API)),
    Arrow("server/ledger/", ("server/ledger/", "server/domain/", "storage/", API, STORED),
          ("openssl/",)),
    Arrow("server/audit/", ("server/audit/", "server/ledger/", "server/domain/", "storage/", API),
          ("openssl/", "spdlog/", "httplib.h")),
    Arrow("server/projections/", ("server/projections/", "server/domain/", "storage/", API,
                                   STORED), ("zlib.h",)),
    Arrow("server/services/",
          ("server/services/", "server/audit/", "server/ledger/", "server/projections/",
           "server/domain/", "storage/", API, STORED), ("grpc/", "grpcpp/", "zlib.h", "spdlog/")),
    Arrow("server/runtime/", ("server/", "storage/", API, STORED), GUARDED_LIBRARIES),
    Arrow("storage/rocks/", ("storage/", STORED), ("rocksdb/", "openssl/")),
    Arrow("storage/", ("storage/", STORED), ("openssl/",)),
    Arrow("client/verify/",
          ("client/", "storage/format/", "storage/merkle/", "server/domain/", API, STORED),
          ("openssl/",)),
    Arrow("client/witness/",
          ("client/witness/", "client/files/", "storage/format/", "storage/keys/",
           "storage/merkle/"), ("CLI/", "httplib.h", "openssl/", "spdlog/")),
    Arrow("client/", ("client/", "storage/format/", "storage/merkle/", API),
          ("grpc/", "grpcpp/", "CLI/", "openssl/", "spdlog/", "zlib.h")),
)
# The stores that only the composition of the server, tests and they themselves name.
CONCRETE_STORES = ("storage/rocks/", "storage/memory/")
IMPURE_HEADERS = {"chrono", "condition_variable", "filesystem", "fstream", "iostream", "mutex",
                  "random", "thread", "unistd.h"}
OUR_FOLDERS = ("client/", "server/", "storage/", "tests/", "pledger/")


def read(root: str, path: str) -> str:
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def list_files(root: str) -> list:
    """Every file below root, as sorted paths relative to it, without what is built."""
    paths = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS)
        for name in sorted(names):
            paths.append(os.path.relpath(os.path.join(folder, name), root))
    return paths


def line_at(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


CXX_TOKEN = re.compile(
    r"""(?P<comment>//(?:[^\n\\]|\\.|\\\n)*|/\*.*?\*/)"""
    r"""|(?P<raw>\bu?8?R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)")"""
    r"""|(?P<string>"(?:[^"\\\n]|\\.)*")"""
    r"""|(?P<char>(?<![0-9A-Za-z_])'(?:[^'\\\n]|\\.)+')""", re.DOTALL)


def blank(match: re.Match) -> str:
    return re.sub(r"[^\n]", " ", match.group(0))


def code_only(text: str) -> str:
    """The text with comments, literals and preprocessor lines blanked out, line for line."""
    text = CXX_TOKEN.sub(blank, text)
    return re.sub(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", blank, text, flags=re.MULTILINE)


def comments(text: str) -> Iterator[tuple]:
    """The comments of C++ or proto text: line and text."""
    for match in CXX_TOKEN.finditer(text):
        if match.group("comment"):
            for number, line in enumerate(match.group("comment").split("\n")):
                yield line_at(text, match.start()) + number, line


# --- The arrows between the folders.

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+(?:"([^"\n]+)"|<([^>\n]+)>)', re.MULTILINE)


def forbidden_include(path: str, header: str) -> str:
    """Why the file may not include the header; empty if it may."""
    if path.startswith("tests/"):
        return ""
    arrow = next((arrow for arrow in ARROWS if path.startswith(arrow.folder)), None)
    if arrow is None:
        return ""
    if header.startswith(OUR_FOLDERS):
        if not header.startswith(arrow.ours):
            return f"{arrow.folder} may include only {', '.join(arrow.ours)}"
        if (header.startswith(CONCRETE_STORES) and not path.startswith("server/runtime/")
                and os.path.dirname(header) != os.path.dirname(path)):
            return "only server/runtime/ and tests name a concrete store; use storage/event_store.h"
        return ""
    if header.startswith(GUARDED_LIBRARIES) and not header.startswith(arrow.theirs or ("\0",)):
        allowed = ", ".join(arrow.theirs) or "none of the guarded libraries"
        return f"{arrow.folder} may use {allowed}; move the code to where the library belongs"
    if path.startswith("server/domain/"):
        if header in IMPURE_HEADERS or header.startswith("sys/"):
            return "the domain is pure; take what it needs as an argument"
        if "/" in header and not header.startswith(("absl/", "google/")):
            return "the domain uses only std, absl and the generated facts"
    return ""


def check_includes(path: str, text: str) -> Iterator[Finding]:
    for match in INCLUDE.finditer(text):
        header = match.group(1) or match.group(2)
        why = forbidden_include(path, header)
        if why:
            yield Finding(path, line_at(text, match.start()), f"includes {header}; {why}")


def check_imports(path: str, text: str) -> Iterator[Finding]:
    if not path.startswith("proto/pledger/v1/"):
        return
    for match in re.finditer(r'^import[^"\n]*"(pledger/store/[^"]*)"', text, re.MULTILINE):
        yield Finding(path, line_at(text, match.start()),
                      f"imports {match.group(1)}; what is on disk is no part of the public API")


CLOCK = re.compile(r"absl::Now\(|(?:system|steady|high_resolution)_clock::now|random_device"
                   r"|\btime\((?:nullptr|NULL|0)\)|GetCurrentTimeNanos")


def check_purity(path: str, code: str) -> Iterator[Finding]:
    if path.startswith("server/domain/"):
        for match in CLOCK.finditer(code):
            yield Finding(path, line_at(code, match.start()),
                          "reads a clock or makes chance; the domain takes times and ids as "
                          "arguments")


# --- Files that nothing builds.

def listed_sources(root: str, paths: list) -> Iterator[str]:
    """What the CMake files name, relative to root."""
    for path in paths:
        if not path.endswith(("CMakeLists.txt", ".cmake")):
            continue
        text = re.sub(r"#[^\n]*", "", read(root, path))
        for variable, name in re.findall(r"(?:\$\{(\w+)\}/)?([\w./+-]+\.(?:cc|h|proto))\b", text):
            from_root = variable in ("PROJECT_SOURCE_DIR", "CMAKE_SOURCE_DIR")
            folder = "" if from_root else os.path.dirname(path)
            yield os.path.normpath(os.path.join(folder, name))


def check_globs(path: str, text: str) -> Iterator[Finding]:
    if path.endswith(("CMakeLists.txt", ".cmake")):
        for match in re.finditer(r"\bGLOB(_RECURSE)?\b", text):
            yield Finding(path, line_at(text, match.start()),
                          "globs for sources; list them, so that a build knows what it is made of")


def check_built(root: str, paths: list) -> Iterator[Finding]:
    listed = set(listed_sources(root, paths))
    used = {path for path in paths if path in listed}
    used |= {path for path in paths if path.endswith(".h") and path[:-2] + ".cc" in listed}
    waiting = list(used)
    while waiting:
        path = waiting.pop()
        if path.endswith((".cc", ".h")):
            for header, _ in INCLUDE.findall(read(root, path)):
                if header not in used and os.path.exists(os.path.join(root, header)):
                    used.add(header)
                    waiting.append(header)
    for path in paths:
        if path.endswith((".cc", ".proto")) and path not in used:
            yield Finding(path, 1, "no CMakeLists.txt lists it; list it or delete it")
        elif path.endswith(".h") and path not in used:
            yield Finding(path, 1, "nothing that is built includes it; use it or delete it")


# --- Sizes.

# What opens a brace outside functions and is none.
NO_FUNCTION = re.compile(r"^\s*(?:(?:public|private|protected)\s*:\s*)*"
                         r"(?:namespace|extern|(?:template\s*<.*>\s*)?(?:class|struct|union|enum))"
                         r"\b", re.DOTALL)


def functions(code: str) -> Iterator[tuple]:
    """The outermost functions of code without comments: name, first and last line of the body."""
    # One entry for each open brace: the function it opens, or None.
    open_braces = []
    begin, parentheses = 0, 0
    for match in re.finditer(r"[{}();]", code):
        token, offset = match.group(0), match.start()
        inside = any(open_braces)
        if token == "(":
            parentheses += 1
        elif token == ")":
            parentheses -= 1
        elif token == "{":
            head = code[begin:offset]
            is_function = (not inside and parentheses == 0 and ")" in head
                           and not NO_FUNCTION.match(head))
            open_braces.append((head, line_at(code, offset)) if is_function else None)
            if parentheses == 0:
                begin = offset + 1
        elif token == "}":
            opened = open_braces.pop() if open_braces else None
            if opened:
                head, first = opened
                name = re.search(r"([\w:~]+)\s*\(", head)
                yield name.group(1) if name else "a function", first, line_at(code, offset)
            if parentheses == 0:
                begin = offset + 1
        elif parentheses == 0:
            begin = offset + 1


def check_sizes(path: str, text: str, code: str) -> Iterator[Finding]:
    for name, first, last in functions(code):
        if last - first + 1 > FUNCTION_LINES_MAX:
            yield Finding(path, first, f"{name} has {last - first + 1} lines; split it, "
                                       f"{FUNCTION_LINES_MAX} are enough")
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_COLUMNS_MAX and not line.startswith("#include"):
            yield Finding(path, number, f"has {len(line)} columns; break the line at "
                                        f"{LINE_COLUMNS_MAX}")
    reason = re.search(re.escape(LONG_FILE_MARK) + r"\s*\S+", "\n".join(lines[:20]))
    if text.count("\n") > FILE_LINES_MAX and not reason:
        yield Finding(path, FILE_LINES_MAX + 1,
                      f"the file goes on to line {text.count(chr(10))}; divide it, or give the "
                      f"reason at its top after `{LONG_FILE_MARK}`")


# --- Style.

def check_guard(path: str, text: str) -> Iterator[Finding]:
    guard = "PLEDGER_" + re.sub(r"[^A-Z0-9]", "_", path.upper()) + "_"
    found = re.search(r"^#ifndef (\w+)\n#define (\w+)$", text, re.MULTILINE)
    if not found:
        yield Finding(path, 1, f"has no include guard; guard it by {guard}")
    elif found.groups() != (guard, guard):
        yield Finding(path, line_at(text, found.start()),
                      f"is guarded by {found.group(1)}; call the guard {guard}")


UNFINISHED = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX")) + r")\b")


def check_text(path: str, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            yield Finding(path, number, "ends in white space; remove it")
        if "\t" in line:
            yield Finding(path, number, "has a tab; indent with spaces, or write \\t")
        found = UNFINISHED.search(line)
        if found:
            yield Finding(path, number, f"says {found.group(0)}; do it now, or file an issue")
    if text and not text.endswith("\n"):
        yield Finding(path, line_at(text, len(text)), "does not end in a newline; add one")


SLEEP = re.compile(r"\b(?:sleep_for|sleep_until|SleepFor|usleep|nanosleep)\b|(?<![\w.:])sleep\(")


def check_sleeps(path: str, text: str, code: str) -> Iterator[Finding]:
    if not path.startswith("tests/"):
        return
    lines = text.split("\n")
    for match in SLEEP.finditer(code):
        number = line_at(code, match.start())
        near = "\n".join(lines[max(0, number - 3):number])
        if not re.search(re.escape(SLEEP_MARK) + r"\s*\S+", near):
            yield Finding(path, number,
                          f"sleeps ({match.group(0).rstrip('(')}); wait for a notification, or "
                          f"move a fake clock, or give the reason after `{SLEEP_MARK}`")


ISSUE = re.compile(r"\bissues?\s+#?[0-9]+|(?:^|[\s(])#[0-9]+\b", re.IGNORECASE)


def check_issue_names(path: str, text: str) -> Iterator[Finding]:
    for number, comment in comments(text):
        found = ISSUE.search(comment)
        if found:
            yield Finding(path, number, f"names an issue ({found.group(0).strip()}); say why in "
                                        "the comment itself")


def check_house(paths: list) -> Iterator[Finding]:
    for folder in sorted({path.split("/")[0] for path in paths if "/" in path}):
        if folder.startswith("."):
            continue
        if folder not in FOLDERS:
            yield Finding(folder, 1, f"is no folder of the house; use {', '.join(FOLDERS)}")
        elif f"{folder}/README.md" not in paths:
            yield Finding(f"{folder}/README.md", 1, "is missing; say what lives in the folder, how "
                                                    "data flows through, where to start reading")


def check_tree(root: str) -> list:
    """All findings, by file and line."""
    paths = list_files(root)
    findings = list(check_house(paths))
    findings += check_built(root, paths)
    for path in paths:
        if not path.endswith(TEXT_ENDINGS):
            continue
        try:
            text = read(root, path)
        except UnicodeDecodeError:
            findings.append(Finding(path, 1, "is not UTF-8; save it so"))
            continue
        findings += check_text(path, text)
        findings += check_globs(path, text)
        findings += check_imports(path, text)
        if path.endswith((".cc", ".h", ".proto")):
            findings += check_issue_names(path, text)
        if path.endswith((".cc", ".h")):
            code = code_only(text)
            findings += check_includes(path, text)
            findings += check_purity(path, code)
            findings += check_sizes(path, text, code)
            findings += check_sleeps(path, text, code)
        if path.endswith(".h"):
            findings += check_guard(path, text)
    return sorted(set(findings))


def main() -> int:
    if len(sys.argv) != 2 or not os.path.isdir(sys.argv[1]):
        sys.exit(__doc__)
    findings = check_tree(sys.argv[1])
    for finding in findings:
        print(f"{finding.path}:{finding.line}: {finding.message}")
    print(f"{len(findings)} findings." if findings else "Tidy.")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
