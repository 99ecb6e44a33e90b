//===- Files.h - tensor files -----------------------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_RUNTIME_IO_FILES_H
#define AUTOGLM_RUNTIME_IO_FILES_H

#include "autoglm/Runtime/IO/Tensor.h"

#include <nlohmann/json.hpp>

namespace autoglm::rt {

/// NumPy's format, versions 1 to 3, C order or (ranks 0 and 1) any order.
Expected<Tensor> readNpy(Bytes file);
std::string writeNpy(const Tensor &tensor);

/// A ZIP of .npy files, stored or deflated; names without the suffix.
Expected<NamedTensors> readNpz(Bytes file);
std::string writeNpz(const NamedTensors &tensors);

/// One TensorProto of ONNX; the name is empty if the file has none.
Expected<std::pair<std::string, Tensor>> readPb(Bytes file);
std::string writePb(const std::string &name, const Tensor &tensor);

/// Nested lists as a tensor of the given type. The lists must have this shape;
/// leading extents of 1 may be left out.
Expected<Tensor> tensorFromJson(const nlohmann::json &value, agr_dtype dtype,
                                const std::vector<int64_t> &shape);
/// Nested lists without blanks. Numbers read back to the same value; JSON has
/// no NaN or infinities: they are the strings "NaN", "Infinity", "-Infinity".
void appendJson(std::string &out, const Tensor &tensor);
/// A string as a JSON string; bytes that are not UTF-8 are replaced.
std::string jsonString(const std::string &text);

/// Writes beside the path and renames at the end; what is not committed is
/// removed. Paths that are no regular files are written directly.
class OutputFile {
public:
  OutputFile() = default;
  ~OutputFile();
  OutputFile(const OutputFile &) = delete;
  OutputFile &operator=(const OutputFile &) = delete;

  Status open(const std::string &path);
  Status write(Bytes bytes);
  Status write(const std::string &text) {
    return write(
        Bytes(reinterpret_cast<const uint8_t *>(text.data()), text.size()));
  }
  Status commit();

private:
  Status failure(int number);

  std::string path, temporary;
  int fd = -1;
};

} // namespace autoglm::rt

#endif // AUTOGLM_RUNTIME_IO_FILES_H
