//===- Outcome.h - what became of one case -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_LIB_VERIFY_OUTCOME_H
#define AUTOGLM_LIB_VERIFY_OUTCOME_H

#include <optional>
#include <string>
#include <vector>

namespace autoglm::verify {

/// In ascending order of what a user should look at first.
enum class Status {
  /// All outputs of all data sets agree.
  Pass,
  /// The model was refused because of what it needs.
  Unsupported,
  /// Outputs differ.
  Fail,
  /// Anything else: a crash, a damaged file, an internal error.
  Error,
  Timeout
};

const char *getName(Status status);
std::optional<Status> parseStatus(const std::string &name);

struct Outcome {
  Status status = Status::Pass;
  /// Empty for a pass. One line, without paths.
  std::string reason;
  /// The largest difference of finite float outputs, if any were compared.
  std::optional<double> maxAbs, maxRel;

  /// Keeps the worse status with its reason and the larger differences.
  void merge(const Outcome &other);

  static Outcome make(Status status, std::string reason) {
    return {status, std::move(reason), {}, {}};
  }
};

/// An outcome as one line of JSON, and back; nothing if the line is none.
std::string toJson(const Outcome &outcome);
std::optional<Outcome> fromJson(const std::string &line);

struct Result {
  std::string name;
  Outcome outcome;
  double seconds = 0;
};

/// `{"cases": [{"case", "status", "reason", "max_abs", "max_rel"}]}`
std::string writeReport(const std::vector<Result> &results);
std::string writeJUnit(const std::vector<Result> &results);
/// The cases that do not pass and one line of counts.
std::string writeTable(const std::vector<Result> &results);

} // namespace autoglm::verify

#endif // AUTOGLM_LIB_VERIFY_OUTCOME_H
