//===- Diagnostics.h - diagnostics with stable codes -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_SUPPORT_DIAGNOSTICS_H
#define AUTOGLM_SUPPORT_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"

#include <atomic>
#include <mutex>
#include <optional>
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

/// Starts an error that carries a code, as the prefix "[AGC-E203] " of its
/// text, which the printer moves to the end. Stream the message into it.
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
  /// From 1; 0 where the message is about no line of the file.
  unsigned line = 0, column = 0;
  /// ONNX node, empty if the message is about no node.
  std::string node, op;
  /// Every further node of a fused operation.
  std::vector<std::string> moreNodes;
  std::string text;
};

/// Fills in what a location means to a dialect: node, op, further nodes, file.
/// Returns whether it found anything. The dialect whose locations they are sets
/// the reader when it is loaded, so that Support need not know it.
using LocationReader = bool (*)(mlir::Location location, Message &message);
void setLocationReader(LocationReader reader);

/// Fills in node, operator and file, or file, line and column, of a location.
/// Of several positions the innermost callee's counts.
void describeLocation(mlir::Location location, Message &message);

/// Severity, code, location and text of a diagnostic, without its notes.
Message toMessage(mlir::Diagnostic &diagnostic);

/// `error: file:line:column: node 'name' (Op): text [AGC-E123]`, what is
/// unknown left out, control characters of names escaped. No end of line.
std::string formatText(const Message &message);
/// One line of JSON with the same fields: severity, code, file, line, column,
/// node, op, moreNodes, message. No end of line.
std::string formatJson(const Message &message);

/// The table of `docs/errors.md`: every code, its exit code and title.
void printErrorTable(llvm::raw_ostream &os);

/// Collects what a context emits while it lives, prints it as it comes, and
/// remembers the exit code of the first error. An error without a code counts
/// as `fallback`, which the pipeline sets phase by phase. Thread-safe.
class DiagnosticPrinter {
public:
  enum class Format { Text, Json };
  DiagnosticPrinter(mlir::MLIRContext &context, llvm::raw_ostream &os,
                    Format format);
  ~DiagnosticPrinter();
  DiagnosticPrinter(const DiagnosticPrinter &) = delete;
  DiagnosticPrinter &operator=(const DiagnosticPrinter &) = delete;

  void setFallback(ErrorCode code) { fallback = code; }
  /// Prints an error that has no location in the IR.
  void error(ErrorCode code, const std::string &file, const std::string &text);
  /// The same with a position in a file; from 1, 0 if unknown.
  void error(ErrorCode code, const std::string &file, unsigned line,
             unsigned column, const std::string &text);

  /// 0 while no error was printed.
  int getExitCode() const { return exitCode; }

private:
  /// Prints messages in one piece; `code` is that of an error among them.
  void print(llvm::ArrayRef<Message> messages, std::optional<ErrorCode> code);

  mlir::MLIRContext &context;
  llvm::raw_ostream &os;
  Format format;
  std::atomic<ErrorCode> fallback = ErrorCode::Internal;
  std::atomic<int> exitCode = 0;
  std::mutex mutex;
  mlir::DiagnosticEngine::HandlerID handler;
};

} // namespace autoglm

#endif // AUTOGLM_SUPPORT_DIAGNOSTICS_H
