#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "storage/merkle/directory_tree.h"
#include "storage/merkle/hash.h"

namespace pledger::storage::merkle {
namespace {

DirectoryEntry Entry(int i) {
  const std::string id = absl::StrFormat("client-%03d", i);
  return {id, static_cast<Revision>(i), LeafHash(id)};
}

// Of the clients 1, 3, 5 … so that there is room between them and at both ends.
Directory OddClients(int count) {
  std::vector<DirectoryEntry> entries;
  for (int i = 0; i < count; ++i) entries.push_back(Entry(2 * i + 1));
  return Directory::Build(std::move(entries)).value();
}

// Goal: in directories of every size every client is proved present and every other one absent.
TEST(DirectoryTest, ProvesPresenceAndAbsence) {
  for (int count = 0; count <= 40; ++count) {
    const Directory directory = OddClients(count);
    DirectoryRoot root;
    for (int i = 0; i < count; ++i) ASSERT_TRUE(root.Add(Entry(2 * i + 1)).ok());
    EXPECT_EQ(root.Root(), directory.Root()) << count;
    EXPECT_EQ(root.size(), directory.size());
    for (int i = 0; i <= 2 * count; ++i) {
      const DirectoryEntry entry = Entry(i);
      const auto found = VerifyDirectoryProof(entry.client_id, directory.size(), directory.Root(),
                                              directory.Prove(entry.client_id));
      ASSERT_TRUE(found.ok()) << found.status() << ": " << i << " of " << count;
      EXPECT_EQ(found->has_value(), i % 2 == 1);
      if (found->has_value()) {
        EXPECT_EQ(**found, entry);
      }
    }
  }
}

// Goal: a client that is there can't be proved absent by leaves that leave it out.
TEST(DirectoryTest, NobodyIsLeftOut) {
  const Directory directory = OddClients(9);
  const std::string id = Entry(7).client_id;
  const auto leaf = [&](int i) { return directory.Prove(Entry(i).client_id).leaves[0]; };
  const auto code = [&](DirectoryProof proof) {
    return VerifyDirectoryProof(id, directory.size(), directory.Root(), proof).status().code();
  };
  ASSERT_EQ(code({{leaf(7)}}), absl::StatusCode::kOk);
  for (const DirectoryProof& proof :
       {DirectoryProof{{}}, DirectoryProof{{leaf(5), leaf(9)}}, DirectoryProof{{leaf(5)}},
        DirectoryProof{{leaf(1)}}, DirectoryProof{{leaf(17)}}, DirectoryProof{{leaf(9), leaf(11)}},
        DirectoryProof{{leaf(5), leaf(7)}}, DirectoryProof{{leaf(7), leaf(9)}},
        DirectoryProof{{leaf(9), leaf(5)}}, DirectoryProof{{leaf(5), leaf(7), leaf(9)}}}) {
    EXPECT_EQ(code(proof), absl::StatusCode::kInvalidArgument);
  }
  DirectoryLeaf moved = leaf(9);
  moved.index = 3;  // Where client 7 stands.
  EXPECT_EQ(code({{leaf(5), moved}}), absl::StatusCode::kDataLoss);
}

// Goal: no part of a leaf can be changed.
TEST(DirectoryTest, RefusesEveryChange) {
  const Directory directory = OddClients(9);
  const std::string id = Entry(7).client_id;
  const DirectoryProof proof = directory.Prove(id);
  const auto refused = [&](const auto& change) {
    DirectoryProof changed = proof;
    change(changed.leaves[0]);
    EXPECT_FALSE(VerifyDirectoryProof(id, directory.size(), directory.Root(), changed).ok());
  };
  refused([](DirectoryLeaf& leaf) { ++leaf.index; });
  refused([](DirectoryLeaf& leaf) { ++leaf.entry.last_revision; });
  refused([](DirectoryLeaf& leaf) { leaf.entry.last_leaf_hash[5] ^= 1; });
  refused([](DirectoryLeaf& leaf) { leaf.entry.client_id += "x"; });
  refused([](DirectoryLeaf& leaf) { leaf.path[0][0] ^= 1; });
  refused([](DirectoryLeaf& leaf) { leaf.path.pop_back(); });
  Hash root = directory.Root();
  root[0] ^= 1;
  EXPECT_EQ(VerifyDirectoryProof(id, directory.size(), root, proof).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(VerifyDirectoryProof(id, 0, root, {}).status().code(), absl::StatusCode::kDataLoss);
}

// Goal: a leaf's bytes are what the header says, and only such bytes are a leaf.
TEST(DirectoryTest, LeavesAreExact) {
  const DirectoryEntry entry = {"ab", 258, Sha256("x")};
  const std::string bytes = EncodeDirectoryEntry(entry);
  EXPECT_EQ(bytes.substr(0, 11), std::string("ab\0\0\0\0\0\0\0\1\2", 11));
  EXPECT_EQ(bytes.size(), 43u);
  EXPECT_EQ(DecodeDirectoryEntry(bytes).value(), entry);
  for (const std::string& bad :
       {std::string(), bytes.substr(2), std::string(1, '\0') + bytes, bytes + "x"}) {
    EXPECT_EQ(DecodeDirectoryEntry(bad).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

// Goal: a directory out of order, or with a client twice, is none.
TEST(DirectoryTest, IsSorted) {
  EXPECT_EQ(Directory::Build({Entry(2), Entry(1)}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(Directory::Build({Entry(2), Entry(2)}).ok());
  DirectoryRoot root;
  ASSERT_TRUE(root.Add(Entry(2)).ok());
  EXPECT_EQ(root.Add(Entry(2)).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(root.size(), 1u);
}

}  // namespace
}  // namespace pledger::storage::merkle
