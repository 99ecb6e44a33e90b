//===- YamlReader.h - reads YAML nodes by a table of fields -----*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_LIB_DEVICE_YAMLREADER_H
#define AUTOGLM_LIB_DEVICE_YAMLREADER_H

#include "Reader.h"

#include <yaml-cpp/yaml.h>

namespace autoglm {

/// Checks the nodes of one file against a table of fields. Its functions may
/// throw what yaml-cpp throws.
class Reader {
public:
  /// With `extends`, only what identifies something must be there.
  Reader(llvm::StringRef file, std::vector<DescriptorProblem> &problems,
         bool extends = false)
      : file(file), problems(problems), extends(extends) {}

  DescriptorValue readObject(const YAML::Node &node,
                             llvm::ArrayRef<Field> fields,
                             const std::string &path, std::string source,
                             llvm::StringRef key = {});
  DescriptorValue readValue(const YAML::Node &node, const Field &field,
                            const std::string &path, const std::string &source);
  void report(const YAML::Mark &mark, const std::string &path,
              const llvm::Twine &message);

private:
  DescriptorValue start(const YAML::Node &node, const std::string &path);
  DescriptorValue readQuantity(const YAML::Node &node, Unit unit,
                               const std::string &path, std::string source);
  DescriptorValue readQuantities(const YAML::Node &node, const Field &field,
                                 const std::string &path, std::string source);
  DescriptorValue readObjects(const YAML::Node &node, const Field &field,
                              const std::string &path,
                              const std::string &source);
  void addOperator(DescriptorValue &list, const std::string &spelling,
                   const YAML::Mark &mark, DescriptorValue entry);
  std::optional<std::string> readText(const YAML::Node &node,
                                      llvm::ArrayRef<llvm::StringRef> choices,
                                      const std::string &path);
  /// Calls `visit` for every entry whose key is a text that came for the first
  /// time; "source" is read into `source` beforehand.
  void
  forEach(const YAML::Node &node, const std::string &path, std::string &source,
          llvm::function_ref<void(const std::string &, const YAML::Node &key,
                                  const YAML::Node &value)>
              visit);
  bool expect(const YAML::Node &node, YAML::NodeType::value type,
              const std::string &path, llvm::StringRef what);

  llvm::StringRef file;
  std::vector<DescriptorProblem> &problems;
  bool extends;
};

/// What a node is, for "must be ..., not a ...".
std::string describe(const YAML::Node &node);

} // namespace autoglm

#endif // AUTOGLM_LIB_DEVICE_YAMLREADER_H
