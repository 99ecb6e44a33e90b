// This comment about a CPU is prose, but the lines below name families.
#include "targets/toy/compiler/own.h"
// An avx2 chip in a comment.
const char *device = "cpu0";
struct X86Tiling {};
const char *message = "this CPU has too few registers";
