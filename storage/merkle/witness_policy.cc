#include "storage/merkle/witness_policy.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "storage/format/text.h"
#include "storage/merkle/cosignature.h"
#include "storage/merkle/note_text.h"

namespace pledger::storage::merkle {
namespace {

constexpr std::string_view kNone = "none";

using Words = std::vector<std::string_view>;

Words WordsOf(std::string_view line) {
  constexpr std::string_view kBlank = " \t";
  Words words;
  while (true) {
    const size_t begin = line.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) return words;
    const size_t end = std::min(line.find_first_of(kBlank, begin), line.size());
    words.push_back(line.substr(begin, end - begin));
    line.remove_prefix(end);
  }
}

// Reads a policy line by line; messages lack the line's number.
class PolicyReader {
 public:
  absl::Status Read(const Words& words) {
    const std::string_view kind = words[0];
    if (kind == "log") return ReadLog(words);
    if (kind == "witness") return ReadWitness(words);
    if (kind == "group") return ReadGroup(words);
    if (kind == "quorum") return ReadQuorum(words);
    return Bad("begins with none of log, witness, group and quorum");
  }

  absl::StatusOr<WitnessPolicy> Finish() && {
    if (!has_quorum_) return Bad("the policy has no quorum line; `quorum none` needs no witness");
    return std::move(policy_);
  }

 private:
  static absl::Status Bad(std::string_view what) {
    return absl::InvalidArgumentError(ToAbsl(what));
  }

  absl::StatusOr<NoteVerifier> ReadKey(std::string_view text, NoteKeyType type) {
    absl::StatusOr<NoteVerifier> key = NoteVerifier::Parse(text);
    if (!key.ok()) return key;
    if (key->type() != type) {
      return Bad(type == NoteKeyType::kEd25519 ? "the key is not one of a log, which has type 1"
                                               : "the key is not one of a witness, of type 4");
    }
    auto& keys = type == NoteKeyType::kEd25519 ? log_keys_ : witness_keys_;
    if (!keys.insert(key->key()).second) return Bad("the same key stands above already");
    return key;
  }

  absl::Status Define(std::string_view name) {
    if (name == kNone) return Bad("`none` has a meaning of its own; choose another name");
    if (!is_member_.emplace(std::string(name), false).second)
      return Bad("the name is defined above already");
    return absl::OkStatus();
  }

  absl::Status ReadLog(const Words& words) {
    if (words.size() != 2 && words.size() != 3) return Bad("is not `log <key> [<url>]`");
    absl::StatusOr<NoteVerifier> key = ReadKey(words[1], NoteKeyType::kEd25519);
    if (!key.ok()) return key.status();
    policy_.logs.push_back({*std::move(key), words.size() == 3 ? std::string(words[2]) : ""});
    return absl::OkStatus();
  }

  absl::Status ReadWitness(const Words& words) {
    if (words.size() != 3 && words.size() != 4) {
      return Bad("is not `witness <name> <key> [<url>]`");
    }
    absl::StatusOr<NoteVerifier> key = ReadKey(words[2], NoteKeyType::kCosignature);
    if (!key.ok()) return key.status();
    if (absl::Status status = Define(words[1]); !status.ok()) return status;
    policy_.witnesses.push_back(
        {std::string(words[1]), *std::move(key), words.size() == 4 ? std::string(words[3]) : ""});
    return absl::OkStatus();
  }

  absl::Status ReadGroup(const Words& words) {
    if (words.size() < 4) return Bad("is not `group <name> <number>|any|all <member>...`");
    PolicyGroup group = {std::string(words[1]), 0, {words.begin() + 3, words.end()}};
    const size_t count = group.members.size();
    if (words[2] == "any") {
      group.needed = 1;
    } else if (words[2] == "all") {
      group.needed = count;
    } else {
      group.needed = FromDecimal(words[2]).value_or(0);
      if (group.needed < 1 || group.needed > count) {
        return Bad("a group needs `any`, `all`, or from 1 to as many as it has members");
      }
    }
    for (const std::string& member : group.members) {
      const auto found = is_member_.find(member);
      if (found == is_member_.end()) return Bad(absl::StrCat(member, " is not defined above"));
      if (std::exchange(found->second, true))
        return Bad(absl::StrCat(member, " is a member twice"));
    }
    if (absl::Status status = Define(group.name); !status.ok()) return status;
    policy_.groups.push_back(std::move(group));
    return absl::OkStatus();
  }

  absl::Status ReadQuorum(const Words& words) {
    if (words.size() != 2) return Bad("is not `quorum <name>` or `quorum none`");
    if (std::exchange(has_quorum_, true)) return Bad("is a second quorum");
    if (words[1] != kNone && !is_member_.contains(ToAbsl(words[1]))) {
      return Bad(absl::StrCat(ToAbsl(words[1]), " is not defined above"));
    }
    policy_.quorum = words[1];
    return absl::OkStatus();
  }

  WitnessPolicy policy_;
  bool has_quorum_ = false;
  absl::flat_hash_set<Ed25519PublicKey> log_keys_;
  absl::flat_hash_set<Ed25519PublicKey> witness_keys_;
  // By name of a witness or group: whether a group has it.
  absl::flat_hash_map<std::string, bool> is_member_;
};

bool IsPolicyText(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<uint8_t>(c);
    return c == '\t' || c == '\n' || (byte >= 0x20 && byte != 0x7f);
  });
}

void AppendUrl(const std::string& url, std::string* out) {
  if (!url.empty()) absl::StrAppend(out, " ", url);
  out->push_back('\n');
}

}  // namespace

absl::StatusOr<WitnessPolicy> ParseWitnessPolicy(std::string_view text) {
  if (text.size() > kPolicyBytesMax || !IsPolicyText(text)) {
    return absl::InvalidArgumentError(
        absl::StrCat("a policy has at most ", kPolicyBytesMax, " bytes and no control characters"));
  }
  PolicyReader reader;
  for (size_t number = 1; !text.empty(); ++number) {
    const std::optional<std::string_view> line = TakeLine(&text);
    if (!line) return BadLine(number, "ends without a line feed");
    const Words words = WordsOf(*line);
    if (words.empty() || words[0].starts_with('#')) continue;
    if (absl::Status status = reader.Read(words); !status.ok()) {
      return BadLine(number, FromAbsl(status.message()));
    }
  }
  return std::move(reader).Finish();
}

std::string FormatWitnessPolicy(const WitnessPolicy& policy) {
  std::string text;
  for (const PolicyLog& log : policy.logs) {
    absl::StrAppend(&text, "log ", log.key.ToString());
    AppendUrl(log.url, &text);
  }
  for (const PolicyWitness& witness : policy.witnesses) {
    absl::StrAppend(&text, "witness ", witness.name, " ", witness.key.ToString());
    AppendUrl(witness.url, &text);
  }
  for (const PolicyGroup& group : policy.groups) {
    absl::StrAppend(&text, "group ", group.name, " ", group.needed);
    for (const std::string& member : group.members) absl::StrAppend(&text, " ", member);
    text.push_back('\n');
  }
  absl::StrAppend(&text, "quorum ", policy.quorum, "\n");
  return text;
}

absl::StatusOr<WitnessedBy> CheckWitnesses(const SignedNote& checkpoint,
                                           const WitnessPolicy& policy) {
  WitnessedBy result;
  absl::flat_hash_map<std::string, bool> holds = {{std::string(kNone), true}};
  for (const PolicyWitness& witness : policy.witnesses) {
    absl::StatusOr<uint64_t> time_s = VerifyCosignature(checkpoint, witness.key);
    if (!time_s.ok() && !absl::IsNotFound(time_s.status())) return time_s.status();
    result.times_s.push_back(time_s.ok() ? std::optional(*time_s) : std::nullopt);
    holds[witness.name] = time_s.ok();
  }
  // Groups stand below their members.
  for (const PolicyGroup& group : policy.groups) {
    const auto count = std::count_if(group.members.begin(), group.members.end(),
                                     [&](const std::string& member) { return holds[member]; });
    holds[group.name] = static_cast<size_t>(count) >= group.needed;
  }
  result.quorum = holds[policy.quorum];
  return result;
}

}  // namespace pledger::storage::merkle
