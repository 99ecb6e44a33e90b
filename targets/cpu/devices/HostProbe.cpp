//===- HostProbe.cpp - the machine we run on as a device --------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostProbe.h"
#include "../runtime/Features.h"
#include "autoglm/Device/Descriptor.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/TargetParser/Host.h"

#include <unistd.h>

using llvm::StringRef;

namespace autoglm::cpu {

/// First line of a file of the system, trimmed; empty if there is none.
static std::string readLine(const std::string &path) {
  auto file = llvm::MemoryBuffer::getFileAsStream(path);
  if (!file)
    return "";
  return (*file)->getBuffer().split('\n').first.trim().str();
}

namespace {
struct Cache {
  int64_t size = 0, line = 0, sharedBy = 0;
  std::string source;
};
} // namespace

/// Processors in a list such as "0-3,8".
static int64_t countProcessors(StringRef list) {
  int64_t count = 0;
  llvm::SmallVector<StringRef> parts;
  list.split(parts, ',', -1, /*KeepEmpty=*/false);
  for (StringRef part : parts) {
    auto [first, last] = part.split('-');
    int64_t from, to;
    if (first.getAsInteger(10, from))
      return 0;
    if (last.empty())
      to = from;
    else if (last.getAsInteger(10, to))
      return 0;
    count += to - from + 1;
  }
  return count;
}

/// The data cache of a level as the kernel describes it, or else the C library.
static Cache findCache(int level) {
  const std::string root = "/sys/devices/system/cpu/cpu0/cache/index";
  for (int index = 0; index < 8; ++index) {
    std::string folder = root + std::to_string(index) + "/";
    std::string type = readLine(folder + "type");
    if (type.empty())
      break;
    if (type == "Instruction" ||
        readLine(folder + "level") != std::to_string(level))
      continue;
    Cache cache;
    std::string text = readLine(folder + "size");
    StringRef size = text;
    bool kibi = size.consume_back("K");
    if (size.getAsInteger(10, cache.size))
      continue;
    if (kibi)
      cache.size *= 1024;
    StringRef(readLine(folder + "coherency_line_size"))
        .getAsInteger(10, cache.line);
    cache.sharedBy = countProcessors(readLine(folder + "shared_cpu_list"));
    cache.source = "sysfs";
    return cache;
  }
  Cache cache;
#ifdef _SC_LEVEL1_DCACHE_SIZE
  constexpr int names[][2] = {
      {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL1_DCACHE_LINESIZE},
      {_SC_LEVEL2_CACHE_SIZE, _SC_LEVEL2_CACHE_LINESIZE},
      {_SC_LEVEL3_CACHE_SIZE, _SC_LEVEL3_CACHE_LINESIZE}};
  cache.size = std::max(0L, sysconf(names[level - 1][0]));
  cache.line = std::max(0L, sysconf(names[level - 1][1]));
  cache.source = "sysconf";
#endif
  return cache;
}

/// The features that both LLVM and the driver know this machine to have, by
/// LLVM's names, sorted. What the driver cannot check must not be needed.
static std::vector<std::string> commonFeatures(llvm::StringMap<bool> &known) {
  std::vector<std::string> common;
  for (const char *feature : hostFeatures())
    if (known.lookup(feature))
      common.push_back(feature);
  llvm::sort(common);
  return common;
}

static int vectorBits(const std::vector<std::string> &features) {
  for (auto [feature, bits] : {std::pair<StringRef, int>{"avx512f", 512},
                               {"avx", 256},
                               {"sse2", 128},
                               {"neon", 128}})
    if (llvm::is_contained(features, feature))
      return bits;
  return 0;
}

static std::string describeHost() {
  llvm::StringMap<bool> known = llvm::sys::getHostCPUFeatures();
  std::vector<std::string> features = commonFeatures(known);
  // Everything else is switched off by name: the processor's name alone would
  // imply what a hypervisor may have masked.
  std::vector<std::string> switches;
  for (const auto &entry : known)
    switches.push_back(
        (llvm::is_contained(features, entry.getKey()) ? "+" : "-") +
        entry.getKey().str());
  llvm::sort(switches);

  long units = sysconf(_SC_NPROCESSORS_CONF);
  auto pages = static_cast<int64_t>(sysconf(_SC_PHYS_PAGES));
  auto pageBytes = static_cast<int64_t>(sysconf(_SC_PAGESIZE));
  std::string clock =
      readLine("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq");
  int bits = vectorBits(features);

  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::json::OStream json(os, /*IndentSize=*/2);
  auto number = [&](StringRef name, int64_t value, StringRef source) {
    if (value <= 0) {
      json.attribute(name, nullptr);
      return;
    }
    json.attributeObject(name, [&] {
      json.attribute("value", value);
      json.attribute("source", source);
    });
  };
  auto quantity = [&](StringRef name, int64_t value, StringRef unit,
                      StringRef source) {
    if (value <= 0) {
      json.attribute(name, nullptr);
      return;
    }
    json.attributeObject(name, [&] {
      json.attribute("value", std::to_string(value) + unit.str());
      json.attribute("source", source);
    });
  };
  json.object([&] {
    json.attribute("name", "host");
    json.attribute("family", "cpu");
    json.attribute("description", "The machine the compiler runs on, probed");
    json.attributeArray("aliases", [&] { json.value("cpu"); });
    json.attributeArray("default_for", [&] { json.value("CPU"); });
    json.attributeArray("features", [&] {
      for (const std::string &feature : features)
        json.value(feature);
    });
    json.attributeObject("llvm", [&] {
      json.attribute("triple", llvm::sys::getProcessTriple());
      json.attribute("cpu", llvm::sys::getHostCPUName());
      // A machine of which LLVM knows no feature still needs a text.
      json.attribute("features", switches.empty() ? std::string(",")
                                                  : llvm::join(switches, ","));
    });
    json.attributeObject("compute", [&] {
      number("units", units, "sysconf");
      int64_t kilohertz = 0;
      StringRef(clock).getAsInteger(10, kilohertz);
      quantity("clock", kilohertz, "kHz", "cpufreq, the highest");
      number("vector_bits", bits, "processor features");
      int registers = bits == 512 || known.lookup("neon") ? 32 : 16;
      number("registers", registers, "processor features");
      json.attribute("ports", nullptr);
    });
    json.attributeArray("memory", [&] {
      for (int level : {1, 2, 3}) {
        Cache cache = findCache(level);
        json.object([&] {
          json.attribute("level", "l" + std::to_string(level));
          quantity("size", cache.size, "B", cache.source);
          quantity("line", cache.line, "B", cache.source);
          number("shared_by", std::min<int64_t>(cache.sharedBy, units),
                 cache.source);
        });
      }
      json.object([&] {
        json.attribute("level", "dram");
        quantity("size", pages > 0 ? pages * pageBytes : 0, "B", "sysconf");
        json.attribute("bandwidth", nullptr);
        json.attribute("latency", nullptr);
      });
    });
    json.attributeObject("quantization", [&] {
      json.attribute("source", "what the target generates");
      json.attributeArray("weights", [&] {
        json.value("per_tensor");
        json.value("per_channel");
      });
      json.attribute("symmetric", false);
      json.attributeArray("activations", [&] {
        json.value("uint8");
        json.value("int8");
      });
      json.attribute("accumulator_bits", 32);
      json.attribute("requantization", "float32_rne");
      json.attribute("rounding", "half_even");
    });
    json.attribute("launch_overhead", nullptr);
  });
  return text;
}

void registerHostProbe() {
  registerDeviceProbe({"host",
                       {"cpu"},
                       "cpu",
                       "The machine the compiler runs on, probed",
                       describeHost,
                       {"CPU"}});
}

} // namespace autoglm::cpu
