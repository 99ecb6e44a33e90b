// RUN: sample-opt %s --pass-pipeline='builtin.module(plan.executable(lower-executables))' -split-input-file -verify-diagnostics | FileCheck %s

autoglm.device @s = #autoglm.device<"toy", family = "sample", digest = "0", {}>
// The extent is 1 where the target reports none.
// CHECK: plan.executable @k on @s attributes {extent = 1 : i64}
plan.executable @k on @s { builtin.module {} }

// -----

autoglm.device @n = #autoglm.device<"far", family = "nowhere", digest = "0", {}>
// expected-error @below {{[AGC-E207] device 'far' needs adapter: no code generator for family 'nowhere' in this build}}
plan.executable @k on @n { builtin.module {} }

// -----

// expected-error @below {{is for 'gone', which is no autoglm.device}}
plan.executable @k on @gone { builtin.module {} }
