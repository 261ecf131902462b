#include "server/services/client_list_call.h"

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/domain/limits.h"
#include "server/domain/reliability/signal_catalogue.h"
#include "server/services/byte_buffers.h"
#include "server/services/perspective.h"

namespace pledger::services {
namespace {

// The moment to which the pages of a list are pinned, and where the next one begins.
struct PageToken {
  uint64_t checksum = 0;
  uint64_t next_position = 0;
  int64_t as_of_ns = 0;
  uint64_t begin = 0;
};

// The same for requests whose pages fit together. A plain checksum: the token is no secret, and a
// mistake is all that it guards against.
uint64_t ChecksumOf(const v1::ListClientsRequest& request) {
  v1::ListClientsRequest alike = request;
  alike.clear_page_token();
  alike.clear_page_size();
  uint64_t sum = 14'695'981'039'346'656'037u;
  for (const unsigned char c : alike.SerializeAsString()) {
    sum = (sum ^ c) * 1'099'511'628'211u;
  }
  return sum;
}

absl::StatusOr<PageToken> Decode(const v1::ListClientsRequest& request) {
  const std::vector<std::string> parts = absl::StrSplit(request.page_token(), '.');
  PageToken token;
  if (parts.size() == 4 && absl::SimpleHexAtoi(parts[0], &token.checksum) &&
      absl::SimpleAtoi(parts[1], &token.next_position) &&
      absl::SimpleAtoi(parts[2], &token.as_of_ns) && absl::SimpleAtoi(parts[3], &token.begin) &&
      token.checksum == ChecksumOf(request)) {
    return token;
  }
  return Error(v1::ERROR_REASON_OUT_OF_RANGE,
               "page_token: is not one that this request, with the same perspective, filter and "
               "order, was answered with",
               {{"field", "page_token"}});
}

absl::Status CheckSignals(const char* field,
                          const google::protobuf::RepeatedPtrField<std::string>& codes) {
  for (int i = 0; i < codes.size(); ++i) {
    if (reliability::SignalNamed(codes[i]).has_value()) continue;
    return InvalidField(absl::StrCat("filter.", field, "[", i, "]"),
                        "is not a signal that this version knows");
  }
  return absl::OkStatus();
}

}  // namespace

std::optional<absl::StatusOr<grpc::ByteBuffer>> ListClients(ReliabilityContext& context,
                                                            const v1::ListClientsRequest& request,
                                                            storage::Position position,
                                                            bool may_block) {
  absl::Status status = CheckSignals("present_signals", request.filter().present_signals());
  status.Update(CheckSignals("watched_signals", request.filter().watched_signals()));
  if (!status.ok()) return status;
  PageToken token;
  int64_t now_ns = context.clock.NowNs();
  if (!request.page_token().empty()) {
    const auto decoded = Decode(request);
    if (!decoded.ok()) return decoded.status();
    token = *decoded;
    position = std::min<storage::Position>(position, token.next_position);
    now_ns = token.as_of_ns;
  }
  const auto at = ResolvePerspective(request.perspective(), position, now_ns, context.policies);
  if (!at.ok()) return at.status();
  const int page_size =
      request.page_size() == 0 ? limits::kClientPageSizeDefault : request.page_size();
  std::optional<projections::ClientLists::Page> page =
      context.lists.ListAtOnce(request, *at, token.begin, page_size);
  if (!page.has_value()) {
    if (!may_block) return std::nullopt;
    auto listed = context.lists.List(request, *at, token.begin, page_size);
    if (!listed.ok()) return listed.status();
    page = *std::move(listed);
  }
  v1::ListClientsResponse rest;
  if (page->next > 0) {
    rest.set_next_page_token(absl::StrCat(absl::Hex(ChecksumOf(request)), ".",
                                          page->basis.next_position(), ".",
                                          ToNanos(page->basis.as_of()), ".", page->next));
  }
  *rest.mutable_basis() = std::move(page->basis);
  // Its fields stand behind those of the rows.
  rest.AppendToString(&page->clients);
  return ToBuffer(std::move(page->clients));
}

}  // namespace pledger::services
