#include "client/cli/import/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"

namespace pledger::client {
namespace {

constexpr unsigned kBufferBytes = 256 << 10;

class GzipSource final : public ByteSource {
 public:
  GzipSource(gzFile file, std::string path, uint64_t bytes_total)
      : file_(file), path_(std::move(path)), bytes_total_(bytes_total) {}

  ~GzipSource() override { gzclose_r(file_); }

  absl::StatusOr<size_t> Read(absl::Span<char> into) override {
    const unsigned wanted = static_cast<unsigned>(std::min<size_t>(into.size(), kBufferBytes));
    const int got = gzread(file_, into.data(), wanted);
    int error = Z_OK;
    const char* message = gzerror(file_, &error);
    // gzread reports a stream that ends too early only beside the last bytes it could read.
    if (got < 0 || error == Z_BUF_ERROR) {
      return absl::DataLossError(absl::StrCat(path_, ": ", message));
    }
    return static_cast<size_t>(got);
  }

  uint64_t BytesTaken() const override { return std::max<z_off_t>(gzoffset(file_), 0); }
  uint64_t BytesTotal() const override { return bytes_total_; }

 private:
  const gzFile file_;
  const std::string path_;
  const uint64_t bytes_total_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteSource>> OpenByteSource(const std::string& path) {
  const int fd = path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path));
  struct stat info = {};
  if (fstat(fd, &info) != 0 || S_ISDIR(info.st_mode)) {
    close(fd);
    return absl::InvalidArgumentError(absl::StrCat("cannot read ", path, ": it is no file"));
  }
  const gzFile file = gzdopen(fd, "rb");
  if (file == nullptr) {
    close(fd);
    return absl::ResourceExhaustedError(absl::StrCat("cannot read ", path, ": out of memory"));
  }
  gzbuffer(file, kBufferBytes);
  return std::make_unique<GzipSource>(file, path == "-" ? "standard input" : path,
                                      S_ISREG(info.st_mode) ? info.st_size : 0);
}

}  // namespace pledger::client
