/* A calibration with what it is of; the public header calls it vultus_calibration. */
#ifndef ENGINE_CALIBRATED_H
#define ENGINE_CALIBRATED_H

#include "decide/calibration.h"

#define CALIBRATED_EMBEDDER_MAX 95
#define CALIBRATED_BYTES_MAX ((size_t)64 << 10) /* twenty times what is written */

struct vultus_calibration {
    struct calibration numbers;
    bool by_distance;
    char embedder[CALIBRATED_EMBEDDER_MAX + 1];
    char data[VULTUS_CALIBRATION_DATA_MAX + 1];
};

/* From the text of a file, or of a contract's "calibration". `name` stands in messages. FORMAT, LIMIT. */
vultus_status calibrated_parse(const void *text, size_t size, const char *name,
                               struct vultus_calibration **out,
                               vultus_error *error) VULTUS_MUST_USE;

/* What an engine decides by: `wanted` as in vultus_engine_options, else the user's file for the embedder, else
 * what the contracts of its parts have for it, else NULL. MISMATCH: it is of another embedder. */
struct calibrated_choice {
    const char *wanted; /* NULL: not given */
    const char *const
        *contracts; /* texts, each a calibration or a list of them; NULL: it has none */
    size_t contract_count;
    const char *embedder; /* the id */
    bool by_distance;
};
/* That of the text which is of the chosen embedder and its unit; *out stays as it is where there is none. */
vultus_status calibrated_find(const char *text, const struct calibrated_choice *choice,
                              struct vultus_calibration **out, vultus_error *error) VULTUS_MUST_USE;
vultus_status calibrated_choose(const struct calibrated_choice *choice,
                                struct vultus_calibration **out,
                                vultus_error *error) VULTUS_MUST_USE;

#endif
