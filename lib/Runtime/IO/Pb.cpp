//===- Pb.cpp - ONNX's TensorProto ----------------------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A parser of the wire format for this one message, so that the runtime needs
// no protobuf. Fields: dims 1, data_type 2, float_data 4, int32_data 5,
// int64_data 7, name 8, raw_data 9, double_data 10, uint64_data 11,
// external_data 13, data_location 14.

#include "autoglm/Runtime/IO/Files.h"

#include <cstring>

using namespace autoglm::rt;

namespace {

struct OnnxType {
  uint64_t number;
  agr_dtype dtype;
  /// The field that holds the elements when raw_data does not.
  uint64_t field;
};
constexpr OnnxType onnxTypes[] = {
    {1, AGR_FLOAT32, 4},   {2, AGR_UINT8, 5},    {3, AGR_INT8, 5},
    {4, AGR_UINT16, 5},    {5, AGR_INT16, 5},    {6, AGR_INT32, 5},
    {7, AGR_INT64, 7},     {9, AGR_BOOL, 5},     {10, AGR_FLOAT16, 5},
    {11, AGR_FLOAT64, 10}, {12, AGR_UINT32, 11}, {13, AGR_UINT64, 11},
    {16, AGR_BFLOAT16, 5},
};

Status bad(const std::string &what) {
  return Status(AGR_FILE_MALFORMED, "not a usable .pb tensor: " + what);
}

class Wire {
public:
  explicit Wire(Bytes bytes) : rest(bytes) {}
  bool atEnd() const { return rest.empty(); }

  bool varint(uint64_t &value) {
    value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest.empty())
        return false;
      uint8_t byte = rest[0];
      rest = rest.subspan(1);
      value |= uint64_t{byte & 127u} << shift;
      if (byte < 128)
        return true;
    }
    return false;
  }
  bool bytes(size_t size, Bytes &out) {
    if (size > rest.size())
      return false;
    out = rest.first(size);
    rest = rest.subspan(size);
    return true;
  }
  /// One field: a number in `value` or, for wire types 1, 2 and 5, `out`.
  bool field(uint64_t &number, unsigned &type, uint64_t &value, Bytes &out) {
    uint64_t key;
    if (!varint(key))
      return false;
    number = key >> 3;
    type = key & 7;
    out = {};
    switch (type) {
    case 0:
      return varint(value);
    case 1:
      return bytes(8, out);
    case 2:
      return varint(value) && bytes(value, out);
    case 5:
      return bytes(4, out);
    default:
      return false;
    }
  }

private:
  Bytes rest;
};

/// Collects a repeated field, packed or not, as little-endian elements.
bool repeated(unsigned type, uint64_t value, Bytes bytes, size_t fixed,
              size_t size, std::string &out) {
  auto append = [&](uint64_t number) {
    for (size_t i = 0; i < size; ++i)
      out += static_cast<char>(number >> (8 * i));
  };
  if (fixed != 0) { // float_data, double_data
    if (type == 0 || bytes.size() % fixed != 0)
      return false;
    out.append(reinterpret_cast<const char *>(bytes.data()), bytes.size());
    return true;
  }
  if (type == 0) {
    append(value);
    return true;
  }
  if (type != 2)
    return false;
  for (Wire wire(bytes); !wire.atEnd();) {
    if (!wire.varint(value))
      return false;
    append(value);
  }
  return true;
}

struct Parsed {
  std::string name;
  std::vector<int64_t> shape;
  const OnnxType *type = nullptr;
  Bytes raw;
  bool hasRaw = false, external = false;
};

Status readHead(Bytes file, Parsed &out) {
  for (Wire wire(file); !wire.atEnd();) {
    uint64_t number, value = 0;
    unsigned type;
    Bytes bytes;
    if (!wire.field(number, type, value, bytes))
      return bad("it is truncated or no protobuf message");
    if (number == 1) {
      std::string dims;
      if (!repeated(type, value, bytes, 0, 8, dims))
        return bad("its dims are malformed");
      for (size_t i = 0; i < dims.size(); i += 8) {
        int64_t extent;
        memcpy(&extent, dims.data() + i, 8);
        out.shape.push_back(extent);
      }
    } else if (number == 2 && type == 0) {
      for (const OnnxType &row : onnxTypes)
        if (row.number == value)
          out.type = &row;
      if (!out.type)
        return bad("element type " + std::to_string(value) +
                   " is not supported");
    } else if (number == 8 && type == 2) {
      out.name.assign(reinterpret_cast<const char *>(bytes.data()),
                      bytes.size());
    } else if (number == 9 && type == 2) {
      out.raw = bytes;
      out.hasRaw = true;
    } else if (number == 13 || (number == 14 && type == 0 && value != 0)) {
      out.external = true;
    }
  }
  return Status();
}

} // namespace

Expected<std::pair<std::string, Tensor>> autoglm::rt::readPb(Bytes file) {
  Parsed head;
  if (Status status = readHead(file, head); status.failed())
    return status;
  if (!head.type)
    return bad("it has no element type");
  if (head.external)
    return bad("its data are in another file");
  Tensor tensor;
  tensor.dtype = head.type->dtype;
  tensor.shape = head.shape;
  std::string collected;
  Bytes data = head.raw;
  if (!head.hasRaw) {
    size_t size = dtypeSize(tensor.dtype);
    size_t fixed = head.type->field == 4 || head.type->field == 10 ? size : 0;
    for (Wire wire(file); !wire.atEnd();) {
      uint64_t number, value = 0;
      unsigned type;
      Bytes bytes;
      if (!wire.field(number, type, value, bytes))
        return bad("it is truncated");
      if (number == head.type->field &&
          !repeated(type, value, bytes, fixed, size, collected))
        return bad("its data are malformed");
    }
    data = Bytes(reinterpret_cast<const uint8_t *>(collected.data()),
                 collected.size());
  }
  std::optional<size_t> bytes =
      tensorBytes(tensor.dtype, tensor.shape, uint64_t{1} << 48);
  if (!bytes || *bytes != data.size())
    return bad("its data do not fit its shape " + tensor.type());
  tensor.data = AlignedBytes(data.size());
  if (!data.empty())
    memcpy(tensor.data.data(), data.data(), data.size());
  return std::make_pair(head.name, std::move(tensor));
}

static void putVarint(std::string &out, uint64_t value) {
  for (; value >= 128; value >>= 7)
    out += static_cast<char>(value | 128);
  out += static_cast<char>(value);
}

std::string autoglm::rt::writePb(const std::string &name,
                                 const Tensor &tensor) {
  std::string out;
  for (int64_t extent : tensor.shape) {
    putVarint(out, 1 << 3);
    putVarint(out, static_cast<uint64_t>(extent));
  }
  putVarint(out, 2 << 3);
  for (const OnnxType &row : onnxTypes)
    if (row.dtype == tensor.dtype)
      putVarint(out, row.number);
  putVarint(out, 8 << 3 | 2);
  putVarint(out, name.size());
  out += name;
  putVarint(out, 9 << 3 | 2);
  putVarint(out, tensor.data.size());
  out.append(reinterpret_cast<const char *>(tensor.data.data()),
             tensor.data.size());
  return out;
}
