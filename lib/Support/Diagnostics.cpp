//===- Diagnostics.cpp - diagnostics with stable codes ----------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Support/Diagnostics.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace mlir;

namespace autoglm {

namespace {
struct Row {
  ErrorCode code;
  int exit;
  llvm::StringLiteral title;
};
constexpr Row rows[] = {
#define AUTOGLM_ERROR(name, number, exit, title) {ErrorCode::name, exit, title},
#include "autoglm/Support/ErrorCodes.def"
};

const Row &getRow(ErrorCode code) {
  for (const Row &row : rows)
    if (row.code == code)
      return row;
  return getRow(ErrorCode::Internal);
}

constexpr llvm::StringLiteral prefixBegin = "[AGC-E";
constexpr llvm::StringLiteral prefixEnd = "] ";

/// The code at the start of a text, which is cut off.
std::optional<ErrorCode> takeCode(StringRef &text) {
  StringRef rest = text;
  int number;
  if (!rest.consume_front(prefixBegin) || rest.consumeInteger(10, number) ||
      !rest.consume_front(prefixEnd))
    return std::nullopt;
  for (const Row &row : rows) {
    if (static_cast<int>(row.code) != number)
      continue;
    text = rest;
    return row.code;
  }
  return std::nullopt;
}

StringRef getSeverity(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Note:
    return "note";
  case DiagnosticSeverity::Warning:
    return "warning";
  case DiagnosticSeverity::Remark:
    return "remark";
  case DiagnosticSeverity::Error:
    break;
  }
  return "error";
}

std::atomic<LocationReader> locationReader = nullptr;

/// Names come from files: nothing in them may steer the terminal.
std::string escape(StringRef text, bool keepLines = false) {
  std::string result;
  for (unsigned char c : text) {
    if ((c >= 0x20 && c != 0x7f) || (keepLines && (c == '\n' || c == '\t')))
      result += static_cast<char>(c);
    else
      result += llvm::formatv("\\x{0:X-2}", static_cast<unsigned>(c)).str();
  }
  return result;
}

/// A location that holds a position in a file, or none.
FileLineColLoc findPosition(Location location) {
  if (auto file = dyn_cast<FileLineColLoc>(location))
    return file;
  if (auto name = dyn_cast<NameLoc>(location))
    return findPosition(name.getChildLoc());
  if (auto call = dyn_cast<CallSiteLoc>(location)) {
    if (FileLineColLoc callee = findPosition(call.getCallee()))
      return callee;
    return findPosition(call.getCaller());
  }
  if (auto opaque = dyn_cast<OpaqueLoc>(location))
    return findPosition(opaque.getFallbackLocation());
  if (auto fused = dyn_cast<FusedLoc>(location))
    for (Location part : fused.getLocations())
      if (FileLineColLoc file = findPosition(part))
        return file;
  return {};
}

/// The first name that a location gives, for a value that no node names.
StringRef findName(Location location) {
  StringRef found;
  location->walk([&](Location part) {
    auto name = dyn_cast<NameLoc>(part);
    if (!name)
      return WalkResult::advance();
    found = name.getName();
    return WalkResult::interrupt();
  });
  return found;
}
} // namespace

int getExitCode(ErrorCode code) { return getRow(code).exit; }

StringRef getTitle(ErrorCode code) { return getRow(code).title; }

std::string formatCode(ErrorCode code) {
  return llvm::formatv("AGC-E{0:D3}", static_cast<int>(code));
}

InFlightDiagnostic emitError(Location loc, ErrorCode code) {
  return mlir::emitError(loc) << "[" << formatCode(code) << prefixEnd;
}

std::optional<ErrorCode> getCode(Diagnostic &diagnostic) {
  std::string text = diagnostic.str();
  StringRef rest = text;
  return takeCode(rest);
}

void setLocationReader(LocationReader reader) { locationReader = reader; }

void describeLocation(Location location, Message &message) {
  LocationReader reader = locationReader;
  bool found = reader && reader(location, message);
  if (!found)
    message.node = findName(location).str();
  if (!message.file.empty())
    return;
  if (FileLineColLoc position = findPosition(location)) {
    message.file = position.getFilename().str();
    message.line = position.getLine();
    message.column = position.getColumn();
  }
}

Message toMessage(Diagnostic &diagnostic) {
  Message message;
  message.severity = getSeverity(diagnostic.getSeverity()).str();
  std::string whole = diagnostic.str();
  StringRef text = whole;
  if (std::optional<ErrorCode> code = takeCode(text))
    message.code = formatCode(*code);
  message.text = text.str();
  describeLocation(diagnostic.getLocation(), message);
  return message;
}

std::string formatText(const Message &message) {
  std::string result = message.severity + ": ";
  if (!message.file.empty()) {
    result += escape(message.file);
    if (message.line)
      result += ":" + std::to_string(message.line) + ":" +
                std::to_string(message.column);
    result += ": ";
  }
  if (!message.node.empty()) {
    result += "node '" + escape(message.node) + "'";
    if (!message.op.empty())
      result += " (" + escape(message.op) + ")";
    for (const std::string &node : message.moreNodes)
      result += ", '" + escape(node) + "'";
    result += ": ";
  }
  result += escape(message.text, /*keepLines=*/true);
  if (!message.code.empty())
    result += " [" + message.code + "]";
  return result;
}

std::string formatJson(const Message &message) {
  auto text = [](StringRef string) { return llvm::json::fixUTF8(string); };
  std::string result;
  llvm::raw_string_ostream os(result);
  llvm::json::OStream json(os);
  json.object([&] {
    json.attribute("severity", message.severity);
    if (!message.code.empty())
      json.attribute("code", message.code);
    if (!message.file.empty())
      json.attribute("file", text(message.file));
    if (message.line) {
      json.attribute("line", message.line);
      json.attribute("column", message.column);
    }
    if (!message.node.empty())
      json.attribute("node", text(message.node));
    if (!message.op.empty())
      json.attribute("op", text(message.op));
    if (!message.moreNodes.empty())
      json.attributeArray("moreNodes", [&] {
        for (const std::string &node : message.moreNodes)
          json.value(text(node));
      });
    json.attribute("message", text(message.text));
  });
  return result;
}

void printErrorTable(llvm::raw_ostream &os) {
  os << "| code | exit code | meaning |\n|---|---|---|\n";
  for (const Row &row : rows)
    os << "| " << formatCode(row.code) << " | " << row.exit << " | "
       << row.title << " |\n";
}

DiagnosticPrinter::DiagnosticPrinter(MLIRContext &context,
                                     llvm::raw_ostream &os, Format format)
    : context(context), os(os), format(format) {
  handler =
      context.getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
        std::vector<Message> messages{toMessage(diagnostic)};
        std::optional<ErrorCode> code;
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error) {
          code = getCode(diagnostic);
          if (!code) {
            code = fallback.load();
            messages.front().code = formatCode(*code);
          }
        }
        for (Diagnostic &note : diagnostic.getNotes())
          messages.push_back(toMessage(note));
        print(messages, code);
      });
}

DiagnosticPrinter::~DiagnosticPrinter() {
  context.getDiagEngine().eraseHandler(handler);
}

void DiagnosticPrinter::error(ErrorCode code, const std::string &file,
                              const std::string &text) {
  error(code, file, 0, 0, text);
}

void DiagnosticPrinter::error(ErrorCode code, const std::string &file,
                              unsigned line, unsigned column,
                              const std::string &text) {
  Message message;
  message.severity = "error";
  message.code = formatCode(code);
  message.file = file;
  message.line = line;
  message.column = column;
  message.text = text;
  print(message, code);
}

void DiagnosticPrinter::print(ArrayRef<Message> messages,
                              std::optional<ErrorCode> code) {
  std::lock_guard<std::mutex> lock(mutex);
  for (const Message &message : messages)
    os << (format == Format::Json ? formatJson(message) : formatText(message))
       << "\n";
  os.flush();
  if (code && exitCode == 0)
    exitCode = autoglm::getExitCode(*code);
}

} // namespace autoglm
