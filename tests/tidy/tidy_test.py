#!/usr/bin/env python3
"""Shows every rule of tidy.py failing on a small bad tree, and a good tree passing."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tidy  # noqa: E402

GUARDED = "#ifndef {0}\n#define {0}\n{1}\n#endif  // {0}\n"
GOOD_TREE = {
    "CMakeLists.txt": "add_subdirectory(storage)\n",
    "proto/README.md": "# Protos\n",
    "proto/CMakeLists.txt": "set(PROTOS pledger/v1/fact.proto)\n",
    "proto/pledger/v1/fact.proto": 'syntax = "proto3";\nimport "pledger/v1/common.proto";\n'
                                   "// The first #tag of issue trackers.\n",
    "storage/README.md": "# Storage\n",
    "storage/CMakeLists.txt": "pledger_library(pledger_storage SRCS log.cc rocks/store.cc)\n",
    "storage/log.cc": '#include "storage/log.h"\n\n#include <string>\n\n'
                      '#include "absl/status/status.h"\n#include "storage/inline.h"\n',
    "storage/log.h": GUARDED.format("PLEDGER_STORAGE_LOG_H_", "int Log();"),
    "storage/inline.h": GUARDED.format("PLEDGER_STORAGE_INLINE_H_", "int Inline();"),
    "storage/rocks/store.cc": "#include <rocksdb/db.h>\n#include \"storage/log.h\"\n",
}


def lines_of_function(count):
    return "namespace pledger {\nint Long(int x) {\n" + "  ++x;\n" * (count - 2) + "}\n}\n"


class TidyTest(unittest.TestCase):

    def findings(self, changes):
        """What tidy says of the good tree with these files added or replaced."""
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**GOOD_TREE, **changes}.items():
                if text is not None:
                    os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                    with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                        file.write(text)
            return [f"{path}:{line}: {message}" for path, line, message in tidy.check_tree(root)]

    def expect(self, changes, *expected):
        found = self.findings(changes)
        self.assertEqual(len(found), len(expected), found)
        for finding, beginning in zip(found, expected):
            self.assertTrue(finding.startswith(beginning), f"{finding!r} is not {beginning!r}")

    def source(self, path, text):
        """The changes that add a source which is built."""
        folder = path.split("/")[0]
        return {path: text, f"{folder}/README.md": "# Here\n",
                "listed.cmake": f"set(SOURCES {path})\n"}

    def expect_include(self, path, header, why):
        self.expect(self.source(path, f"#include <string>\n#include {header}\n"),
                    f"{path}:2: includes {header.strip('<>' + chr(34))}; {why}")

    def expect_fine(self, path, text):
        self.expect(self.source(path, text))

    def test_good_tree_has_no_findings(self):
        self.expect({})

    def test_storage_includes_no_server(self):
        self.expect_include("storage/a.cc", '"server/domain/limits.h"', "storage/ may include only")
        self.expect_include("storage/rocks/a.cc", '"server/domain/limits.h"', "storage/rocks/ may")

    def test_storage_knows_no_facts(self):
        self.expect_include("storage/a.cc", '"pledger/v1/fact.pb.h"', "storage/ may include only")
        self.expect_fine("storage/a.cc", '#include "pledger/store/v1/record_body.pb.h"\n')

    def test_rocksdb_stays_in_rocks(self):
        self.expect_include("storage/a.cc", "<rocksdb/db.h>", "storage/ may use")
        self.expect_include("server/ledger/a.cc", '"rocksdb/db.h"', "server/ledger/ may use")
        self.expect_fine("tests/a.cc", '#include "rocksdb/db.h"\n')

    def test_domain_is_pure(self):
        self.expect_include("server/domain/a.cc", '"storage/log.h"', "server/domain/ may include")
        self.expect_include("server/domain/a.cc", '"server/ledger/x.h"', "server/domain/ may")
        self.expect_include("server/domain/a.cc", "<grpcpp/grpcpp.h>", "server/domain/ may use")
        self.expect_include("server/domain/a.cc", "<fstream>", "the domain is pure")
        self.expect_include("server/domain/a.cc", "<boost/any.hpp>", "the domain uses only")
        self.expect(self.source("server/domain/a.cc", "auto t = absl::Now();\n"),
                    "server/domain/a.cc:1: reads a clock")
        self.expect_fine("server/domain/a.cc",
                         '#include <map>\n#include "absl/time/time.h"\n'
                         '#include "google/protobuf/message.h"\n#include "pledger/v1/fact.pb.h"\n'
                         "// absl::Now() is not for us\n")

    def test_grpc_stays_in_services(self):
        for folder in ("server/ledger", "server/projections", "storage"):
            self.expect_include(f"{folder}/a.cc", "<grpcpp/grpcpp.h>", f"{folder}/ may use")
        self.expect_fine("server/services/a.cc", "#include <grpcpp/grpcpp.h>\n")

    def test_services_do_not_know_runtime(self):
        self.expect_include("server/services/a.cc", '"server/runtime/main.h"', "server/services/")

    def test_concrete_stores_are_named_by_runtime_alone(self):
        self.expect_include("server/ledger/a.cc", '"storage/rocks/store.h"', "only server/runtime/")
        self.expect_include("storage/memory/a.cc", '"storage/rocks/store.h"', "only server/runtime")
        self.expect_fine("server/runtime/a.cc", '#include "storage/rocks/store.h"\n')

    def test_client_does_not_know_the_server(self):
        self.expect_include("client/cli/a.cc", '"server/domain/limits.h"', "client/ may include")
        self.expect_include("client/lib/a.cc", '"storage/rocks/store.h"', "client/ may include")
        self.expect_include("client/verify/a.cc", '"server/ledger/x.h"', "client/verify/ may")
        self.expect_fine("client/verify/a.cc", '#include "server/domain/fold.h"\n')

    def test_public_protos_do_not_import_the_store(self):
        self.expect({"proto/pledger/v1/fact.proto": 'syntax = "proto3";\n'
                     'import public "pledger/store/v1/record_body.proto";\n'},
                    "proto/pledger/v1/fact.proto:2: imports pledger/store/v1/record_body.proto")

    def test_unbuilt_files(self):
        self.expect({"storage/lost.cc": "int x;\n"}, "storage/lost.cc:1: no CMakeLists.txt lists")
        self.expect({"proto/pledger/v1/lost.proto": 'syntax = "proto3";\n'},
                    "proto/pledger/v1/lost.proto:1: no CMakeLists.txt lists")
        self.expect({"storage/lost.h": GUARDED.format("PLEDGER_STORAGE_LOST_H_", "")},
                    "storage/lost.h:1: nothing that is built includes it")

    def test_lists_may_name_the_root(self):
        self.expect({"storage/CMakeLists.txt": "pledger_library(s SRCS log.cc\n"
                     "  ${PROJECT_SOURCE_DIR}/storage/rocks/store.cc)\n"})

    def test_commented_lists_build_nothing(self):
        self.expect({"storage/CMakeLists.txt": "pledger_library(s SRCS log.cc) # rocks/store.cc\n"},
                    "storage/rocks/store.cc:1: no CMakeLists.txt lists")

    def test_globs(self):
        self.expect({"CMakeLists.txt": "file(GLOB_RECURSE sources *.cc)\n"},
                    "CMakeLists.txt:1: globs")

    def test_long_functions(self):
        self.expect_fine("storage/a.cc", lines_of_function(70))
        self.expect(self.source("storage/a.cc", lines_of_function(71)),
                    "storage/a.cc:2: Long has 71 lines")

    def test_long_functions_behind_confusing_text(self):
        begin = ('const char* kBrace = "{";  // {\nconst char kChar = \'{\'; /* { */\n'
                 'const int kBig = 1\'000;\nauto kRaw = R"(} {)";\n#define OPEN() {\n'
                 "class A : public B<int(int)> {\n public:\n"
                 "  explicit A(int x) : x_{x}, y_(f(x)) {\n")
        self.expect_fine("storage/a.cc", begin + "    ++x;\n" * 68 + "  }\n};\n")
        self.expect(self.source("storage/a.cc", begin + "    ++x;\n" * 69 + "  }\n};\n"),
                    "storage/a.cc:8: y_ has 71 lines")
        test = "TEST(Fold, Is) {\n  for (int i = 0;;) {\n    auto f = [&](int x) { return x; };\n"
        self.expect(self.source("storage/a.cc", test + "  ++x;\n" * 70 + "  }\n}\n"),
                    "storage/a.cc:1: TEST has 75 lines")

    def test_long_tables_and_classes_are_no_functions(self):
        rows = "    {1, 2},\n" * 90
        self.expect_fine("storage/a.cc", "constexpr Row kRows[] = {\n" + rows + "};\n")
        self.expect_fine("storage/a.cc", "auto kRows = std::to_array<Row>({\n" + rows + "});\n")
        self.expect_fine("storage/a.cc", "struct A {\n" + "  void F(int x);\n" * 90 + "};\n")

    def test_long_lines(self):
        self.expect_fine("storage/a.cc", "// " + "ü" * 97 + "\n")
        self.expect(self.source("storage/a.cc", "// " + "x" * 98 + "\n"),
                    "storage/a.cc:1: has 101 columns")

    def test_long_files(self):
        self.expect_fine("storage/a.cc", "int x;\n" * 500)
        self.expect(self.source("storage/a.cc", "int x;\n" * 501), "storage/a.cc:501: the file")
        self.expect_fine("storage/a.cc", "// tidy: long file: one table\n" + "int x;\n" * 501)

    def test_include_guards(self):
        self.expect({"storage/log.h": "#pragma once\nint Log();\n"},
                    "storage/log.h:1: has no include guard; guard it by PLEDGER_STORAGE_LOG_H_")
        self.expect({"storage/log.h": GUARDED.format("PLEDGER_LOG_H_", "int Log();")},
                    "storage/log.h:1: is guarded by PLEDGER_LOG_H_")

    def test_unfinished_work(self):
        for word in ("TO" + "DO", "FIX" + "ME", "X" + "XX"):
            self.expect(self.source("storage/a.cc", f"// {word}: later\n"),
                        f"storage/a.cc:1: says {word}")

    def test_white_space(self):
        self.expect({"storage/README.md": "# Storage \n"}, "storage/README.md:1: ends in white")
        self.expect({"storage/README.md": "# \tStorage\n"}, "storage/README.md:1: has a tab")
        self.expect({"storage/README.md": "# Storage"}, "storage/README.md:1: does not end in a")

    def test_sleeps_in_tests(self):
        for sleep in ("std::this_thread::sleep_for(ms);", "absl::SleepFor(d);", "usleep(9);",
                      "sleep(1);"):
            self.expect(self.source("tests/a.cc", f"void F() {{\n  {sleep}\n}}\n"),
                        "tests/a.cc:2: sleeps")
        self.expect_fine("tests/a.cc", "// No SleepFor here.\nvoid F() { clock.sleep(1); }\n")
        self.expect_fine("tests/a.cc", "// tidy: sleep: another process tells nobody.\n"
                                       "void F() { absl::SleepFor(d); }\n")
        self.expect_fine("storage/a.cc", "void F() { absl::SleepFor(d); }\n")

    def test_issue_names(self):
        for text in ("// As issue 2 says.\n", "int x;  // see #12\n", "/* Issues #3 */\n"):
            self.expect(self.source("storage/a.cc", text), "storage/a.cc:1: names an issue")
        self.expect_fine("storage/a.cc", 'const char* kColour = "#123";\n#if 1\n#endif\n')

    def test_house(self):
        self.expect({"misc/x.txt": "x\n"}, "misc:1: is no folder of the house")
        self.expect({"storage/README.md": None}, "storage/README.md:1: is missing")


if __name__ == "__main__":
    unittest.main()
