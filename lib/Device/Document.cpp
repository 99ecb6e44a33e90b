//===- Document.cpp - from a file's text to checked values ------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "YamlReader.h"

#include "llvm/Support/Path.h"

#include <sstream>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>

using llvm::ArrayRef;
using llvm::StringRef;

namespace autoglm {

namespace {
/// Notes where a document starts.
struct StartOfDocument : YAML::EventHandler {
  void OnDocumentStart(const YAML::Mark &mark) override { start = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark &, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark &, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark &, const std::string &, YAML::anchor_t,
                const std::string &) override {}
  void OnSequenceStart(const YAML::Mark &, const std::string &, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark &, const std::string &, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

  YAML::Mark start;
};
} // namespace

/// What follows the first document. (YAML::LoadAll would find documents without
/// end in some damaged files.)
static std::optional<YAML::Mark> findSecondDocument(StringRef text) {
  std::istringstream stream(text.str());
  YAML::Parser parser(stream);
  StartOfDocument handler;
  if (!parser.HandleNextDocument(handler) ||
      !parser.HandleNextDocument(handler))
    return std::nullopt;
  return handler.start;
}

/// The root object, or nothing after a problem. Throws.
static std::optional<YAML::Node> loadRoot(Reader &reader, StringRef text) {
  YAML::Node root = YAML::Load(text.str());
  if (std::optional<YAML::Mark> second = findSecondDocument(text)) {
    reader.report(*second, "", "the file ends before this");
    return std::nullopt;
  }
  if (!root.IsDefined() || root.IsNull()) {
    reader.report(YAML::Mark::null_mark(), "", "is empty");
    return std::nullopt;
  }
  if (!root.IsMap()) {
    reader.report(root.Mark(), "", "must be an object, not " + describe(root));
    return std::nullopt;
  }
  return root;
}

/// Calls `read`; yaml-cpp tells of bad syntax by exceptions, none of which may
/// leave this file.
static DescriptorValue guarded(StringRef file,
                               std::vector<DescriptorProblem> &problems,
                               llvm::function_ref<DescriptorValue()> read) {
  Reader reader(file, problems);
  try {
    return read();
  } catch (const YAML::DeepRecursion &error) {
    reader.report(error.mark, "", "is nested too deeply");
  } catch (const YAML::Exception &error) {
    reader.report(error.mark, "", error.msg);
  } catch (const std::exception &error) {
    reader.report(YAML::Mark::null_mark(), "", error.what());
  }
  return {};
}

DescriptorValue readDocument(StringRef file, StringRef text,
                             ArrayRef<Field> fields, StringRef source,
                             std::vector<DescriptorProblem> &problems) {
  return guarded(file, problems, [&]() -> DescriptorValue {
    Reader reader(file, problems);
    std::optional<YAML::Node> root = loadRoot(reader, text);
    return root ? reader.readObject(*root, fields, "", source.str())
                : DescriptorValue();
  });
}

bool hasKey(StringRef text, StringRef key) {
  bool found = false;
  std::vector<DescriptorProblem> ignored;
  guarded("", ignored, [&]() -> DescriptorValue {
    YAML::Node root = YAML::Load(text.str());
    found = root.IsMap() && root[key.str()];
    return {};
  });
  return found;
}

DescriptorValue readDescriptor(StringRef file, StringRef text,
                               std::vector<DescriptorProblem> &problems) {
  return guarded(file, problems, [&]() -> DescriptorValue {
    Reader reader(file, problems);
    std::optional<YAML::Node> root = loadRoot(reader, text);
    if (!root)
      return {};
    auto has = [&](const char *key) { return static_cast<bool>((*root)[key]); };
    if (has("device_type") && !has("family"))
      return reader.readObject(*root, getShortFields(), "",
                               "short form in " +
                                   llvm::sys::path::filename(file).str());
    Reader own(file, problems, has("extends"));
    return own.readObject(*root, getDescriptorFields(), "", "");
  });
}

DescriptorValue readSetting(StringRef setting, StringRef text,
                            const Field &field, StringRef path,
                            std::vector<DescriptorProblem> &problems) {
  return guarded(setting, problems, [&] {
    Reader reader(setting, problems, /*extends=*/true);
    return reader.readValue(YAML::Load(text.str()), field, path.str(),
                            "--device-set");
  });
}

} // namespace autoglm
