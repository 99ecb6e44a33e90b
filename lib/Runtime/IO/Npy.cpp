//===- Npy.cpp - NumPy's .npy ---------------------------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Runtime/IO/Files.h"

#include <charconv>
#include <cstring>

using namespace autoglm::rt;

namespace {

constexpr char magic[] = "\x93NUMPY";
constexpr size_t magicSize = 6;

struct Descr {
  const char *text;
  agr_dtype dtype;
};
/// What we write; NumPy itself has no bfloat16, so that is refused.
constexpr Descr descrs[] = {
    {"<f4", AGR_FLOAT32},  {"<f8", AGR_FLOAT64}, {"<f2", AGR_FLOAT16},
    {"|i1", AGR_INT8},     {"<i2", AGR_INT16},   {"<i4", AGR_INT32},
    {"<i8", AGR_INT64},    {"|u1", AGR_UINT8},   {"<u2", AGR_UINT16},
    {"<u4", AGR_UINT32},   {"<u8", AGR_UINT64},  {"|b1", AGR_BOOL},
    {"<V2", AGR_BFLOAT16},
};

Status bad(const std::string &what) {
  return Status(AGR_FILE_MALFORMED, "not a usable .npy file: " + what);
}

/// The header is a Python dict of three keys; nothing else is understood.
class HeaderReader {
public:
  explicit HeaderReader(std::string_view text) : text(text) {}

  Status read(std::string &descr, bool &fortran, std::vector<int64_t> &shape) {
    bool seen[3] = {};
    if (!take("{"))
      return bad("its header is no dictionary");
    while (!take("}")) {
      std::string key;
      if (!string(key) || !take(":"))
        return bad("its header is malformed");
      bool good;
      if (key == "descr") {
        seen[0] = good = string(descr);
        if (!good)
          return bad("structured element types are not supported");
      } else if (key == "fortran_order") {
        fortran = take("True");
        seen[1] = good = fortran || take("False");
      } else if (key == "shape") {
        seen[2] = good = tuple(shape);
      } else {
        good = false;
      }
      if (!good)
        return bad("its header is malformed");
      if (!take(",") && !peek('}'))
        return bad("its header is malformed");
    }
    skip();
    if (!text.empty() || !seen[0] || !seen[1] || !seen[2])
      return bad("its header is malformed");
    return Status();
  }

private:
  std::string_view text;

  void skip() {
    while (!text.empty() && (text[0] == ' ' || text[0] == '\n'))
      text.remove_prefix(1);
  }
  bool peek(char c) {
    skip();
    return !text.empty() && text[0] == c;
  }
  bool take(std::string_view token) {
    skip();
    if (text.substr(0, token.size()) != token)
      return false;
    text.remove_prefix(token.size());
    return true;
  }
  bool string(std::string &out) {
    skip();
    if (text.empty() || (text[0] != '\'' && text[0] != '"'))
      return false;
    size_t end = text.find(text[0], 1);
    if (end == std::string_view::npos)
      return false;
    out = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    return true;
  }
  bool tuple(std::vector<int64_t> &out) {
    if (!take("("))
      return false;
    while (!take(")")) {
      skip();
      int64_t extent = 0;
      auto [end, code] =
          std::from_chars(text.data(), text.data() + text.size(), extent);
      if (code != std::errc() || extent < 0)
        return false;
      text.remove_prefix(static_cast<size_t>(end - text.data()));
      out.push_back(extent);
      if (!take(",") && !peek(')'))
        return false;
    }
    return true;
  }
};

} // namespace

Expected<Tensor> autoglm::rt::readNpy(Bytes file) {
  if (file.size() < 10 || memcmp(file.data(), magic, magicSize) != 0)
    return bad("its first bytes are wrong");
  uint8_t version = file[6];
  if (version < 1 || version > 3)
    return bad("version " + std::to_string(version) + " is unknown");
  size_t start = version == 1 ? 10 : 12;
  if (file.size() < start)
    return bad("it is truncated");
  size_t length = file[8] | file[9] << 8;
  if (version > 1)
    length |= size_t{file[10]} << 16 | size_t{file[11]} << 24;
  if (length > file.size() - start)
    return bad("it is truncated");
  std::string descr;
  bool fortran = false;
  Tensor tensor;
  std::string_view header(reinterpret_cast<const char *>(file.data()) + start,
                          length);
  if (Status status = HeaderReader(header).read(descr, fortran, tensor.shape);
      status.failed())
    return status;
  const Descr *row = nullptr;
  for (const Descr &candidate : descrs)
    if (descr == candidate.text || (descr.size() == 3 && descr[2] == '1' &&
                                    descr.substr(1) == candidate.text + 1))
      row = &candidate;
  if (!row)
    return bad("element type '" + descr + "' is not supported");
  tensor.dtype = row->dtype;
  if (fortran && tensor.shape.size() > 1)
    return bad("Fortran order is not supported; save a C-ordered array");
  Bytes data = file.subspan(start + length);
  std::optional<size_t> bytes =
      tensorBytes(tensor.dtype, tensor.shape, data.size());
  if (!bytes)
    return bad("it is truncated");
  if (*bytes != data.size())
    return bad("bytes follow its data");
  tensor.data = AlignedBytes(*bytes);
  if (*bytes != 0)
    memcpy(tensor.data.data(), data.data(), *bytes);
  return tensor;
}

std::string autoglm::rt::writeNpy(const Tensor &tensor) {
  std::string header = "{'descr': '";
  for (const Descr &row : descrs)
    if (row.dtype == tensor.dtype)
      header += row.text;
  header += "', 'fortran_order': False, 'shape': (";
  for (int64_t extent : tensor.shape)
    header += std::to_string(extent) + ",";
  header += "), }";
  // Data start at a multiple of 64; the header ends with a newline.
  size_t total = (10 + header.size() + 1 + 63) / 64 * 64;
  header.append(total - 10 - header.size() - 1, ' ');
  header += '\n';
  std::string out(magic, magicSize);
  out += '\1';
  out += '\0';
  out += static_cast<char>(header.size() & 0xFF);
  out += static_cast<char>(header.size() >> 8);
  out += header;
  out.append(reinterpret_cast<const char *>(tensor.data.data()),
             tensor.data.size());
  return out;
}
