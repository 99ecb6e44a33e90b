//===- RecurrentOps.td - RNN, GRU, LSTM and their steps -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DIALECTS_AUTOGLM_RECURRENT_OPS
#define AUTOGLM_DIALECTS_AUTOGLM_RECURRENT_OPS

include "AutoGLMBase.td"

// The three layers differ in the cell alone. Directions (D) are 1, or 2 for
// `bidirectional`; gates (G) are 1, 3 and 4.
class AutoGLM_RecurrentLayer<string mnemonic, string meaning, dag ownOperands,
                             dag ownAttrs, dag ownResults>
    : AutoGLM_OpaqueOp<mnemonic, [AutoGLM_Decomposable, AttrSizedOperandSegments]> {
  let summary = meaning;
  code common = [{
    Takes the input (steps, batch, input), weights (D, G * hidden, input),
    recurrent weights (D, G * hidden, hidden), biases (D, 2 * G * hidden), the
    lengths of the sequences (batch), the first hidden state (D, batch, hidden),
    and gives the hidden state of each step (steps, D, batch, hidden), zero
    beyond a sequence's length, and the last one (D, batch, hidden). `direction`
    is `forward`, `reverse` or `bidirectional`. `activations` has the cell's
    functions for each direction, with one `alphas` and `betas` each; `clip`, if
    not 0, bounds what they are applied to.
  }];
  let arguments = !con((ins AutoGLM_FloatTensor:$input, AutoGLM_FloatTensor:$weight,
      AutoGLM_FloatTensor:$recurrent_weight, Optional<AutoGLM_FloatTensor>:$bias,
      Optional<RankedTensorOf<[I32]>>:$lengths, Optional<AutoGLM_FloatTensor>:$initial_h),
      ownOperands,
      (ins StrArrayAttr:$activations, DenseF32ArrayAttr:$alphas, DenseF32ArrayAttr:$betas,
      DefaultValuedAttr<StrAttr, "\"forward\"">:$direction,
      DefaultValuedAttr<F32Attr, "0.0f">:$clip), ownAttrs);
  let results = !con((outs AutoGLM_FloatTensor:$output, AutoGLM_FloatTensor:$hidden), ownResults);
}

def AutoGLM_RNNOp : AutoGLM_RecurrentLayer<"rnn", "a layer of simple recurrent cells",
    (ins), (ins), (outs)> {
  let description = common # [{
    A cell is f(x * W' + h * R' + b).
  }];
}

def AutoGLM_GRUOp : AutoGLM_RecurrentLayer<"gru", "a layer of gated recurrent units",
    (ins), (ins DefaultValuedAttr<BoolAttr, "false">:$linear_before_reset), (outs)> {
  let description = common # [{
    Gates are z (update), r (reset), h (new): h' = (1 - z) * n + z * h, where n =
    g(x * Wn' + (r * h) * Rn' + bn), or, with `linear_before_reset`, g(x * Wn' +
    r * (h * Rn' + rbn) + wbn).
  }];
}

def AutoGLM_LSTMOp : AutoGLM_RecurrentLayer<"lstm", "a layer of long short-term memory cells",
    (ins Optional<AutoGLM_FloatTensor>:$initial_c, Optional<AutoGLM_FloatTensor>:$peepholes),
    (ins DefaultValuedAttr<BoolAttr, "false">:$input_forget),
    (outs AutoGLM_FloatTensor:$cell)> {
  let description = common # [{
    Gates are i (input), o (output), f (forget), c (cell): c' = f * c + i * g(c
    gate), h' = o * h(c'); `peepholes` (D, 3 * hidden: i, o, f) add the cell
    state to the gates, the new one to o. With `input_forget` f is 1 - i.
  }];
}

def AutoGLM_RecurrenceOp : AutoGLM_OpaqueOp<"recurrence", [AttrSizedOperandSegments]> {
  let summary = "the steps of one direction of a recurrent layer";
  let description = [{
    What is left of `rnn`, `gru` and `lstm` (`cell`) when the products with the
    input are done for all steps at once: takes them, with the biases that are
    only added (steps, batch, G * hidden), the recurrent weights transposed
    (hidden, G * hidden), the hidden state (batch, hidden), and by cell the cell
    state (batch, hidden), peepholes (3 * hidden) and the recurrent bias of the
    new gate (hidden, `linear_before_reset`). Gives all hidden states (steps,
    batch, hidden), the last one, and the last cell state (the hidden state again
    where there is none). `reverse` goes from the last step of each sequence to
    its first.
  }];
  let arguments = (ins AutoGLM_FloatTensor:$gates, AutoGLM_FloatTensor:$recurrent_weight,
      AutoGLM_FloatTensor:$initial_h, Optional<AutoGLM_FloatTensor>:$initial_c,
      Optional<AutoGLM_FloatTensor>:$peepholes, Optional<AutoGLM_FloatTensor>:$new_gate_bias,
      Optional<RankedTensorOf<[I32]>>:$lengths, StrAttr:$cell,
      StrArrayAttr:$activations, DenseF32ArrayAttr:$alphas, DenseF32ArrayAttr:$betas,
      DefaultValuedAttr<F32Attr, "0.0f">:$clip, DefaultValuedAttr<BoolAttr, "false">:$reverse,
      DefaultValuedAttr<BoolAttr, "false">:$input_forget);
  let results = (outs AutoGLM_FloatTensor:$output, AutoGLM_FloatTensor:$hidden,
      AutoGLM_FloatTensor:$last_cell);
}

#endif // AUTOGLM_DIALECTS_AUTOGLM_RECURRENT_OPS
