//===- Kernels.cpp - kernels against the reference -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include "autoglm/Reference/Evaluator.h"
#include "autoglm/Reference/PackTensor.h"
#include "autoglm/Reference/Reference.h"

#include "dialects/AutoGLM/Layout.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/TargetParser/Host.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <random>

using namespace mlir;

namespace autoglm::test {

std::unique_ptr<MLIRContext> createContext() {
  static std::once_flag once;
  std::call_once(once, registerAllTargets);
  DialectRegistry registry;
  registry.insert<AutoGLMDialect, plan::PlanDialect, func::FuncDialect>();
  registerReferenceModels(registry);
  TargetRegistry::global().lookup("cpu")->registerDialects(registry);
  auto context =
      std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  context->loadAllAvailableDialects();
  return context;
}

DeviceAttr getHostDevice(MLIRContext *context) {
  Builder b(context);
  std::string features;
  for (const auto &feature : llvm::sys::getHostCPUFeatures())
    if (feature.second)
      features += (features.empty() ? "+" : ",+") + feature.first().str();
  auto llvmField = b.getDictionaryAttr({
      b.getNamedAttr("triple", b.getStringAttr(llvm::sys::getProcessTriple())),
      b.getNamedAttr("cpu", b.getStringAttr(llvm::sys::getHostCPUName())),
      b.getNamedAttr("features", b.getStringAttr(features)),
  });
  auto compute = b.getDictionaryAttr(
      {b.getNamedAttr("vector_bits", b.getI64IntegerAttr(256))});
  return DeviceAttr::get(context, "host", "cpu", "0",
                         b.getDictionaryAttr({
                             b.getNamedAttr("llvm", llvmField),
                             b.getNamedAttr("compute", compute),
                         }));
}

FailureOr<EmittedObject> emitKernel(MLIRContext &context,
                                    const std::string &function,
                                    DeviceAttr device, int64_t &extent) {
  auto module = parseSourceString<ModuleOp>(
      "plan.executable @case on @dev {\n  builtin.module {\n" + function +
          "  }\n}\n",
      &context);
  if (!module)
    return failure();
  auto executable = *module->getOps<plan::ExecutableOp>().begin();
  const Target *target = TargetRegistry::global().lookup(device.getFamily());
  PassManager pm(&context, ModuleOp::getOperationName());
  target->buildLowering(pm, device);
  ModuleOp inner = executable.getInnerModule();
  if (std::getenv("AUTOGLM_TEST_PRINT")) {
    pm.enableIRPrinting();
  }
  if (failed(pm.run(inner)))
    return failure();
  auto attr = inner->getAttrOfType<IntegerAttr>(kExtentAttr);
  extent = attr ? attr.getInt() : -1;
  return target->emit(executable, device);
}

LoadedKernel::LoadedKernel(const std::string &bytes) {
  SmallString<128> path;
  if (llvm::sys::fs::createTemporaryFile("kernel", "so", path))
    return;
  {
    std::error_code error;
    llvm::raw_fd_ostream out(path, error);
    if (!error)
      out << bytes;
  }
  handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  llvm::sys::fs::remove(path);
}

LoadedKernel::~LoadedKernel() {
  if (handle)
    dlclose(handle);
}

LoadedKernel::Function LoadedKernel::find(const std::string &name) const {
  return handle ? reinterpret_cast<Function>(dlsym(handle, name.c_str()))
                : nullptr;
}

/// Bytes around each result that nobody may touch.
static constexpr size_t kGuard = 64;

/// For each element in memory, the element of the tensor that it is, from 1;
/// 0 for padding.
static Tensor getPlaces(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  Tensor numbers = *Tensor::allocate(RankedTensorType::get(
      tensor.getShape(), IntegerType::get(tensor.getContext(), 64)));
  for (int64_t i = 0; i < numbers.getNumElements(); ++i)
    numbers.as<int64_t>()[i] = i + 1;
  return *packTensor(numbers, getLayout(type));
}

/// An argument as it lies in memory. Nothing may depend on padding, but that of
/// weights is 0.
static Tensor pack(const Tensor &tensor, BlockArgument argument) {
  if (!getLayout(argument))
    return tensor;
  Tensor packed = *packTensor(tensor, getLayout(argument));
  bool isWeight = llvm::any_of(argument.getUses(), [](OpOperand &use) {
    return isa<ConvOp>(use.getOwner()) && use.getOperandNumber() > 0;
  });
  const Tensor places = getPlaces(argument.getType());
  for (int64_t i = 0; i < packed.getNumElements() && !isWeight; ++i)
    if (places.as<int64_t>()[i] == 0)
      packed.setFloat(i, std::numeric_limits<double>::quiet_NaN());
  return packed;
}

static bool agrees(const Tensor &want, int64_t i, const Tensor &got, int64_t at,
                   double tolerance) {
  if (!isa<FloatType>(want.getElementType()))
    return want.getInt(i) == got.getInt(at);
  double a = want.getFloat(i), b = got.getFloat(at);
  if (std::isnan(a) || std::isnan(b))
    return std::isnan(a) && std::isnan(b);
  if (std::isinf(a) || std::isinf(b))
    return a == b;
  return std::fabs(a - b) <= tolerance + tolerance * std::fabs(a);
}

static std::string compare(func::FuncOp function, ArrayRef<Tensor> inputs,
                           LoadedKernel::Function kernel, int64_t extent,
                           const KernelOptions &options) {
  WeightStore weights;
  FailureOr<SmallVector<Tensor>> wanted =
      Evaluator(weights).run(function, inputs);
  if (failed(wanted))
    return "the evaluator fails";
  std::vector<const void *> buffers;
  SmallVector<Tensor> packed;
  for (auto [input, argument] :
       llvm::zip_equal(inputs, function.getArguments()))
    packed.push_back(pack(input, argument));
  for (const Tensor &input : packed)
    buffers.push_back(input.data());
  std::vector<std::vector<char>> outputs;
  for (Type type : function.getResultTypes())
    outputs.emplace_back(*getPhysicalBytes(cast<RankedTensorType>(type)) +
                             2 * kGuard,
                         char(0xa5));
  for (std::vector<char> &output : outputs)
    buffers.push_back(output.data() + kGuard);
  // Backwards, so that no part can rely on one before it.
  for (int64_t part = options.parts - 1; part >= 0; --part)
    kernel(buffers.data(), nullptr, extent * part / options.parts,
           extent * (part + 1) / options.parts);
  for (auto [index, tensor] : llvm::enumerate(*wanted)) {
    const std::vector<char> &output = outputs[index];
    for (size_t i = 0; i < kGuard; ++i)
      if (output[i] != char(0xa5) ||
          output[output.size() - 1 - i] != char(0xa5))
        return "result " + std::to_string(index) + " is written outside";
    const Tensor places = getPlaces(function.getResultTypes()[index]);
    Tensor got = Tensor::view(
        RankedTensorType::get(places.getShape(), tensor.getElementType()),
        output.data() + kGuard, nullptr);
    for (int64_t at = 0; at < places.getNumElements(); ++at) {
      int64_t i = places.as<int64_t>()[at] - 1;
      if (i >= 0 && !agrees(tensor, i, got, at, options.tolerance))
        return "result " + std::to_string(index) + " element " +
               std::to_string(i) + " is " + std::to_string(got.getFloat(at)) +
               ", expected " + std::to_string(tensor.getFloat(i));
    }
  }
  return "";
}

std::string checkKernel(const std::string &signature, const std::string &body,
                        const KernelOptions &options) {
  std::unique_ptr<MLIRContext> context = createContext();
  std::string text = "func.func @kernel" + signature + " {\n" + body + "\n}\n";
  auto module = parseSourceString<ModuleOp>(text, context.get());
  if (!module)
    return "the case does not parse";
  auto function = *module->getOps<func::FuncOp>().begin();

  DeviceAttr device = getHostDevice(context.get());
  int64_t extent = 0;
  FailureOr<EmittedObject> object = emitKernel(*context, text, device, extent);
  if (failed(object))
    return "no object";
  const Target *target = TargetRegistry::global().lookup("cpu");
  auto files = target->link(UnknownLoc::get(context.get()), *object, device);
  if (failed(files) || files->size() != 1)
    return "no shared object";
  LoadedKernel loaded(files->front().bytes);
  LoadedKernel::Function kernel = loaded.find("case");
  if (!kernel)
    return "the shared object cannot be loaded";
  if (extent < options.minExtent)
    return "the extent is " + std::to_string(extent);

  std::mt19937 random(7);
  std::uniform_real_distribution<double> distribution(options.low,
                                                      options.high);
  SmallVector<Tensor> inputs;
  for (Type type : function.getArgumentTypes()) {
    FailureOr<Tensor> tensor = Tensor::allocate(cast<RankedTensorType>(type));
    if (failed(tensor))
      return "no memory";
    for (int64_t i = 0; i < tensor->getNumElements(); ++i) {
      bool isGiven = inputs.empty() && i < int64_t(options.first.size());
      double value = isGiven ? options.first[i] : distribution(random);
      // Bool is about half true.
      if (tensor->getElementType().isInteger(1) && !isGiven)
        value = value > (options.low + options.high) / 2;
      tensor->setFloat(i, value);
    }
    inputs.push_back(*tensor);
  }
  return compare(function, inputs, kernel, extent, options);
}

} // namespace autoglm::test
