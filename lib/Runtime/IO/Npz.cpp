//===- Npz.cpp - NumPy's .npz ---------------------------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Runtime/IO/Files.h"

#include <cstring>
#ifdef AUTOGLM_HAVE_ZLIB
#include <zlib.h>
#endif

using namespace autoglm::rt;

namespace {

/// No array of a test file is larger; keeps a deflated bomb small.
constexpr uint64_t maxInflated = uint64_t{1} << 34;

Status bad(const std::string &what) {
  return Status(AGR_FILE_MALFORMED, "not a usable .npz file: " + what);
}

uint64_t number(Bytes file, size_t at, int size) {
  uint64_t value = 0;
  for (int i = size - 1; i >= 0; --i)
    value = value << 8 | file[at + i];
  return value;
}

void put(std::string &out, uint64_t value, int size) {
  for (int i = 0; i < size; ++i)
    out += static_cast<char>(value >> (8 * i));
}

struct Member {
  std::string name;
  uint64_t method = 0, crc = 0, packed = 0, size = 0, offset = 0;
};

/// Reads one central header and moves on to the next.
bool readMember(Bytes file, size_t &at, Member &member) {
  if (file.size() < 46 || at > file.size() - 46 ||
      number(file, at, 4) != 0x02014b50)
    return false;
  member.method = number(file, at + 10, 2);
  member.crc = number(file, at + 16, 4);
  member.packed = number(file, at + 20, 4);
  member.size = number(file, at + 24, 4);
  member.offset = number(file, at + 42, 4);
  size_t name = number(file, at + 28, 2), extra = number(file, at + 30, 2);
  size_t end = at + 46 + name + extra + number(file, at + 32, 2);
  if (end > file.size())
    return false;
  member.name.assign(reinterpret_cast<const char *>(file.data()) + at + 46,
                     name);
  // The zip64 field holds, in this order, those that overflowed.
  for (size_t p = at + 46 + name, stop = p + extra; p + 4 <= stop;) {
    size_t length = number(file, p + 2, 2), next = p + 4 + length;
    if (next > stop)
      return false;
    if (number(file, p, 2) == 1) {
      size_t value = p + 4;
      for (uint64_t *field : {&member.size, &member.packed, &member.offset}) {
        if (*field != 0xFFFFFFFF)
          continue;
        if (value + 8 > next)
          return false;
        *field = number(file, value, 8);
        value += 8;
      }
    }
    p = next;
  }
  at = end;
  return true;
}

#ifdef AUTOGLM_HAVE_ZLIB
Expected<std::string> inflated(Bytes packed, uint64_t size) {
  if (size > maxInflated || size / 1100 > packed.size())
    return bad("an impossible size");
  std::string out(size, '\0');
  z_stream stream = {};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
    return bad("zlib does not start");
  size_t in = 0, done = 0;
  int result = Z_OK;
  while (result == Z_OK) {
    // The counters of zlib have 32 bits.
    auto part = [](size_t n) {
      return static_cast<uInt>(std::min<size_t>(n, 1u << 30));
    };
    stream.next_in = const_cast<Bytef *>(packed.data()) + in;
    stream.avail_in = part(packed.size() - in);
    stream.next_out = reinterpret_cast<Bytef *>(out.data()) + done;
    stream.avail_out = part(size - done);
    uInt hadIn = stream.avail_in, hadOut = stream.avail_out;
    result = inflate(&stream, Z_NO_FLUSH);
    in += hadIn - stream.avail_in;
    done += hadOut - stream.avail_out;
  }
  inflateEnd(&stream);
  if (result != Z_STREAM_END || done != size)
    return bad("its compressed data are damaged");
  return out;
}
#else
Expected<std::string> inflated(Bytes, uint64_t) {
  return bad("it is compressed, and this build was made without zlib; write it "
             "with numpy.savez");
}
#endif

Expected<Tensor> readMemberData(Bytes file, const Member &member) {
  uint64_t at = member.offset;
  if (file.size() < 30 || at > file.size() - 30 ||
      number(file, at, 4) != 0x04034b50)
    return bad("it is damaged");
  uint64_t data = at + 30 + number(file, at + 26, 2) + number(file, at + 28, 2);
  if (data > file.size() || member.packed > file.size() - data)
    return bad("it is truncated");
  Bytes packed = file.subspan(data, member.packed);
  std::string unpacked;
  Bytes bytes = packed;
  if (member.method == 8) {
    Expected<std::string> text = inflated(packed, member.size);
    if (text.failed())
      return text.status();
    unpacked = text.take();
    bytes = Bytes(reinterpret_cast<const uint8_t *>(unpacked.data()),
                  unpacked.size());
  } else if (member.method != 0) {
    return bad("compression method " + std::to_string(member.method) +
               " is not supported");
  }
  if (autoglm::rt::crc32(bytes) != member.crc)
    return bad("it is damaged");
  return readNpy(bytes);
}

} // namespace

Expected<NamedTensors> autoglm::rt::readNpz(Bytes file) {
  // The last record; a comment may follow it, which NumPy does not write.
  if (file.size() < 22)
    return bad("it is truncated");
  size_t end = file.size() - 22;
  if (number(file, end, 4) != 0x06054b50)
    return bad("its end is missing");
  uint64_t count = number(file, end + 10, 2), at = number(file, end + 16, 4);
  if (end >= 20 && number(file, end - 20, 4) == 0x07064b50) {
    uint64_t record = number(file, end - 12, 8);
    if (end < 76 || record > end - 76 || number(file, record, 4) != 0x06064b50)
      return bad("it is damaged");
    count = number(file, record + 32, 8);
    at = number(file, record + 48, 8);
  }
  NamedTensors tensors;
  size_t next = at;
  for (uint64_t i = 0; i < count; ++i) {
    Member member;
    if (!readMember(file, next, member))
      return bad("it is damaged");
    std::string name = member.name;
    if (name.ends_with(".npy"))
      name.resize(name.size() - 4);
    Expected<Tensor> tensor = readMemberData(file, member);
    if (tensor.failed())
      return tensor.status().within(name);
    tensors.emplace_back(std::move(name), tensor.take());
  }
  return tensors;
}

std::string autoglm::rt::writeNpz(const NamedTensors &tensors) {
  std::string out, central;
  for (const auto &[name, tensor] : tensors) {
    std::string file = name + ".npy", data = writeNpy(tensor);
    bool large = data.size() >= 0xFFFFFFFF || out.size() >= 0xFFFFFFFF;
    uint32_t crc = autoglm::rt::crc32(
        Bytes(reinterpret_cast<const uint8_t *>(data.data()), data.size()));
    std::string shared;
    put(shared, large ? 45 : 20, 2);
    put(shared, 0, 2);
    put(shared, 0, 2);
    put(shared, 0, 2);
    put(shared, 0x21, 2);
    put(shared, crc, 4);
    put(shared, large ? 0xFFFFFFFF : data.size(), 4);
    put(shared, large ? 0xFFFFFFFF : data.size(), 4);
    put(shared, file.size(), 2);
    std::string extra;
    if (large) {
      put(extra, 1, 2);
      put(extra, 24, 2);
      put(extra, data.size(), 8);
      put(extra, data.size(), 8);
      put(extra, out.size(), 8);
    }
    put(central, 0x02014b50, 4);
    put(central, 0x0314, 2);
    central += shared;
    put(central, extra.size(), 2);
    put(central, 0, 6);
    put(central, uint64_t{0100644} << 16, 4);
    put(central, large ? 0xFFFFFFFF : out.size(), 4);
    central += file + extra;
    put(out, 0x04034b50, 4);
    out += shared;
    // The local field has no offset.
    std::string local = extra.substr(0, large ? 20 : 0);
    if (large)
      local[2] = 16;
    put(out, local.size(), 2);
    out += file + local + data;
  }
  uint64_t start = out.size();
  out += central;
  bool large = start >= 0xFFFFFFFF || tensors.size() >= 0xFFFF;
  if (large) {
    uint64_t record = out.size();
    put(out, 0x06064b50, 4);
    put(out, 44, 8);
    put(out, 0x0314, 2);
    put(out, 45, 2);
    put(out, 0, 8);
    put(out, tensors.size(), 8);
    put(out, tensors.size(), 8);
    put(out, central.size(), 8);
    put(out, start, 8);
    put(out, 0x07064b50, 4);
    put(out, 0, 4);
    put(out, record, 8);
    put(out, 1, 4);
  }
  put(out, 0x06054b50, 4);
  put(out, 0, 4);
  put(out, large ? 0xFFFF : tensors.size(), 2);
  put(out, large ? 0xFFFF : tensors.size(), 2);
  put(out, central.size(), 4);
  put(out, large ? 0xFFFFFFFF : start, 4);
  put(out, 0, 2);
  return out;
}
