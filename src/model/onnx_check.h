/*
 * What is known of an ONNX file before ONNX Runtime sees it. A network comes from outside: only plain
 * arithmetic on numbers that lie in the file itself is let through.
 */
#ifndef MODEL_ONNX_CHECK_H
#define MODEL_ONNX_CHECK_H

#include "base/status.h"

#define ONNX_NODES_MAX 20000 /* ResNet-100 has 900, transformers a few thousand */
#define ONNX_TENSORS_MAX 40000
#define ONNX_RANK_MAX 8
#define ONNX_OPSET_MIN 7 /* the oldest whose operators ONNX Runtime promises to run */
#define ONNX_OPSET_MAX 30
#define ONNX_TEXT_MAX ((size_t)1 << 16) /* a name of an operator, a node, a tensor */

/*
 * MODEL, with the reason: it is no ONNX network or a damaged one; its tensors lie in other files or
 * claim more numbers than they have; it has functions, other graphs inside nodes (control flow), or
 * operators that are not arithmetic or that nobody knows. `name` stands in messages.
 */
vultus_status onnx_check(const void *bytes, size_t size, const char *name,
                         vultus_error *error) VULTUS_MUST_USE;

/* onnx_operators.c: whether networks may use an operator of the standard, or of ONNX Runtime's own. */
bool onnx_operator_known(const char *name, size_t length, bool of_runtime);

#endif
