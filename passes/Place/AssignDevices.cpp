//===- AssignDevices.cpp - device and precision of every operation -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Support/Diagnostics.h"
#include "autoglm/Target/Target.h"
#include "passes/Place/Passes.h"

#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace autoglm;

namespace autoglm {
#define GEN_PASS_DEF_ASSIGNDEVICES
#include "passes/Place/Passes.h.inc"
} // namespace autoglm

/// "node 'conv1' (Conv)", or the operation's own name where no node is known.
static std::string describe(Operation *op) {
  SmallVector<NodeAttr> nodes = getNodes(op->getLoc());
  if (nodes.empty())
    return ("'" + op->getName().getStringRef() + "'").str();
  return ("node '" + nodes.front().getName() + "' (" + nodes.front().getOp() +
          ")")
      .str();
}

namespace {
struct AssignDevices : public autoglm::impl::AssignDevicesBase<AssignDevices> {
  using AssignDevicesBase::AssignDevicesBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<std::pair<DeviceOp, DeviceModel>> devices;
    for (DeviceOp device : module.getOps<DeviceOp>())
      devices.emplace_back(device, getDeviceModel(device));
    if (devices.empty()) {
      emitError(module.getLoc(), ErrorCode::NoDevice)
          << "the module has no device to place operations on";
      return signalPassFailure();
    }

    // Reason to the operations it holds for, in order of appearance.
    std::vector<std::pair<std::string, SmallVector<Operation *>>> refused;
    llvm::StringMap<size_t> known;
    for (auto function : module.getOps<func::FuncOp>())
      function.walk([&](ComputeOpInterface op) {
        std::string reasons;
        for (auto &[device, model] : devices) {
          Verdict verdict = model.verdict(op);
          if (verdict) {
            assign(op, device);
            return;
          }
          reasons += (reasons.empty() ? "" : "; ") + device.getSymName().str() +
                     ": " + describe(verdict);
        }
        auto [entry, isNew] = known.try_emplace(reasons, refused.size());
        if (isNew)
          refused.push_back({reasons, {}});
        refused[entry->second].second.push_back(op);
      });
    if (refused.empty())
      return;
    for (auto &[reasons, ops] : refused) {
      InFlightDiagnostic error =
          emitError(ops.front()->getLoc(), ErrorCode::NotOnDevice);
      error << "no named device takes it (" << reasons << ")";
      if (ops.size() > 1)
        error << "; the same holds for " << ops.size() - 1 << " more: ";
      llvm::interleaveComma(ArrayRef(ops).drop_front().take_front(20), error,
                            [&](Operation *op) { error << ::describe(op); });
    }
    signalPassFailure();
  }

private:
  void assign(Operation *op, DeviceOp device) {
    op->setAttr(kDeviceAttr, FlatSymbolRefAttr::get(device));
    op->setAttr(kPrecisionAttr,
                StringAttr::get(&getContext(), getNaturalPrecision(op)));
    ++numPlaced;
  }

  static std::string describe(const Verdict &verdict) {
    std::string text = verdict.reason + " [" + verdict.code.str() + "]";
    if (!verdict.field.empty())
      text += ", by " + verdict.field;
    if (!verdict.change.empty())
      text += "; " + verdict.change;
    return text;
  }
};
} // namespace
