// The practices of DOMAIN.md, section 9, and how answers are given: each file of the folder
// `practices` is recorded in a ledger of its own, asked about, and compared.
//
// SCENARIO=B5 runs only the files whose names contain "B5".
#include "tests/scenarios/scenario.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/e2e/ledger_fixture.h"
#include "tests/scenarios/answers.h"
#include "tests/scenarios/check.h"
#include "tests/scenarios/replay.h"
#include "tests/support/seed.h"

namespace pledger::scenarios {
namespace {

constexpr uint64_t kSeed = 20'260'301;

std::vector<std::string> Files() {
  const char* source = std::getenv("PLEDGER_SOURCE");
  const char* wanted = std::getenv("SCENARIO");
  const std::filesystem::path folder =
      std::filesystem::path(source == nullptr ? "." : source) / "tests/scenarios/practices";
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (wanted != nullptr && name.find(wanted) == std::string::npos) continue;
    files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

absl::StatusOr<Scenario> Load(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return ParseScenario(std::filesystem::path(path).filename().string(), text.str());
}

class ScenarioTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    absl::StatusOr<Scenario> loaded = Load(GetParam());
    ASSERT_TRUE(loaded.ok()) << loaded.status().message();
    scenario_ = *std::move(loaded);
  }

  // `order_of_file`: what was known when is a question to that order alone.
  void CheckAll(Answers& answers, bool order_of_file) {
    for (const ExpectLine& expected : scenario_.expectations) {
      const Question& asked = scenario_.questions[expected.question];
      if (!order_of_file && asked.known_at.has_value()) continue;
      const std::string mismatch = Mismatch(expected, answers);
      EXPECT_TRUE(mismatch.empty()) << mismatch;
    }
  }

  Scenario scenario_;
  testing::LedgerServer server_;
};

TEST_P(ScenarioTest, AnswersAsExpectedAndTheSameAfterRedelivery) {
  Replay replay(scenario_, server_.client());
  const absl::Status recorded = replay.Record(FileOrder(scenario_));
  ASSERT_TRUE(recorded.ok()) << recorded.message();
  Answers answers(scenario_, replay, server_.process().address());
  CheckAll(answers, true);
  for (size_t question = 0; question < scenario_.questions.size(); ++question) {
    const absl::Status consistent = answers.Consistent(question);
    EXPECT_TRUE(consistent.ok()) << scenario_.file << ": " << consistent.message();
  }
  const uint64_t next_position = server_.NextPosition();
  const absl::Status redelivered = replay.Redeliver();
  ASSERT_TRUE(redelivered.ok()) << redelivered.message();
  EXPECT_EQ(server_.NextPosition(), next_position);
  Answers again(scenario_, replay, server_.process().address());
  EXPECT_TRUE(again.Snapshot() == answers.Snapshot()) << "answers changed after a redelivery";
}

TEST_P(ScenarioTest, AnswersTheSameInAnotherOrderOfRecording) {
  const uint64_t seed = testing::Seed(kSeed);
  Replay replay(scenario_, server_.client());
  const absl::Status recorded = replay.Record(PermutedOrder(scenario_, seed));
  ASSERT_TRUE(recorded.ok()) << recorded.message();
  Answers answers(scenario_, replay, server_.process().address());
  CheckAll(answers, false);
}

std::string NameOf(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = std::filesystem::path(info.param).stem().string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Practices, ScenarioTest, ::testing::ValuesIn(Files()), NameOf);

TEST(ScenarioFilesTest, EveryPracticeHasAScenario) {
  if (std::getenv("SCENARIO") != nullptr) GTEST_SKIP() << "only some files are wanted";
  std::set<std::string> missing;
  for (const auto& [letter, rows] : {std::pair('A', 7), {'B', 7}, {'C', 6}, {'D', 9}}) {
    for (int row = 1; row <= rows; ++row) missing.insert(absl::StrCat(std::string(1, letter), row));
  }
  for (const std::string& file : Files()) {
    const absl::StatusOr<Scenario> scenario = Load(file);
    ASSERT_TRUE(scenario.ok()) << scenario.status().message();
    missing.erase(scenario->tag);
  }
  for (const std::string& tag : missing) ADD_FAILURE() << "no scenario shows " << tag;
}

}  // namespace
}  // namespace pledger::scenarios
