//===- WeightStoreTest.cpp - weights from files and from others -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceTest.h"

#include "autoglm/Support/Hash.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace autoglm::test {
namespace {

class WeightStoreTest : public ReferenceTest {
protected:
  WeightStoreTest() {
    int descriptor;
    EXPECT_FALSE(
        llvm::sys::fs::createTemporaryFile("weights", "bin", descriptor, path));
    llvm::raw_fd_ostream os(descriptor, /*shouldClose=*/true);
    // One byte first, so that no float is aligned.
    float floats[] = {1, 2, 3, 4};
    os << 'x';
    os.write(reinterpret_cast<const char *>(floats), sizeof(floats));
  }
  ~WeightStoreTest() override { llvm::sys::fs::remove(path); }

  /// A weight over the file, and one that is twice its transpose.
  std::string moduleText(int64_t offset, StringRef hash = "") {
    return ("autoglm.weight @w {source = #autoglm.file<\"" + path.str() +
            "\", " + llvm::Twine(offset) + ", 16, \"" + hash +
            R"(">} : tensor<2x2xf32>
      autoglm.weight @t : tensor<2x2xf32> {
        %0 = autoglm.load_weight @w : tensor<2x2xf32>
        %1 = autoglm.transpose %0 {perm = array<i64: 1, 0>} : (tensor<2x2xf32>) -> tensor<2x2xf32>
        %2 = autoglm.add %1, %1 : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
        autoglm.yield %2 : tensor<2x2xf32>
      }
      func.func @f() -> (tensor<2x2xf32>, tensor<2x2xf32>) {
        %0 = autoglm.load_weight @w : tensor<2x2xf32>
        %1 = autoglm.load_weight @t : tensor<2x2xf32>
        return %0, %1 : tensor<2x2xf32>, tensor<2x2xf32>
      })")
        .str();
  }

  llvm::SmallString<64> path;
};

TEST_F(WeightStoreTest, LoadsAndDerives) {
  auto results = runModule(moduleText(1), {});
  ASSERT_TRUE(succeeded(results)) << errors;
  expectSame(toVector((*results)[0]), {1, 2, 3, 4});
  expectSame(toVector((*results)[1]), {2, 6, 4, 8});
}

TEST_F(WeightStoreTest, DerivesOnce) {
  ModuleOp parsed = parse(moduleText(1));
  auto weight = parsed.lookupSymbol<WeightOp>("t");
  FailureOr<Tensor> first = weights.get(weight), second = weights.get(weight);
  ASSERT_TRUE(succeeded(first) && succeeded(second)) << errors;
  EXPECT_EQ(first->data(), second->data());
}

TEST_F(WeightStoreTest, ChecksTheRange) {
  EXPECT_TRUE(failed(runModule(moduleText(2), {})));
  EXPECT_NE(errors.find("AGC-E106"), std::string::npos) << errors;
  errors.clear();
  EXPECT_TRUE(failed(runModule(moduleText(INT64_MAX - 3), {})));
  EXPECT_NE(errors.find("AGC-E106"), std::string::npos) << errors;
}

TEST_F(WeightStoreTest, ChecksTheHashOnRequest) {
  WeightStore store(WeightStore::CheckHash::Yes);
  float floats[] = {1, 2, 3, 4};
  std::string hash = hashBytes(
      StringRef(reinterpret_cast<const char *>(floats), sizeof(floats)));
  ModuleOp parsed = parse(moduleText(1, hash));
  EXPECT_TRUE(succeeded(store.get(parsed.lookupSymbol<WeightOp>("w"))))
      << errors;
  parsed = parse(moduleText(1, "00"));
  EXPECT_TRUE(failed(store.get(parsed.lookupSymbol<WeightOp>("w"))));
  EXPECT_NE(errors.find("AGC-E108"), std::string::npos) << errors;
}

TEST_F(WeightStoreTest, NoWeightIsDerivedFromItself) {
  EXPECT_TRUE(failed(runModule(R"(
    autoglm.weight @a : tensor<1xf32> {
      %0 = autoglm.load_weight @b : tensor<1xf32>
      autoglm.yield %0 : tensor<1xf32>
    }
    autoglm.weight @b : tensor<1xf32> {
      %0 = autoglm.load_weight @a : tensor<1xf32>
      autoglm.yield %0 : tensor<1xf32>
    }
    func.func @f() -> tensor<1xf32> {
      %0 = autoglm.load_weight @a : tensor<1xf32>
      return %0 : tensor<1xf32>
    })",
                               {})));
  EXPECT_NE(errors.find("derived from itself"), std::string::npos) << errors;
}

TEST_F(WeightStoreTest, MissingFile) {
  std::string text = moduleText(1);
  llvm::sys::fs::remove(path);
  EXPECT_TRUE(failed(runModule(text, {})));
  EXPECT_NE(errors.find("AGC-E101"), std::string::npos) << errors;
}

} // namespace
} // namespace autoglm::test
