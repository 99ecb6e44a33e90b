//===- Diagnostics.h - diagnostics with stable codes -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_SUPPORT_DIAGNOSTICS_H
#define AUTOGLM_SUPPORT_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"

#include <string>
#include <vector>

namespace autoglm {

enum class ErrorCode : int {
#define AUTOGLM_ERROR(name, number, exit, title) name = number,
#include "autoglm/Support/ErrorCodes.def"
};

/// The process exit code that an error leads to (DESIGN: 1 to 6).
int getExitCode(ErrorCode code);
/// What the code stands for, a few words.
llvm::StringRef getTitle(ErrorCode code);
/// "AGC-E203".
std::string formatCode(ErrorCode code);

/// Starts an error that carries a code, as the prefix "[AGC-E203] " of its text,
/// which the printer moves to the end. Stream the message into it.
mlir::InFlightDiagnostic emitError(mlir::Location loc, ErrorCode code);

/// The code of a diagnostic, if it was made by the function above.
std::optional<ErrorCode> getCode(mlir::Diagnostic &diagnostic);

/// One message as the tools print it.
struct Message {
  /// "error", "warning", "note" or "remark".
  std::string severity;
  /// Empty for notes and messages without a code.
  std::string code;
  std::string file;
  /// ONNX node, empty if the message is about no node.
  std::string node, op;
  /// Every further node of a fused operation.
  std::vector<std::string> moreNodes;
  std::string text;
};

/// `file: node 'name' (Op): text [AGC-E123]`, prefixed by the severity.
std::string formatText(const Message &message);
/// One line of JSON with the same fields.
std::string formatJson(const Message &message);

/// Collects what a context emits while it lives, prints it as it comes, and
/// remembers the exit code of the first error. An error without a code counts
/// as `fallback`, which the pipeline sets phase by phase.
class DiagnosticPrinter {
public:
  enum class Format { Text, Json };
  DiagnosticPrinter(mlir::MLIRContext &context, llvm::raw_ostream &os,
                    Format format);
  ~DiagnosticPrinter();

  void setFallback(ErrorCode code) { fallback = code; }
  /// Prints an error that has no location in the IR.
  void error(ErrorCode code, const std::string &file, const std::string &text);

  /// 0 while no error was printed.
  int getExitCode() const { return exitCode; }

private:
  void print(const Message &message);

  mlir::MLIRContext &context;
  llvm::raw_ostream &os;
  Format format;
  ErrorCode fallback;
  int exitCode = 0;
  mlir::DiagnosticEngine::HandlerID handler;
};

} // namespace autoglm

#endif // AUTOGLM_SUPPORT_DIAGNOSTICS_H
