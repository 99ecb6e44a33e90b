//===- Status.cpp - codes, names, element types ---------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Runtime/Status.h"

#include <iterator>
#include <system_error>

using namespace autoglm::rt;

namespace {
struct ErrorRow {
  agr_code code;
  int exit;
  const char *name;
};
constexpr ErrorRow errorRows[] = {
#define AGR_ERROR(name, number, exit_code, sentence)                           \
  {number, exit_code, "AGR-E" #number},
#include "autoglm/RuntimeErrors.def"
};

struct DtypeRow {
  agr_dtype dtype;
  const char *name;
  size_t size;
};
constexpr DtypeRow dtypeRows[] = {
    {AGR_FLOAT32, "float32", 4}, {AGR_FLOAT64, "float64", 8},
    {AGR_FLOAT16, "float16", 2}, {AGR_BFLOAT16, "bfloat16", 2},
    {AGR_INT8, "int8", 1},       {AGR_INT16, "int16", 2},
    {AGR_INT32, "int32", 4},     {AGR_INT64, "int64", 8},
    {AGR_UINT8, "uint8", 1},     {AGR_UINT16, "uint16", 2},
    {AGR_UINT32, "uint32", 4},   {AGR_UINT64, "uint64", 8},
    {AGR_BOOL, "bool", 1},
};

const ErrorRow &rowOf(agr_code code) {
  for (const ErrorRow &row : errorRows)
    if (row.code == code)
      return row;
  return errorRows[std::size(errorRows) - 1];
}
} // namespace

std::string Status::full() const {
  return text + " [" + codeName(statusCode) + "]";
}

const char *autoglm::rt::codeName(agr_code code) {
  return code == AGR_OK ? "AGR-OK" : rowOf(code).name;
}

int autoglm::rt::exitCode(agr_code code) {
  return code == AGR_OK ? 0 : rowOf(code).exit;
}

std::string autoglm::rt::errnoText(int number) {
  return std::generic_category().message(number);
}

const char *autoglm::rt::dtypeName(agr_dtype dtype) {
  for (const DtypeRow &row : dtypeRows)
    if (row.dtype == dtype)
      return row.name;
  return "";
}

size_t autoglm::rt::dtypeSize(agr_dtype dtype) {
  for (const DtypeRow &row : dtypeRows)
    if (row.dtype == dtype)
      return row.size;
  return 0;
}

std::optional<agr_dtype> autoglm::rt::dtypeFromName(const std::string &name) {
  for (const DtypeRow &row : dtypeRows)
    if (name == row.name)
      return row.dtype;
  return std::nullopt;
}
