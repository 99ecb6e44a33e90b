//===- Jsonl.cpp - tensors as JSON ----------------------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Runtime/IO/Files.h"

#include <charconv>
#include <cmath>
#include <cstring>

using namespace autoglm::rt;

namespace {

Status bad(const std::string &what) { return Status(AGR_BAD_TENSOR, what); }

template <typename T> void store(Tensor &tensor, size_t index, T value) {
  memcpy(tensor.data.data() + index * sizeof value, &value, sizeof value);
}

bool floating(const nlohmann::json &value, double &out) {
  if (value.is_number()) {
    out = value.get<double>();
    return true;
  }
  if (!value.is_string())
    return false;
  const std::string &text = value.get_ref<const std::string &>();
  if (text == "NaN")
    out = NAN;
  else if (text == "Infinity" || text == "-Infinity")
    out = text[0] == '-' ? -INFINITY : INFINITY;
  else
    return false;
  return true;
}

/// Stores a whole number in T if it fits.
template <typename T>
bool storeInteger(Tensor &tensor, size_t index, const nlohmann::json &value) {
  if (value.is_number_unsigned()) {
    uint64_t number = value.get<uint64_t>();
    store(tensor, index, static_cast<T>(number));
    return number <= static_cast<uint64_t>(std::numeric_limits<T>::max());
  }
  if (!value.is_number_integer())
    return false;
  int64_t number = value.get<int64_t>(); // negative
  store(tensor, index, static_cast<T>(number));
  return std::is_signed_v<T> &&
         number >= static_cast<int64_t>(std::numeric_limits<T>::min());
}

bool storeElement(Tensor &tensor, size_t index, const nlohmann::json &value) {
  double number = 0;
  switch (tensor.dtype) {
  case AGR_FLOAT32:
  case AGR_FLOAT64:
  case AGR_FLOAT16:
  case AGR_BFLOAT16: {
    if (!floating(value, number))
      return false;
    auto single = static_cast<float>(number);
    if (tensor.dtype == AGR_FLOAT64)
      store(tensor, index, number);
    else if (tensor.dtype == AGR_FLOAT32)
      store(tensor, index, single);
    else
      store(tensor, index,
            tensor.dtype == AGR_FLOAT16 ? floatToHalf(single)
                                        : floatToBfloat16(single));
    return true;
  }
  case AGR_INT8:
    return storeInteger<int8_t>(tensor, index, value);
  case AGR_INT16:
    return storeInteger<int16_t>(tensor, index, value);
  case AGR_INT32:
    return storeInteger<int32_t>(tensor, index, value);
  case AGR_INT64:
    return storeInteger<int64_t>(tensor, index, value);
  case AGR_UINT8:
    return storeInteger<uint8_t>(tensor, index, value);
  case AGR_UINT16:
    return storeInteger<uint16_t>(tensor, index, value);
  case AGR_UINT32:
    return storeInteger<uint32_t>(tensor, index, value);
  case AGR_UINT64:
    return storeInteger<uint64_t>(tensor, index, value);
  case AGR_BOOL:
    break;
  }
  if (value.is_boolean()) {
    store(tensor, index, static_cast<uint8_t>(value.get<bool>()));
    return true;
  }
  return storeInteger<uint8_t>(tensor, index, value) &&
         tensor.data.data()[index] <= 1;
}

/// The extents along the first element of each list.
std::vector<int64_t> shapeOf(const nlohmann::json &value) {
  std::vector<int64_t> shape;
  for (const nlohmann::json *at = &value; at->is_array();) {
    shape.push_back(static_cast<int64_t>(at->size()));
    if (at->empty())
      break;
    at = &(*at)[0];
  }
  return shape;
}

Status fill(Tensor &tensor, const nlohmann::json &value,
            const std::vector<int64_t> &shape, size_t level, size_t &next) {
  if (level == shape.size()) {
    if (value.is_array() || !storeElement(tensor, next, value))
      return bad("element " + std::to_string(next) + " is no " +
                 dtypeName(tensor.dtype));
    ++next;
    return Status();
  }
  if (!value.is_array() || static_cast<int64_t>(value.size()) != shape[level])
    return bad("the lists differ in length");
  for (const nlohmann::json &item : value)
    if (Status status = fill(tensor, item, shape, level + 1, next);
        status.failed())
      return status;
  return Status();
}

void appendNumber(std::string &out, const Tensor &tensor, size_t index) {
  char text[32];
  std::to_chars_result end = {};
  double value = elementAsDouble(tensor, index);
  switch (tensor.dtype) {
  case AGR_BOOL:
    out += value != 0 ? "true" : "false";
    return;
  case AGR_INT64:
  case AGR_UINT64: {
    uint64_t bits;
    memcpy(&bits, tensor.data.data() + index * 8, 8);
    end = tensor.dtype == AGR_UINT64
              ? std::to_chars(text, std::end(text), bits)
              : std::to_chars(text, std::end(text), static_cast<int64_t>(bits));
    break;
  }
  default:
    if (std::isnan(value) || std::isinf(value)) {
      out += std::isnan(value) ? "\"NaN\""
             : value < 0       ? "\"-Infinity\""
                               : "\"Infinity\"";
      return;
    }
    // The shortest text that reads back to the same value.
    end = tensor.dtype == AGR_FLOAT64
              ? std::to_chars(text, std::end(text), value)
              : std::to_chars(text, std::end(text), static_cast<float>(value));
    if (tensor.dtype >= AGR_INT8)
      end = std::to_chars(text, std::end(text), static_cast<int64_t>(value));
  }
  out.append(text, static_cast<size_t>(end.ptr - text));
}

void appendLevel(std::string &out, const Tensor &tensor, size_t level,
                 size_t &next) {
  if (level == tensor.shape.size())
    return appendNumber(out, tensor, next++);
  out += '[';
  for (int64_t i = 0; i < tensor.shape[level]; ++i) {
    if (i)
      out += ',';
    appendLevel(out, tensor, level + 1, next);
  }
  out += ']';
}

} // namespace

Expected<Tensor>
autoglm::rt::tensorFromJson(const nlohmann::json &value, agr_dtype dtype,
                            const std::vector<int64_t> &shape) {
  std::vector<int64_t> given = shapeOf(value), expected = shape;
  while (expected.size() > given.size() && expected[0] == 1)
    expected.erase(expected.begin());
  // Lists inside an empty one cannot be seen.
  bool empty = !given.empty() && given.back() == 0;
  if (empty && expected.size() > given.size())
    expected.resize(given.size());
  if (given != expected)
    return bad("the shape is " +
               typeText(dtype, given.data(), given.size())
                   .substr(strlen(dtypeName(dtype))) +
               ", not " + typeText(dtype, shape.data(), shape.size()));
  std::optional<size_t> bytes = tensorBytes(dtype, shape, uint64_t{1} << 40);
  if (!bytes)
    return bad("the tensor is too large");
  Tensor tensor{dtype, shape, AlignedBytes(*bytes)};
  size_t next = 0;
  if (*bytes != 0)
    if (Status status = fill(tensor, value, expected, 0, next); status.failed())
      return status;
  return tensor;
}

void autoglm::rt::appendJson(std::string &out, const Tensor &tensor) {
  size_t next = 0;
  appendLevel(out, tensor, 0, next);
}

std::string autoglm::rt::jsonString(const std::string &text) {
  return nlohmann::json(text).dump(-1, ' ', false,
                                   nlohmann::json::error_handler_t::replace);
}
