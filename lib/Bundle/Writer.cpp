//===- Writer.cpp - writes a bundle ---------------------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Bundle/Writer.h"

#include "autoglm/Runtime/Archive.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

using namespace autoglm;

namespace {

constexpr uint64_t weightsAlignment = 4096;
constexpr uint64_t max32 = 0xFFFFFFFF;

std::string systemText(int number) { return rt::errnoText(number); }

std::string zipText(zip_error_t *error) {
  if (zip_error_system_type(error) == ZIP_ET_SYS)
    return systemText(zip_error_code_system(error));
  return zip_error_strerror(error);
}

/// Discards the archive unless it was closed.
struct ZipHandle {
  zip_t *zip = nullptr;
  ~ZipHandle() {
    if (zip)
      zip_discard(zip);
  }
};

/// Adds an entry with every header field fixed; `padding` < 0 means none.
bool addEntry(zip_t *zip, const std::string &name, zip_source_t *source,
              int64_t padding) {
  if (!source)
    return false;
  zip_int64_t index = zip_file_add(zip, name.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    return false;
  }
  constexpr zip_uint32_t attributes = zip_uint32_t{0100644} << 16;
  constexpr zip_uint16_t firstDay = 0x21; // 1980-01-01
  if (zip_set_file_compression(zip, index, ZIP_CM_STORE, 0) != 0 ||
      zip_file_set_dostime(zip, index, 0, firstDay, 0) != 0 ||
      zip_file_set_external_attributes(zip, index, 0, ZIP_OPSYS_UNIX,
                                       attributes) != 0)
    return false;
  if (padding < 0)
    return true;
  std::vector<zip_uint8_t> zeros(static_cast<size_t>(padding) + 1);
  return zip_file_extra_field_set(
             zip, index, 0x4147, ZIP_EXTRA_FIELD_NEW, zeros.data(),
             static_cast<zip_uint16_t>(padding), ZIP_FL_LOCAL) == 0;
}

/// The bytes of the local header without padding.
uint64_t headerSize(const std::string &name, uint64_t size) {
  return 30 + name.size() + (size > max32 ? 20 : 0);
}

std::string syncFile(const std::string &path) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return systemText(errno);
  int result = fsync(fd), number = errno;
  close(fd);
  return result == 0 ? "" : systemText(number);
}

/// Sends a finished file to a device or pipe.
std::string copyTo(const std::string &from, const std::string &to) {
  rt::Expected<std::unique_ptr<rt::MappedFile>> file =
      rt::MappedFile::open(from);
  if (file.failed())
    return file.status().message();
  int fd = open(to.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return systemText(errno);
  rt::Bytes rest = (*file)->bytes();
  int number = 0;
  while (!rest.empty() && number == 0) {
    ssize_t written = write(fd, rest.data(), rest.size());
    if (written >= 0)
      rest = rest.subspan(static_cast<size_t>(written));
    else if (errno != EINTR)
      number = errno;
  }
  if (close(fd) != 0 && number == 0)
    number = errno;
  return number == 0 ? "" : systemText(number);
}

} // namespace

void BundleWriter::addBuffer(std::string name, std::string bytes) {
  entries.push_back({std::move(name), std::move(bytes), "", false});
}

void BundleWriter::addFile(std::string name, std::string path) {
  entries.push_back({std::move(name), "", std::move(path), true});
}

std::string BundleWriter::describe(std::string &text,
                                   std::vector<uint64_t> &sizes) {
  nlohmann::json files = nlohmann::json::object();
  for (const Entry &entry : entries) {
    std::unique_ptr<rt::MappedFile> mapped;
    rt::Bytes bytes(reinterpret_cast<const uint8_t *>(entry.bytes.data()),
                    entry.bytes.size());
    if (entry.isFile) {
      auto file = rt::MappedFile::open(entry.file);
      if (file.failed())
        return file.status().message();
      mapped = file.take();
      bytes = mapped->bytes();
    }
    if (files.contains(entry.name))
      return "the bundle has two entries '" + entry.name + "'";
    files[entry.name] = {{"bytes", bytes.size()},
                         {"digest", rt::digest(bytes)}};
    sizes.push_back(bytes.size());
  }
  manifest["files"] = std::move(files);
  text =
      manifest.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
      "\n";
  return "";
}

std::string BundleWriter::writeArchive(const std::string &path) {
  std::string text;
  std::vector<uint64_t> sizes;
  if (std::string error = describe(text, sizes); !error.empty())
    return error;
  int code = 0;
  ZipHandle handle{zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code)};
  if (!handle.zip) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    std::string reason = zipText(&error);
    zip_error_fini(&error);
    return reason;
  }
  zip_t *zip = handle.zip;
  bool good = addEntry(zip, "manifest.json",
                       zip_source_buffer(zip, text.data(), text.size(), 0), -1);
  uint64_t offset = headerSize("manifest.json", text.size()) + text.size();
  for (size_t i = 0; i < entries.size() && good; ++i) {
    const Entry &entry = entries[i];
    offset += headerSize(entry.name, sizes[i]);
    int64_t padding = -1;
    if (entry.name == "weights.bin") {
      // The field that pads has a header of four bytes itself.
      uint64_t data = offset + 4;
      padding = static_cast<int64_t>(
          (weightsAlignment - data % weightsAlignment) % weightsAlignment);
      offset = data + static_cast<uint64_t>(padding);
    }
    zip_source_t *source =
        entry.isFile
            ? zip_source_file(zip, entry.file.c_str(), 0,
                              static_cast<zip_int64_t>(sizes[i]))
            : zip_source_buffer(zip, entry.bytes.data(), entry.bytes.size(), 0);
    good = addEntry(zip, entry.name, source, padding);
    offset += sizes[i];
  }
  if (!good || zip_close(zip) != 0)
    return zipText(zip_get_error(zip));
  handle.zip = nullptr;
  return syncFile(path);
}

std::string BundleWriter::finish(const std::string &path) {
  struct stat info;
  bool special = stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
  auto fail = [&](const std::string &reason) {
    return "cannot write '" + path + "': " + reason;
  };
  if (special && S_ISDIR(info.st_mode))
    return fail(systemText(EISDIR));
  std::string beside = path;
  if (special) {
    const char *folder = getenv("TMPDIR");
    beside = std::string(folder && *folder ? folder : "/tmp") + "/autoglm";
  }
  std::string temporary = beside + "." + std::to_string(getpid()) + ".tmp";
  std::string error = writeArchive(temporary);
  if (error.empty() && special)
    error = copyTo(temporary, path);
  else if (error.empty() && rename(temporary.c_str(), path.c_str()) != 0)
    error = systemText(errno);
  if (special || !error.empty())
    unlink(temporary.c_str());
  return error.empty() ? "" : fail(error);
}
