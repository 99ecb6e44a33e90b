//===- FilesTest.cpp - tensor files ---------------------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Runtime/IO/Files.h"

#include "TestBundle.h"

#include <cmath>
#include <csignal>
#include <cstring>
#include <zlib.h>

using namespace autoglm;
using namespace autoglm::rt;
using namespace autoglm::test;

namespace {

constexpr agr_dtype allTypes[] = {
    AGR_FLOAT32, AGR_FLOAT64, AGR_FLOAT16, AGR_BFLOAT16, AGR_INT8,
    AGR_INT16,   AGR_INT32,   AGR_INT64,   AGR_UINT8,    AGR_UINT16,
    AGR_UINT32,  AGR_UINT64,  AGR_BOOL};

Tensor sample(agr_dtype dtype, std::vector<int64_t> shape) {
  Tensor tensor;
  tensor.dtype = dtype;
  tensor.shape = std::move(shape);
  tensor.data = AlignedBytes(*tensorBytes(dtype, tensor.shape, 1 << 20));
  fillRandom(tensor, 7, dtype);
  return tensor;
}

void expectSame(const Tensor &a, const Tensor &b) {
  EXPECT_EQ(a.dtype, b.dtype);
  EXPECT_EQ(a.shape, b.shape);
  ASSERT_EQ(a.data.size(), b.data.size());
  EXPECT_EQ(memcmp(a.data.data(), b.data.data(), a.data.size()), 0)
      << dtypeName(a.dtype);
}

TEST(Npy, RoundTrips) {
  for (agr_dtype dtype : allTypes)
    for (const std::vector<int64_t> &shape :
         {std::vector<int64_t>{}, {5}, {2, 3, 4}, {0}, {2, 0}}) {
      Tensor tensor = sample(dtype, shape);
      std::string file = writeNpy(tensor);
      EXPECT_EQ((file.size() - tensor.data.size()) % 64, 0u);
      Expected<Tensor> read = readNpy(bytesOf(file));
      ASSERT_FALSE(read.failed()) << read.status().full();
      expectSame(*read, tensor);
    }
}

std::string npy(const std::string &header, const std::string &data,
                char version = 1) {
  std::string out = "\x93NUMPY";
  out += version;
  out += '\0';
  out += static_cast<char>(header.size());
  out += static_cast<char>(header.size() >> 8);
  if (version > 1)
    out += std::string(2, '\0');
  return out + header + data;
}

TEST(Npy, ReadsWhatNumPyWrites) {
  std::string eight(8, 'x');
  for (const char *header :
       {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }   \n",
        "{'shape': (2, 1), 'descr': \"<f4\", 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (2,)}"})
    EXPECT_FALSE(readNpy(bytesOf(npy(header, eight))).failed()) << header;
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': ()}";
  EXPECT_FALSE(readNpy(bytesOf(npy(header, eight, 2))).failed());
  EXPECT_FALSE(readNpy(bytesOf(npy(header, eight, 3))).failed());
}

TEST(Npy, RefusesBadFiles) {
  std::string eight(8, 'x');
  const char *bad[] = {
      "",
      "{",
      "{}",
      "{'descr': '<f4', 'fortran_order': False}",
      "{'descr': '>f4', 'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}",
      "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
      "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 1)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x",
      "{'descr': '<f4', 'fortran_order': False, "
      "'shape': (4611686018427387904, 4611686018427387904)}",
      "{'descr': '<f4', 'fortran_order': False, "
      "'shape': (99999999999999999999,)}",
  };
  for (const char *header : bad) {
    Expected<Tensor> read = readNpy(bytesOf(npy(header, eight)));
    ASSERT_TRUE(read.failed()) << header;
    EXPECT_EQ(read.status().code(), AGR_FILE_MALFORMED);
  }
  std::string good = writeNpy(sample(AGR_FLOAT32, {2, 3}));
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_TRUE(readNpy(bytesOf(good).first(size)).failed()) << size;
}

TEST(Npz, RoundTrips) {
  NamedTensors tensors;
  tensors.emplace_back("a", sample(AGR_FLOAT32, {2, 3}));
  tensors.emplace_back("b/c", sample(AGR_INT64, {}));
  std::string file = writeNpz(tensors);
  Expected<NamedTensors> read = readNpz(bytesOf(file));
  ASSERT_FALSE(read.failed()) << read.status().full();
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[1].first, "b/c");
  expectSame((*read)[0].second, tensors[0].second);
  expectSame((*read)[1].second, tensors[1].second);
}

/// The same archive with its first member deflated.
std::string deflated(const Tensor &tensor) {
  std::string npy = writeNpy(tensor), packed(npy.size() + 100, '\0');
  z_stream stream = {};
  EXPECT_EQ(
      deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
      Z_OK);
  stream.next_in = reinterpret_cast<Bytef *>(npy.data());
  stream.avail_in = static_cast<uInt>(npy.size());
  stream.next_out = reinterpret_cast<Bytef *>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  NamedTensors list;
  list.emplace_back("x", Tensor{tensor.dtype, tensor.shape,
                                AlignedBytes(tensor.data.size())});
  memcpy(list[0].second.data.data(), tensor.data.data(), tensor.data.size());
  std::string file = writeNpz(list);
  size_t central = file.find("PK\1\2");
  std::string local = file.substr(0, 30 + 5), rest = file.substr(central);
  auto patch = [](std::string &header, size_t at, uint64_t value, int size) {
    for (int i = 0; i < size; ++i)
      header[at + i] = static_cast<char>(value >> (8 * i));
  };
  patch(local, 8, 8, 2);
  patch(local, 18, packed.size(), 4);
  patch(rest, 10, 8, 2);
  patch(rest, 20, packed.size(), 4);
  patch(rest, rest.size() - 6, local.size() + packed.size(), 4);
  return local + packed + rest;
}

TEST(Npz, ReadsCompressed) {
  Tensor tensor = sample(AGR_BOOL, {1000});
  std::string file = deflated(tensor);
  Expected<NamedTensors> read = readNpz(bytesOf(file));
  ASSERT_FALSE(read.failed()) << read.status().full();
  expectSame((*read)[0].second, tensor);
  for (size_t i = 0; i < file.size(); ++i) {
    std::string changed = file;
    changed[i] = static_cast<char>(changed[i] ^ 0x55);
    (void)readNpz(bytesOf(changed)).failed(); // must not crash
  }
}

TEST(Npz, RefusesBadFiles) {
  NamedTensors tensors;
  tensors.emplace_back("a", sample(AGR_FLOAT32, {16}));
  std::string file = writeNpz(tensors);
  for (size_t size = 0; size < file.size(); ++size)
    EXPECT_TRUE(readNpz(bytesOf(file).first(size)).failed()) << size;
  size_t data = file.find("PK\1\2") - 1; // the last byte of the data
  file[data] = static_cast<char>(file[data] ^ 1);
  Expected<NamedTensors> read = readNpz(bytesOf(file));
  ASSERT_TRUE(read.failed());
  EXPECT_NE(read.status().message().find("damaged"), std::string::npos);
}

TEST(Pb, RoundTrips) {
  for (agr_dtype dtype : allTypes)
    for (const std::vector<int64_t> &shape :
         {std::vector<int64_t>{}, {300}, {2, 3}, {0}}) {
      Tensor tensor = sample(dtype, shape);
      std::string file = writePb("name", tensor);
      auto read = readPb(bytesOf(file));
      ASSERT_FALSE(read.failed()) << read.status().full();
      EXPECT_EQ(read->first, "name");
      expectSame(read->second, tensor);
    }
}

TEST(Pb, ReadsTypedFields) {
  // dims [2], packed; int32_data [1, -1], packed; INT8.
  std::string packed = "\x0A\x01\x02\x10\x03\x2A\x0B\x01"
                       "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01";
  auto read = readPb(bytesOf(packed));
  ASSERT_FALSE(read.failed()) << read.status().full();
  EXPECT_EQ(read->second.type(), "int8[2]");
  EXPECT_EQ(elementAsDouble(read->second, 0), 1);
  EXPECT_EQ(elementAsDouble(read->second, 1), -1);
  // One element, not packed: float_data 1.5, dims 1.
  std::string floats = std::string("\x08\x01\x10\x01\x25\0\0\xC0\x3F", 9);
  auto single = readPb(bytesOf(floats));
  ASSERT_FALSE(single.failed()) << single.status().full();
  EXPECT_EQ(elementAsDouble(single->second, 0), 1.5);
}

TEST(Pb, RefusesBadFiles) {
  for (const std::string &file :
       {std::string(), std::string("garbage that is no message"),
        std::string("\x10\x08", 2),                  // a string tensor
        std::string("\x08\x02\x10\x01\x4A\x04zzzz"), // too few bytes
        std::string("\x10\x01\x4A\x04zzzz\x70\x01"), // external
        std::string("\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x10\x01"),
        std::string("\x0A\xFF\xFF\xFF\xFF\x7F", 6)}) {
    auto read = readPb(bytesOf(file));
    ASSERT_TRUE(read.failed()) << file;
    EXPECT_EQ(read.status().code(), AGR_FILE_MALFORMED);
  }
  std::string good = writePb("name", sample(AGR_FLOAT32, {2, 3}));
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_TRUE(readPb(bytesOf(good).first(size)).failed()) << size;
}

Expected<Tensor> fromJson(const char *text, agr_dtype dtype,
                          std::vector<int64_t> shape) {
  return tensorFromJson(json::parse(text), dtype, shape);
}

TEST(Json, RoundTrips) {
  for (agr_dtype dtype : allTypes)
    for (const std::vector<int64_t> &shape :
         {std::vector<int64_t>{}, {5}, {2, 3, 4}, {2, 0, 3}}) {
      Tensor tensor = sample(dtype, shape);
      std::string text;
      appendJson(text, tensor);
      Expected<Tensor> read = fromJson(text.c_str(), dtype, shape);
      ASSERT_FALSE(read.failed()) << read.status().full() << text;
      expectSame(*read, tensor);
    }
  Tensor large = sample(AGR_UINT64, {1});
  memset(large.data.data(), 0xFF, 8);
  std::string text;
  appendJson(text, large);
  EXPECT_EQ(text, "[18446744073709551615]");
  expectSame(*fromJson(text.c_str(), AGR_UINT64, {1}), large);
}

TEST(Json, ReadsSpecialValues) {
  Expected<Tensor> read =
      fromJson("[\"NaN\", \"Infinity\", \"-Infinity\"]", AGR_FLOAT32, {3});
  ASSERT_FALSE(read.failed());
  EXPECT_TRUE(std::isnan(elementAsDouble(*read, 0)));
  std::string text;
  appendJson(text, *read);
  EXPECT_EQ(text, "[\"NaN\",\"Infinity\",\"-Infinity\"]");
  // A batch of one may be left out.
  EXPECT_FALSE(fromJson("[[1, 2]]", AGR_FLOAT32, {1, 1, 2}).failed());
  EXPECT_FALSE(fromJson("[1, 2]", AGR_FLOAT32, {1, 2}).failed());
  EXPECT_FALSE(fromJson("[true, 0]", AGR_BOOL, {2}).failed());
}

TEST(Json, RefusesWhatDoesNotFit) {
  struct Case {
    const char *text;
    agr_dtype dtype;
    std::vector<int64_t> shape;
  };
  const Case cases[] = {
      {"[1, 2]", AGR_FLOAT32, {3}},
      {"[[1, 2], [3]]", AGR_FLOAT32, {2, 2}},
      {"[[1, 2], 3]", AGR_FLOAT32, {2, 2}},
      {"[1, [2]]", AGR_FLOAT32, {2}},
      {"1", AGR_FLOAT32, {2}},
      {"[1]", AGR_FLOAT32, {}},
      {"{\"a\": 1}", AGR_FLOAT32, {1}},
      {"[\"x\"]", AGR_FLOAT32, {1}},
      {"[null]", AGR_FLOAT32, {1}},
      {"[1.5]", AGR_INT32, {1}},
      {"[128]", AGR_INT8, {1}},
      {"[-1]", AGR_UINT8, {1}},
      {"[-129]", AGR_INT8, {1}},
      {"[2]", AGR_BOOL, {1}},
      {"[[]]", AGR_FLOAT32, {2, 0}},
  };
  for (const Case &test : cases) {
    Expected<Tensor> read = fromJson(test.text, test.dtype, test.shape);
    ASSERT_TRUE(read.failed()) << test.text;
    EXPECT_EQ(read.status().code(), AGR_BAD_TENSOR);
  }
}

TEST(Half, ConvertsExactly) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    float value = halfToFloat(static_cast<uint16_t>(bits));
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(halfToFloat(floatToHalf(value))));
    } else {
      ASSERT_EQ(floatToHalf(value), bits);
    }
    float brain = bfloat16ToFloat(static_cast<uint16_t>(bits));
    if (!std::isnan(brain)) {
      ASSERT_EQ(floatToBfloat16(brain), bits);
    }
  }
  EXPECT_EQ(floatToHalf(1.0f), 0x3C00);
  EXPECT_EQ(floatToHalf(65504), 0x7BFF);
  EXPECT_EQ(floatToHalf(65519), 0x7BFF);
  EXPECT_EQ(floatToHalf(65520), 0x7C00);
  EXPECT_EQ(floatToHalf(1 + 0x1p-11f), 0x3C00);     // half way: even
  EXPECT_EQ(floatToHalf(1 + 3 * 0x1p-11f), 0x3C02); // half way: even
  EXPECT_EQ(floatToHalf(0x1.FFEp-15f), 0x0400);     // into the normals
  EXPECT_EQ(floatToHalf(0x1p-25f), 0);
  EXPECT_EQ(floatToHalf(-0x1.8p-25f), 0x8001);
}

TEST(Random, IsFixedAndPlausible) {
  Tensor a = sample(AGR_FLOAT32, {10000}), b = sample(AGR_FLOAT32, {10000});
  expectSame(a, b);
  fillRandom(b, 7, 99);
  EXPECT_NE(memcmp(a.data.data(), b.data.data(), a.data.size()), 0);
  double sum = 0, squares = 0;
  for (size_t i = 0; i < 10000; ++i) {
    double value = elementAsDouble(a, i);
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / 10000, 0, 0.05);
  EXPECT_NEAR(squares / 10000, 1, 0.05);
  Tensor bits = sample(AGR_INT32, {10000});
  double ones = 0;
  for (size_t i = 0; i < 10000; ++i) {
    double value = elementAsDouble(bits, i);
    ASSERT_TRUE(value == 0 || value == 1);
    ones += value;
  }
  EXPECT_NEAR(ones / 10000, 0.5, 0.05);
}

TEST(OutputFile, IsWholeOrNotThere) {
  TemporaryFolder folder;
  writeFile(folder / "a", "old");
  {
    OutputFile file;
    ASSERT_FALSE(file.open(folder / "a").failed());
    ASSERT_FALSE(file.write("new").failed());
    // Not committed.
  }
  EXPECT_EQ(readFile(folder / "a"), "old");
  EXPECT_EQ(folder.list(), std::vector<std::string>{"a"});
  OutputFile file;
  ASSERT_FALSE(file.open(folder / "a").failed());
  ASSERT_FALSE(file.write("new").failed());
  ASSERT_FALSE(file.commit().failed());
  EXPECT_EQ(readFile(folder / "a"), "new");
  EXPECT_EQ(folder.list(), std::vector<std::string>{"a"});
}

TEST(OutputFile, NamesTheReason) {
  OutputFile gone, directory, full;
  EXPECT_NE(gone.open("/no/such/a").message().find("No such file"),
            std::string::npos);
  EXPECT_NE(directory.open("/tmp").message().find("Is a directory"),
            std::string::npos);
  ASSERT_FALSE(full.open("/dev/full").failed());
  Status status = full.write("x");
  EXPECT_EQ(status.code(), AGR_OUTPUT_FAILED);
  EXPECT_NE(status.message().find("No space left on device"),
            std::string::npos);
}

} // namespace
