//===- TensorData.cpp - the data of tensors, wherever it lies ---*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorData.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/Path.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

using namespace mlir;
using onnx::TensorProto;

namespace autoglm::onnx_import {

/// Varint-coded tensors are decoded to the heap, so there is a limit.
static constexpr uint64_t kMaxDecodedBytes = 65536;
static constexpr int kMaxRank = 64;

Type getElementType(MLIRContext *context, int32_t dataType) {
  Builder builder(context);
  auto unsignedType = [&](unsigned width) {
    return IntegerType::get(context, width, IntegerType::Unsigned);
  };
  switch (dataType) {
  case TensorProto::FLOAT:
    return builder.getF32Type();
  case TensorProto::DOUBLE:
    return builder.getF64Type();
  case TensorProto::FLOAT16:
    return builder.getF16Type();
  case TensorProto::BFLOAT16:
    return builder.getBF16Type();
  case TensorProto::BOOL:
    return builder.getI1Type();
  case TensorProto::INT8:
    return builder.getI8Type();
  case TensorProto::INT16:
    return builder.getI16Type();
  case TensorProto::INT32:
    return builder.getI32Type();
  case TensorProto::INT64:
    return builder.getI64Type();
  case TensorProto::UINT8:
    return unsignedType(8);
  case TensorProto::UINT16:
    return unsignedType(16);
  case TensorProto::UINT32:
    return unsignedType(32);
  case TensorProto::UINT64:
    return unsignedType(64);
  default:
    return {};
  }
}

std::string getElementTypeName(int32_t dataType) {
  if (onnx::TensorProto_DataType_IsValid(dataType))
    return onnx::TensorProto_DataType_Name(
        static_cast<onnx::TensorProto_DataType>(dataType));
  return "number " + std::to_string(dataType);
}

/// The field of TensorProto for typed data of an element type.
static int getTypedField(int32_t dataType) {
  switch (dataType) {
  case TensorProto::FLOAT:
    return TensorProto::kFloatDataFieldNumber;
  case TensorProto::DOUBLE:
    return TensorProto::kDoubleDataFieldNumber;
  case TensorProto::INT64:
    return TensorProto::kInt64DataFieldNumber;
  case TensorProto::UINT32:
  case TensorProto::UINT64:
    return TensorProto::kUint64DataFieldNumber;
  default:
    return TensorProto::kInt32DataFieldNumber;
  }
}

/// Number of elements in the typed fields that are in the message.
static int getTypedCount(const TensorProto &tensor, int field) {
  switch (field) {
  case TensorProto::kFloatDataFieldNumber:
    return tensor.float_data_size();
  case TensorProto::kDoubleDataFieldNumber:
    return tensor.double_data_size();
  case TensorProto::kInt64DataFieldNumber:
    return tensor.int64_data_size();
  case TensorProto::kUint64DataFieldNumber:
    return tensor.uint64_data_size();
  default:
    return tensor.int32_data_size();
  }
}

static FailureOr<RankedTensorType> getTensorType(MLIRContext &context,
                                                 const TensorProto &tensor,
                                                 Location loc, StringRef name) {
  Type elementType = getElementType(&context, tensor.data_type());
  if (!elementType)
    return emitError(loc, ErrorCode::UnsupportedType)
           << "tensor '" << name << "' has element type "
           << getElementTypeName(tensor.data_type())
           << ", which is not supported";
  if (tensor.dims_size() > kMaxRank)
    return emitError(loc, ErrorCode::TooLarge)
           << "tensor '" << name << "' has " << tensor.dims_size()
           << " dimensions";
  SmallVector<int64_t> shape(tensor.dims().begin(), tensor.dims().end());
  for (int64_t dim : shape)
    if (dim < 0)
      return emitError(loc, ErrorCode::BadTensor)
             << "tensor '" << name << "' has a dimension of " << dim;
  auto type = RankedTensorType::get(shape, elementType);
  if (!getTensorBytes(type))
    return emitError(loc, ErrorCode::TooLarge)
           << "tensor '" << name << "' is too large";
  return type;
}

FailureOr<TensorSource> TensorReader::locate(const TensorProto &tensor,
                                             Location loc, StringRef name) {
  auto type = getTensorType(context, tensor, loc, name);
  if (failed(type))
    return failure();
  if (tensor.data_location() == TensorProto::EXTERNAL)
    return locateExternal(tensor, *type, loc, name);

  TensorSource source;
  source.type = *type;
  auto bytes = static_cast<uint64_t>(source.getNumBytes());
  int field = getTypedField(tensor.data_type());
  auto wrong = [&](const Twine &what) {
    return emitError(loc, ErrorCode::BadTensor)
           << "tensor '" << name << "' " << what;
  };
  auto wrongLength = [&](uint64_t length) {
    return wrong("needs " + Twine(bytes) + " bytes, but has " + Twine(length));
  };
  // The fields must agree on where the data is.
  int places =
      tensor.has_segment() + !tensor.raw_data().empty() +
      (tensor.float_data_size() > 0) + (tensor.double_data_size() > 0) +
      (tensor.int32_data_size() > 0) + (tensor.int64_data_size() > 0) +
      (tensor.uint64_data_size() > 0) + (tensor.string_data_size() > 0);
  if (places > 1)
    return wrong("has its data in more than one field");

  if (tensor.has_segment()) {
    auto index = static_cast<uint64_t>(tensor.segment().begin());
    if (index >= model.payloads.size())
      return wrong("has no data");
    const Payload &payload = model.payloads[index];
    source.file = model.file;
    source.offset = payload.offset;
    source.bytes = *model.file->getRange(payload.offset, payload.length);
    if (payload.field != TensorProto::kRawDataFieldNumber) {
      if (payload.field != field)
        return wrong("has its data in a field of another type");
      // Packed floats and doubles lie in the file as they lie in memory.
      source.isEncoded = field != TensorProto::kFloatDataFieldNumber &&
                         field != TensorProto::kDoubleDataFieldNumber;
    }
    if (!source.isEncoded) {
      if (payload.length != bytes)
        return wrongLength(payload.length);
      return source;
    }
    if (bytes > kMaxDecodedBytes)
      return emitError(loc, ErrorCode::TooLarge)
             << "tensor '" << name << "' stores " << bytes
             << " bytes as varints, at most " << kMaxDecodedBytes
             << " are taken: save the model with raw_data";
    return source;
  }
  if (tensor.has_raw_data() && !tensor.raw_data().empty()) {
    source.bytes = tensor.raw_data();
    if (source.bytes.size() != bytes)
      return wrongLength(source.bytes.size());
    return source;
  }
  source.isEncoded = true;
  int count = getTypedCount(tensor, field);
  if (places == 1 && count == 0)
    return wrong("has its data in a field of another type");
  if (count != type->getNumElements())
    return wrong("needs " + Twine(type->getNumElements()) +
                 " elements, but has " + Twine(count));
  if (bytes > kMaxDecodedBytes && bytes > model.file->getSize() * 8)
    return wrong("is larger than its file");
  return source;
}

/// Writes the bits of one element that was stored as an integer.
static void setBits(Tensor &tensor, int64_t index, uint64_t value) {
  if (isa<FloatType>(tensor.getElementType()))
    tensor.as<uint16_t>()[index] = static_cast<uint16_t>(value);
  else
    tensor.setInt(index, static_cast<int64_t>(value));
}

FailureOr<Tensor> TensorReader::read(const TensorProto &tensor,
                                     const TensorSource &source, Location loc,
                                     StringRef name) {
  FailureOr<Tensor> result = Tensor::allocate(source.type);
  if (failed(result))
    return emitError(loc, ErrorCode::TooLarge)
           << "tensor '" << name << "' does not fit into memory";
  int64_t count = result->getNumElements();
  if (!source.isEncoded) {
    if (count > 0)
      std::memcpy(result->data(), source.bytes.data(), source.bytes.size());
    if (source.type.getElementType().isInteger(1))
      for (int64_t i = 0; i < count; ++i)
        if (static_cast<uint8_t>(result->data()[i]) > 1)
          return emitError(loc, ErrorCode::BadTensor)
                 << "element " << i << " of bool tensor '" << name
                 << "' is neither 0 nor 1";
    return result;
  }
  if (source.file) {
    StringRef rest = source.bytes;
    int64_t index = 0;
    for (uint64_t value; !rest.empty(); ++index) {
      if (index == count || !readVarint(rest, value))
        return emitError(loc, ErrorCode::BadTensor)
               << "tensor '" << name << "' needs " << count
               << " elements, but has others";
      setBits(*result, index, value);
    }
    if (index != count)
      return emitError(loc, ErrorCode::BadTensor)
             << "tensor '" << name << "' needs " << count
             << " elements, but has " << index;
    return result;
  }
  for (int64_t i = 0; i < count; ++i) {
    switch (getTypedField(tensor.data_type())) {
    case TensorProto::kFloatDataFieldNumber:
      result->as<float>()[i] = tensor.float_data(i);
      break;
    case TensorProto::kDoubleDataFieldNumber:
      result->as<double>()[i] = tensor.double_data(i);
      break;
    case TensorProto::kInt64DataFieldNumber:
      setBits(*result, i, tensor.int64_data(i));
      break;
    case TensorProto::kUint64DataFieldNumber:
      setBits(*result, i, tensor.uint64_data(i));
      break;
    default:
      setBits(*result, i, tensor.int32_data(i));
    }
  }
  return result;
}

//===----------------------------------------------------------------------===//
// External data
//===----------------------------------------------------------------------===//

/// Opens a file below `folder` without following any link on the way.
static llvm::Expected<std::shared_ptr<const MappedFile>>
openBelow(StringRef folder, StringRef location) {
  auto failure = [](int number) {
    return llvm::createStringError(
        std::error_code(number, std::generic_category()),
        std::generic_category().message(number));
  };
  if (location.empty() || location.contains('\0') ||
      llvm::sys::path::is_absolute(location))
    return llvm::createStringError("the path must be relative");
  SmallVector<StringRef> parts;
  location.split(parts, '/', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (StringRef part : parts)
    if (part == "..")
      return llvm::createStringError(
          "the path must stay in the model's folder");
  if (parts.empty())
    return llvm::createStringError("the path names no file");
  int current = ::open(folder.empty() ? "." : folder.str().c_str(),
                       O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (auto [index, part] : llvm::enumerate(parts)) {
    if (current == -1)
      return failure(errno);
    bool isLast = index + 1 == parts.size();
    int next = openat(current, part.str().c_str(),
                      O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
                          (isLast ? 0 : O_DIRECTORY));
    int number = errno;
    close(current);
    if (next == -1 && number == ELOOP)
      return llvm::createStringError("symbolic links are not followed");
    if (next == -1)
      return failure(number);
    current = next;
  }
  SmallString<128> path(folder);
  llvm::sys::path::append(path, location);
  return MappedFile::fromDescriptor(current, path.str().str());
}

FailureOr<TensorSource> TensorReader::locateExternal(const TensorProto &tensor,
                                                     RankedTensorType type,
                                                     Location loc,
                                                     StringRef name) {
  StringRef location, offsetText = "0", lengthText;
  for (const onnx::StringStringEntryProto &entry : tensor.external_data()) {
    if (entry.key() == "location")
      location = entry.value();
    else if (entry.key() == "offset")
      offsetText = entry.value();
    else if (entry.key() == "length")
      lengthText = entry.value();
  }
  auto wrong = [&](const Twine &what) {
    return emitError(loc, ErrorCode::BadExternalData)
           << "data of tensor '" << name << "' in file '" << location
           << "': " << what;
  };
  if (tensor.has_segment() || !tensor.raw_data().empty())
    return wrong("the tensor also has data in the model");
  TensorSource source;
  source.type = type;
  auto bytes = static_cast<uint64_t>(source.getNumBytes());
  uint64_t length = bytes;
  if (offsetText.getAsInteger(10, source.offset) ||
      (!lengthText.empty() && lengthText.getAsInteger(10, length)))
    return wrong("offset '" + offsetText + "' or length '" + lengthText +
                 "' is no number");
  if (length != bytes)
    return wrong("the tensor needs " + Twine(bytes) + " bytes, but " +
                 Twine(length) + " are given");
  auto &file = files[location];
  if (!file) {
    auto opened = openBelow(llvm::sys::path::parent_path(model.path), location);
    if (!opened)
      return wrong(llvm::toString(opened.takeError()));
    file = std::move(*opened);
  }
  auto range = file->getRange(source.offset, length);
  if (!range)
    return wrong("the file has " + Twine(file->getSize()) +
                 " bytes, too few for " + Twine(length) + " from " +
                 Twine(source.offset));
  source.file = file;
  source.bytes = *range;
  return source;
}

} // namespace autoglm::onnx_import
