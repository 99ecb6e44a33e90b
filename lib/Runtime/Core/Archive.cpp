//===- Archive.cpp - the strict ZIP reader --------------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The reader walks the local headers, rebuilds from (name, crc, size, padding)
// what the writer must have written, and compares. The same facts rebuild the
// whole central directory, which has to be the rest of the file. That is less
// code than checking field by field and leaves no byte out.

#include "autoglm/Runtime/Archive.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace autoglm::rt;

namespace {

constexpr uint32_t localSignature = 0x04034b50;
constexpr uint32_t centralSignature = 0x02014b50;
constexpr uint32_t max32 = 0xFFFFFFFF;
constexpr size_t localHeaderSize = 30;
constexpr uint16_t zip64Id = 0x0001;
constexpr uint16_t paddingId = 0x4147;
constexpr uint64_t weightsAlignment = 4096;

/// Appends little-endian numbers.
class Builder {
public:
  Builder &u16(uint64_t value) { return number(value, 2); }
  Builder &u32(uint64_t value) { return number(value, 4); }
  Builder &u64(uint64_t value) { return number(value, 8); }
  Builder &text(const std::string &value) {
    bytes.insert(bytes.end(), value.begin(), value.end());
    return *this;
  }
  Builder &zeros(size_t count) {
    bytes.resize(bytes.size() + count);
    return *this;
  }
  Builder &append(const Builder &other) {
    bytes.insert(bytes.end(), other.bytes.begin(), other.bytes.end());
    return *this;
  }
  std::vector<uint8_t> bytes;

private:
  Builder &number(uint64_t value, int size) {
    for (int i = 0; i < size; ++i)
      bytes.push_back(static_cast<uint8_t>(value >> (8 * i)));
    return *this;
  }
};

uint64_t load(Bytes file, uint64_t at, int size) {
  uint64_t value = 0;
  for (int i = size - 1; i >= 0; --i)
    value = value << 8 | file[at + i];
  return value;
}

struct Header {
  std::string name;
  uint32_t crc = 0;
  uint64_t size = 0;
  uint64_t offset = 0;
  bool padded = false;
  size_t padding = 0;

  bool large() const { return size >= max32; }
};

void fixedFields(Builder &out, const Header &header, bool zip64) {
  out.u16(zip64 ? 45 : 10).u16(0).u16(0).u16(0).u16(0x21).u32(header.crc);
  uint64_t size = header.large() ? max32 : header.size;
  out.u32(size).u32(size).u16(header.name.size());
}

Builder localHeader(const Header &header) {
  Builder extra;
  if (header.large())
    extra.u16(zip64Id).u16(16).u64(header.size).u64(header.size);
  if (header.padded)
    extra.u16(paddingId).u16(header.padding).zeros(header.padding);
  Builder out;
  out.u32(localSignature);
  fixedFields(out, header, header.large());
  out.u16(extra.bytes.size()).text(header.name).append(extra);
  return out;
}

void centralHeader(Builder &out, const Header &header) {
  bool far = header.offset >= max32;
  Builder extra;
  if (header.large() || far) {
    extra.u16(zip64Id).u16((header.large() ? 16 : 0) + (far ? 8 : 0));
    if (header.large())
      extra.u64(header.size).u64(header.size);
    if (far)
      extra.u64(header.offset);
  }
  out.u32(centralSignature).u16(0x033F);
  fixedFields(out, header, header.large() || far);
  out.u16(extra.bytes.size()).u16(0).u16(0).u16(0);
  out.u32(uint32_t{0100644} << 16).u32(far ? max32 : header.offset);
  out.text(header.name).append(extra);
}

/// The central directory that starts at `start` and the records after it.
Builder directory(const std::vector<Header> &headers, uint64_t start) {
  Builder out;
  for (const Header &header : headers)
    centralHeader(out, header);
  uint64_t size = out.bytes.size(), count = headers.size();
  bool far = start >= max32;
  if (far) {
    out.u32(0x06064b50).u64(44).u16(45).u16(45).u32(0).u32(0);
    out.u64(count).u64(count).u64(size).u64(start);
    out.u32(0x07064b50).u32(0).u64(start + size).u32(1);
  }
  out.u32(0x06054b50).u16(0).u16(0).u16(count).u16(count).u32(size);
  out.u32(far ? max32 : start).u16(0);
  return out;
}

bool matches(Bytes file, uint64_t at, const std::vector<uint8_t> &expected) {
  return expected.size() <= file.size() - at &&
         std::equal(expected.begin(), expected.end(), file.begin() + at);
}

Status damaged(const std::string &what) {
  return Status(AGR_BUNDLE_DAMAGED, "the bundle is damaged: " + what);
}

/// Reads the facts of the local header at `at` without believing them yet.
Status readFacts(Bytes file, uint64_t at, Header &header) {
  if (file.size() - at < localHeaderSize)
    return damaged("it ends inside a header");
  header.offset = at;
  header.crc = static_cast<uint32_t>(load(file, at + 14, 4));
  header.size = load(file, at + 18, 4);
  size_t nameSize = load(file, at + 26, 2), extraSize = load(file, at + 28, 2);
  uint64_t extra = at + localHeaderSize + nameSize;
  uint64_t end = extra + extraSize;
  if (end > file.size())
    return damaged("it ends inside a header");
  const char *name =
      reinterpret_cast<const char *>(file.data()) + at + localHeaderSize;
  header.name.assign(name, nameSize);
  if (header.size == max32) {
    if (end - extra < 20)
      return damaged("the header of '" + header.name + "' is wrong");
    header.size = load(file, extra + 4, 8);
    extra += 20;
  }
  header.padded = extra != end;
  if (header.padded) {
    if (end - extra < 4)
      return damaged("the header of '" + header.name + "' is wrong");
    header.padding = end - extra - 4;
  }
  return Status();
}

bool legalName(const std::string &name) {
  if (name.empty() || name.front() == '/')
    return false;
  for (unsigned char c : name)
    if (c < 0x20 || c > 0x7E || c == '\\')
      return false;
  return name.find("..") == std::string::npos;
}

} // namespace

Expected<Archive> Archive::parse(Bytes file) {
  if (file.size() < 4 || load(file, 0, 4) != localSignature)
    return Status(AGR_NOT_A_BUNDLE, "this is not a bundle (no ZIP header)");
  Archive archive;
  std::vector<Header> headers;
  uint64_t at = 0;
  while (file.size() - at >= 4 && load(file, at, 4) == localSignature) {
    Header header;
    if (Status status = readFacts(file, at, header); status.failed())
      return status;
    std::vector<uint8_t> expected = localHeader(header).bytes;
    if (!legalName(header.name) || !matches(file, at, expected))
      return damaged("the header of an entry is wrong at byte " +
                     std::to_string(at));
    if (archive.find(header.name))
      return damaged("it has two entries '" + header.name + "'");
    uint64_t data = at + expected.size();
    if (header.size > file.size() - data)
      return damaged("it ends inside '" + header.name + "'");
    if (header.name == "weights.bin" && data % weightsAlignment != 0)
      return damaged("weights.bin is not aligned");
    archive.list.push_back(
        {header.name, file.subspan(data, static_cast<size_t>(header.size)),
         header.crc, data});
    headers.push_back(std::move(header));
    at = data + headers.back().size;
  }
  std::vector<uint8_t> expected = directory(headers, at).bytes;
  if (expected.size() != file.size() - at || !matches(file, at, expected))
    return damaged("the central directory does not fit the entries");
  return archive;
}

const ArchiveEntry *Archive::find(const std::string &name) const {
  for (const ArchiveEntry &entry : list)
    if (entry.name == name)
      return &entry;
  return nullptr;
}

Expected<std::unique_ptr<MappedFile>>
MappedFile::open(const std::string &path) {
  auto fail = [&](int number) {
    return Status(AGR_FILE_UNREADABLE,
                  "cannot read '" + path + "': " + errnoText(number));
  };
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return fail(errno);
  struct stat info;
  if (fstat(fd, &info) != 0) {
    int number = errno;
    close(fd);
    return fail(number);
  }
  if (!S_ISREG(info.st_mode)) {
    close(fd);
    return fail(S_ISDIR(info.st_mode) ? EISDIR : EINVAL);
  }
  size_t size = static_cast<size_t>(info.st_size);
  void *data = nullptr;
  if (size != 0)
    data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  int number = errno;
  close(fd);
  if (data == MAP_FAILED)
    return fail(number);
  return std::unique_ptr<MappedFile>(
      new MappedFile(static_cast<const uint8_t *>(data), size));
}

MappedFile::~MappedFile() {
  if (size != 0)
    munmap(const_cast<uint8_t *>(data), size);
}
