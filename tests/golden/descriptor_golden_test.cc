// Guards compatibility: the protos, as a listing with one line for each thing that callers or
// recorded events rely on, against descriptors.txt. Adding lines is how the API grows; a line that
// goes or changes breaks callers, or events that are recorded for ever.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.pb.h"
#include "gtest/gtest.h"
#include "pledger/v1/options.pb.h"

namespace pledger {
namespace {

using google::protobuf::DescriptorProto;
using google::protobuf::EnumDescriptorProto;
using google::protobuf::FieldDescriptorProto;
using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;
using google::protobuf::MethodDescriptorProto;
using google::protobuf::ServiceDescriptorProto;

// "pledger.v1.Money", or "int64".
std::string TypeOf(const FieldDescriptorProto& field) {
  if (!field.type_name().empty()) return std::string(absl::StripPrefix(field.type_name(), "."));
  const std::string& name = FieldDescriptorProto::Type_Name(field.type());
  return absl::AsciiStrToLower(absl::StripPrefix(name, "TYPE_"));
}

std::string OptionsOf(const FieldDescriptorProto& field) {
  std::string options;
  if (field.proto3_optional()) absl::StrAppend(&options, " optional");
  if (field.options().GetExtension(v1::personal)) absl::StrAppend(&options, " personal");
  if (field.options().HasExtension(v1::rule)) {
    const std::string rule = field.options().GetExtension(v1::rule).ShortDebugString();
    absl::StrAppend(&options, " rule {", absl::StripTrailingAsciiWhitespace(rule), "}");
  }
  return options;
}

std::string ListField(const std::string& scope, const DescriptorProto* message,
                      const FieldDescriptorProto& field) {
  std::string line = absl::StrCat(message != nullptr ? "field " : "extension ", scope, ".",
                                  field.name(), " = ", field.number(), " ");
  if (field.label() == FieldDescriptorProto::LABEL_REPEATED) absl::StrAppend(&line, "repeated ");
  absl::StrAppend(&line, TypeOf(field));
  if (message != nullptr && field.has_oneof_index() && !field.proto3_optional()) {
    absl::StrAppend(&line, " oneof ", message->oneof_decl(field.oneof_index()).name());
  }
  return absl::StrCat(line, OptionsOf(field));
}

void ListEnum(const std::string& scope, const EnumDescriptorProto& enumeration,
              std::vector<std::string>& lines) {
  const std::string name = absl::StrCat(scope, ".", enumeration.name());
  for (const auto& value : enumeration.value()) {
    lines.push_back(absl::StrCat("value ", name, ".", value.name(), " = ", value.number()));
  }
}

void ListMessage(const std::string& scope, const DescriptorProto& message,
                 std::vector<std::string>& lines) {
  const std::string name = absl::StrCat(scope, ".", message.name());
  lines.push_back(absl::StrCat("message ", name));
  for (const FieldDescriptorProto& field : message.field()) {
    lines.push_back(ListField(name, &message, field));
  }
  for (const auto& range : message.reserved_range()) {
    lines.push_back(absl::StrCat("reserved ", name, " ", range.start(), "-", range.end() - 1));
  }
  for (const EnumDescriptorProto& nested : message.enum_type()) ListEnum(name, nested, lines);
  for (const DescriptorProto& nested : message.nested_type()) ListMessage(name, nested, lines);
}

void ListService(const std::string& scope, const ServiceDescriptorProto& service,
                 std::vector<std::string>& lines) {
  const auto side = [](bool streaming, const std::string& type) {
    return absl::StrCat(streaming ? "stream " : "", absl::StripPrefix(type, "."));
  };
  for (const MethodDescriptorProto& method : service.method()) {
    lines.push_back(absl::StrCat("rpc ", scope, ".", service.name(), ".", method.name(), " (",
                                 side(method.client_streaming(), method.input_type()), ") -> (",
                                 side(method.server_streaming(), method.output_type()), ")"));
  }
}

std::vector<std::string> ListFile(const FileDescriptorProto& file) {
  std::vector<std::string> lines = {absl::StrCat("file ", file.name())};
  for (const EnumDescriptorProto& enumeration : file.enum_type()) {
    ListEnum(file.package(), enumeration, lines);
  }
  for (const DescriptorProto& message : file.message_type()) {
    ListMessage(file.package(), message, lines);
  }
  for (const FieldDescriptorProto& field : file.extension()) {
    lines.push_back(ListField(file.package(), nullptr, field));
  }
  for (const ServiceDescriptorProto& service : file.service()) {
    ListService(file.package(), service, lines);
  }
  return lines;
}

std::string ReadFile(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

std::vector<std::string> ListDescriptors() {
  FileDescriptorSet set;
  EXPECT_TRUE(set.ParseFromString(ReadFile(PLEDGER_DESCRIPTOR_SET)));
  std::vector<std::string> lines;
  for (const FileDescriptorProto& file : set.file()) {
    std::vector<std::string> more = ListFile(file);
    lines.insert(lines.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
  }
  return lines;
}

// The lines that only `a` has, each behind `mark`. The order in which things stand in a file is
// nothing that anybody relies on.
std::vector<std::string> OnlyIn(std::vector<std::string> a, std::vector<std::string> b,
                                const std::string& mark) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  std::vector<std::string> only;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(only));
  for (std::string& line : only) line = absl::StrCat(mark, line);
  return only;
}

TEST(DescriptorGolden, ListsPersonalFieldsRulesAndStreams) {
  const std::vector<std::string> lines = ListDescriptors();
  const auto has = [&](const std::string& line) {
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  };
  EXPECT_TRUE(has("field pledger.v1.ClientOpened.display_name = 1 string personal"));
  EXPECT_TRUE(
      has("field pledger.v1.ComplaintRaised.severity = 5 int32 "
          "rule {required: true min: 1 max: 5}"));
  EXPECT_TRUE(has("field pledger.v1.Fact.invoice_issued = 30 pledger.v1.InvoiceIssued oneof fact"));
  EXPECT_TRUE(has("value pledger.v1.Party.PARTY_US = 2"));
  EXPECT_TRUE(
      has("rpc pledger.v1.LedgerService.Subscribe (pledger.v1.SubscribeRequest) -> "
          "(stream pledger.v1.SubscribeResponse)"));
}

TEST(DescriptorGolden, IsUnchanged) {
  const std::vector<std::string> actual = ListDescriptors();
  if (std::getenv("PLEDGER_ACCEPT") != nullptr) {
    std::ofstream(PLEDGER_DESCRIPTOR_GOLDEN, std::ios::binary)
        << absl::StrJoin(actual, "\n") << "\n";
  }
  const std::string golden = ReadFile(PLEDGER_DESCRIPTOR_GOLDEN);
  const std::vector<std::string> expected = absl::StrSplit(absl::StripSuffix(golden, "\n"), '\n');
  const std::vector<std::string> gone = OnlyIn(expected, actual, "- ");
  const std::vector<std::string> added = OnlyIn(actual, expected, "+ ");
  EXPECT_TRUE(gone.empty() && added.empty())
      << "The protos differ from " << PLEDGER_DESCRIPTOR_GOLDEN << ":\n"
      << absl::StrJoin(gone, "\n") << (gone.empty() ? "" : "\n") << absl::StrJoin(added, "\n")
      << "\nA line that goes or changes (-) breaks callers or recorded events. If the change is "
         "meant:\n  PLEDGER_ACCEPT=1 ctest --preset release -R descriptor_golden_test";
}

}  // namespace
}  // namespace pledger
