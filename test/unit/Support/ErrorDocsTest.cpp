//===- ErrorDocsTest.cpp - docs/errors.md is the table of codes -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Support/Diagnostics.h"
#include "autoglm/Support/File.h"

#include <cstdlib>
#include <gtest/gtest.h>

using namespace autoglm;

static constexpr llvm::StringLiteral introduction = R"(# Error codes

Every error of the compiler's tools ends in a code, such as `[AGC-E203]`. A code
keeps its number and meaning for ever; the text before it may change. The exit
code of a tool is that of the first error it printed. The runtime's codes,
`AGR-E…`, are in `include/autoglm/RuntimeErrors.def`.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | the model cannot be compiled as asked |
| 2 | the command line is wrong |
| 3 | an input file is bad, or an output cannot be written |
| 4 | a policy, budget or check that was asked for is not met |
| 5 | internal error |
| 6 | the device, driver or library needed is not here |

With `--diagnostics=json` every message is one line of JSON: `severity`, `code`,
`file`, `line`, `column`, `node`, `op`, `moreNodes` (further nodes of a fused
operation) and `message`; what is unknown is left out.

<!-- Generated from include/autoglm/Support/ErrorCodes.def; to bring it up to date:
     AUTOGLM_UPDATE_DOCS=1 build/bin/SupportTests --gtest_filter='ErrorDocs.*' -->

)";

TEST(ErrorDocs, AreUpToDate) {
  std::string expected = introduction.str();
  llvm::raw_string_ostream os(expected);
  printErrorTable(os);
  const std::string path = AUTOGLM_SOURCE_DIR "/docs/errors.md";
  if (std::getenv("AUTOGLM_UPDATE_DOCS"))
    ASSERT_FALSE(static_cast<bool>(writeFile(path, expected)));
  auto file = MappedFile::open(path);
  ASSERT_TRUE(static_cast<bool>(file)) << llvm::toString(file.takeError());
  EXPECT_EQ((*file)->getBytes().str(), expected);
}
