/* The contract readers' own header: getters that name the field they find wrong. */
#ifndef MODEL_CONTRACT_READ_H
#define MODEL_CONTRACT_READ_H

#include "model/contract.h"

#include <jansson.h>

struct contract_reader {
    const char *file;
    char where[96]; /* such as models[1].input */
    vultus_error *error;
};

/* FORMAT, with the field's path and what is expected there. */
vultus_status contract_wrong(struct contract_reader *reader, const char *field,
                             const char *expected);

/* FORMAT names the first field of an object that is none of `keys` (ended by NULL) nor of `more` (NULL: no
 * more): a field that is misspelt must not be passed over. What is no object is left to the getters. */
vultus_status contract_known_keys(struct contract_reader *reader, const json_t *object,
                                  const char *const *keys, const char *const *more) VULTUS_MUST_USE;

/* All return FORMAT where the field is missing or odd. */
vultus_status contract_read_name(struct contract_reader *reader, const json_t *object,
                                 const char *field,
                                 char out[CONTRACT_NAME_MAX + 1]) VULTUS_MUST_USE;
/* Names of tensors may have any characters. */
vultus_status contract_read_tensor(struct contract_reader *reader, const json_t *value,
                                   const char *field,
                                   char out[CONTRACT_NAME_MAX + 1]) VULTUS_MUST_USE;
/* Optional text, "" where there is none; MEMORY. */
vultus_status contract_read_text(struct contract_reader *reader, const json_t *object,
                                 const char *field, char **out) VULTUS_MUST_USE;
vultus_status contract_read_number(struct contract_reader *reader, const json_t *object,
                                   const char *field, double low, double high,
                                   double *out) VULTUS_MUST_USE;
/* A whole number; out stays as it is where the field is wrong. */
vultus_status contract_read_whole(struct contract_reader *reader, const json_t *object,
                                  const char *field, size_t low, size_t high,
                                  size_t *out) VULTUS_MUST_USE;
vultus_status contract_read_floats(struct contract_reader *reader, const json_t *object,
                                   const char *field, size_t count, float low, float high,
                                   float *out) VULTUS_MUST_USE;
/* False for what is not 64 hexadecimal digits in lower case. */
bool contract_read_hash(const char *text, uint8_t out[HASH_SIZE]);
/* [x, y] in the chip; points of shapes may lie outside of it. */
bool contract_read_point(const json_t *point, vultus_point *out);

/* contract_embedder.c: what an embedder is based on, to be read before all else of it. */
vultus_status contract_read_base(struct contract_reader *reader, const json_t *object,
                                 struct contract_model *out) VULTUS_MUST_USE;
/* Output, alignment, metric and thresholds. */
vultus_status contract_read_embedder(struct contract_reader *reader, const json_t *object,
                                     struct contract_model *out) VULTUS_MUST_USE;

#endif
