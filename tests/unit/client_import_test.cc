// Importing: good rows are recorded whatever stands between them.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/import/importer.h"
#include "tests/unit/client_import_fakes.h"

namespace pledger::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kPlan[] = R"pb(
  name: "test"
  time_formats: "%Y-%m-%d"
  currency_code: "EUR"
  key_columns: "key"
  client_id { column: "client" }
  occur_time { column: "date" }
  steps {
    name: "invoice"
    when { column: "what" equals: "invoice" }
    fact: "invoice_issued"
    fields {
      path: "invoice_id"
      value { column: "invoice" }
    }
    fields {
      path: "amount"
      value { column: "amount" }
    }
    fields {
      path: "due_time"
      value { column: "date" }
    }
  }
  steps {
    name: "payment"
    when { column: "what" equals: "payment" }
    fact: "payment_received"
    fields {
      path: "payment_id"
      value { column: "key" }
    }
    fields {
      path: "amount"
      value { column: "amount" }
    }
    fields {
      path: "allocations[0].invoice_id"
      value { column: "invoice" }
    }
    fields {
      path: "allocations[0].amount"
      value { column: "amount" }
    }
  })pb";

constexpr char kHeader[] = "key,client,date,what,invoice,amount\n";

class ImportTest : public ::testing::Test {
 protected:
  ImportTest() { EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kPlan, &plan_)); }

  absl::Status Import(const std::string& rows, ImportOptions options = {}) {
    bad_.clear();
    StringSource source(kHeader + rows);
    Importer importer(
        plan_, sink_, options,
        [this](const BadRow& bad) {
          bad_.push_back(absl::StrCat(bad.line, ":", bad.column, ":", bad.reason));
        },
        [](const ImportCounts&) {});
    const absl::Status status = importer.Run(source);
    counts_ = importer.counts();
    return status;
  }

  static std::string Row(int key, const std::string& what, int invoice) {
    return absl::StrCat(key, ",acme,2014-01-01,", what, ",", invoice, ",1.00\n");
  }

  plan::ImportPlan plan_;
  FakeSink sink_;
  std::vector<std::string> bad_;
  ImportCounts counts_;
};

TEST_F(ImportTest, RecordsRowsAndASecondTimeNothing) {
  std::string rows;
  for (int i = 0; i < 2'000; ++i) rows += Row(i, i % 2 == 0 ? "invoice" : "payment", i / 2);
  ASSERT_TRUE(Import(rows).ok());
  EXPECT_THAT(bad_, IsEmpty());
  EXPECT_EQ(counts_.rows, 2'000);
  EXPECT_EQ(counts_.recorded, 2'000);
  EXPECT_EQ(counts_.duplicates, 0);
  EXPECT_LE(sink_.appends, 5);
  ASSERT_TRUE(Import(rows).ok());
  EXPECT_EQ(counts_.recorded, 0);
  EXPECT_EQ(counts_.duplicates, 2'000);
  EXPECT_THAT(sink_.events, SizeIs(2'000));
}

TEST_F(ImportTest, BadRowsAreReportedWithLineAndColumnAndCostNothingElse) {
  ASSERT_TRUE(Import(Row(1, "invoice", 1) +                    //
                     "2,acme,2014-13-01,invoice,2,1.00\n" +    //
                     "3,acme,2014-01-01,invoice,3\n" +         //
                     "4,acme,2014-01-01,\"invoice,4,1.00\n" +  //
                     Row(5, "payment", 99) +                   //
                     Row(6, "gift", 1) +                       //
                     Row(7, "invoice", 1) +                    //
                     Row(8, "payment", 1))
                  .ok());
  EXPECT_THAT(bad_,
              ElementsAre(HasSubstr("3:date:step \"invoice\": \"2014-13-01\" is no time"),
                          "4::the row has 5 columns, the header 6", HasSubstr("5:what:"),
                          "6:invoice:OBLIGATION_STATE: "
                          "fact.payment_received.allocations[0].invoice_id: not known",
                          "8:invoice:OBLIGATION_STATE: fact.invoice_issued.invoice_id: issued "
                          "before"));
  EXPECT_EQ(counts_.bad_rows, 5);
  EXPECT_EQ(counts_.skipped_rows, 1);
  EXPECT_EQ(counts_.recorded, 2);
}

TEST_F(ImportTest, FindsBadRowsThatTheServerDoesNotName) {
  sink_.names_events = false;
  std::string rows;
  for (int i = 0; i < 300; ++i) {
    rows += i % 37 == 5 ? Row(i, "payment", 10'000) : Row(i, "invoice", i);
  }
  ASSERT_TRUE(Import(rows, {.events_per_append = 64}).ok());
  EXPECT_THAT(bad_, SizeIs(8));
  EXPECT_THAT(bad_[0], HasSubstr("7::OBLIGATION_STATE: not known"));
  EXPECT_EQ(counts_.recorded, 292);
}

TEST_F(ImportTest, WhatWasRejectedOnlyForWantOfAnEarlierAppendIsTriedAgain) {
  // The first append has a bad row, so the invoice beside it is missing when the second arrives.
  ASSERT_TRUE(Import(Row(1, "payment", 9) + Row(2, "invoice", 1) + Row(3, "payment", 1) +
                         Row(4, "payment", 1),
                     {.events_per_append = 2})
                  .ok());
  EXPECT_THAT(bad_, SizeIs(1));
  EXPECT_EQ(counts_.recorded, 3);
}

TEST_F(ImportTest, StrictRecordsWhatStandsBeforeTheFirstBadRowAndNothingElse) {
  for (const std::string& bad :
       {Row(50, "payment", 999), std::string("50,acme,never,invoice,1,1\n"),
        std::string("50,\"\n")}) {
    sink_ = FakeSink();
    std::string rows;
    for (int i = 0; i < 100; ++i) rows += i == 50 ? bad : Row(i, "invoice", i);
    ASSERT_TRUE(Import(rows, {.strict = true, .events_per_append = 8}).ok());
    EXPECT_THAT(bad_, SizeIs(1)) << bad;
    EXPECT_EQ(counts_.recorded, 50) << bad;
  }
}

TEST_F(ImportTest, AGroupCutShortIsNotRecorded) {
  plan_.set_group_by("client");
  const std::string rows =
      "1,zeta,2014-01-01,invoice,1,1\n" + Row(2, "invoice", 1) + Row(3, "invoice", 2);
  ASSERT_TRUE(Import(rows + "\"\n" + Row(4, "invoice", 3), {.strict = true}).ok());
  EXPECT_EQ(counts_.recorded, 1);
  sink_ = FakeSink();
  ASSERT_TRUE(Import(rows + "\"\n" + Row(4, "invoice", 3)).ok());
  EXPECT_EQ(counts_.recorded, 4);
}

TEST_F(ImportTest, ARowIsRecordedAsAWholeOrNot) {
  plan_.mutable_steps(0)->clear_when();
  plan_.mutable_steps(1)->clear_when();
  ASSERT_TRUE(Import(Row(1, "", 1) + Row(2, "", 1) + Row(3, "", 3)).ok());
  EXPECT_THAT(bad_, ElementsAre(HasSubstr("3:invoice:")));
  EXPECT_EQ(counts_.recorded, 4);
}

TEST_F(ImportTest, RowsOfOneKeyMustAgree) {
  ASSERT_TRUE(Import(Row(1, "invoice", 1) + Row(1, "invoice", 1) + Row(1, "invoice", 2)).ok());
  EXPECT_THAT(bad_, ElementsAre("4::it has the same key as line 2 and says something else"));
  EXPECT_EQ(counts_.recorded, 1);
  EXPECT_EQ(counts_.duplicates, 1);
}

TEST_F(ImportTest, GroupsStayTogetherInOneAppend) {
  plan_.set_group_by("client");
  std::string rows;
  for (int i = 0; i < 90; ++i) {
    rows += absl::StrCat(i, ",client", i / 3, ",2014-01-01,invoice,", i, ",1.00\n");
  }
  ASSERT_TRUE(Import(rows, {.events_per_append = 10}).ok());
  EXPECT_EQ(sink_.appends, 10) << "three groups of three in each";
  EXPECT_EQ(counts_.recorded, 90);
}

TEST_F(ImportTest, AServerThatRefusesEverythingEndsIt) {
  sink_.broken = absl::PermissionDeniedError("not you");
  const absl::Status status = Import(Row(1, "invoice", 1));
  EXPECT_EQ(status.message(), "not you");
  EXPECT_THAT(bad_, IsEmpty());
}

TEST_F(ImportTest, AFileWithoutTheColumnsIsRefused) {
  plan_.mutable_client_id()->set_column("customer");
  EXPECT_THAT(std::string(Import("").message()), HasSubstr("no column \"customer\""));
}

// Whatever the bytes, the import ends and every row is either recorded or reported.
TEST_F(ImportTest, SurvivesAnyBytes) {
  constexpr unsigned kSeed = 20'140'303;
  std::mt19937 random(kSeed);
  constexpr char kAlphabet[] = "\"\",,\n\r;ab1.-\xff\xc3\xa9\0";
  for (int round = 0; round < 300; ++round) {
    std::string rows;
    for (int i = 0; i < 400; ++i) rows.push_back(kAlphabet[random() % (sizeof(kAlphabet) - 1)]);
    ASSERT_TRUE(Import(rows).ok()) << "seed " << kSeed << ", round " << round;
    EXPECT_EQ(counts_.rows, counts_.bad_rows + counts_.skipped_rows + counts_.recorded);
  }
}

class ByteSourceTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& content, bool compressed) {
    const std::string path = ::testing::TempDir() + "/client_import_test.csv";
    if (compressed) {
      const gzFile file = gzopen(path.c_str(), "wb");
      gzwrite(file, content.data(), content.size());
      gzclose(file);
    } else {
      FILE* file = fopen(path.c_str(), "wb");
      fwrite(content.data(), 1, content.size(), file);
      fclose(file);
    }
    return path;
  }

  static absl::StatusOr<std::string> ReadAll(const std::string& path) {
    auto source = OpenByteSource(path);
    if (!source.ok()) return source.status();
    std::string all;
    std::vector<char> buffer(1'000);
    while (true) {
      const absl::StatusOr<size_t> got = (*source)->Read(absl::MakeSpan(buffer));
      if (!got.ok()) return got.status();
      if (*got == 0) return all;
      all.append(buffer.data(), *got);
    }
  }
};

TEST_F(ByteSourceTest, ReadsPlainAndCompressedFilesAlike) {
  std::string content;
  for (int i = 0; i < 100'000; ++i) absl::StrAppend(&content, i, ",");
  EXPECT_EQ(*ReadAll(Write(content, false)), content);
  EXPECT_EQ(*ReadAll(Write(content, true)), content);
  EXPECT_EQ(*ReadAll(Write("", false)), "");
}

TEST_F(ByteSourceTest, ATruncatedFileIsNoEnd) {
  std::mt19937 random(7);
  std::string content;
  for (int i = 0; i < 100'000; ++i) content.push_back(static_cast<char>(random()));
  const std::string path = Write(content, true);
  ASSERT_EQ(truncate(path.c_str(), 50'000), 0);
  EXPECT_TRUE(absl::IsDataLoss(ReadAll(path).status()));
}

TEST_F(ByteSourceTest, WhatIsNoFileIsAnError) {
  EXPECT_FALSE(ReadAll("/nonexistent/file.csv").ok());
  EXPECT_FALSE(ReadAll("/").ok());
}

}  // namespace
}  // namespace pledger::client
