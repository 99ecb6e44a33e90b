//===- OperatorTable.h - operators by domain, name and version --*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_LIB_IMPORT_OPERATORTABLE_H
#define AUTOGLM_LIB_IMPORT_OPERATORTABLE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <vector>

namespace autoglm::onnx_import {

class NodeImporter;

/// Any number of operands or outputs.
inline constexpr int kAny = 1 << 20;

/// How one operator is imported from the version on where it took this form.
struct Row {
  llvm::StringLiteral op;
  int since;
  void (*import)(NodeImporter &);
  /// Operation of the dialect, without prefix; empty if the row decides.
  llvm::StringLiteral mnemonic;
  int minOperands, maxOperands, maxOutputs;
  llvm::StringLiteral domain = "";
};

/// The same form at several versions, of which the schema changed only what
/// does not concern us (types, wording).
struct Rows {
  llvm::StringLiteral op;
  std::initializer_list<int> versions;
  void (*import)(NodeImporter &);
  llvm::StringLiteral mnemonic = "";
  int minOperands = 1, maxOperands = 1, maxOutputs = 1;
  llvm::StringLiteral domain = "";
};

/// Adds rows; each file of rows has one such function.
void addAttentionRows(std::vector<Row> &table);
void addContribRows(std::vector<Row> &table);
void addElementwiseRows(std::vector<Row> &table);
void addLossRows(std::vector<Row> &table);
void addMovementRows(std::vector<Row> &table);
void addQuantizeRows(std::vector<Row> &table);
void addRecurrentRows(std::vector<Row> &table);
void addReductionRows(std::vector<Row> &table);
void addResamplingRows(std::vector<Row> &table);
void addScatterRows(std::vector<Row> &table);
void addWindowRows(std::vector<Row> &table);
void addRows(std::vector<Row> &table, llvm::ArrayRef<Rows> rows);

/// All rows, by domain, name and version.
llvm::ArrayRef<Row> getOperatorTable();

/// The row of an operator at a version of its domain: the newest that is not
/// newer. Null if the operator is unknown or was not there yet; in the latter
/// case `first` is the version that brought it.
const Row *findRow(llvm::StringRef domain, llvm::StringRef op, int64_t version,
                   int *first = nullptr);

} // namespace autoglm::onnx_import

#endif // AUTOGLM_LIB_IMPORT_OPERATORTABLE_H
