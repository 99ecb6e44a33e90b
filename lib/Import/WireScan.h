//===- WireScan.h - find payloads in a serialized model ---------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_LIB_IMPORT_WIRESCAN_H
#define AUTOGLM_LIB_IMPORT_WIRESCAN_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace autoglm::onnx_import {

/// Where a tensor's data lies in the file.
struct Payload {
  /// Number of the TensorProto field that holds it.
  int field;
  uint64_t offset, length;
};

/// Payloads up to this many bytes stay in the message.
inline constexpr uint64_t kMaxInlinePayload = 4096;

struct ScannedModel {
  /// The message without what was cut out and without documentation. A tensor
  /// whose data was cut out says which payload it had by `segment.begin`, a
  /// field that no scanned model may use itself.
  std::string message;
  std::vector<Payload> payloads;
};

/// Checks that `bytes` are a well-formed ModelProto of fields that ONNX's
/// schema has, and separates the tensors' data from it. Reads tags and lengths
/// only, so the pages of payloads are not touched.
llvm::Expected<ScannedModel> scanModel(llvm::StringRef bytes);

/// Reads one base-128 number at the front of `bytes` and drops it; false if it
/// is cut off or longer than 64 bits.
bool readVarint(llvm::StringRef &bytes, uint64_t &value);

} // namespace autoglm::onnx_import

#endif // AUTOGLM_LIB_IMPORT_WIRESCAN_H
