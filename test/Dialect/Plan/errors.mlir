// RUN: autoglm-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{failed to verify constraint: region with 1 blocks}}
plan.executable @k on @d0 {
}

// -----

// expected-error @+1 {{must hold exactly one module}}
plan.executable @k on @d0 {
  plan.arena @d0, 64
}

// -----

// expected-error @+1 {{must hold exactly one module}}
plan.executable @k on @d0 {
  builtin.module {
  }
  builtin.module {
  }
}

// -----

func.func @f() {
  plan.submit @d0 {
    // expected-error @+1 {{is no command; a submit holds launches and copies}}
    plan.arena @d0, 64
  }
  return
}

// -----

func.func @f(%b: !plan.buffer) {
  // expected-error @+1 {{expects parent op 'plan.submit'}}
  plan.launch @k(%b) outputs 1
  return
}

// -----

func.func @f(%b: !plan.buffer) {
  // expected-error @+1 {{result #0 must be 64-bit signless integer or 1-bit signless integer}}
  plan.read_scalar %b[0] "float32" : f32
  return
}
