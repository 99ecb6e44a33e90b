//===- DiagnosticsTest.cpp - tests of the diagnostics printer ---*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Support/Diagnostics.h"
#include "dialects/AutoGLM/AutoGLM.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/JSON.h"

#include <gtest/gtest.h>
#include <thread>

using namespace autoglm;
using namespace mlir;

namespace {
class DiagnosticsTest : public testing::Test {
protected:
  DiagnosticsTest() : os(text) { context.loadDialect<AutoGLMDialect>(); }

  Location node(llvm::StringRef name, llvm::StringRef op) {
    return getNodeLocation(NodeAttr::get(&context, name, op, "", "m.onnx"));
  }
  Location position(unsigned line) {
    return FileLineColLoc::get(&context, "a.mlir", line, 7);
  }
  Location named(llvm::StringRef name, Location child) {
    return NameLoc::get(StringAttr::get(&context, name), child);
  }
  Location unknown() { return UnknownLoc::get(&context); }

  MLIRContext context;
  std::string text;
  llvm::raw_string_ostream os;
};
using Format = DiagnosticPrinter::Format;
} // namespace

TEST_F(DiagnosticsTest, CodeGoesToTheEnd) {
  DiagnosticPrinter printer(context, os, Format::Text);
  EXPECT_EQ(printer.getExitCode(), 0);
  emitError(node("conv1", "Conv"), ErrorCode::InvalidNode) << "pads are odd";
  EXPECT_EQ(text,
            "error: m.onnx: node 'conv1' (Conv): pads are odd [AGC-E203]\n");
  EXPECT_EQ(printer.getExitCode(), 1);
}

TEST_F(DiagnosticsTest, FirstErrorDecidesTheExitCode) {
  DiagnosticPrinter printer(context, os, Format::Text);
  mlir::emitWarning(unknown()) << "hm";
  EXPECT_EQ(printer.getExitCode(), 0);
  emitError(unknown(), ErrorCode::CannotRead) << "a";
  emitError(unknown(), ErrorCode::Internal) << "b";
  EXPECT_EQ(printer.getExitCode(), 3);
  EXPECT_EQ(text, "warning: hm\nerror: a [AGC-E101]\nerror: b [AGC-E901]\n");
}

TEST_F(DiagnosticsTest, ErrorsWithoutCodeTakeTheFallback) {
  DiagnosticPrinter printer(context, os, Format::Text);
  printer.setFallback(ErrorCode::LoweringFailed);
  mlir::emitError(unknown()) << "[AGC-E999] is no code";
  EXPECT_EQ(text, "error: [AGC-E999] is no code [AGC-E209]\n");
  EXPECT_EQ(printer.getExitCode(), 1);
}

TEST_F(DiagnosticsTest, NotesFollowTheirError) {
  DiagnosticPrinter printer(context, os, Format::Text);
  {
    InFlightDiagnostic error = emitError(node("b", "Add"), ErrorCode::BadGraph)
                               << "cycle";
    error.attachNote(node("a", "Relu")) << "through this";
    error.attachNote(position(3)) << "seen here";
  }
  EXPECT_EQ(text, "error: m.onnx: node 'b' (Add): cycle [AGC-E104]\n"
                  "note: m.onnx: node 'a' (Relu): through this\n"
                  "note: a.mlir:3:7: seen here\n");
}

TEST_F(DiagnosticsTest, ReadsEveryKindOfLocation) {
  DiagnosticPrinter printer(context, os, Format::Text);
  Location call = CallSiteLoc::get(position(1), position(2));
  Location fused = FusedLoc::get(
      &context, {unknown(), node("a", "Conv"), node("b", "Relu")});
  mlir::emitRemark(call) << "callee";
  mlir::emitRemark(named("%x", position(4))) << "name";
  mlir::emitRemark(fused) << "fused";
  mlir::emitRemark(FusedLoc::get(&context, {unknown(), position(5)})) << "part";
  mlir::emitRemark(named("inner", node("a", "Conv"))) << "named node";
  EXPECT_EQ(text, "remark: a.mlir:1:7: callee\n"
                  "remark: a.mlir:4:7: node '%x': name\n"
                  "remark: m.onnx: node 'a' (Conv), 'b': fused\n"
                  "remark: a.mlir:5:7: part\n"
                  "remark: m.onnx: node 'a' (Conv): named node\n");
}

TEST_F(DiagnosticsTest, EscapesWhatCouldSteerATerminal) {
  DiagnosticPrinter printer(context, os, Format::Text);
  emitError(node("a\033[2J\n", "Co\x7fnv"), ErrorCode::BadGraph)
      << "line\nof \x01";
  EXPECT_EQ(text, "error: m.onnx: node 'a\\x1B[2J\\x0A' (Co\\x7Fnv): line\n"
                  "of \\x01 [AGC-E104]\n");
}

TEST_F(DiagnosticsTest, PrintsJsonLines) {
  DiagnosticPrinter printer(context, os, Format::Json);
  {
    InFlightDiagnostic error =
        emitError(node("a\xff\"", "Conv"), ErrorCode::BadGraph) << "two\nlines";
    error.attachNote(position(3)) << "here";
  }
  printer.error(ErrorCode::BadDescriptor, "d.json", 4, 2, "odd");
  llvm::SmallVector<llvm::StringRef> lines;
  llvm::StringRef(text).rtrim().split(lines, '\n');
  ASSERT_EQ(lines.size(), 3u);
  auto first = llvm::json::parse(lines[0]);
  ASSERT_TRUE(static_cast<bool>(first)) << text;
  const llvm::json::Object &object = *first->getAsObject();
  EXPECT_EQ(object.getString("severity"), "error");
  EXPECT_EQ(object.getString("code"), "AGC-E104");
  EXPECT_EQ(object.getString("file"), "m.onnx");
  EXPECT_EQ(object.getString("node"), "a\xef\xbf\xbd\"");
  EXPECT_EQ(object.getString("op"), "Conv");
  EXPECT_EQ(object.getString("message"), "two\nlines");
  EXPECT_EQ(lines[1], R"({"severity":"note","file":"a.mlir","line":3,)"
                      R"("column":7,"message":"here"})");
  EXPECT_EQ(lines[2],
            R"({"severity":"error","code":"AGC-E107","file":"d.json",)"
            R"("line":4,"column":2,"message":"odd"})");
  EXPECT_EQ(printer.getExitCode(), 3);
}

TEST_F(DiagnosticsTest, ThreadsDoNotMixLines) {
  DiagnosticPrinter printer(context, os, Format::Text);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < 50; ++j) {
        printer.error(ErrorCode::Usage, "", "one");
        mlir::emitError(unknown()) << "two";
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  llvm::SmallVector<llvm::StringRef> lines;
  llvm::StringRef(text).rtrim().split(lines, '\n');
  EXPECT_EQ(lines.size(), 400u);
  for (llvm::StringRef line : lines)
    EXPECT_TRUE(line == "error: one [AGC-E001]" ||
                line == "error: two [AGC-E901]")
        << line.str();
}

TEST_F(DiagnosticsTest, EveryCodeHasATitleAndAnExitCode) {
#define AUTOGLM_ERROR(name, number, exit, title)                               \
  EXPECT_EQ(autoglm::getExitCode(ErrorCode::name), exit);                      \
  EXPECT_EQ(getTitle(ErrorCode::name), title);                                 \
  EXPECT_TRUE(exit >= 1 && exit <= 6);
#include "autoglm/Support/ErrorCodes.def"
}
