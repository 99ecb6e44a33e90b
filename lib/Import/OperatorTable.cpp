//===- OperatorTable.cpp - operators by domain, name and version -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OperatorTable.h"

#include "autoglm/Import/Import.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <tuple>

using llvm::ArrayRef;
using llvm::StringRef;

namespace autoglm::onnx_import {

static auto getKey(const Row &row) {
  return std::tuple<StringRef, StringRef, int>(row.domain, row.op, row.since);
}

void addRows(std::vector<Row> &table, ArrayRef<Rows> rows) {
  for (const Rows &entry : rows)
    for (int since : entry.versions)
      table.push_back({entry.op, since, entry.import, entry.mnemonic,
                       entry.minOperands, entry.maxOperands, entry.maxOutputs,
                       entry.domain});
}

ArrayRef<Row> getOperatorTable() {
  static const std::vector<Row> table = [] {
    std::vector<Row> rows;
    addAttentionRows(rows);
    addContribRows(rows);
    addElementwiseRows(rows);
    addLossRows(rows);
    addMovementRows(rows);
    addQuantizeRows(rows);
    addRecurrentRows(rows);
    addReductionRows(rows);
    addResamplingRows(rows);
    addScatterRows(rows);
    addWindowRows(rows);
    llvm::sort(
        rows, [](const Row &a, const Row &b) { return getKey(a) < getKey(b); });
    return rows;
  }();
  return table;
}

const Row *findRow(StringRef domain, StringRef op, int64_t version,
                   int *first) {
  ArrayRef<Row> table = getOperatorTable();
  auto rows =
      llvm::make_range(llvm::lower_bound(table, std::make_tuple(domain, op, 0),
                                         [](const Row &row, const auto &key) {
                                           return getKey(row) < key;
                                         }),
                       table.end());
  const Row *result = nullptr;
  for (const Row &row : rows) {
    if (row.domain != domain || row.op != op)
      break;
    if (row.since <= version)
      result = &row;
    else if (!result && first && *first == 0)
      *first = row.since;
  }
  return result;
}

} // namespace autoglm::onnx_import

std::vector<autoglm::SupportedOperator> autoglm::getSupportedOperators() {
  std::vector<SupportedOperator> result;
  for (const onnx_import::Row &row : onnx_import::getOperatorTable()) {
    if (result.empty() || result.back().name != row.op ||
        result.back().domain != row.domain)
      result.push_back({row.domain.str(), row.op.str(), {}});
    result.back().versions.push_back(row.since);
  }
  return result;
}
