//===- WireScan.cpp - find payloads in a serialized model -------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WireScan.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallSet.h"

using llvm::ArrayRef;
using llvm::StringRef;

namespace autoglm::onnx_import {

namespace {
/// What a field holds, and so which wire types it may have.
enum class Kind {
  Varint,
  Fixed32,
  Fixed64,
  Bytes,
  /// Repeated numbers, packed or one by one.
  Varints,
  Fixed32s,
  Fixed64s,
  /// A message that may occur once; twice would be merged.
  Message,
  Messages,
  /// Documentation, training and placement hints: checked in outline, left out.
  Ignored,
  /// Data of a tensor, cut out if large.
  Payload,
  PayloadVarints,
  PayloadFixed32s,
  PayloadFixed64s,
  /// A field the scan itself uses.
  Reserved
};

struct MessageInfo;
struct Field {
  uint32_t number;
  Kind kind;
  const MessageInfo *message = nullptr;
};
struct MessageInfo {
  const char *name;
  ArrayRef<Field> fields;
};

// The schema. What is left out here is an unknown field.
extern const MessageInfo graphInfo, attributeInfo, typeInfo;

const Field entryFields[] = {{1, Kind::Bytes}, {2, Kind::Bytes}};
const MessageInfo entryInfo{"StringStringEntryProto", entryFields};

const Field tensorFields[] = {{1, Kind::Varints},
                              {2, Kind::Varint},
                              {3, Kind::Reserved},
                              {4, Kind::PayloadFixed32s},
                              {5, Kind::PayloadVarints},
                              {6, Kind::Bytes},
                              {7, Kind::PayloadVarints},
                              {8, Kind::Bytes},
                              {9, Kind::Payload},
                              {10, Kind::PayloadFixed64s},
                              {11, Kind::PayloadVarints},
                              {12, Kind::Ignored},
                              {13, Kind::Messages, &entryInfo},
                              {14, Kind::Varint},
                              {16, Kind::Ignored}};
const MessageInfo tensorInfo{"TensorProto", tensorFields};

const Field sparseFields[] = {{1, Kind::Message, &tensorInfo},
                              {2, Kind::Message, &tensorInfo},
                              {3, Kind::Varints}};
const MessageInfo sparseInfo{"SparseTensorProto", sparseFields};

const Field dimensionFields[] = {
    {1, Kind::Varint}, {2, Kind::Bytes}, {3, Kind::Bytes}};
const MessageInfo dimensionInfo{"TensorShapeProto.Dimension", dimensionFields};
const Field shapeFields[] = {{1, Kind::Messages, &dimensionInfo}};
const MessageInfo shapeInfo{"TensorShapeProto", shapeFields};
const Field tensorTypeFields[] = {{1, Kind::Varint},
                                  {2, Kind::Message, &shapeInfo}};
const MessageInfo tensorTypeInfo{"TypeProto.Tensor", tensorTypeFields};
const Field elementFields[] = {{1, Kind::Message, &typeInfo}};
const MessageInfo elementInfo{"TypeProto.Sequence", elementFields};
const Field mapFields[] = {{1, Kind::Varint}, {2, Kind::Message, &typeInfo}};
const MessageInfo mapInfo{"TypeProto.Map", mapFields};
const Field opaqueFields[] = {{1, Kind::Bytes}, {2, Kind::Bytes}};
const MessageInfo opaqueInfo{"TypeProto.Opaque", opaqueFields};
const Field typeFields[] = {
    {1, Kind::Message, &tensorTypeInfo}, {4, Kind::Message, &elementInfo},
    {5, Kind::Message, &mapInfo},        {6, Kind::Bytes},
    {7, Kind::Message, &opaqueInfo},     {8, Kind::Message, &tensorTypeInfo},
    {9, Kind::Message, &elementInfo}};
const MessageInfo typeInfo{"TypeProto", typeFields};

const Field valueFields[] = {{1, Kind::Bytes},
                             {2, Kind::Message, &typeInfo},
                             {3, Kind::Ignored},
                             {4, Kind::Ignored}};
const MessageInfo valueInfo{"ValueInfoProto", valueFields};

const Field attributeFields[] = {{1, Kind::Bytes},
                                 {2, Kind::Fixed32},
                                 {3, Kind::Varint},
                                 {4, Kind::Bytes},
                                 {5, Kind::Message, &tensorInfo},
                                 {6, Kind::Message, &graphInfo},
                                 {7, Kind::Fixed32s},
                                 {8, Kind::Varints},
                                 {9, Kind::Bytes},
                                 {10, Kind::Messages, &tensorInfo},
                                 {11, Kind::Messages, &graphInfo},
                                 {13, Kind::Ignored},
                                 {14, Kind::Message, &typeInfo},
                                 {15, Kind::Messages, &typeInfo},
                                 {20, Kind::Varint},
                                 {21, Kind::Bytes},
                                 {22, Kind::Message, &sparseInfo},
                                 {23, Kind::Messages, &sparseInfo}};
const MessageInfo attributeInfo{"AttributeProto", attributeFields};

const Field nodeFields[] = {{1, Kind::Bytes},
                            {2, Kind::Bytes},
                            {3, Kind::Bytes},
                            {4, Kind::Bytes},
                            {5, Kind::Messages, &attributeInfo},
                            {6, Kind::Ignored},
                            {7, Kind::Bytes},
                            {8, Kind::Bytes},
                            {9, Kind::Ignored},
                            {10, Kind::Ignored}};
const MessageInfo nodeInfo{"NodeProto", nodeFields};

const Field graphFields[] = {
    {1, Kind::Messages, &nodeInfo},    {2, Kind::Bytes},
    {5, Kind::Messages, &tensorInfo},  {10, Kind::Ignored},
    {11, Kind::Messages, &valueInfo},  {12, Kind::Messages, &valueInfo},
    {13, Kind::Messages, &valueInfo},  {14, Kind::Ignored},
    {15, Kind::Messages, &sparseInfo}, {16, Kind::Ignored}};
const MessageInfo graphInfo{"GraphProto", graphFields};

const Field opsetFields[] = {{1, Kind::Bytes}, {2, Kind::Varint}};
const MessageInfo opsetInfo{"OperatorSetIdProto", opsetFields};

const Field functionFields[] = {{1, Kind::Bytes},
                                {4, Kind::Bytes},
                                {5, Kind::Bytes},
                                {6, Kind::Bytes},
                                {7, Kind::Messages, &nodeInfo},
                                {8, Kind::Ignored},
                                {9, Kind::Messages, &opsetInfo},
                                {10, Kind::Bytes},
                                {11, Kind::Messages, &attributeInfo},
                                {12, Kind::Messages, &valueInfo},
                                {13, Kind::Bytes},
                                {14, Kind::Ignored}};
const MessageInfo functionInfo{"FunctionProto", functionFields};

const Field modelFields[] = {{1, Kind::Varint},
                             {2, Kind::Bytes},
                             {3, Kind::Bytes},
                             {4, Kind::Bytes},
                             {5, Kind::Varint},
                             {6, Kind::Ignored},
                             {7, Kind::Message, &graphInfo},
                             {8, Kind::Messages, &opsetInfo},
                             {14, Kind::Ignored},
                             {20, Kind::Ignored},
                             {25, Kind::Messages, &functionInfo},
                             {26, Kind::Ignored}};
const MessageInfo modelInfo{"ModelProto", modelFields};

enum WireType { WireVarint = 0, Wire64 = 1, WireBytes = 2, Wire32 = 5 };

/// Messages in messages. Graphs in attributes use three levels each; protobuf's
/// own limit is 100.
constexpr int kMaxDepth = 60;
/// What is left of the message without payloads goes to the heap.
constexpr size_t kMaxMessage = size_t{1} << 29;

class Scanner {
public:
  explicit Scanner(StringRef file) : file(file) {}

  /// Copies one message to the result. Sets `error` and returns false if it is
  /// damaged.
  bool copyMessage(StringRef bytes, const MessageInfo &info, int depth);

  ScannedModel result;
  std::string error;

private:
  bool fail(const char *position, const llvm::Twine &what) {
    error = (what + " at byte " + llvm::Twine(position - file.data())).str();
    return false;
  }
  bool copyPayload(const char *start, StringRef content, const Field &field);
  void append(StringRef bytes) {
    result.message.append(bytes.data(), bytes.size());
  }
  void appendVarint(uint64_t value) {
    for (; value >= 0x80; value >>= 7)
      result.message.push_back(static_cast<char>(value | 0x80));
    result.message.push_back(static_cast<char>(value));
  }

  StringRef file;
};
} // namespace

bool readVarint(StringRef &bytes, uint64_t &value) {
  value = 0;
  for (unsigned i = 0; i < 10 && i < bytes.size(); ++i) {
    auto byte = static_cast<uint8_t>(bytes[i]);
    // The tenth byte has room for one bit.
    if (i == 9 && byte > 1)
      return false;
    value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      bytes = bytes.drop_front(i + 1);
      return true;
    }
  }
  return false;
}

static bool allows(Kind kind, unsigned wire) {
  switch (kind) {
  case Kind::Varint:
    return wire == WireVarint;
  case Kind::Fixed32:
    return wire == Wire32;
  case Kind::Fixed64:
    return wire == Wire64;
  case Kind::Varints:
  case Kind::PayloadVarints:
    return wire == WireBytes || wire == WireVarint;
  case Kind::Fixed32s:
  case Kind::PayloadFixed32s:
    return wire == WireBytes || wire == Wire32;
  case Kind::Fixed64s:
  case Kind::PayloadFixed64s:
    return wire == WireBytes || wire == Wire64;
  case Kind::Bytes:
  case Kind::Message:
  case Kind::Messages:
  case Kind::Ignored:
  case Kind::Payload:
  case Kind::Reserved:
    return wire == WireBytes;
  }
  return false;
}

static bool isPayload(Kind kind) {
  return kind == Kind::Payload || kind == Kind::PayloadVarints ||
         kind == Kind::PayloadFixed32s || kind == Kind::PayloadFixed64s;
}

bool Scanner::copyPayload(const char *start, StringRef content,
                          const Field &field) {
  // The field is replaced by segment = {begin: number of the payload}.
  uint64_t number = result.payloads.size();
  result.payloads.push_back(
      {static_cast<int>(field.number),
       static_cast<uint64_t>(content.data() - file.data()), content.size()});
  std::string segment(1, '\x08');
  std::swap(segment, result.message);
  appendVarint(number);
  std::swap(segment, result.message);
  appendVarint(3 << 3 | WireBytes);
  appendVarint(segment.size());
  append(segment);
  return true;
}

bool Scanner::copyMessage(StringRef bytes, const MessageInfo &info, int depth) {
  if (depth > kMaxDepth)
    return fail(bytes.data(), "messages are nested too deeply");
  llvm::SmallSet<uint32_t, 8> once;
  while (!bytes.empty()) {
    const char *start = bytes.data();
    uint64_t tag, number;
    if (!readVarint(bytes, tag) || tag > UINT32_MAX || tag >> 3 == 0)
      return fail(start,
                  llvm::Twine("a field of ") + info.name + " has no valid tag");
    auto wire = static_cast<unsigned>(tag & 7);
    number = tag >> 3;
    const Field *field = llvm::find_if(
        info.fields, [&](const Field &f) { return f.number == number; });
    if (field == info.fields.end())
      return fail(start, llvm::Twine("field ") + llvm::Twine(number) + " of " +
                             info.name +
                             " is unknown, and may change what the "
                             "model means");
    if (!allows(field->kind, wire))
      return fail(start, llvm::Twine("field ") + llvm::Twine(number) + " of " +
                             info.name + " has wire type " + llvm::Twine(wire));
    auto cutOff = [&] {
      return fail(start, llvm::Twine("field ") + llvm::Twine(number) + " of " +
                             info.name + " is cut off");
    };

    StringRef content;
    if (wire == WireVarint) {
      uint64_t value;
      if (!readVarint(bytes, value))
        return cutOff();
    } else {
      uint64_t length = wire == Wire32 ? 4 : 8;
      if (wire == WireBytes && !readVarint(bytes, length))
        return cutOff();
      if (length > bytes.size())
        return cutOff();
      content = bytes.take_front(length);
      bytes = bytes.drop_front(length);
    }

    if (field->kind == Kind::Reserved)
      return fail(start, "a tensor stored in segments is not supported");
    if (field->kind == Kind::Ignored)
      continue;
    if (field->kind == Kind::Message && !once.insert(number).second)
      return fail(start, llvm::Twine("field ") + llvm::Twine(number) + " of " +
                             info.name + " is given twice");
    if (field->message) {
      appendVarint(tag);
      // The length is known afterwards; five bytes hold any that is allowed.
      size_t place = result.message.size();
      result.message.append(5, '\0');
      if (!copyMessage(content, *field->message, depth + 1))
        return false;
      size_t length = result.message.size() - place - 5;
      for (int i = 0; i < 5; ++i)
        result.message[place + i] =
            static_cast<char>((length >> (7 * i) & 0x7f) | (i < 4 ? 0x80 : 0));
      continue;
    }
    if (isPayload(field->kind) && content.size() > kMaxInlinePayload) {
      // Pieces would have to be put together; no exporter writes them.
      if (!once.insert(3).second)
        return fail(start, "a tensor has its data in several pieces");
      copyPayload(start, content, *field);
      continue;
    }
    append(StringRef(start, bytes.data() - start));
    if (result.message.size() > kMaxMessage)
      return fail(start, "the model without its weights is too large");
  }
  return true;
}

llvm::Expected<ScannedModel> scanModel(StringRef bytes) {
  Scanner scanner(bytes);
  if (!scanner.copyMessage(bytes, modelInfo, 0))
    return llvm::createStringError(scanner.error);
  return std::move(scanner.result);
}

} // namespace autoglm::onnx_import
