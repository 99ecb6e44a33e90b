//===- ProgramTest.cpp - the tools and the C example, as programs ---------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestBundle.h"
#include "autoglm/Runtime/IO/Files.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sys/wait.h>

using namespace autoglm::test;
using autoglm::rt::Tensor;

namespace {

struct Result {
  int code;
  std::string text; // both streams
};

class Program : public testing::Test {
protected:
  void SetUp() override {
    TestBundle().write(folder / "a.agb");
    setenv("AUTOGLM_DRIVER_PATH", TEST_DRIVERS, 1);
    writeFile(folder / "x.npy", npy({1, 4}));
  }
  void TearDown() override { unsetenv("AUTOGLM_DRIVER_PATH"); }

  static std::string npy(std::vector<int64_t> shape) {
    size_t bytes = *autoglm::rt::tensorBytes(AGR_FLOAT32, shape, 1 << 20);
    Tensor tensor{AGR_FLOAT32, shape, autoglm::rt::AlignedBytes(bytes)};
    return autoglm::rt::writeNpy(tensor);
  }
  Result run(const std::string &command) {
    std::string all = "cd " + folder.path + " && (" + command + ") 2>&1";
    FILE *pipe = popen(all.c_str(), "r");
    std::string text;
    char part[4096];
    while (size_t n = fread(part, 1, sizeof part, pipe))
      text.append(part, n);
    int status = pclose(pipe);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text};
  }
  Result runTool(const std::string &arguments) {
    return run(std::string(TEST_RUN) + " a.agb " + arguments);
  }
  void expect(const std::string &arguments, int code, const char *text) {
    Result result = runTool(arguments);
    EXPECT_EQ(result.code, code) << arguments << "\n" << result.text;
    EXPECT_NE(result.text.find(text), std::string::npos) << arguments << "\n"
                                                         << result.text;
  }

  TemporaryFolder folder;
};

const char zeros[] = "{\"y\": [[10,20,30,40]]}\n";

TEST_F(Program, EmbedExample) {
  Result result = run(std::string(TEST_EMBED) + " a.agb");
  EXPECT_EQ(result.code, 0) << result.text;
  EXPECT_EQ(result.text, "10\n20\n30\n40\n");
  Result gone = run(std::string(TEST_EMBED) + " b.agb");
  EXPECT_EQ(gone.code, 3);
  EXPECT_NE(gone.text.find("b.agb"), std::string::npos);
}

TEST_F(Program, EmbedExampleHasTwentyLines) {
  std::ifstream in(TEST_EMBED_SOURCE);
  std::string line;
  int body = 0;
  bool inMain = false;
  while (std::getline(in, line)) {
    inMain |= line.rfind("int main", 0) == 0;
    body += inMain;
  }
  EXPECT_GT(body, 10);
  EXPECT_LE(body, 20);
}

TEST(Docs, ShowWhatIsThere) {
  std::string page = readFile(TEST_DOCS "/embed.md");
  EXPECT_NE(page.find("```c\n" + readFile(TEST_EMBED_SOURCE) + "```\n"),
            std::string::npos);
  std::string table = readFile(TEST_DOCS "/runtime.md");
  size_t rows = 0;
  for (agr_code code = 1; code < AGR_CODE_LIMIT; ++code) {
    // Numbers without a row have the name of the last one.
    if (code != AGR_INTERNAL && !strcmp(agr_code_name(code), "AGR-E199"))
      continue;
    std::string row = std::string("| `") + agr_code_name(code) + "` | " +
                      std::to_string(agr_exit_code(code)) + " |";
    EXPECT_NE(table.find(row), std::string::npos) << row;
    ++rows;
  }
  EXPECT_GT(rows, 10u);
}

TEST_F(Program, RunReadsAndWritesEachForm) {
  expect("--input x=x.npy", 0, zeros);
  expect("--input x.npy --print", 0, zeros);
  expect("--input x.npy --output o.npy", 0, "");
  expect("--input x.npy --output o.npz", 0, "");
  expect("--input x.npy --output o.pb", 0, "");
  expect("--input x.npy --output o.jsonl", 0, "");
  expect("--input x.npy --output folder", 0, "");
  EXPECT_EQ(readFile(folder / "o.jsonl"), zeros);
  EXPECT_EQ(readFile(folder / "folder/y.npy"), readFile(folder / "o.npy"));
  // What it wrote it reads, under the name of the input.
  expect("--input x=o.npy", 0, "[[20,40,60,80]]");
  expect("--input x=o.pb", 0, "[[20,40,60,80]]");
  expect("--input o.npz", 3, "there is no input 'y'; the inputs are 'x'");
  Result random = runTool("--random 3"), again = runTool("--random 3");
  EXPECT_EQ(random.text, again.text);
  EXPECT_NE(random.text, runTool("--random 4").text);
}

TEST_F(Program, RunStreamsLines) {
  writeFile(folder / "in.jsonl",
            "{\"x\": [[1, 2, 3, 4]]}\n\n{\"x\": [0, 0, 0, 0.5]}\n");
  const char expected[] =
      "{\"y\": [[11,22,33,44]]}\n{\"y\": [[10,20,30,40.5]]}\n";
  expect("--input in.jsonl --output out.jsonl", 0, "");
  EXPECT_EQ(readFile(folder / "out.jsonl"), expected);
  expect("--input in.jsonl", 0, expected);
  expect("--input in.jsonl --output o.npy", 2, "need a .jsonl output");
  expect("--input x=in.jsonl", 2, "name the inputs themselves");
  const std::pair<const char *, const char *> cases[] = {
      {"{\"x\": [[1, 2, 3]]}", "in.jsonl:1: input 'x': the shape is [1, 3]"},
      {"{\"z\": [[1, 2, 3, 4]]}", "there is no input 'z'"},
      {"{}", "input 'x' is missing"},
      {"{\"x\": [[1, 2, 3, ", "not a JSON object"},
      {"[1]", "not a JSON object"},
      {"{\"x\": [[1, 2, 3, \"a\"]]}", "element 3 is no float32"},
  };
  std::filesystem::remove(folder / "out.jsonl");
  for (const auto &[line, message] : cases) {
    writeFile(folder / "in.jsonl", line);
    expect("--input in.jsonl --output out.jsonl", 3, message);
    EXPECT_FALSE(std::filesystem::exists(folder / "out.jsonl"));
  }
}

TEST_F(Program, RunRefusesBadInput) {
  writeFile(folder / "wide.npy", npy({1, 5}));
  writeFile(folder / "bad.npy", "no array");
  writeFile(folder / "bad.pb", "\x07");
  writeFile(folder / "bad.npz", "PK");
  expect("--input picture=x.npy", 2,
         "there is no input 'picture'; the inputs are 'x' [AGR-E105]");
  expect("", 2, "input 'x' is missing");
  expect("--input x=gone.npy", 3, "gone.npy");
  expect("--input x=wide.npy", 3,
         "input 'x': the file has float32[1, 5], the model takes float32[1, "
         "4] [AGR-E106]");
  expect("--input x=bad.npy", 3, "bad.npy: not a usable .npy file");
  expect("--input x=bad.pb", 3, "bad.pb: not a usable .pb tensor");
  expect("--input bad.npz", 3, "bad.npz: not a usable .npz file");
  expect("--input gone.jsonl", 3, "gone.jsonl");
  expect("--input x=x.txt", 2, "must end in .npy");
  expect("--entry other --random 1", 2, "there is no entry 'other'");
  expect("--random x", 2, "AGR-E133");
  expect("--threads 0", 2, "AGR-E133");
  expect("--map-device d0", 2, "--map-device");
  expect("--map-device d9=0 --random 1", 2, "no device 'd9'");
  expect("--map-device d0=sample:1 --random 1", 0, "y");
  expect("--map-device d0=7 --random 1", 6, "is not here");
  expect("--frobnicate", 2, "--frobnicate");
}

TEST_F(Program, RunSaysWhyItCannotWrite) {
  expect("--random 1 --output no/o.npy", 3, "no/o.npy");
  expect("--random 1 --output no/folder", 3, "no/folder");
  expect("--random 1 --output /dev/full", 3, "No space left on device");
  expect("--random 1 > /dev/full", 3, "No space left on device");
  EXPECT_EQ(folder.list(), (std::vector<std::string>{"a.agb", "x.npy"}));
  expect("--random 1 --output /dev/stdout", 0, "{\"y\": [[");
}

TEST_F(Program, RunBenchmarks) {
  Result result = runTool("--benchmark --json --rounds 7 --threads 3");
  ASSERT_EQ(result.code, 0) << result.text;
  json times = json::parse(result.text, nullptr, false);
  ASSERT_TRUE(times.is_object()) << result.text;
  EXPECT_EQ(times.size(), 5u);
  EXPECT_EQ(times["rounds"], 7);
  EXPECT_EQ(times["threads"], 3);
  EXPECT_LE(times["min_ms"], times["median_ms"]);
  EXPECT_LE(times["median_ms"], times["p99_ms"]);
  expect("--benchmark --rounds 1 --warmup 0", 0, "median");
  expect("--json", 2, "belongs to --benchmark");
  expect("--random 1 --profile", 0, "kernel");
  expect("--random 1 --trace t.json", 0, "");
  EXPECT_TRUE(
      json::parse(readFile(folder / "t.json"))["traceEvents"].is_array());
}

TEST_F(Program, BundleTool) {
  std::string tool = std::string(TEST_BUNDLE_TOOL) + " ";
  Result text = run(tool + "inspect a.agb");
  EXPECT_EQ(text.code, 0);
  for (const char *part : {"x: float32[1, 4]", "device 'd0'", "weights.bin",
                           "arena 256 bytes", "test.onnx"})
    EXPECT_NE(text.text.find(part), std::string::npos) << text.text;
  json parsed = json::parse(run(tool + "inspect --json a.agb").text);
  EXPECT_EQ(parsed["manifest"]["entries"][0]["name"], "main");
  EXPECT_EQ(parsed["archive"].size(), 5u);
  EXPECT_EQ(run(tool + "extract a.agb -o out/deep").code, 0);
  EXPECT_EQ(readFile(folder / "out/deep/weights.bin"), TestBundle().weights);
  EXPECT_EQ(run(tool + "verify a.agb").code, 0);
  EXPECT_EQ(run(tool).code, 2);
  EXPECT_EQ(run(tool + "inspect gone.agb").code, 3);
  EXPECT_EQ(run(tool + "extract a.agb -o x.npy").code, 3);

  std::string file = readFile(folder / "a.agb");
  file[file.find(TestBundle().weights)] ^= 1;
  writeFile(folder / "a.agb", file);
  Result damaged = run(tool + "verify a.agb");
  EXPECT_EQ(damaged.code, 3);
  EXPECT_NE(damaged.text.find("damaged  weights.bin"), std::string::npos);
  EXPECT_NE(damaged.text.find("ok       plan.json"), std::string::npos);
  EXPECT_EQ(run(tool + "extract a.agb -o other").code, 3);
  EXPECT_FALSE(std::filesystem::exists(folder / "other"));
}

TEST_F(Program, HelpAndVersion) {
  for (const char *tool : {TEST_RUN, TEST_BUNDLE_TOOL}) {
    EXPECT_NE(run(std::string(tool) + " --help").text.find("Exit codes"),
              std::string::npos);
    Result version = run(std::string(tool) + " --version");
    EXPECT_EQ(version.code, 0);
    EXPECT_NE(version.text.find("0.1.0"), std::string::npos);
  }
}

} // namespace
