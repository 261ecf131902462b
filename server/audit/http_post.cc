#include "server/audit/http_post.h"

#include <atomic>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "httplib.h"

namespace pledger::audit {
namespace {

// More than any number of signature lines of one witness.
constexpr size_t kAnswerBytesMax = 64 << 10;

class Poster final : public HttpPoster {
 public:
  Poster(const std::string& server, std::string path, absl::Duration timeout)
      : client_(server), path_(std::move(path)) {
    const auto microseconds = absl::ToInt64Microseconds(timeout);
    const time_t seconds = microseconds / 1'000'000;
    const time_t rest = microseconds % 1'000'000;
    client_.set_connection_timeout(seconds, rest);
    client_.set_read_timeout(seconds, rest);
    client_.set_write_timeout(seconds, rest);
    client_.set_keep_alive(true);
    // Where a witness is, says the policy and nobody else.
    client_.set_follow_location(false);
  }

  absl::StatusOr<HttpAnswer> Post(const std::string& body) override {
    if (stopped_) return absl::UnavailableError("the server is going down");
    HttpAnswer answer;
    bool whole = true;
    httplib::Request request;
    request.method = "POST";
    request.path = path_;
    request.body = body;
    request.headers.emplace("Content-Type", "text/plain; charset=utf-8");
    request.content_receiver = [&](const char* data, size_t size, uint64_t, uint64_t) {
      whole = answer.body.size() + size <= kAnswerBytesMax;
      if (whole) answer.body.append(data, size);
      return whole;
    };
    const httplib::Result result = client_.send(request);
    if (!whole) return absl::UnavailableError("the answer is too large");
    if (!result) {
      return absl::UnavailableError(
          absl::StrCat("no answer: ", httplib::to_string(result.error())));
    }
    answer.code = result->status;
    return answer;
  }

  void Stop() override {
    stopped_ = true;
    client_.stop();
  }

 private:
  httplib::Client client_;
  const std::string path_;
  std::atomic<bool> stopped_{false};
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpPoster>> HttpPoster::Create(const std::string& url,
                                                               const std::string& path,
                                                               absl::Duration timeout) {
  const size_t host = url.find("://");
  const bool is_http = absl::StartsWith(url, "http://") || absl::StartsWith(url, "https://");
  if (!is_http || url.size() == host + 3) {
    return absl::InvalidArgumentError(
        absl::StrCat(url, ": the URL of a witness begins with http:// or https:// and a host"));
  }
  const size_t prefix = url.find('/', host + 3);
  const std::string server = url.substr(0, prefix);
  std::string base = prefix == std::string::npos ? "" : url.substr(prefix);
  while (absl::EndsWith(base, "/")) base.pop_back();
  return std::make_unique<Poster>(server, base + path, timeout);
}

}  // namespace pledger::audit
