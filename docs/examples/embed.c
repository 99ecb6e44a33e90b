/* Runs a bundle with one float input and one float output; docs/embed.md. */
#include <autoglm/runtime.h>
#include <stdio.h>
#include <stdlib.h>
#define TRY(call)                                                              \
  if ((code = (call)) != AGR_OK)                                               \
    return fprintf(stderr, "%s\n", agr_last_error()), agr_exit_code(code);
int main(int argc, char **argv) {
  agr_bundle *bundle;
  agr_context *context;
  agr_tensor_info in, out;
  agr_code code;
  TRY(agr_open(argc > 1 ? argv[1] : "model.agb", NULL, &bundle))
  TRY(agr_create_context(bundle, 0, &context))
  TRY(agr_input_info(bundle, 0, 0, &in))
  TRY(agr_output_info(bundle, 0, 0, &out))
  float *x = calloc(1, in.bytes), *y = calloc(1, out.bytes);
  TRY(agr_bind_input(context, 0, x, in.bytes)) /* fill x with your data */
  TRY(agr_bind_output(context, 0, y, out.bytes))
  TRY(agr_run(context))
  for (size_t i = 0; i < out.bytes / sizeof *y; ++i)
    printf("%g\n", y[i]);
  agr_destroy_context(context), agr_close(bundle), free(x), free(y);
}
