//===- TestBundle.h - small bundles for tests -------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TEST_UNIT_RUNTIME_TESTBUNDLE_H
#define AUTOGLM_TEST_UNIT_RUNTIME_TESTBUNDLE_H

#include "autoglm/Runtime/LoadedBundle.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>

namespace autoglm::test {

using nlohmann::json;

/// A folder that goes away.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string operator/(const std::string &name) const {
    return path + "/" + name;
  }
  /// The names in it.
  std::vector<std::string> list() const;

  std::string path;
};

std::string readFile(const std::string &path);
void writeFile(const std::string &path, const std::string &bytes);
inline rt::Bytes bytesOf(const std::string &text) {
  return {reinterpret_cast<const uint8_t *>(text.data()), text.size()};
}

/// An entry "main": y = x + w for four floats, w from weights.bin.
struct TestBundle {
  /// For the device family "sample", or "cpu" with the C kernels.
  explicit TestBundle(const std::string &family = "sample");

  json manifest, plan;
  std::string weights;
  std::string executable;

  json &code() { return plan["functions"][0]["code"]; }
  json &registers() { return plan["functions"][0]["registers"]; }
  /// Writes the bundle to `path`.
  void write(const std::string &path) const;
};

json tensor(const std::string &name, const std::string &dtype,
            std::vector<int64_t> shape);
/// A launch on the executable of the test bundle.
json launch(const std::string &function, std::vector<int> buffers, json scalars,
            json extent);

} // namespace autoglm::test

#endif // AUTOGLM_TEST_UNIT_RUNTIME_TESTBUNDLE_H
