// FindInvalidUtf8: a parser of the wire format that knows just enough to say which text is wrong.
#include <vector>

#include "server/domain/fact_rules.h"
#include "server/domain/fact_rules_text.h"
#include "server/domain/limits.h"

namespace pledger {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

// The length of the UTF-8 sequence that `text` begins with; 0 if it is none. Overlong forms,
// surrogates and what lies beyond U+10FFFF are none.
size_t SequenceLength(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](size_t i) { return i < text.size() && (byte(i) & 0xc0) == 0x80; };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4 || !continues(1)) return 0;
  if (lead < 0xe0) return 2;
  if (!continues(2)) return 0;
  if (lead < 0xf0) {
    const bool overlong = lead == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = lead == 0xed && byte(1) > 0x9f;
    return overlong || surrogate ? 0 : 3;
  }
  const bool overlong = lead == 0xf0 && byte(1) < 0x90;
  const bool beyond = lead == 0xf4 && byte(1) > 0x8f;
  return !continues(3) || overlong || beyond ? 0 : 4;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool TakeVarint(std::string_view* wire, uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 64 && !wire->empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(wire->front());
    wire->remove_prefix(1);
    *value |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool TakeBytes(std::string_view* wire, uint64_t size, std::string_view* bytes) {
  if (size > wire->size()) return false;
  *bytes = wire->substr(0, size);
  wire->remove_prefix(size);
  return true;
}

// What a walk found: go on, stop because of `path`, or stop because the bytes make no sense.
enum class Outcome { kNothing, kFound, kGarbage };

// One level of the walk. Every byte is looked at once for each level that it lies in.
class Walk {
 public:
  Walk(const Descriptor& descriptor, int depth) : descriptor_(descriptor), depth_(depth) {}

  Outcome Run(std::string_view wire, std::string* path) {
    while (!wire.empty()) {
      uint64_t tag;
      if (!TakeVarint(&wire, &tag) || tag > UINT32_MAX) return Outcome::kGarbage;
      const Outcome outcome = Field(static_cast<uint32_t>(tag), &wire, path);
      if (outcome != Outcome::kNothing) return outcome;
    }
    return Outcome::kNothing;
  }

 private:
  Outcome Field(uint32_t tag, std::string_view* wire, std::string* path) {
    uint64_t size;
    std::string_view bytes;
    switch (tag & 7) {
      case kVarint:
        return TakeVarint(wire, &size) ? Outcome::kNothing : Outcome::kGarbage;
      case kFixed64:
        return TakeBytes(wire, 8, &bytes) ? Outcome::kNothing : Outcome::kGarbage;
      case kFixed32:
        return TakeBytes(wire, 4, &bytes) ? Outcome::kNothing : Outcome::kGarbage;
      case kBytes:
        if (!TakeVarint(wire, &size) || !TakeBytes(wire, size, &bytes)) return Outcome::kGarbage;
        return Delimited(static_cast<int>(tag >> 3), bytes, path);
      default:
        // Groups: no message of ours has any.
        return Outcome::kGarbage;
    }
  }

  Outcome Delimited(int number, std::string_view bytes, std::string* path) {
    const FieldDescriptor* field = descriptor_.FindFieldByNumber(number);
    if (field == nullptr) return Outcome::kNothing;
    const int index = field->is_repeated() ? NextIndex(*field) : 0;
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      if (IsUtf8(bytes)) return Outcome::kNothing;
      *path = Name(*field, index);
      return Outcome::kFound;
    }
    if (field->type() != FieldDescriptor::TYPE_MESSAGE || depth_ >= limits::kNestingMax) {
      return Outcome::kNothing;
    }
    const Outcome outcome = Walk(*field->message_type(), depth_ + 1).Run(bytes, path);
    if (outcome == Outcome::kFound) *path = rules::Concat(Name(*field, index), ".", *path);
    return outcome;
  }

  int NextIndex(const FieldDescriptor& field) {
    if (counts_.empty()) counts_.resize(static_cast<size_t>(descriptor_.field_count()));
    return counts_[static_cast<size_t>(field.index())]++;
  }

  static std::string Name(const FieldDescriptor& field, int index) {
    return field.is_repeated() ? rules::Concat(field.name(), "[", index, "]") : field.name();
  }

  const Descriptor& descriptor_;
  const int depth_;
  // How often each field was met, by its index; empty until a repeated one is.
  std::vector<int> counts_;
};

}  // namespace

std::string FindInvalidUtf8(std::string_view wire, const Descriptor* descriptor) {
  std::string path;
  return Walk(*descriptor, /*depth=*/0).Run(wire, &path) == Outcome::kFound ? path : std::string();
}

}  // namespace pledger
